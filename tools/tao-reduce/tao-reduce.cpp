// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shrinks a failing model or module; see compiler/reduce/Reduce.h.
#include "compiler/reduce/Reduce.h"
#include "llvm/Support/CommandLine.h"

using namespace llvm;

int main(int argc, char **argv) {
  cl::OptionCategory category("Options");
  cl::opt<std::string> input(cl::Positional, cl::desc("MODEL"), cl::cat(category));
  cl::opt<std::string> output("output", cl::desc("where the smallest failing file goes (-o FILE)"),
                              cl::value_desc("FILE"), cl::cat(category));
  cl::alias outputShort("o", cl::desc("short for --output"), cl::aliasopt(output), cl::cat(category));
  cl::opt<std::string> test("test", cl::desc("shell command that fails; the file's path is added to it"),
                            cl::value_desc("COMMAND"), cl::cat(category));
  cl::opt<int> expectExit("expect-exit", cl::desc("exit code of the failure (default: that of the input, not 0)"),
                          cl::value_desc("N"), cl::cat(category));
  cl::opt<std::string> expectText("expect-text", cl::desc("text in the output of the failure"), cl::value_desc("TEXT"),
                                  cl::cat(category));
  tao::ReduceOptions options;
  cl::opt<long> maxSteps("max-steps", cl::desc("most runs of the test"), cl::value_desc("N"),
                         cl::init(options.maxSteps), cl::cat(category));
  cl::opt<double> maxTime("max-time", cl::desc("most seconds in all"), cl::value_desc("SECONDS"),
                          cl::init(options.maxSeconds), cl::cat(category));
  cl::opt<double> testTime("test-time", cl::desc("a test that runs longer hangs"), cl::value_desc("SECONDS"),
                           cl::init(options.testSeconds), cl::cat(category));
  cl::opt<bool> verbose("verbose", cl::desc("print one line for each candidate that is kept (-v)"), cl::cat(category));
  cl::alias verboseShort("v", cl::desc("short for --verbose"), cl::aliasopt(verbose), cl::cat(category));
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter([](raw_ostream &os) { os << "tao-reduce " TAO_VERSION "\n"; });
  std::string problem;
  raw_string_ostream os(problem);
  if (!cl::ParseCommandLineOptions(
          argc, argv, "Shrinks a failing model (.onnx) or module (.mlir) while a test keeps failing.\n", &os)) {
    errs() << "tao-reduce: error[" << tao::getCodeText(tao::ErrorCode::Usage) << "]: " << StringRef(problem).rtrim()
           << "\n";
    return tao::getExitCode(tao::ErrorCode::Usage);
  }
  options.input = input;
  options.output = output;
  options.test = test;
  if (expectExit.getNumOccurrences() > 0)
    options.expectExit = expectExit;
  options.expectText = expectText;
  options.maxSteps = maxSteps;
  options.maxSeconds = maxTime;
  options.testSeconds = testTime;
  options.verbose = verbose;
  return tao::reduce(options, errs());
}
