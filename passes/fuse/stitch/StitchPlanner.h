// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The planners stitch and stitch-greedy from beginning to end. See docs/fusion-stitch.md, section 4.
#ifndef TAO_PASSES_FUSE_STITCH_STITCHPLANNER_H
#define TAO_PASSES_FUSE_STITCH_STITCHPLANNER_H

#include "passes/fuse/Planner.h"

namespace tao {

/// Grows groups one merge at a time, and packs what is left.
class StitchGreedyPlanner : public Planner {
public:
  Partition plan(mlir::func::FuncOp func, const Arch &arch) const override;
};

/// Searches for the partition that costs least by the model; never worse than stitch-greedy by it.
class StitchPlanner : public Planner {
public:
  Partition plan(mlir::func::FuncOp func, const Arch &arch) const override;
};

} // namespace tao
#endif
