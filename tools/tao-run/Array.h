// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A dense row-major array in memory, as read from a file or produced by a run.
#ifndef TAO_RUN_ARRAY_H
#define TAO_RUN_ARRAY_H

#include "tao/runtime.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tao::run {

class Array {
public:
  Array() = default;
  /// Throws when the size is beyond memory. Elements are not initialised.
  Array(tao_dtype dtype, std::vector<int64_t> shape);
  /// A copy of a tensor.
  explicit Array(const tao_tensor &tensor);

  tao_dtype dtype = {TAO_FLOAT, 32, 1};
  std::vector<int64_t> shape;

  size_t size() const;
  size_t bytes() const { return size() * tao_dtype_bytes(dtype); }
  void *data() const { return storage.get(); }
  tao_tensor view() const;
  /// Element i as a number; exact for all but the largest 64-bit integers.
  double at(size_t i) const;

private:
  std::shared_ptr<void> storage; // aligned to 64 bytes
};

using NamedArrays = std::map<std::string, Array>;

bool sameDtype(tao_dtype a, tao_dtype b);
/// The dtype of a name such as "float32".
std::optional<tao_dtype> dtypeFromName(const std::string &name);
/// "2x3x4"; "scalar" for no dimensions.
std::string shapeText(const std::vector<int64_t> &shape);
float halfToFloat(uint16_t half);
float bfloatToFloat(uint16_t bfloat);
uint16_t floatToHalf(float value);
uint16_t floatToBfloat(float value);

/// The product of the extents, or nothing when it or an extent is out of range.
std::optional<size_t> elementCount(const std::vector<int64_t> &shape);

} // namespace tao::run

#endif // TAO_RUN_ARRAY_H
