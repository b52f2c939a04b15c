# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Installs into a scratch prefix, moves it, and builds and runs a program against it: the tools must find their parts from
# where they lie, and find_package(tao) must give all a program needs.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "failed with ${code}: ${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${scratch}")
run("${CMAKE_COMMAND}" --install "${build}" --prefix "${scratch}/first")
file(RENAME "${scratch}/first" "${scratch}/prefix")

run("${scratch}/prefix/bin/taoc" --version)
run("${scratch}/prefix/bin/tao-run" "${source}/project/model.mlir" --random)
run("${CMAKE_COMMAND}" -S "${source}/project" -B "${scratch}/build" -G "${generator}" "-DCMAKE_CXX_COMPILER=${compiler}"
    "-DCMAKE_C_COMPILER=${cc}" "-DCMAKE_PREFIX_PATH=${scratch}/prefix")
run("${CMAKE_COMMAND}" --build "${scratch}/build")
run("${scratch}/build/program" "${scratch}/build/model.so")
if(NOT output MATCHES "y = 2 4 6")
  message(FATAL_ERROR "the program prints: ${output}")
endif()
