// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counting bytes and operations of groups at given sizes.
#ifndef TAO_COMPILER_REPORT_TRAFFIC_H
#define TAO_COMPILER_REPORT_TRAFFIC_H

#include "compiler/report/Explain.h"

namespace tao {

int64_t addSaturated(int64_t a, int64_t b);
int64_t mulSaturated(int64_t a, int64_t b);

/// Numbers at given sizes; saturates instead of overflowing.
class Counter {
public:
  explicit Counter(const SymbolValues &values) : values(values) {}

  /// The value of a size expression.
  int64_t value(llvm::StringRef expr) const;
  int64_t value(const SymExpr &expr) const;
  int64_t elements(mlir::Value value) const;
  int64_t bytes(mlir::Value value) const;

  /// Bytes that the group reads of each of its operands.
  llvm::SmallVector<int64_t> readBytes(stitch::GroupOp group) const;
  /// Bytes that one op of a group reads of an operand that is in memory.
  int64_t readBytes(mlir::OpOperand &use) const;
  KernelCost cost(stitch::GroupOp group) const;
  int64_t flops(mlir::Operation &op) const;

private:
  int64_t product(llvm::ArrayRef<SymExpr> dims) const;
  const SymbolValues &values;
};

/// True for groups of a contraction or convolution.
bool isMathGroup(stitch::GroupOp group);

} // namespace tao
#endif
