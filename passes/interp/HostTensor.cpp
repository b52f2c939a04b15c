// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conversion between host tensors and memory of each element type.
#include "passes/interp/HostTensor.h"
#include "dialects/Tao/ConstantData.h"
#include <cmath>

using namespace mlir;

namespace tao {

static int64_t countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

HostTensor::HostTensor(Type elementType, ArrayRef<int64_t> shape) : elementType(elementType), shape(shape) {
  if (isFloat())
    reals.resize(countElements(shape));
  else
    integers.resize(countElements(shape));
}

bool isUnsignedElement(Type type) { return type.isUnsignedInteger() || type.isInteger(1); }

int64_t wrapToType(int64_t value, Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (width >= 64)
    return value;
  uint64_t bits = static_cast<uint64_t>(value) << (64 - width);
  return isUnsignedElement(type) ? static_cast<int64_t>(bits >> (64 - width))
                                 : static_cast<int64_t>(bits) >> (64 - width);
}

double roundToType(double value, FloatType type) {
  if (type.isF64() || !std::isfinite(value) || value == 0)
    return value;
  if (type.isF32())
    return static_cast<float>(value);
  // The spacing of the format at this magnitude is a power of two, so scaling by it is exact in double.
  const llvm::fltSemantics &semantics = type.getFloatSemantics();
  int precision = llvm::APFloat::semanticsPrecision(semantics);
  int exponent = std::max(std::ilogb(value), static_cast<int>(llvm::APFloat::semanticsMinExponent(semantics)));
  double spacing = std::ldexp(1.0, exponent - precision + 1);
  double rounded = std::nearbyint(value / spacing) * spacing;
  llvm::APFloat largest = llvm::APFloat::getLargest(semantics);
  if (std::fabs(rounded) > largest.convertToDouble())
    return std::copysign(llvm::APFloat::semanticsHasInf(semantics) ? INFINITY : NAN, value);
  return rounded;
}

void HostTensor::roundToElementType() {
  if (!isFloat() || elementType.isF64())
    return;
  if (elementType.isF32()) {
    for (double &value : reals)
      value = static_cast<float>(value);
    return;
  }
  for (double &value : reals)
    value = roundToType(value, cast<FloatType>(elementType));
}

namespace {
template <typename Stored, typename Wide> void widen(ArrayRef<char> bytes, std::vector<Wide> &out) {
  const char *in = bytes.data();
  for (Wide &value : out) {
    Stored stored;
    memcpy(&stored, in, sizeof(Stored));
    value = static_cast<Wide>(stored); // NOLINT(bugprone-signed-char-misuse): numbers, no characters
    in += sizeof(Stored);
  }
}
template <typename Stored, typename Wide> void narrow(const std::vector<Wide> &in, std::vector<char> &bytes) {
  char *out = bytes.data();
  for (Wide value : in) {
    Stored stored = static_cast<Stored>(value);
    memcpy(out, &stored, sizeof(Stored));
    out += sizeof(Stored);
  }
}

double decode(uint64_t bits, FloatType type) {
  llvm::APFloat value(type.getFloatSemantics(), llvm::APInt(type.getWidth(), bits));
  return value.convertToDouble();
}
uint64_t encode(double real, FloatType type) {
  llvm::APFloat value(real);
  bool losesInfo;
  value.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return value.bitcastToAPInt().getZExtValue();
}

/// Formats of up to 16 bits are decoded through a table of all their values.
void decodeSmallFloats(ArrayRef<char> bytes, FloatType type, std::vector<double> &out) {
  int64_t width = getElementBytes(type);
  std::vector<double> table;
  if (out.size() > 65536)
    for (uint64_t bits = 0; bits < (uint64_t(1) << type.getWidth()); ++bits)
      table.push_back(decode(bits, type));
  for (auto [i, value] : llvm::enumerate(out)) {
    uint64_t bits = 0;
    memcpy(&bits, bytes.data() + i * width, width);
    value = table.empty() ? decode(bits, type) : table[bits];
  }
}
} // namespace

HostTensor HostTensor::fromBytes(Type elementType, ArrayRef<int64_t> shape, ArrayRef<char> bytes) {
  HostTensor tensor(elementType, shape);
  if (elementType.isF32())
    widen<float>(bytes, tensor.reals);
  else if (elementType.isF64())
    widen<double>(bytes, tensor.reals);
  else if (auto type = dyn_cast<FloatType>(elementType))
    decodeSmallFloats(bytes, type, tensor.reals);
  else if (elementType.isInteger(1) || elementType.isUnsignedInteger(8))
    widen<uint8_t>(bytes, tensor.integers);
  else if (elementType.isUnsignedInteger(16))
    widen<uint16_t>(bytes, tensor.integers);
  else if (elementType.isUnsignedInteger(32))
    widen<uint32_t>(bytes, tensor.integers);
  else if (getElementBytes(elementType) == 1)
    widen<int8_t>(bytes, tensor.integers);
  else if (getElementBytes(elementType) == 2)
    widen<int16_t>(bytes, tensor.integers);
  else if (getElementBytes(elementType) == 4)
    widen<int32_t>(bytes, tensor.integers);
  else
    widen<int64_t>(bytes, tensor.integers);
  return tensor;
}

HostTensor HostTensor::fromAttribute(ElementsAttr value) {
  return fromBytes(value.getElementType(), value.getShapedType().getShape(), getConstantBytes(value).get());
}

std::vector<char> HostTensor::toBytes() const {
  std::vector<char> bytes(size() * getElementBytes(elementType));
  if (elementType.isF32()) {
    narrow<float>(reals, bytes);
  } else if (elementType.isF64()) {
    narrow<double>(reals, bytes);
  } else if (auto type = dyn_cast<FloatType>(elementType)) {
    int64_t width = getElementBytes(type);
    for (auto [i, value] : llvm::enumerate(reals)) {
      uint64_t bits = encode(value, type);
      memcpy(bytes.data() + i * width, &bits, width);
    }
  } else {
    switch (getElementBytes(elementType)) {
    case 1:
      narrow<int8_t>(integers, bytes);
      break;
    case 2:
      narrow<int16_t>(integers, bytes);
      break;
    case 4:
      narrow<int32_t>(integers, bytes);
      break;
    default:
      narrow<int64_t>(integers, bytes);
      break;
    }
  }
  return bytes;
}

ElementsAttr HostTensor::toAttribute() const { return getConstant(getType(), toBytes()); }

} // namespace tao
