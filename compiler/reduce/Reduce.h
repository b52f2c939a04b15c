// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shrinks a failing model (.onnx) or module (.mlir) while a test of the user's keeps failing in the same way.
//
// Greedy and deterministic: each step proposes smaller candidates in a fixed order, in halves, quarters and so on down
// to single items, and the first that still fails becomes the new start. The steps repeat until none of them helps.
#ifndef TAO_COMPILER_REDUCE_REDUCE_H
#define TAO_COMPILER_REDUCE_REDUCE_H

#include "passes/support/UserError.h"
#include <optional>

namespace tao {

struct ReduceOptions {
  std::string input, output;     // paths; both end in .onnx or both in .mlir
  std::string test;              // shell command, run with the candidate's path as its last argument
  std::optional<int> expectExit; // exit code of a failure
  std::string expectText;        // part of what a failure prints
  int64_t maxSteps = 5000;       // runs of the test
  double maxSeconds = 600;       // in all
  double testSeconds = 60;       // of one run; a longer one counts as hanging
  bool verbose = false;
};

/// Reduces as the options say and leaves the smallest failing candidate in the output file, which always holds one that
/// fails: from the start, and when interrupted. Messages go to `err`; returns the exit code.
int reduce(const ReduceOptions &options, llvm::raw_ostream &err);

} // namespace tao
#endif
