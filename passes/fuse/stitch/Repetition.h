// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Work that a plan does more than once.
#ifndef TAO_PASSES_FUSE_STITCH_REPETITION_H
#define TAO_PASSES_FUSE_STITCH_REPETITION_H

#include "dialects/Stitch/StitchPlan.h"
#include "passes/fuse/stitch/GroupGrid.h"

namespace tao {

/// How often the region computes each element of each of its ops, on average; in the order of `region.ops`. More than
/// once where a gather reads what is not kept, or a sliding window, since windows overlap: of a pool of 3 x 3 with
/// strides of 2 each element is read 2.25 times. `ops` are those of the group, as the plan numbers them.
llvm::SmallVector<double> countRepetitions(llvm::ArrayRef<mlir::Operation *> ops, const stitch::PlanRegion &region,
                                           SizeEstimate sizes);

/// Elements that one element of the result is folded from; 1 for ops that are no sliding window.
int64_t countTaps(mlir::Operation *op);

} // namespace tao
#endif
