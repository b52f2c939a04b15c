// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From check ops to pure functions with expectations, and the comparison of results.
#include "passes/interp/TestFunction.h"
#include "dialects/Check/CheckDialect.h"
#include "llvm/Support/Format.h"
#include <cmath>

using namespace mlir;

namespace tao {

static bool isTest(func::FuncOp function) {
  return !function.isDeclaration() && function.getBody().hasOneBlock() && function.getNumArguments() == 0 &&
         function.getNumResults() == 0 && llvm::any_of(function.getBody().front(), [](Operation &op) {
           return isa_and_nonnull<check::CheckDialect>(op.getDialect());
         });
}

static Expectation makeExpectation(Operation &op, unsigned output) {
  if (auto equal = dyn_cast<check::ExpectEqOp>(op))
    return {output, Expectation::Kind::Equal, 0, 0, equal.getExpected(), op.getLoc()};
  auto close = cast<check::ExpectCloseOp>(op);
  return {output,
          Expectation::Kind::Close,
          close.getAtol().convertToDouble(),
          close.getRtol().convertToDouble(),
          close.getExpected(),
          op.getLoc()};
}

static TestFunction extract(func::FuncOp function) {
  TestFunction test{function, {}, {}, std::nullopt};
  if (auto failure = function->getAttrOfType<StringAttr>("check.fails"))
    test.failure = failure.getValue().str();
  Block &block = function.getBody().front();
  SmallVector<Value> outputs;
  SmallVector<Type> inputTypes;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto input = dyn_cast<check::InputOp>(op)) {
      inputTypes.push_back(input.getType());
      input.replaceAllUsesWith(block.addArgument(input.getType(), input.getLoc()));
      test.inputs.push_back(input.getValue());
      op.erase();
    } else if (isa<check::ExpectEqOp, check::ExpectCloseOp>(op)) {
      Value actual = op.getOperand(0);
      auto known = llvm::find(outputs, actual);
      test.expectations.push_back(makeExpectation(op, known - outputs.begin()));
      if (known == outputs.end())
        outputs.push_back(actual);
      op.erase();
    }
  }
  block.getTerminator()->setOperands(outputs);
  MLIRContext *context = function.getContext();
  function.setFunctionType(FunctionType::get(context, inputTypes, ValueRange(outputs).getTypes()));
  for (unsigned i = 0; i < inputTypes.size(); ++i)
    function.setArgAttr(i, "tao.name", StringAttr::get(context, "in" + Twine(i)));
  for (unsigned i = 0; i < outputs.size(); ++i)
    function.setResultAttr(i, "tao.name", StringAttr::get(context, "out" + Twine(i)));
  function->removeAttr("check.fails");
  return test;
}

FailureOr<std::vector<TestFunction>> extractTestFunctions(ModuleOp module) {
  std::vector<TestFunction> tests;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!isTest(function))
      continue;
    TestFunction test = extract(function);
    if (test.expectations.empty())
      return function.emitError() << "test @" << function.getName() << " expects nothing";
    tests.push_back(std::move(test));
  }
  return tests;
}

OwningOpRef<ModuleOp> TestFunction::makeModule() const {
  func::FuncOp original = function;
  OwningOpRef<ModuleOp> module = ModuleOp::create(original.getLoc());
  (*module)->setAttr("tao.model_name", original.getNameAttr());
  func::FuncOp main = original.clone();
  main.setName("main");
  main.setPublic();
  module->push_back(main);
  return module;
}

static std::string formatIndex(int64_t linear, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> index(shape.size());
  for (size_t dim = shape.size(); dim-- > 0; linear /= shape[dim])
    index[dim] = linear % shape[dim];
  std::string text;
  for (int64_t i : index)
    text += (text.empty() ? "" : ", ") + std::to_string(i);
  return "[" + text + "]";
}

static bool isClose(double actual, double expected, const Expectation &expectation) {
  if (std::isnan(expected) || std::isnan(actual))
    return std::isnan(expected) && std::isnan(actual);
  if (actual == expected)
    return true;
  return std::isfinite(expected) && std::isfinite(actual) &&
         std::fabs(actual - expected) <= expectation.atol + expectation.rtol * std::fabs(expected);
}

static bool holds(const Expectation &expectation, const HostTensor &actual, const HostTensor &expected, int64_t i) {
  if (actual.isFloat())
    return isClose(actual.reals[i], expected.reals[i], expectation);
  if (actual.integers[i] == expected.integers[i])
    return true;
  // Integers are compared as such first: not all of them have a double of their own.
  return expectation.kind == Expectation::Kind::Close &&
         isClose(static_cast<double>(actual.integers[i]), static_cast<double>(expected.integers[i]), expectation);
}

std::optional<std::string> checkExpectation(const Expectation &expectation, const HostTensor &actual) {
  HostTensor expected = HostTensor::fromAttribute(expectation.expected);
  std::string text;
  llvm::raw_string_ostream out(text);
  if (actual.elementType != expected.elementType || actual.shape != expected.shape) {
    out << "has type " << actual.getType() << ", expected " << expected.getType();
    return text;
  }
  int64_t wrong = 0, first = -1;
  for (int64_t i = 0, e = actual.size(); i < e; ++i) {
    bool equal = holds(expectation, actual, expected, i);
    wrong += !equal;
    if (!equal && first < 0)
      first = i;
  }
  if (wrong == 0)
    return std::nullopt;
  out << wrong << " of " << actual.size() << " elements differ; first at " << formatIndex(first, actual.shape)
      << ": got ";
  if (actual.isFloat())
    out << llvm::format("%.9g, expected %.9g", actual.reals[first], expected.reals[first]);
  else
    out << actual.integers[first] << ", expected " << expected.integers[first];
  return text;
}

} // namespace tao
