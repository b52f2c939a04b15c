// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Outputs against what is expected of them: --verify, and the checks of test files.
#ifndef TAO_RUN_COMPARE_H
#define TAO_RUN_COMPARE_H

#include "Array.h"

struct tao_jit_model;

namespace tao::run {

using Outputs = std::vector<std::pair<std::string, Array>>;

/// Compares every output with the array of its name. Throws with all differences; `verbose` prints the error
/// of each output on stderr.
void verifyOutputs(const Outputs &outputs, const std::string &path, double tolerance, bool verbose);

/// Runs the checks of a test function; returns a line for each that fails: where, first mismatch, expected, got.
std::vector<std::string> runChecks(const tao_jit_model &function, const Outputs &outputs);

} // namespace tao::run

#endif // TAO_RUN_COMPARE_H
