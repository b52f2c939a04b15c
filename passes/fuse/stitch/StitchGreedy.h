// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The planner stitch-greedy: groups that hand values to each other through on-chip memory, grown one merge at a time.
#ifndef TAO_PASSES_FUSE_STITCH_STITCHGREEDY_H
#define TAO_PASSES_FUSE_STITCH_STITCHGREEDY_H

#include "passes/fuse/KernelSet.h"

namespace tao {

/// Merges the kernels of `set` while the cost model says that it pays: each with those that read it, then those that
/// read the same tensor, then whatever is independent. Only kernels with equally many contractions before them merge.
/// Takes time linear in the number of kernels, but for the search for cycles.
Partition stitchGreedily(KernelSet &set, const Arch &arch);

} // namespace tao
#endif
