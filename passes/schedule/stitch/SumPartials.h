// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The second step of reductions that are spread over blocks: groups that add up what the blocks left, in their order.
#ifndef TAO_PASSES_SCHEDULE_STITCH_SUMPARTIALS_H
#define TAO_PASSES_SCHEDULE_STITCH_SUMPARTIALS_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/Builders.h"

namespace tao {

/// Partial results of a reduction, one for each block along the first dim.
struct PartialSum {
  mlir::Operation *op = nullptr;
  mlir::Value values, indices; // indices of an arg-reduction only
};

/// The results of the ops, by groups without a placement. Those of equal shape share a group.
llvm::DenseMap<mlir::Operation *, mlir::Value> sumPartials(mlir::OpBuilder &b, llvm::ArrayRef<PartialSum> sums,
                                                           llvm::StringRef planner);

} // namespace tao
#endif
