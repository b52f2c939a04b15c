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
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace tao {

/// What kind of work an op is; planners decide by it, never by the op's name.
enum class OpClass {
  Light,       // elementwise, a few cycles
  Heavy,       // elementwise, transcendental or division
  Reduction,
  Movement,    // injective: broadcast, transpose, slice, gather...
  Contraction, // matmul, convolution
  Opaque
};

/// Light or Heavy, from the op's row in Elementwise.def.
OpClass getElementwiseClass(mlir::Operation *op);
/// True for ops with a row in Elementwise.def.
bool isElementwise(mlir::Operation *op);

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

#endif
