// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Index code of a size (SymExpr::build), over the values of its symbols.
#ifndef TAO_PASSES_CODEGEN_COMMON_SIZEBUILDER_H
#define TAO_PASSES_CODEGEN_COMMON_SIZEBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/StringMap.h"

namespace tao {

struct SizeBuilder {
  mlir::OpBuilder &b;
  mlir::Location loc;
  const llvm::StringMap<mlir::Value> &sizes; // of every symbol

  mlir::Value constant(int64_t value) { return mlir::arith::ConstantIndexOp::create(b, loc, value); }
  mlir::Value symbol(llvm::StringRef name) {
    auto it = sizes.find(name);
    assert(it != sizes.end() && "the kernel takes every symbol its group uses");
    return it->second;
  }
  mlir::Value add(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::AddIOp>(loc, x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::MulIOp>(loc, x, y); }
  mlir::Value call(llvm::StringRef name, mlir::Value x, mlir::Value y) {
    if (name == "max")
      return mlir::arith::MaxSIOp::create(b, loc, x, y);
    if (name == "min")
      return mlir::arith::MinSIOp::create(b, loc, x, y);
    // Divisors are extents; a zero one means that nothing is computed with the result.
    mlir::Value divisor = mlir::arith::MaxSIOp::create(b, loc, y, constant(1));
    if (name == "ceildiv")
      return mlir::arith::CeilDivSIOp::create(b, loc, x, divisor);
    mlir::Value quotient = mlir::arith::FloorDivSIOp::create(b, loc, x, divisor);
    return name == "floordiv" ? quotient : mlir::Value(mlir::arith::SubIOp::create(b, loc, x, mul(quotient, divisor)));
  }
};

} // namespace tao
#endif
