// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tensor dialect. Rationale: docs/dialects/tao.md.
#ifndef TAO_DIALECTS_TAO_DIALECT_H
#define TAO_DIALECTS_TAO_DIALECT_H

#include "dialects/Tao/SymExpr.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace tao {

/// What kind of work an op is; planners decide by it, never by the op's name.
enum class OpClass {
  Light, // elementwise, a few cycles
  Heavy, // elementwise, transcendental or division
  Reduction,
  Movement,    // injective: broadcast, transpose, slice, gather...
  Contraction, // matmul, convolution
  Opaque
};

/// Light or Heavy, from the op's row in Elementwise.def.
OpClass getElementwiseClass(mlir::Operation *op);
/// True for ops with a row in Elementwise.def.
bool isElementwise(mlir::Operation *op);

/// True for ops that run a body: they take part in no fusion, and may have any number of results.
bool isControlFlow(mlir::Operation *op);

/// True when each dynamic extent has its value in a #tao.dims encoding.
bool hasDims(mlir::RankedTensorType type);
/// Extents of a tensor as size expressions; a `?` without encoding cannot occur in verified IR.
llvm::SmallVector<SymExpr> getDims(mlir::RankedTensorType type);
inline llvm::SmallVector<SymExpr> getDims(mlir::Value value) {
  return getDims(llvm::cast<mlir::RankedTensorType>(value.getType()));
}
/// The tensor type of these extents.
mlir::RankedTensorType getTensorType(llvm::ArrayRef<SymExpr> dims, mlir::Type elementType);
/// Number of elements.
SymExpr getNumElements(llvm::ArrayRef<SymExpr> dims);
/// Bytes of one element in memory: i1 takes one.
int64_t getElementBytes(mlir::Type elementType);

} // namespace tao

#include "dialects/Tao/TaoDialect.h.inc"
#include "dialects/Tao/TaoEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Tao/TaoAttrs.h.inc"
#include "dialects/Tao/TaoInterfaces.h.inc"
#define GET_OP_CLASSES
#include "dialects/Tao/TaoOps.h.inc"

namespace tao {
/// The type of one row (index along dim 0) of a tensor.
mlir::RankedTensorType getRowType(mlir::RankedTensorType type);
/// What the body of a loop takes for its slices and carried values, and what it yields. `op` is a LoopOp or a
/// RunLoopOp.
template <typename Op> llvm::SmallVector<mlir::Type> getBodyArgumentTypes(Op op) {
  llvm::SmallVector<mlir::Type> types;
  for (mlir::Value slice : op.getSlices())
    types.push_back(getRowType(llvm::cast<mlir::RankedTensorType>(slice.getType())));
  llvm::append_range(types, op.getCarried().getTypes());
  return types;
}
template <typename Op> llvm::SmallVector<mlir::Type> getBodyResultTypes(Op op) {
  llvm::SmallVector<mlir::Type> types(op.getCarried().getTypes());
  for (mlir::Value stacked : op->getResults().drop_front(op.getCarried().size()))
    types.push_back(getRowType(llvm::cast<mlir::RankedTensorType>(stacked.getType())));
  return types;
}
/// Whether rows of slice, or stacked result, number `index` run backwards; slices are counted first.
template <typename Op> bool isReversed(Op op, size_t index) {
  return index < op.getReversed().size() && op.getReversed()[index];
}
} // namespace tao

#endif
