// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bytes of constant tensors, whatever attribute holds them. Layout in memory: row-major, little-endian, one byte per i1.
// Small values are dense attributes and print as text; large ones are dense_resource and may point into a mapped file.
#ifndef TAO_DIALECTS_TAO_CONSTANTDATA_H
#define TAO_DIALECTS_TAO_CONSTANTDATA_H

#include "mlir/IR/BuiltinAttributes.h"
#include <memory>
#include <vector>

namespace tao {

/// Values with more elements than this become dense_resource.
inline constexpr int64_t kMaxDenseElements = 64;

/// Bytes of a constant: either a view into the attribute's storage or an expanded copy.
class ConstantBytes {
public:
  explicit ConstantBytes(llvm::ArrayRef<char> view) : view(view) {}
  explicit ConstantBytes(std::vector<char> copy)
      : owned(std::make_shared<std::vector<char>>(std::move(copy))), view(*owned) {}
  llvm::ArrayRef<char> get() const { return view; }

private:
  std::shared_ptr<std::vector<char>> owned;
  llvm::ArrayRef<char> view;
};

/// Splats and bit-packed i1 are expanded. The view lives as long as the attribute's context and blob.
ConstantBytes getConstantBytes(mlir::ElementsAttr value);

/// A constant of `type`, static, from bytes as described above; the size must match.
mlir::ElementsAttr getConstant(mlir::RankedTensorType type, std::vector<char> bytes);

/// A constant over bytes that somebody else owns: `owner` is released with the last use. The bytes must be aligned to the
/// element size; a copy is made when they are not. `name` seeds the resource's key.
mlir::ElementsAttr getMappedConstant(mlir::RankedTensorType type, llvm::ArrayRef<char> bytes,
                                     std::shared_ptr<const void> owner, llvm::StringRef name);

} // namespace tao
#endif
