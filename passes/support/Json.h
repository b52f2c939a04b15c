// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// JSON of files that a user may have touched.
#ifndef TAO_PASSES_SUPPORT_JSON_H
#define TAO_PASSES_SUPPORT_JSON_H

#include "llvm/Support/JSON.h"
#include <optional>
#include <string>

namespace tao {

/// Parses the text; nullopt with "it ...", what is wrong with it. Values nested deeper than 64 levels are refused: the
/// parser recurses.
std::optional<llvm::json::Value> parseJson(llvm::StringRef text, std::string &reason);

} // namespace tao
#endif
