// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Printing of user errors; see UserError.h.
#include "passes/support/UserError.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/JSON.h"
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

/// Length of the character at the front, 0 when it is not printable: a control character or malformed UTF-8.
size_t printableLength(llvm::StringRef text) {
  auto byte = [&](size_t index) { return static_cast<unsigned char>(text[index]); };
  if (byte(0) < 0x80)
    return byte(0) >= 0x20 && byte(0) != 0x7f;
  size_t length = llvm::getNumBytesForUTF8(byte(0));
  if (length > text.size() || !llvm::isLegalUTF8Sequence(text.bytes_begin(), text.bytes_begin() + length))
    return 0;
  bool isControl = byte(0) == 0xc2 && byte(1) < 0xa0;
  return isControl ? 0 : length;
}

/// Text from a model may hold anything; a terminal gets only printable characters, and not endlessly many.
std::string printable(llvm::StringRef text) {
  constexpr size_t maxLength = 2000;
  std::string out;
  llvm::StringRef rest = text;
  while (!rest.empty() && out.size() < maxLength) {
    size_t length = printableLength(rest);
    if (length == 0)
      out += "\\x" + llvm::toHex(rest.take_front(1), /*LowerCase=*/true);
    else
      out += rest.take_front(length);
    rest = rest.drop_front(std::max<size_t>(length, 1));
  }
  return rest.empty() ? out : out + "...";
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

/// All fields are there whatever the error, so that a reader needs no cases.
static llvm::json::Object toJson(const UserError &error, ErrorCode code, llvm::StringRef file) {
  auto text = [](llvm::StringRef value) { return llvm::json::fixUTF8(value); };
  llvm::json::Array details;
  for (const std::string &line : error.details)
    details.push_back(text(line));
  return llvm::json::Object{{"file", text(file)},
                            {"code", getCodeText(code)},
                            {"reason", text(error.reason)},
                            {"details", std::move(details)},
                            {"node", text(error.node)},
                            {"op", text(error.op)},
                            {"opset", error.opset},
                            {"hint", text(error.hint)},
                            {"message", text(llvm::StringRef(formatError(error)).rtrim())}};
}

void ErrorList::printAsJson(llvm::raw_ostream &os, llvm::StringRef file) const {
  for (const UserError &error : errors)
    for (const UserError &part : error.parts.empty() ? llvm::ArrayRef(error) : llvm::ArrayRef(error.parts))
      os << llvm::json::Value(toJson(part, error.code, file)) << "\n";
}

} // namespace tao
