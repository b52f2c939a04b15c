# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Helpers that declare the compiler's targets alike.

# Include paths, definitions and flags for code that uses LLVM and MLIR.
add_library(tao_mlir INTERFACE)
target_include_directories(tao_mlir SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_include_directories(tao_mlir INTERFACE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
target_compile_definitions(tao_mlir INTERFACE ${llvmDefinitions})
target_compile_options(tao_mlir INTERFACE
  "$<$<AND:$<CONFIG:Debug>,$<COMPILE_LANGUAGE:CXX>>:SHELL:-include ${PROJECT_SOURCE_DIR}/third_party/cmake/DebugLayout.h>")
# The dylibs only: static MLIR libraries beside them would register every option twice.
target_link_libraries(tao_mlir INTERFACE "${TAO_LLVM_LIB}/libMLIR.so" "${TAO_LLVM_LIB}/libLLVM.so")

# One precompiled header for all compiler code: a pass file then costs about a second instead of ten.
add_library(tao_pch OBJECT "${PROJECT_SOURCE_DIR}/third_party/cmake/Pch.cpp")
target_link_libraries(tao_pch PRIVATE tao_mlir)
target_precompile_headers(tao_pch PRIVATE "${PROJECT_SOURCE_DIR}/third_party/cmake/Pch.h")

# tao_add_library(NAME sources... [DEPENDS targets...]): an object library that becomes part of libtao-compiler.so.
function(tao_add_library name)
  cmake_parse_arguments(arg "" "" "DEPENDS" ${ARGN})
  add_library(${name} OBJECT ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC tao_mlir)
  target_precompile_headers(${name} REUSE_FROM tao_pch)
  if(arg_DEPENDS)
    add_dependencies(${name} ${arg_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY TAO_COMPILER_PARTS ${name})
endfunction()

# tao_tablegen(TARGET TD (GENERATOR OUTPUT)...): runs mlir-tblgen; outputs land beside the source path in the build tree.
function(tao_tablegen target td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(TABLEGEN_OUTPUT)
  list(TRANSFORM MLIR_INCLUDE_DIRS PREPEND "-I" OUTPUT_VARIABLE includes)
  list(LENGTH ARGN count)
  math(EXPR last "${count} - 1")
  foreach(i RANGE 0 ${last} 2)
    math(EXPR j "${i} + 1")
    list(GET ARGN ${i} output)
    list(GET ARGN ${j} generator)
    string(REPLACE " " ";" generator "${generator}")
    mlir_tablegen(${output} ${generator} -I "${PROJECT_SOURCE_DIR}" ${includes})
  endforeach()
  add_custom_target(${target} DEPENDS ${TABLEGEN_OUTPUT})
  set_property(GLOBAL APPEND PROPERTY TAO_TABLEGEN_TARGETS ${target})
endfunction()
