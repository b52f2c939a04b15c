// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rewrite patterns of phase simplify, one function per file, and what they share.
#ifndef TAO_PASSES_SIMPLIFY_PATTERNS_H
#define TAO_PASSES_SIMPLIFY_PATTERNS_H

#include "dialects/Tao/TaoDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace tao::simplify {

void populateAlgebraPatterns(mlir::RewritePatternSet &patterns);
void populateMovementPatterns(mlir::RewritePatternSet &patterns);
void populateBroadcastPatterns(mlir::RewritePatternSet &patterns);
void populateReductionPatterns(mlir::RewritePatternSet &patterns);
void populateContractPatterns(mlir::RewritePatternSet &patterns);

/// How far transposes may sink.
enum class SinkPolicy {
  Neutral,   // only where the number of transposes cannot grow
  Aggressive // also below values that have other readers, which keep a transpose of their own
};
void populateTransposeSinkingPatterns(mlir::RewritePatternSet &patterns, SinkPolicy policy);
void populateTransposeWindowPatterns(mlir::RewritePatternSet &patterns, SinkPolicy policy);

/// Applies patterns and folders to a fixed point, constants being merged on the way.
void applyToFixedPoint(mlir::func::FuncOp function, mlir::RewritePatternSet patterns);

//===-- Queries ---------------------------------------------------------------------------------------------------===//

inline mlir::RankedTensorType typeOf(mlir::Value value) { return llvm::cast<mlir::RankedTensorType>(value.getType()); }
inline mlir::Type elementOf(mlir::Value value) { return typeOf(value).getElementType(); }
inline bool isFloatTensor(mlir::Value value) { return llvm::isa<mlir::FloatType>(elementOf(value)); }
inline mlir::RankedTensorType withElement(mlir::Value shapeOf, mlir::Type element) {
  return getTensorType(getDims(shapeOf), element);
}

/// The number that every element of a constant has, seen through broadcasts, reshapes and transposes.
std::optional<double> getSplat(mlir::Value value);
/// True for constants and for pure ops over constants, followed a few steps up.
bool isConstantExpr(mlir::Value value);
/// A tensor whose elements are all `number`.
mlir::Value makeSplat(mlir::OpBuilder &builder, mlir::Location loc, mlir::RankedTensorType type, double number);

mlir::SmallVector<int64_t> invertPermutation(llvm::ArrayRef<int64_t> perm);
/// perm[i] picks entry perm[i] of `values`.
template <typename T> llvm::SmallVector<T> permute(llvm::ArrayRef<T> values, llvm::ArrayRef<int64_t> perm) {
  llvm::SmallVector<T> result;
  for (int64_t source : perm)
    result.push_back(values[source]);
  return result;
}
/// A transpose, or `value` itself for the identity.
mlir::Value makeTranspose(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
                          llvm::ArrayRef<int64_t> perm);
/// A reshape to these extents, or `value` itself.
mlir::Value makeReshape(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, llvm::ArrayRef<SymExpr> dims);
/// A broadcast to these extents, or `value` itself.
mlir::Value makeBroadcast(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, llvm::ArrayRef<SymExpr> dims,
                          llvm::ArrayRef<int64_t> positions);
/// A copy of an elementwise op on other operands; the result takes the first operand's extents.
mlir::Value cloneElementwise(mlir::OpBuilder &builder, mlir::Operation *op, llvm::ArrayRef<mlir::Value> operands);

} // namespace tao::simplify
#endif
