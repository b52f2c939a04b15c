# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# How each dependency is found, and at which version. third_party/setup.sh installs them all.

# LLVM and MLIR: exactly the 22 series. Asking find_package for "22" fails, since only 22.1.x calls itself compatible.
find_program(LLVM_CONFIG NAMES llvm-config-22 llvm-config REQUIRED)
execute_process(COMMAND ${LLVM_CONFIG} --cmakedir OUTPUT_VARIABLE llvmCmakeDir OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
find_package(LLVM REQUIRED CONFIG PATHS "${llvmCmakeDir}" NO_DEFAULT_PATH)
find_package(MLIR REQUIRED CONFIG PATHS "${llvmCmakeDir}/../mlir" NO_DEFAULT_PATH)
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "tao needs LLVM and MLIR 22, found ${LLVM_PACKAGE_VERSION}; run third_party/setup.sh")
endif()
list(APPEND CMAKE_MODULE_PATH "${LLVM_CMAKE_DIR}" "${MLIR_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
# TableGen.cmake and AddLLVM.cmake reset nothing of ours; the compile definitions of LLVM are needed by its headers.
separate_arguments(llvmDefinitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
set(TAO_LLVM_BIN "${LLVM_TOOLS_BINARY_DIR}")
set(TAO_LLVM_LIB "${LLVM_LIBRARY_DIR}")
find_program(TAO_LLD NAMES ld.lld-22 ld.lld HINTS "${TAO_LLVM_BIN}" REQUIRED)

find_package(Protobuf REQUIRED)
find_package(GTest REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(benchmark REQUIRED)
find_path(TAO_DNNL_INCLUDE dnnl.h REQUIRED)

# Python with onnx (its schema is compiled into the front end), onnxruntime and numpy (tests).
if(SKBUILD) # whose binary folder is the wheel's own
  set(defaultVenv "${PROJECT_SOURCE_DIR}/build/venv")
else()
  set(defaultVenv "${PROJECT_BINARY_DIR}/venv")
endif()
set(TAO_VENV "${defaultVenv}" CACHE PATH "Virtual environment made by third_party/setup.sh")
set(TAO_PYTHON "${TAO_VENV}/bin/python")
# Isolated: pip, building a wheel, hides the packages of environments by PYTHONPATH.
execute_process(COMMAND "${TAO_PYTHON}" -I -c "import onnx, os; print(os.path.dirname(onnx.__file__))"
                OUTPUT_VARIABLE TAO_ONNX_DIR OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE onnxMissing)
if(onnxMissing)
  message(FATAL_ERROR "no Python package onnx in ${TAO_VENV}; run third_party/setup.sh")
endif()
