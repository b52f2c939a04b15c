// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Reduce.h.
#include "compiler/reduce/Reduce.h"
#include "compiler/reduce/Reducers.h"
#include "llvm/Support/Path.h"

namespace tao {

static void checkOptions(const ReduceOptions &options, ErrorList &errors) {
  auto usage = [&](std::string reason) {
    errors.add(ErrorCode::Usage, std::move(reason), "tao-reduce --help lists the options");
  };
  llvm::StringRef kind = llvm::sys::path::extension(options.input);
  if (kind != ".onnx" && kind != ".mlir")
    usage("the input is no .onnx or .mlir file: '" + options.input + "'");
  else if (llvm::sys::path::extension(options.output) != kind)
    usage("the output must be a " + kind.str() + " file as the input is: '" + options.output + "'");
  if (options.test.empty())
    usage("no test given: --test=COMMAND");
  if (options.maxSteps < 1 || !(options.maxSeconds > 0) || !(options.testSeconds > 0))
    usage("--max-steps, --max-time and --test-time must be greater than 0");
}

int reduce(const ReduceOptions &options, llvm::raw_ostream &err) {
  ErrorList errors;
  checkOptions(options, errors);
  if (errors.empty()) {
    Reduction reduction(options, errors, err);
    if (errors.empty()) {
      if (llvm::sys::path::extension(options.input) == ".onnx")
        reduceOnnx(options.input, reduction, errors);
      else
        reduceModule(options.input, reduction, errors);
    }
    if (errors.empty())
      reduction.finish();
  }
  bool isUsage = !errors.empty() && errors.get().front().code == ErrorCode::Usage;
  errors.print(err, isUsage ? llvm::StringRef("tao-reduce") : llvm::StringRef(options.input));
  return errors.exitCode();
}

} // namespace tao
