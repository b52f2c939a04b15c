// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loop over a module's test functions.
#include "passes/interp/RunTests.h"
#include "passes/interp/Interpreter.h"

using namespace mlir;

namespace tao {

/// `file:line` of a location, or the location as it prints.
static void printLocation(llvm::raw_ostream &out, Location location) {
  if (auto file = location->findInstanceOf<FileLineColLoc>())
    out << file.getFilename().getValue() << ":" << file.getLine();
  else
    out << location;
}

/// Prints what is wrong and returns whether anything was.
static bool reportProblems(const TestFunction &test, llvm::raw_ostream &out, bool ran, ArrayRef<HostTensor> outputs,
                           StringRef error) {
  func::FuncOp function = test.function;
  auto report = [&](Location location, const Twine &message) {
    printLocation(out, location);
    out << ": @" << function.getName() << ": " << message << "\n";
  };
  if (test.failure) {
    if (ran)
      report(function.getLoc(), "runs, but must fail with '" + *test.failure + "'");
    else if (!error.contains(*test.failure))
      report(function.getLoc(), "must fail with '" + *test.failure + "', fails with '" + error + "'");
    return ran || !error.contains(*test.failure);
  }
  if (!ran) {
    report(function.getLoc(), "does not run: " + error);
    return true;
  }
  bool failed = false;
  for (const Expectation &expectation : test.expectations)
    if (auto problem = checkExpectation(expectation, outputs[expectation.output])) {
      report(expectation.location, *problem);
      failed = true;
    }
  return failed;
}

FailureOr<TestReport> runTests(ModuleOp module, llvm::raw_ostream &out, TestExecutor execute) {
  auto tests = extractTestFunctions(module);
  if (failed(tests))
    return failure();
  TestReport report;
  for (const TestFunction &test : *tests) {
    SmallVector<HostTensor> outputs;
    std::string error;
    bool ran = succeeded(execute(test, outputs, error));
    ++report.run;
    report.failed += reportProblems(test, out, ran, outputs, error);
  }
  return report;
}

FailureOr<TestReport> runTestsInInterpreter(ModuleOp module, llvm::raw_ostream &out) {
  return runTests(module, out, [](const TestFunction &test, SmallVectorImpl<HostTensor> &outputs, std::string &error) {
    SmallVector<HostTensor> inputs;
    for (ElementsAttr input : test.inputs)
      inputs.push_back(HostTensor::fromAttribute(input));
    InterpretOptions options;
    options.roundResults = true;
    return interpret(test.function, inputs, outputs, error, options);
  });
}

} // namespace tao
