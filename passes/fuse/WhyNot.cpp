// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See WhyNot.h.
#include "passes/fuse/WhyNot.h"
#include "llvm/ADT/STLExtras.h"

using llvm::StringRef;

namespace tao {

namespace {
struct Row {
  StringRef name, text;
};
constexpr Row kRows[] = {
#define TAO_WHY_NOT(name, text) {#name, text},
#include "passes/fuse/WhyNot.def"
};
} // namespace

StringRef getName(WhyNot why) { return kRows[static_cast<size_t>(why)].name; }
StringRef getText(WhyNot why) { return kRows[static_cast<size_t>(why)].text; }

std::optional<WhyNot> parseWhyNot(StringRef name) {
  for (auto [i, row] : llvm::enumerate(kRows))
    if (row.name == name)
      return static_cast<WhyNot>(i);
  return std::nullopt;
}

} // namespace tao
