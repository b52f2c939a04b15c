// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the numeric tests of a module and reports what does not come out as expected.
#ifndef TAO_PASSES_INTERP_RUNTESTS_H
#define TAO_PASSES_INTERP_RUNTESTS_H

#include "passes/interp/TestFunction.h"

namespace tao {

struct TestReport {
  unsigned run = 0, failed = 0;
};

/// Executes a test's function on its inputs; on failure `error` is the message a user would see.
using TestExecutor = llvm::function_ref<mlir::LogicalResult(
    const TestFunction &test, llvm::SmallVectorImpl<HostTensor> &outputs, std::string &error)>;

/// Runs every test function through `execute`, one line on `out` for each expectation that does not hold. Fails only
/// when the tests themselves are malformed, which is reported as a diagnostic.
mlir::FailureOr<TestReport> runTests(mlir::ModuleOp module, llvm::raw_ostream &out, TestExecutor execute);

/// The same with the reference interpreter, each result rounded to its element type.
mlir::FailureOr<TestReport> runTestsInInterpreter(mlir::ModuleOp module, llvm::raw_ostream &out);

} // namespace tao
#endif
