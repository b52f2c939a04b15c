// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text as a JSON string.
#ifndef TAO_RUN_JSON_H
#define TAO_RUN_JSON_H

#include <cstdio>
#include <string>

namespace tao::run {

/// The text, which is UTF-8, with quotes around it.
inline std::string jsonText(const std::string &text) {
  std::string result = "\"";
  for (char c : text) {
    char escaped[8];
    if (c == '"' || c == '\\')
      (result += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20)
      result.append(escaped, size_t(snprintf(escaped, sizeof(escaped), "\\u%04x", c)));
    else
      result += c;
  }
  return result + "\"";
}

} // namespace tao::run

#endif // TAO_RUN_JSON_H
