// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Building stitch.groups out of ops of a function, and the small questions about tensor values that planners share.
#ifndef TAO_PASSES_FUSE_GROUPBUILDER_H
#define TAO_PASSES_FUSE_GROUPBUILDER_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/Builders.h"
#include <optional>

namespace tao {

/// Makes a group of `ops` (in an order that respects dominance) that yields `results`. Values from outside become
/// operands in the order of first use; splat constants are copied in, except operands of a contraction. The group's
/// location joins those of its ops. Uses of the old values are not touched.
stitch::GroupOp createGroup(mlir::OpBuilder &builder, llvm::ArrayRef<mlir::Operation *> ops,
                            llvm::ArrayRef<mlir::Value> results, const stitch::Plan &plan);

/// The routine that is all of a library group; null when it is another group.
RoutineOp getRoutine(stitch::GroupOp group);

/// A constant with one value everywhere: costs nothing to copy into a kernel.
bool isSplatConstant(mlir::Value value);
/// The number that every element of `value` has: a splat constant, or broadcasts of one.
std::optional<double> getSplat(mlir::Value value);

/// Elementwise work worth storing: OpClass::Heavy, except a float division by a constant, which costs a multiplication.
bool isHeavy(mlir::Operation *op);

/// True when operand element indices are linear in result indices: no run of dims of the operand is merged. Such a
/// reshape may be computed inside a kernel; any other has to be a view of stored data.
bool isSplittingReshape(mlir::Operation *op);

} // namespace tao
#endif
