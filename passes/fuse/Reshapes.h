// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a reshape maps dims to dims, and how other ops commute with it.
#ifndef TAO_PASSES_FUSE_RESHAPES_H
#define TAO_PASSES_FUSE_RESHAPES_H

#include "dialects/Tao/TaoDialect.h"
#include "mlir/IR/Builders.h"
#include <optional>

namespace tao {

/// A smallest run of dims `in` that a reshape turns into the dims `out`: both products are equal. Dims of extent 1 are
/// in runs of their own, with the other side empty.
struct DimRun {
  llvm::SmallVector<int64_t> in, out;
};
/// Runs in order of their dims, those of extent 1 last. Symbolic products that cannot be compared end up in one run.
std::vector<DimRun> matchDims(llvm::ArrayRef<SymExpr> in, llvm::ArrayRef<SymExpr> out);

/// The form of a broadcast or transpose after its result is reshaped: what its operand must be reshaped to, and its new
/// `dims` or `perm`. Nothing when the two do not commute.
struct MovedForm {
  llvm::SmallVector<SymExpr> operandDims;
  llvm::SmallVector<int64_t> dims;
};
std::optional<MovedForm> reshapeBroadcast(BroadcastOp op, llvm::ArrayRef<SymExpr> shape);
std::optional<MovedForm> reshapeTranspose(TransposeOp op, llvm::ArrayRef<SymExpr> shape);

/// `value` in another shape, as a view: reshapes are looked through, splats remade, and broadcasts kept broadcasts of a
/// reshaped operand. Possible unless a broadcast does not commute with the reshape.
bool canViewAs(mlir::Value value, llvm::ArrayRef<SymExpr> shape);
mlir::Value viewAs(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, llvm::ArrayRef<SymExpr> shape);

/// Clones an elementwise op onto operands of another common shape.
mlir::Operation *cloneElementwise(mlir::OpBuilder &builder, mlir::Operation *op, llvm::ArrayRef<mlir::Value> operands,
                                  llvm::ArrayRef<SymExpr> shape);

} // namespace tao
#endif
