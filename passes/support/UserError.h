// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Errors that a user can cause: a bad model, a bad option, a full disk. They are collected and printed together, each with
// its code, the node it is about and a reason. Faults of tao itself are assertions and internal errors, not these.
#ifndef TAO_PASSES_SUPPORT_USERERROR_H
#define TAO_PASSES_SUPPORT_USERERROR_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace tao {

enum class ErrorCode {
#define TAO_ERROR(Enumerator, ...) Enumerator,
#include "passes/support/ErrorCodes.def"
};

/// "TAO-E012".
llvm::StringRef getCodeText(ErrorCode code);
/// The process's exit code for an error.
int getExitCode(ErrorCode code);
/// What a code is about, for the documentation.
llvm::StringRef getCodeSummary(ErrorCode code);

/// One error. Empty fields are not printed.
struct UserError {
  ErrorCode code = ErrorCode::Internal;
  std::string reason;               // one line, no period
  std::string node;                 // name of the node in the model
  std::string op;                   // "Conv", "com.microsoft.FusedGelu"
  int64_t opset = 0;                // version of the operator set, 0 for none
  std::string hint;                 // what the user may do about it
  std::vector<std::string> details; // further lines, printed as they are below the reason
  std::vector<UserError> parts;     // what `details` tabulate, one by one, for readers that are programs
};

/// The text of one error without file and code: the reason, then details and the aligned node, op and hint lines.
std::string formatError(const UserError &error);

/// Collects errors, so that all of a kind are reported at once.
class ErrorList {
public:
  void add(UserError error) { errors.push_back(std::move(error)); }
  void add(ErrorCode code, std::string reason, std::string hint = "");

  bool empty() const { return errors.empty(); }
  size_t size() const { return errors.size(); }
  const std::vector<UserError> &get() const { return errors; }

  /// 0 without errors, else the first error's exit code.
  int exitCode() const;

  /// `model.onnx: error[TAO-E012]: reason` and detail lines for each. After `maxPrinted` errors the rest is counted.
  void print(llvm::raw_ostream &os, llvm::StringRef file) const;
  static constexpr size_t maxPrinted = 20;

  /// One JSON object per line, of all errors; one with parts is printed as these. docs/python.md describes the fields.
  void printAsJson(llvm::raw_ostream &os, llvm::StringRef file) const;

private:
  std::vector<UserError> errors;
};

} // namespace tao
#endif
