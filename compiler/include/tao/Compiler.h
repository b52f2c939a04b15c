// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler as a library: what taoc and tao-run are made of. Needs no MLIR headers.
#ifndef TAO_COMPILER_H
#define TAO_COMPILER_H

#include <cstdint>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace tao {

class ErrorList;

/// One member per row of Options.def, with the same defaults as on the command line.
struct CompileOptions {
  std::string input; // path of an .onnx or .mlir file
#define TAO_FLAG(field, ...) bool field = false;
#define TAO_TEXT(field, name, value, initial, ...) std::string field = initial;
#define TAO_LIST(field, ...) std::vector<std::string> field;
#define TAO_NUMBER(field, name, value, initial, ...) int64_t field = initial;
#define TAO_CHOICE(field, name, choices, initial, ...) std::string field = initial;
#include "compiler/driver/Options.def"
};

/// Reads the arguments, without the program's name, into `options`. Problems go to `errors`, all of them.
bool parseOptions(const std::vector<std::string> &arguments, CompileOptions &options, ErrorList &errors);

/// Compiles as the options say. Data goes to `out`, messages to `err`; returns the exit code: 0 ok, 1 the model, 2
/// usage, 3 internal, 4 input/output. Not reentrant: it guards the whole process against faults of the compiler.
int compile(const CompileOptions &options, llvm::raw_ostream &out, llvm::raw_ostream &err);

/// The command line tool.
int taocMain(int argc, char **argv);

} // namespace tao
#endif
