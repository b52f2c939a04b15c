// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions of a plan on their way to schedule IR: what is the same for a block of threads and for a task of a CPU.
#ifndef TAO_PASSES_SCHEDULE_STITCH_PLANSUMS_H
#define TAO_PASSES_SCHEDULE_STITCH_PLANSUMS_H

#include "passes/schedule/Emitter.h"
#include "passes/schedule/stitch/KernelMemory.h"
#include "passes/schedule/stitch/PlanView.h"

namespace tao {

/// A reduction on its way through a loop nest: a value in the accumulator's type, behind it the index of an
/// arg-reduction.
struct PlanSum {
  PlanSum(const PlanView &view, int64_t op);
  int64_t op;
  mlir::Operation *reduction;
  Emitter::ReduceInfo info;
  mlir::Type element; // of the operand
  bool isArg;

  size_t width() const { return isArg ? 2 : 1; }
  void addTypes(llvm::SmallVectorImpl<mlir::Type> &types, llvm::SmallVectorImpl<stitch::Monoid> &monoids) const;
  /// The reduction's result.
  mlir::Value finish(mlir::OpBuilder &b, mlir::Location loc, Emitter &emitter, mlir::ValueRange raw) const;
};

/// Indices of the element that a reduction takes up, from those along the dims of its result, and along those that it
/// removes in ascending order.
llvm::SmallVector<mlir::Value> getOperandIndices(mlir::Operation *reduction, llvm::ArrayRef<mlir::Value> kept,
                                                 llvm::ArrayRef<mlir::Value> reduced);
/// What a reduction takes up at these indices of its operand.
llvm::SmallVector<mlir::Value> emitContribution(mlir::OpBuilder &b, mlir::Location loc, Emitter &emitter,
                                                const PlanSum &sum, llvm::ArrayRef<mlir::Value> indices);

/// Has the kernel leave partial results of a reduction, that of piece i at index i of their first dim.
void addPartials(KernelMemory &memory, const PlanView &view, int64_t op, const SymExpr &pieces);
/// Stores a partial result there.
void storePartial(mlir::OpBuilder &b, mlir::Location loc, Emitter &emitter, const PlanSum &sum, mlir::ValueRange raw,
                  const KernelMemory::Partials &partials, llvm::ArrayRef<mlir::Value> outputs,
                  llvm::ArrayRef<mlir::Value> indices);

} // namespace tao
#endif
