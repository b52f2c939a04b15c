// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors in host memory, as the reference interpreter computes on them: floating point elements as double, integers as
// int64_t wrapped to their width (unsigned ones and i1 zero-extended).
#ifndef TAO_PASSES_INTERP_HOSTTENSOR_H
#define TAO_PASSES_INTERP_HOSTTENSOR_H

#include "dialects/Tao/TaoDialect.h"
#include <vector>

namespace tao {

struct HostTensor {
  mlir::Type elementType;
  llvm::SmallVector<int64_t> shape;
  std::vector<double> reals;     // the elements, row-major, when the element type is floating point
  std::vector<int64_t> integers; // the elements otherwise

  HostTensor() = default;
  /// All elements zero.
  HostTensor(mlir::Type elementType, llvm::ArrayRef<int64_t> shape);
  /// From memory in the layout of ConstantData.h; `bytes` must hold every element.
  static HostTensor fromBytes(mlir::Type elementType, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<char> bytes);
  static HostTensor fromAttribute(mlir::ElementsAttr value);

  bool isFloat() const { return llvm::isa<mlir::FloatType>(elementType); }
  int64_t size() const { return isFloat() ? reals.size() : integers.size(); }
  mlir::RankedTensorType getType() const { return mlir::RankedTensorType::get(shape, elementType); }

  /// The elements as memory of the element type; floats are rounded to nearest even.
  std::vector<char> toBytes() const;
  mlir::ElementsAttr toAttribute() const;
  /// Rounds floats to what the element type can hold.
  void roundToElementType();
};

/// The element type's value nearest to `value`, ties to even; overflow gives infinity.
double roundToType(double value, mlir::FloatType type);
/// `value` modulo 2^width, sign-extended or, for unsigned types and i1, zero-extended.
int64_t wrapToType(int64_t value, mlir::Type integerType);
/// True for types whose interpreter values are zero-extended.
bool isUnsignedElement(mlir::Type type);

} // namespace tao
#endif
