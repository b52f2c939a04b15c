// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How user errors look, and which exit code they give.
#include "passes/support/UserError.h"
#include "gtest/gtest.h"
#include <set>

namespace {
using namespace tao;

std::string print(const ErrorList &errors) {
  std::string text;
  llvm::raw_string_ostream os(text);
  errors.print(os, "model.onnx");
  return text;
}

TEST(UserError, PrintsFieldsThatAreSet) {
  ErrorList errors;
  UserError error;
  error.code = ErrorCode::ShapeMismatch;
  error.reason = "shapes differ";
  error.node = "/enc/Add";
  error.op = "Add";
  error.opset = 17;
  error.details = {"inputs float[2]"};
  errors.add(error);
  errors.add(ErrorCode::CannotRead, "no such file", "look elsewhere");
  EXPECT_EQ(print(errors), "model.onnx: error[TAO-E015]: shapes differ\n"
                           "  inputs float[2]\n"
                           "  node  '/enc/Add'\n"
                           "  op    Add (opset 17)\n"
                           "model.onnx: error[TAO-E001]: no such file\n"
                           "  hint  look elsewhere\n");
  EXPECT_EQ(errors.exitCode(), 1);
}

TEST(UserError, KeepsControlCharactersFromTheTerminal) {
  ErrorList errors;
  errors.add(ErrorCode::BadModel, "\x1b[31m\n\x7f é \xc3( \xc2\x9b \xf0");
  EXPECT_EQ(print(errors), "model.onnx: error[TAO-E005]: \\x1b[31m\\x0a\\x7f é \\xc3( \\xc2\\x9b \\xf0\n");
}

TEST(UserError, CountsTheRest) {
  ErrorList errors;
  for (size_t i = 0; i < ErrorList::maxPrinted + 5; ++i)
    errors.add(ErrorCode::BadModel, "bad");
  EXPECT_NE(print(errors).find("model.onnx: 5 more errors\n"), std::string::npos);
}

TEST(UserError, CodesAreUnique) {
  std::set<llvm::StringRef> codes;
  size_t count = 0;
#define TAO_ERROR(Enumerator, code, ...)                                                                               \
  codes.insert(code);                                                                                                  \
  ++count;
#include "passes/support/ErrorCodes.def"
  EXPECT_EQ(codes.size(), count);
}
} // namespace
