// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A numeric test as a pure function with inputs and expectations on its outputs.
#ifndef TAO_PASSES_INTERP_TESTFUNCTION_H
#define TAO_PASSES_INTERP_TESTFUNCTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "passes/interp/HostTensor.h"
#include <optional>

namespace tao {

struct Expectation {
  enum class Kind { Equal, Close };
  unsigned output; // result of the function
  Kind kind;
  double atol = 0, rtol = 0;
  mlir::ElementsAttr expected;
  mlir::Location location;
};

struct TestFunction {
  mlir::func::FuncOp function; // arguments and results named in0.., out0.. by tao.name
  std::vector<mlir::ElementsAttr> inputs;
  std::vector<Expectation> expectations;
  /// Set when the run must fail with a message that contains this text.
  std::optional<std::string> failure;

  /// A module of its own with the function as @main, ready for the compiler.
  mlir::OwningOpRef<mlir::ModuleOp> makeModule() const;
};

/// Turns the functions of `module` without arguments that contain check ops into pure functions, in place: check.input
/// becomes an argument, the value of an expectation a result. Malformed tests are reported and make it fail.
mlir::FailureOr<std::vector<TestFunction>> extractTestFunctions(mlir::ModuleOp module);

/// What is wrong with `actual`, or nullopt when it is as expected.
std::optional<std::string> checkExpectation(const Expectation &expectation, const HostTensor &actual);

} // namespace tao
#endif
