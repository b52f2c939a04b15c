// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The expressions that models print for dynamic dimensions, such as "past + 1" or "(n + 3) floordiv 4".
#ifndef TAO_RUN_DIMEXPR_H
#define TAO_RUN_DIMEXPR_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tao::run {

/// The value of `text` over the symbols; nothing when it is of another form, or divides by zero.
std::optional<int64_t> evaluateDim(const std::string &text, const std::map<std::string, int64_t> &symbols);

} // namespace tao::run

#endif // TAO_RUN_DIMEXPR_H
