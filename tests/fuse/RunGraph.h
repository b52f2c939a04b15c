// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A random graph of tao ops, compiled in process and run, against the reference interpreter.
#ifndef TAO_TESTS_FUSE_RUNGRAPH_H
#define TAO_TESTS_FUSE_RUNGRAPH_H

#include <cstdint>
#include <string>

namespace tao {

/// The module of a seed as text; seeds go through all kinds of extents.
std::string printGraph(uint32_t seed, int ops);

/// Compiles the graph of a seed by `planner` and by none, and runs it. Empty, or what is wrong: an output is farther
/// from the interpreter's, which computes in f64, than twice what unfused code is, or a few units in the last place of
/// the largest element; or 1, 2 and 4 threads do not agree in every bit.
std::string findGraphFault(uint32_t seed, int ops, const std::string &planner);

} // namespace tao
#endif
