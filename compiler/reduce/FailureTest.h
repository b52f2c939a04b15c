// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the user's test on a file and tells how it ended.
#ifndef TAO_COMPILER_REDUCE_FAILURETEST_H
#define TAO_COMPILER_REDUCE_FAILURETEST_H

#include "llvm/ADT/StringRef.h"
#include <atomic>
#include <string>

namespace tao {

/// How a run of the test ended.
struct Outcome {
  static constexpr int kHung = -1, kInterrupted = -2, kNotRun = -3;
  int exitCode = kNotRun; // 128 + signal when killed by one
  std::string output;     // standard output and error, the first megabyte
  /// "TAO-E012" when the output has a message of tao; else empty.
  std::string errorCode() const;
  std::string describe() const; // "exit code 1, error TAO-E012"
};

/// Runs `command PATH` in a shell with empty input, and kills it and its children after `seconds` or when
/// `interrupted`.
Outcome runTest(llvm::StringRef command, llvm::StringRef path, double seconds, const std::atomic<bool> &interrupted);

} // namespace tao
#endif
