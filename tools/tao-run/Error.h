// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How tao-run fails: one exception type, carrying a row of Errors.def, printed by main as
// "tao-run: error[TAO-R0xx]: message".
#ifndef TAO_RUN_ERROR_H
#define TAO_RUN_ERROR_H

#include <exception>
#include <string>
#include <utility>

namespace tao::run {

enum class ErrorCode {
#define TAO_RUN_ERROR(name, code, exitCode, meaning) name,
#include "Errors.def"
};

class Failure : public std::exception {
public:
  Failure(ErrorCode code, std::string message, int exitCode = 0)
      : code(code), message(std::move(message)), otherExitCode(exitCode) {}
  const char *what() const noexcept override { return message.c_str(); }
  const char *codeName() const {
    static constexpr const char *names[] = {
#define TAO_RUN_ERROR(name, code, exitCode, meaning) code,
#include "Errors.def"
    };
    return names[int(code)];
  }
  int exitCode() const {
    static constexpr int exitCodes[] = {
#define TAO_RUN_ERROR(name, code, exitCode, meaning) exitCode,
#include "Errors.def"
    };
    return otherExitCode != 0 ? otherExitCode : exitCodes[int(code)];
  }

private:
  ErrorCode code;
  std::string message;
  int otherExitCode;
};

} // namespace tao::run

#endif // TAO_RUN_ERROR_H
