# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Options of the build and the flags every target shares.
option(TAO_BUILD_TESTS "Build the tests" ON)
option(TAO_BUILD_PYTHON "Build the Python package" ON)
# A wheel takes the compiler that the set-up script has built, if it has.
if(SKBUILD AND EXISTS "${PROJECT_SOURCE_DIR}/build/bin/taoc")
  set(builtTools "${PROJECT_SOURCE_DIR}/build")
endif()
set(TAO_TOOLS_FROM "${builtTools}" CACHE PATH
    "Build nothing but the Python package, around the compiler of this build or installation tree; empty builds everything")
set(TAO_SANITIZE "" CACHE STRING "Sanitizers for the compiler and tools, such as address,undefined")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
# Tools find their libraries beside themselves, in the build tree and once installed.
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)

add_compile_options(-Wall -Wextra -Wno-unused-parameter)
if(TAO_SANITIZE)
  # Generated code and the packaged LLVM are not instrumented: calls into them carry no type signature.
  add_compile_options(-fsanitize=${TAO_SANITIZE} -fno-sanitize=function,vptr -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TAO_SANITIZE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()

# A precompiled header in a compiler cache needs these relaxations: its timestamps change, its content does not.
find_program(CCACHE ccache)
if(CCACHE)
  set(launcher ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
