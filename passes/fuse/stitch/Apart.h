// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Why groups of a finished partition, of which one reads the other, are not one.
#ifndef TAO_PASSES_FUSE_STITCH_APART_H
#define TAO_PASSES_FUSE_STITCH_APART_H

#include "passes/fuse/Planner.h"
#include "passes/fuse/stitch/AtomGraph.h"

namespace tao {

/// The groups of `atoms`, in block order of their first roots, with their plans, and for each group the reasons why it
/// reads others instead of computing what they do. Where no placement was found for two of them, a remark says so.
Partition makePartition(AtomGraph &graph, const AtomPartition &atoms);

} // namespace tao
#endif
