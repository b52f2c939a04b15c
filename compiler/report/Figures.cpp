// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Figures.h.
#include "compiler/report/Figures.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace tao {

std::string withPrefix(int64_t number, llvm::StringRef unit) {
  std::string text;
  llvm::raw_string_ostream os(text);
  double value = static_cast<double>(number);
  size_t prefix = 0;
  constexpr llvm::StringRef kPrefixes = " kMGTPE";
  // 999.5 would be printed as a four-digit 1000.
  for (; value >= 999.5 && prefix + 1 < kPrefixes.size(); ++prefix)
    value /= 1000;
  int decimals = prefix == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  os << llvm::format("%.*f", decimals, value);
  if (prefix > 0 || !unit.empty())
    os << " ";
  if (prefix > 0)
    os << kPrefixes[prefix];
  os << unit;
  return text;
}

std::string ratio(int64_t sum, int64_t least) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.2fx", static_cast<double>(sum) / static_cast<double>(least));
  return text;
}

std::string countOf(int64_t number, llvm::StringRef noun) {
  return std::to_string(number) + " " + noun.str() + (number == 1 ? "" : "s");
}

std::string toUtf8(llvm::StringRef text) { return llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text); }

} // namespace tao
