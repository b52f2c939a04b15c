// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The iteration space of a memory group: the dims of its dominant's result, then the dims that the dominant reduces.
#ifndef TAO_PASSES_SCHEDULE_GROUPSPACE_H
#define TAO_PASSES_SCHEDULE_GROUPSPACE_H

#include "dialects/Stitch/StitchDialect.h"

namespace tao {

struct GroupSpace {
  llvm::SmallVector<SymExpr> extents;
  size_t numParallel = 0;               // the first dims are parallel, the rest are reduced
  llvm::SmallVector<int64_t> inputDims; // reduced groups: space dim d is dim inputDims[d] of the reduced input
  size_t dominant = 0;                  // the result that leads
  bool hasReduce() const { return numParallel < extents.size() || reduceRoot; }
  bool reduceRoot = false; // the dominant is a reduction, perhaps over no dims at all
};

/// The op that computes result `i` of a group, or null when the group yields an argument.
mlir::Operation *getRoot(stitch::GroupOp group, size_t i);
/// True for roots that run as a loop over a reduced range.
bool isReduceRoot(mlir::Operation *root);
/// Dims that a reduction root removes, in operand order.
llvm::SmallVector<int64_t> getReducedDims(mlir::Operation *root);

/// The common space of a group's roots: every reduction has the dominant's input shape and reduced dims; every other
/// root has the dominant's result shape, or its input shape when the dominant reduces. Fails with a reason otherwise.
mlir::FailureOr<GroupSpace> getGroupSpace(stitch::GroupOp group, std::string *reason = nullptr);

} // namespace tao
#endif
