// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TAO_PASSES_SCHEDULE_INLINEDBODY_H
#define TAO_PASSES_SCHEDULE_INLINEDBODY_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace tao {

/// A group's body in front of the group, for as long as it takes to make other groups of its ops.
struct InlinedBody {
  explicit InlinedBody(mlir::OpBuilder &b, stitch::GroupOp group) {
    mapping.map(group.getBody().getArguments(), group.getInputs());
    for (mlir::Operation &op : group.getBody().front().without_terminator()) {
      all.push_back(b.clone(op, mapping));
      if (!isa<ConstantOp>(op))
        ops.push_back(all.back());
    }
    for (mlir::Value value : group.getBody().front().getTerminator()->getOperands())
      results.push_back(mapping.lookup(value));
  }
  void erase() {
    for (mlir::Operation *op : llvm::reverse(all))
      op->erase();
  }

  mlir::IRMapping mapping;
  llvm::SmallVector<mlir::Operation *> all, ops; // with constants, and by number
  llvm::SmallVector<mlir::Value> results;
};

} // namespace tao
#endif
