// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The numbering of all size expressions of a program, and the function that computes them from the symbols.
#ifndef TAO_PASSES_HOST_SIZETABLE_H
#define TAO_PASSES_HOST_SIZETABLE_H

#include "dialects/Tao/SymExpr.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace tao {

class SizeTable {
public:
  /// The number of an expression; equal expressions have one.
  int32_t number(const SymExpr &size);
  int32_t number(llvm::StringRef text);
  std::vector<int32_t> numbers(mlir::ArrayAttr texts);
  size_t size() const { return sizes.size(); }

  /// Emits `void name(const int64_t *symbols, int64_t *sizes)`. The code cannot trap: sums and products saturate, so
  /// that a size too large to exist stays large, and division by zero gives 0.
  void emitEval(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name,
                llvm::ArrayRef<llvm::StringRef> symbols) const;

private:
  std::vector<SymExpr> sizes;
  llvm::StringMap<int32_t> indices; // canonical text -> number
};

} // namespace tao
#endif
