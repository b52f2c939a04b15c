// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Takes the weights out of a serialized ONNX model before it is parsed. Protocol buffers would copy every weight and stop at
// 2 GB; so the wire format is walked here and each tensor's raw_data is replaced by its place in the file.
#ifndef TAO_COMPILER_FRONTEND_STRIPWEIGHTS_H
#define TAO_COMPILER_FRONTEND_STRIPWEIGHTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>

namespace tao {

/// Where a tensor's raw_data lies in the model file.
struct RawDataPlace {
  uint64_t offset = 0, length = 0;

  /// What stands in raw_data after stripping.
  std::string encode() const;
  static std::optional<RawDataPlace> decode(llvm::StringRef bytes);
};

enum class StripStatus {
  Ok,
  NotOnnx,  // the first bytes are not a field of a model
  Damaged,  // it ends in the middle of a field, or a field is malformed
  TooDeep,  // subgraphs nest deeper than allowed
  TooLarge  // what is left would not fit a protocol buffer
};

struct StripResult {
  StripStatus status = StripStatus::Ok;
  uint64_t offset = 0; // of the field that is damaged
  std::string bytes;   // a ModelProto
};

StripResult stripWeights(llvm::ArrayRef<char> model, int64_t maxNesting);

} // namespace tao
#endif
