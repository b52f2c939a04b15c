// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes of constant tensors; see ConstantData.h.
#include "dialects/Tao/ConstantData.h"
#include "dialects/Tao/TaoDialect.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace tao {

ConstantBytes getConstantBytes(ElementsAttr value) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      return ConstantBytes(blob->getData());
    return ConstantBytes(ArrayRef<char>());
  }
  auto type = cast<RankedTensorType>(value.getShapedType());
  int64_t width = getElementBytes(type.getElementType()), count = type.getNumElements();
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (dense && !dense.isSplat() && !type.getElementType().isInteger(1) &&
      static_cast<int64_t>(dense.getRawData().size()) == width * count)
    return ConstantBytes(dense.getRawData());
  std::vector<char> bytes(width * count);
  char *out = bytes.data();
  auto append = [&](const APInt &bits) {
    uint64_t word = bits.getZExtValue();
    memcpy(out, &word, width);
    out += width;
  };
  if (isa<FloatType>(type.getElementType()))
    for (const APFloat &element : value.getValues<APFloat>())
      append(element.bitcastToAPInt());
  else
    for (const APInt &element : value.getValues<APInt>())
      append(element);
  return ConstantBytes(std::move(bytes));
}

static ElementsAttr makeResource(RankedTensorType type, AsmResourceBlob blob, StringRef name) {
  return DenseResourceElementsAttr::get(type, name.empty() ? "constant" : name, std::move(blob));
}

ElementsAttr getConstant(RankedTensorType type, std::vector<char> bytes) {
  int64_t count = type.getNumElements();
  assert(static_cast<int64_t>(bytes.size()) == count * getElementBytes(type.getElementType()));
  if (count > kMaxDenseElements)
    return makeResource(type, HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, 64, /*dataIsMutable=*/false), "folded");
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> values(bytes.begin(), bytes.end());
    return DenseElementsAttr::get(type, values);
  }
  return DenseElementsAttr::getFromRawBuffer(type, bytes);
}

ElementsAttr getMappedConstant(RankedTensorType type, ArrayRef<char> bytes, std::shared_ptr<const void> owner,
                               StringRef name) {
  int64_t width = getElementBytes(type.getElementType());
  bool aligned = reinterpret_cast<uintptr_t>(bytes.data()) % width == 0;
  if (type.getNumElements() <= kMaxDenseElements)
    return getConstant(type, std::vector<char>(bytes.begin(), bytes.end()));
  if (!aligned)
    return makeResource(type, HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, 64, false), name);
  auto release = [owner](void *, size_t, size_t) mutable { owner.reset(); };
  return makeResource(type, AsmResourceBlob(bytes, width, std::move(release), /*dataIsMutable=*/false), name);
}

} // namespace tao
