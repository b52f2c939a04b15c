// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parsing of `--shape`; see ImportOptions.h.
#include "passes/import/ImportOptions.h"
#include "llvm/ADT/SmallVector.h"

namespace tao {

namespace {
bool parseNumber(llvm::StringRef text, std::optional<int64_t> &number) {
  int64_t value;
  if (text.getAsInteger(10, value) || value < 0)
    return false;
  number = value;
  return true;
}

/// number | range ["@" number], range := "?" | number ".." number
bool parseDim(llvm::StringRef text, DimOverride &dim) {
  auto [range, likely] = text.split('@');
  if (range.size() != text.size() && !parseNumber(likely, dim.likely))
    return false;
  if (auto [low, high] = range.split(".."); low.size() != range.size()) {
    if (!parseNumber(low, dim.min) || !parseNumber(high, dim.max) || *dim.min > *dim.max)
      return false;
    return !dim.likely || (*dim.likely >= *dim.min && *dim.likely <= *dim.max);
  }
  if (range == "?")
    return true;
  return !dim.likely && parseNumber(range, dim.fixed);
}
} // namespace

std::optional<ShapeOverride> ShapeOverride::parse(llvm::StringRef text, std::string &error) {
  auto [input, extents] = text.rsplit(':');
  if (input.empty() || input.size() == text.size()) {
    error = "shape '" + text.str() + "' must be an input's name, a colon and extents";
    return std::nullopt;
  }
  ShapeOverride result;
  result.input = input.str();
  llvm::SmallVector<llvm::StringRef> parts;
  if (!extents.empty())
    extents.split(parts, 'x');
  for (llvm::StringRef part : parts) {
    DimOverride dim;
    if (!parseDim(part, dim)) {
      error = "shape '" + text.str() + "' has extent '" + part.str() + "'; an extent is N, ?, MIN..MAX or one of the last two with @LIKELY";
      return std::nullopt;
    }
    result.dims.push_back(dim);
  }
  return result;
}

} // namespace tao
