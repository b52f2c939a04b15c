# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What the Python package is built with. A wheel is built for the interpreter that builds it, the build tree's package for
# that of the virtual environment.
if(TAO_SANITIZE) # whose libraries would have to be loaded before the interpreter's
  set(TAO_BUILD_PYTHON OFF)
endif()
if(NOT TAO_BUILD_PYTHON)
  return()
endif()
if(NOT SKBUILD)
  set(Python_EXECUTABLE "${TAO_PYTHON}")
endif()
find_package(Python 3.10 COMPONENTS Interpreter Development.Module REQUIRED)
execute_process(COMMAND "${Python_EXECUTABLE}" -m nanobind --cmake_dir OUTPUT_VARIABLE nanobindDir
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE nanobindMissing)
if(nanobindMissing)
  message(FATAL_ERROR "no Python package nanobind for ${Python_EXECUTABLE}; run third_party/setup.sh")
endif()
find_package(nanobind CONFIG REQUIRED PATHS "${nanobindDir}" NO_DEFAULT_PATH)
