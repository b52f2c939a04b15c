// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads a .npz or .npy file with tao-run's own code and writes it again; npz_test.py compares both with numpy.
// Usage: npz_round_trip in out
#include "tools/tao-run/Error.h"
#include "tools/tao-run/Npy.h"

#include <cstdio>

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  try {
    std::vector<std::pair<std::string, tao::run::Array>> arrays;
    for (const auto &[name, array] : tao::run::readArrays(argv[1]))
      arrays.emplace_back(name, array);
    tao::run::writeArrays(argv[2], arrays);
    return 0;
  } catch (const tao::run::Failure &failure) {
    fprintf(stderr, "%s\n", failure.what());
    return failure.exitCode();
  }
}
