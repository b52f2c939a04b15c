// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line of tao-run.
#ifndef TAO_RUN_OPTIONS_H
#define TAO_RUN_OPTIONS_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tao::run {

struct Range {
  double low, high;
};

struct Options {
  std::string model;
  std::string function; // of a file with several
  std::string input, output, verify, trace;
  bool random = false, bench = false, json = false, verbose = false, interpret = false;
  uint64_t seed = 0;
  std::map<std::string, std::vector<int64_t>> shapes; // by input
  std::map<std::string, int64_t> dims;                // by symbol
  std::map<std::string, Range> ranges;                // by input
  double tolerance = 1e-5;
  int32_t threads = 0;
  int64_t warmup = 5, iterations = 0; // 0: for about a second
  std::vector<std::string> compileOptions;
  std::string target;    // "cpu", "cuda", or "" for what the model is
  bool emulate = false;  // run GPU kernels in the emulator
  uint64_t schedule = 0; // of the emulator: the seed
};

/// Parses the command line; nothing when all was said by printing help or a version. Throws on usage errors.
std::optional<Options> parseOptions(int argc, char **argv);

} // namespace tao::run

#endif // TAO_RUN_OPTIONS_H
