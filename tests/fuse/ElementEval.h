// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One element of an op's result at a time, in double precision or modulo a prime. Scalar functions are those of the
// reference interpreter; where operands are read is written anew here.
#ifndef TAO_TESTS_FUSE_ELEMENTEVAL_H
#define TAO_TESTS_FUSE_ELEMENTEVAL_H

#include "passes/interp/HostTensor.h"
#include "passes/interp/Sizes.h"

namespace tao {

/// An element: `real` for floating point types, else `integer`.
struct Number {
  double real = 0;
  int64_t integer = 0;
};

class ElementEval {
public:
  using Index = llvm::SmallVector<int64_t, 6>;
  using Read = llvm::function_ref<Number(unsigned operand, llvm::ArrayRef<int64_t> index)>;

  /// With a `prime` below 2^26 floating point values are residues. Ops that have no meaning there must not occur.
  ElementEval(const Sizes &sizes, int64_t prime) : sizes(sizes), prime(static_cast<double>(prime)) {}

  /// Element `index` of the op's result; not for constants and reductions over dims. `read` gives elements of the
  /// operands.
  Number evaluate(mlir::Operation *op, llvm::ArrayRef<int64_t> index, Read read) const;

  /// Reductions: where they start, and two results made one. An arg-reduction has the index in `integer`.
  Number identity(mlir::Operation *op) const;
  Number combine(mlir::Operation *op, Number a, Number b) const;

  Index shapeOf(mlir::Value value) const;
  Number elementOf(const HostTensor &tensor, llvm::ArrayRef<int64_t> index) const;
  static bool isFloat(mlir::Value value);
  /// Whether the op means something modulo a prime.
  static bool isModular(mlir::Operation *op);

private:
  Number reduceWindow(ReduceWindowOp op, llvm::ArrayRef<int64_t> index, Read read) const;
  Number scalar(mlir::Operation *op, Read read, llvm::ArrayRef<int64_t> index) const;
  Number modulo(Number number) const;

  const Sizes &sizes;
  double prime;
};

} // namespace tao
#endif
