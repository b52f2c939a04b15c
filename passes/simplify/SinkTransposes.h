// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the files of transpose sinking share: which transpose an op may absorb, and its operands as they are above it.
#ifndef TAO_PASSES_SIMPLIFY_SINKTRANSPOSES_H
#define TAO_PASSES_SIMPLIFY_SINKTRANSPOSES_H

#include "passes/simplify/Patterns.h"

namespace tao::simplify {

/// The transpose that defines `operand` of `op`, when the policy lets it sink below `op`; null otherwise.
TransposeOp getSinkable(mlir::Operation *op, mlir::Value operand, SinkPolicy policy);

/// Whether transpose(u, perm) == value for some u that costs nothing to have at `op`.
bool canUntranspose(mlir::Operation *op, mlir::Value value, llvm::ArrayRef<int64_t> perm, SinkPolicy policy);
/// That u.
mlir::Value untranspose(mlir::PatternRewriter &rewriter, mlir::Operation *op, mlir::Value value,
                        llvm::ArrayRef<int64_t> perm);

} // namespace tao::simplify
#endif
