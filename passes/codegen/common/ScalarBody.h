// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scalar code of elementwise tensor ops, from the rows of dialects/Tao/Elementwise.def.
#ifndef TAO_PASSES_CODEGEN_COMMON_SCALARBODY_H
#define TAO_PASSES_CODEGEN_COMMON_SCALARBODY_H

#include "mlir/IR/Builders.h"

namespace tao {

/// The type in which elements are computed: f16 and bf16 in f32, unsigned integers signless, the rest as they are.
mlir::Type getComputeType(mlir::Type elementType);
/// The type in which elements lie in buffers as scalars: unsigned integers signless, the rest as they are.
mlir::Type getStorageType(mlir::Type elementType);
/// The type in which memory of such scalars is accessed: i1 lies there as a byte, and bf16 moves as bits, since LLVM
/// may turn moves of bf16 vectors into conversions that nothing provides.
mlir::Type getMemoryType(mlir::Type scalar);

/// The value of an elementwise op for one element. `args` have the compute types of the operands' elements. Null when the op
/// has no body for its element type.
mlir::Value emitScalarBody(mlir::OpBuilder &builder, mlir::Operation *op, mlir::ValueRange args);

/// True when emitScalarBody has a body for the op.
bool hasScalarBody(mlir::Operation *op);

/// Converts a computed element from one element type to another, with tao.cast's rules.
mlir::Value emitCast(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, mlir::Type from, mlir::Type to);

} // namespace tao
#endif
