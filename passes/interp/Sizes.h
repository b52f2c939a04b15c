// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values of size symbols in one run: bound from the inputs' shapes, then used to evaluate every other shape.
#ifndef TAO_PASSES_INTERP_SIZES_H
#define TAO_PASSES_INTERP_SIZES_H

#include "dialects/Tao/TaoDialect.h"
#include <functional>
#include <map>

namespace tao {

class Sizes {
public:
  /// Binds the symbols that stand alone as an extent of `type` and checks the static extents. Extents that are larger
  /// expressions are checked by `check`, once all inputs are bound.
  mlir::LogicalResult bind(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> shape, std::string &error);
  mlir::LogicalResult check(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> shape, std::string &error) const;

  /// nullopt when a symbol is unbound or the value overflows.
  std::optional<int64_t> evaluate(const SymExpr &expr) const;
  /// Extents of `type`; an error when one is negative or unknown or the tensor has more than `maxElements` elements.
  mlir::FailureOr<llvm::SmallVector<int64_t>> shapeOf(mlir::RankedTensorType type, int64_t maxElements,
                                                      std::string &error) const;

private:
  std::map<std::string, int64_t, std::less<>> values;
};

} // namespace tao
#endif
