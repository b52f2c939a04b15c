// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the user may ask of the importer.
#ifndef TAO_PASSES_IMPORT_IMPORTOPTIONS_H
#define TAO_PASSES_IMPORT_IMPORTOPTIONS_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tao {

/// One extent of a `--shape` option.
struct DimOverride {
  std::optional<int64_t> fixed;  // a number; otherwise the extent is dynamic
  std::optional<int64_t> min, max;
  std::optional<int64_t> likely; // the size that plans and reports assume
};

/// `--shape=x:1..32@8x3x224x?`: the shape of input `x`.
struct ShapeOverride {
  std::string input;
  std::vector<DimOverride> dims; // empty for a scalar

  /// Parses "name:extents"; extents are separated by 'x', each a number, "?", "min..max", "?@likely" or "min..max@likely".
  /// The name may hold colons, for the last one separates. On failure `error` says why.
  static std::optional<ShapeOverride> parse(llvm::StringRef text, std::string &error);
};

/// `--alias=output:input`: the output may be written over the input, whose old value is lost.
struct AliasRequest {
  std::string output, input;
};

struct ImportOptions {
  std::vector<ShapeOverride> shapes;
  std::vector<AliasRequest> aliases;
  int64_t maxRank = 12;
  int64_t maxTensorBytes = int64_t(1) << 46; // of one static tensor: addressable, and products stay in 64 bits
};

} // namespace tao
#endif
