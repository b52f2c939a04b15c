// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Printing of user errors; see UserError.h.
#include "passes/support/UserError.h"
#include "llvm/ADT/StringExtras.h"
#include <utility>

namespace tao {

namespace {
struct CodeRow {
  llvm::StringRef text;
  int exitCode;
  llvm::StringRef summary;
};
constexpr CodeRow codeRows[] = {
#define TAO_ERROR(Enumerator, code, exitCode, summary) {code, exitCode, summary},
#include "passes/support/ErrorCodes.def"
};
const CodeRow &rowOf(ErrorCode code) { return codeRows[static_cast<size_t>(code)]; }

/// Text from a model may hold anything; a terminal gets only printable characters, and not endlessly many.
std::string printable(llvm::StringRef text) {
  constexpr size_t maxLength = 2000;
  std::string out;
  for (char c : text.take_front(maxLength)) {
    // Bytes of 128 and above pass, for UTF-8.
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += "\\x" + llvm::toHex(llvm::StringRef(&c, 1), /*LowerCase=*/true);
    else
      out += c;
  }
  if (text.size() > maxLength)
    out += "...";
  return out;
}
} // namespace

llvm::StringRef getCodeText(ErrorCode code) { return rowOf(code).text; }
int getExitCode(ErrorCode code) { return rowOf(code).exitCode; }
llvm::StringRef getCodeSummary(ErrorCode code) { return rowOf(code).summary; }

std::string formatError(const UserError &error) {
  std::string out = printable(error.reason) + "\n";
  for (const std::string &line : error.details)
    out += "  " + printable(line) + "\n";
  std::string op = error.op;
  if (!op.empty() && error.opset > 0)
    op += " (opset " + std::to_string(error.opset) + ")";
  const std::pair<llvm::StringRef, std::string> fields[] = {
      {"node", error.node.empty() ? "" : "'" + error.node + "'"}, {"op", op}, {"hint", error.hint}};
  for (const auto &[name, value] : fields)
    if (!value.empty())
      out += "  " + name.str() + std::string(name.size() < 6 ? 6 - name.size() : 0, ' ') + printable(value) + "\n";
  return out;
}

void ErrorList::add(ErrorCode code, std::string reason, std::string hint) {
  UserError error;
  error.code = code;
  error.reason = std::move(reason);
  error.hint = std::move(hint);
  errors.push_back(std::move(error));
}

int ErrorList::exitCode() const { return errors.empty() ? 0 : getExitCode(errors.front().code); }

void ErrorList::print(llvm::raw_ostream &os, llvm::StringRef file) const {
  for (const UserError &error : llvm::ArrayRef(errors).take_front(maxPrinted))
    os << printable(file) << ": error[" << getCodeText(error.code) << "]: " << formatError(error);
  if (errors.size() > maxPrinted)
    os << printable(file) << ": " << errors.size() - maxPrinted << " more errors\n";
}

} // namespace tao
