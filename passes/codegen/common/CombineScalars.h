// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The combine functions of reductions, on scalars.
#ifndef TAO_PASSES_CODEGEN_COMMON_COMBINESCALARS_H
#define TAO_PASSES_CODEGEN_COMMON_COMBINESCALARS_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/Builders.h"

namespace tao {

/// Joins what comes later to what is there: one value each, or with an arg monoid a value and its index, which is -1
/// where nothing was taken yet.
llvm::SmallVector<mlir::Value> combineScalars(mlir::OpBuilder &b, mlir::Location loc, stitch::Monoid monoid,
                                              mlir::ValueRange old, mlir::ValueRange more);

/// The same where nothing is known of the order: of equal values an arg monoid takes the one with the better index.
llvm::SmallVector<mlir::Value> combineUnordered(mlir::OpBuilder &b, mlir::Location loc, stitch::Monoid monoid,
                                                mlir::ValueRange one, mlir::ValueRange other);

} // namespace tao
#endif
