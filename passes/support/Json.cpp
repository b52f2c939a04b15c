// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Json.h.
#include "passes/support/Json.h"

using llvm::StringRef;

namespace tao {

static bool isTooDeep(StringRef text) {
  constexpr size_t kMaxDepth = 64;
  size_t depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      i += c == '\\';
      inString = c != '"';
    } else if (c == '"') {
      inString = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth)
        return true;
    } else if (c == ']' || c == '}') {
      depth -= depth > 0;
    }
  }
  return false;
}

std::optional<llvm::json::Value> parseJson(StringRef text, std::string &reason) {
  if (isTooDeep(text)) {
    reason = "it nests too deeply";
    return std::nullopt;
  }
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (value)
    return std::move(*value);
  reason = "it is no JSON: " + llvm::toString(value.takeError());
  return std::nullopt;
}

} // namespace tao
