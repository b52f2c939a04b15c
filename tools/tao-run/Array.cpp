// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arrays and their element types; see Array.h.
#include "Array.h"

#include "Error.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace tao::run {

std::optional<size_t> elementCount(const std::vector<int64_t> &shape) {
  size_t count = 1;
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent < 0)
      return std::nullopt;
    empty |= extent == 0;
    if (!empty && __builtin_mul_overflow(count, size_t(extent), &count))
      return std::nullopt;
  }
  if (empty)
    return 0;
  return count <= (size_t(1) << 46) ? std::optional(count) : std::nullopt;
}

Array::Array(tao_dtype dtype, std::vector<int64_t> shape) : dtype(dtype), shape(std::move(shape)) {
  std::optional<size_t> count = elementCount(this->shape);
  size_t room = count ? (*count * tao_dtype_bytes(dtype) + 127) / 64 * 64 : 0;
  void *p = count ? aligned_alloc(64, room) : nullptr;
  if (!p)
    throw Failure(ErrorCode::CannotCreate, "no memory for an array of shape " + shapeText(this->shape));
  storage.reset(p, free);
}

Array::Array(const tao_tensor &tensor)
    : Array(tensor.dtype, std::vector<int64_t>(tensor.shape, tensor.shape + tensor.ndim)) {
  if (bytes() > 0)
    memcpy(data(), static_cast<const char *>(tensor.data) + tensor.byte_offset, bytes());
}

size_t Array::size() const { return elementCount(shape).value_or(0); }

tao_tensor Array::view() const {
  return {storage.get(),
          {TAO_DEVICE_CPU, 0},
          int32_t(shape.size()),
          dtype,
          const_cast<int64_t *>(shape.data()),
          nullptr,
          0};
}

double Array::at(size_t i) const {
  const void *p = data();
  switch (dtype.code) {
  case TAO_BOOL:
    return static_cast<const uint8_t *>(p)[i] != 0;
  case TAO_INT:
    return dtype.bits == 8    ? double(static_cast<const int8_t *>(p)[i])
           : dtype.bits == 16 ? double(static_cast<const int16_t *>(p)[i])
           : dtype.bits == 32 ? double(static_cast<const int32_t *>(p)[i])
                              : double(static_cast<const int64_t *>(p)[i]);
  case TAO_UINT:
    return dtype.bits == 8    ? double(static_cast<const uint8_t *>(p)[i])
           : dtype.bits == 16 ? double(static_cast<const uint16_t *>(p)[i])
           : dtype.bits == 32 ? double(static_cast<const uint32_t *>(p)[i])
                              : double(static_cast<const uint64_t *>(p)[i]);
  case TAO_BFLOAT:
    return bfloatToFloat(static_cast<const uint16_t *>(p)[i]);
  default:
    return dtype.bits == 16   ? halfToFloat(static_cast<const uint16_t *>(p)[i])
           : dtype.bits == 32 ? static_cast<const float *>(p)[i]
                              : static_cast<const double *>(p)[i];
  }
}

bool sameDtype(tao_dtype a, tao_dtype b) { return a.code == b.code && a.bits == b.bits && a.lanes == b.lanes; }

std::optional<tao_dtype> dtypeFromName(const std::string &name) {
  for (uint8_t code : {TAO_INT, TAO_UINT, TAO_FLOAT, TAO_BFLOAT, TAO_BOOL})
    for (uint8_t bits : {8, 16, 32, 64}) {
      tao_dtype dtype = {code, bits, 1};
      if (name != "?" && name == tao_dtype_name(dtype))
        return dtype;
    }
  return std::nullopt;
}

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

float halfToFloat(uint16_t half) {
  int exponent = half >> 10 & 31, fraction = half & 1023;
  float value = exponent == 31  ? (fraction ? NAN : INFINITY)
                : exponent == 0 ? std::ldexp(float(fraction), -24)
                                : std::ldexp(float(fraction + 1024), exponent - 25);
  return half & 0x8000 ? -value : value;
}

float bfloatToFloat(uint16_t bfloat) {
  uint32_t bits = uint32_t(bfloat) << 16;
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

uint16_t floatToBfloat(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  if (value != value)
    return uint16_t(bits >> 16 | 0x40);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

uint16_t floatToHalf(float value) {
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  float magnitude = std::fabs(value);
  if (magnitude != magnitude)
    return uint16_t(sign | 0x7e00);
  if (magnitude >= 65520.0f)
    return uint16_t(sign | 0x7c00);
  int exponent = 0;
  std::frexp(magnitude, &exponent); // magnitude = f * 2^exponent with f in [1/2, 1)
  int scale = std::max(exponent - 11, -24);
  auto steps = unsigned(std::nearbyint(std::ldexp(magnitude, -scale))); // ties to even
  // A fraction that rounds up to 2048 carries into the exponent by itself.
  unsigned bits = scale == -24 ? steps : steps - 1024 + (unsigned(scale + 25) << 10);
  return uint16_t(sign | bits);
}

} // namespace tao::run
