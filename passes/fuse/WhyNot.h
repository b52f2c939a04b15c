// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reasons why groups stay apart, as planners give them and reports print them.
#ifndef TAO_PASSES_FUSE_WHYNOT_H
#define TAO_PASSES_FUSE_WHYNOT_H

#include "llvm/ADT/StringRef.h"
#include <optional>

namespace tao {

enum class WhyNot {
#define TAO_WHY_NOT(name, text) name,
#include "passes/fuse/WhyNot.def"
};

llvm::StringRef getName(WhyNot why);
llvm::StringRef getText(WhyNot why);
std::optional<WhyNot> parseWhyNot(llvm::StringRef name);

/// Attribute of a group: for each operand the name of the reason why the group that computes it is another one, or "".
inline constexpr llvm::StringLiteral kApartAttr = "stitch.apart";

} // namespace tao
#endif
