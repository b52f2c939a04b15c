// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The planner stitch-greedy: groups that hand values to each other through on-chip memory, grown one merge at a time.
#ifndef TAO_PASSES_FUSE_STITCH_STITCHGREEDY_H
#define TAO_PASSES_FUSE_STITCH_STITCHGREEDY_H

#include "passes/fuse/stitch/AtomGraph.h"

namespace tao {

/// Merges atoms of one level while the cost model says that it pays: each with those that read it, then those that read
/// the same tensor. Takes time linear in the number of atoms, but for the search for cycles. Packing is not part of it.
AtomPartition growGreedily(AtomGraph &graph);

} // namespace tao
#endif
