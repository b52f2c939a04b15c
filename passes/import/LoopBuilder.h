// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Building of tao.loop. The body comes first, since the types of the results follow from what it yields.
#ifndef TAO_PASSES_IMPORT_LOOPBUILDER_H
#define TAO_PASSES_IMPORT_LOOPBUILDER_H

#include "passes/import/TensorBuilder.h"

namespace tao {

/// A loop while its body is built: from construction until `finish` the insertion point is in the body.
class LoopBuilder {
public:
  /// `rowTypes` and the types of `carried` are those of the body's arguments.
  LoopBuilder(TensorBuilder &build, llvm::ArrayRef<mlir::Type> rowTypes, llvm::ArrayRef<mlir::Value> carried);

  /// The same with rows of `slices`.
  static LoopBuilder over(TensorBuilder &build, llvm::ArrayRef<mlir::Value> slices,
                          llvm::ArrayRef<mlir::Value> carried);

  mlir::Block &body() { return *block; }
  mlir::Value row(size_t index) { return block->getArgument(index); }
  mlir::Value carried(size_t index) { return block->getArgument(numRows + index); }

  struct Rows {
    llvm::SmallVector<mlir::Value> values;
    llvm::SmallVector<bool> reversed; // one flag per value
  };
  /// Ends the body, whose next carried values and rows of stacked results are given, and puts the insertion point
  /// behind the loop. Returns the last carried values, then the stacked results. Without `trips` the first carried
  /// value is the condition.
  llvm::SmallVector<mlir::Value> finish(std::optional<SymExpr> trips, const Rows &slices,
                                        llvm::ArrayRef<mlir::Value> carried, llvm::ArrayRef<mlir::Value> next,
                                        const Rows &rows);

private:
  TensorBuilder &build;
  size_t numRows;
  LoopOp placeholder; // holds the body until the types of the results are known
  mlir::Block *block;
};

/// The tensor type of rows stacked along a new dim 0.
mlir::RankedTensorType getStackedType(mlir::Value row, const SymExpr &count);

} // namespace tao
#endif
