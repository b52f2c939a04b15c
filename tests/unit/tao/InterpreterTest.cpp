// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference interpreter as a library: element types, size binding, errors, groups, and the comparison of results.
#include "passes/interp/Interpreter.h"
#include "dialects/Check/CheckDialect.h"
#include "dialects/Stitch/StitchDialect.h"
#include "mlir/Parser/Parser.h"
#include "passes/interp/RunTests.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace tao;

namespace {

class InterpreterTest : public ::testing::Test {
protected:
  InterpreterTest() {
    context.loadDialect<TaoDialect, check::CheckDialect, stitch::StitchDialect, func::FuncDialect>();
  }
  func::FuncOp parse(StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    return *module->getOps<func::FuncOp>().begin();
  }
  HostTensor tensor(ArrayRef<int64_t> shape, std::vector<double> values) {
    HostTensor result(Float32Type::get(&context), shape);
    result.reals = std::move(values);
    return result;
  }
  /// The error of a run, empty when there is none.
  std::string run(func::FuncOp function, ArrayRef<HostTensor> inputs) {
    std::string error;
    outputs.clear();
    return succeeded(interpret(function, inputs, outputs, error)) ? "" : error;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  SmallVector<HostTensor> outputs;
};

constexpr const char *kSymbolic = R"(
func.func @f(%x: tensor<?x?xf32, #tao.dims<"n", "2*n">>, %y: tensor<?xf32, #tao.dims<"m">>) -> tensor<?xf32, #tao.dims<"2*m">> {
  tao.assume "m" at_least, "n", "m is less than n"
  %0 = tao.concat %y, %y axis 0 : tensor<?xf32, #tao.dims<"m">>, tensor<?xf32, #tao.dims<"m">> -> tensor<?xf32, #tao.dims<"2*m">>
  return %0 : tensor<?xf32, #tao.dims<"2*m">>
})";

TEST_F(InterpreterTest, BindsSizes) {
  func::FuncOp f = parse(kSymbolic);
  EXPECT_EQ(run(f, {tensor({1, 2}, {1, 2}), tensor({2}, {3, 4})}), "");
  EXPECT_EQ(outputs[0].reals, (std::vector<double>{3, 4, 3, 4}));
  EXPECT_EQ(run(f, {tensor({1, 3}, {1, 2, 3}), tensor({2}, {3, 4})}),
            "input of shape [1, 3] must have extent 2*n = 2 in dim 1");
  EXPECT_EQ(run(f, {tensor({2, 4}, std::vector<double>(8)), tensor({1}, {3})}), "tao.assume: m is less than n");
  EXPECT_EQ(run(f, {tensor({2}, {1, 2}), tensor({2}, {3, 4})}), "input of shape [2] must have rank 2");
  EXPECT_EQ(run(f, {tensor({1, 2}, {1, 2})}), "function 'f' takes 2 inputs, not 1");
}

TEST_F(InterpreterTest, RoundsOnlyWhenAsked) {
  func::FuncOp f = parse(R"(
func.func @f(%x: tensor<f32>) -> tensor<f32> {
  %c = tao.constant dense<16777216.0> : tensor<f32>
  %0 = tao.add %x, %c : tensor<f32>
  %1 = tao.sub %0, %c : tensor<f32>
  return %1 : tensor<f32>
})");
  EXPECT_EQ(run(f, {tensor({}, {1})}), "");
  EXPECT_EQ(outputs[0].reals[0], 1);
  InterpretOptions options;
  options.roundResults = true;
  std::string error;
  outputs.clear();
  ASSERT_TRUE(succeeded(interpret(f, {tensor({}, {1})}, outputs, error, options)));
  EXPECT_EQ(outputs[0].reals[0], 0);
}

TEST_F(InterpreterTest, RunsGroups) {
  func::FuncOp f = parse(R"(
func.func @f(%x: tensor<?xf32, #tao.dims<"n">>) -> tensor<f32> {
  %0 = stitch.group(%a = %x) plan <{version = 1, planner = "none", kind = "memory", regions = [
    {dominant = 0, grid = array<i64: 0>, tile = 1, seq = array<i64>, lane = 0, width = 8}]}> : (tensor<?xf32, #tao.dims<"n">>) -> tensor<f32> {
    %1 = tao.mul %a, %a : tensor<?xf32, #tao.dims<"n">>
    %2 = tao.reduce sum %1 dims [0] : tensor<?xf32, #tao.dims<"n">> -> tensor<f32>
    stitch.yield %2 : tensor<f32>
  }
  return %0 : tensor<f32>
})");
  EXPECT_EQ(run(f, {tensor({3}, {1, 2, 3})}), "");
  EXPECT_EQ(outputs[0].reals[0], 14);
}

TEST_F(InterpreterTest, NamesTheFailingOp) {
  func::FuncOp f = parse(R"(
func.func @f(%x: tensor<4xf32>, %i: tensor<1xi64>) -> tensor<1xf32> {
  %0 = tao.gather %x, %i axis 0 : tensor<4xf32>, tensor<1xi64> -> tensor<1xf32> loc("/emb/Gather")
  return %0 : tensor<1xf32>
})");
  HostTensor index(IntegerType::get(&context, 64), {1});
  index.integers = {4};
  EXPECT_EQ(run(f, {tensor({4}, {1, 2, 3, 4}), index}),
            "tao.gather '/emb/Gather': index 4 is out of range for extent 4");
}

TEST_F(InterpreterTest, RefusesHugeTensors) {
  func::FuncOp f = parse(R"(
func.func @f(%x: tensor<?xf32, #tao.dims<"n">>) -> tensor<?x?x?xf32, #tao.dims<"n", "1000000*n", "1000000*n">> {
  %0 = tao.broadcast %x dims [0] : tensor<?xf32, #tao.dims<"n">> -> tensor<?x?x?xf32, #tao.dims<"n", "1000000*n", "1000000*n">>
  return %0 : tensor<?x?x?xf32, #tao.dims<"n", "1000000*n", "1000000*n">>
})");
  EXPECT_EQ(run(f, {tensor({3}, {1, 2, 3})}), "tao.broadcast: a tensor of shape [3, 3000000, 3000000] is too large");
}

TEST_F(InterpreterTest, BytesRoundTrip) {
  Builder b(&context);
  for (Type type : {Type(b.getF16Type()), Type(b.getBF16Type()), Type(b.getF32Type()), Type(b.getF64Type()),
                    Type(Float8E4M3FNType::get(&context)), Type(b.getI1Type()), Type(b.getIntegerType(8)),
                    Type(b.getIntegerType(8, false)), Type(b.getI64Type()), Type(b.getIntegerType(32, false))}) {
    HostTensor x(type, {5});
    if (x.isFloat())
      x.reals = {0, -1.5, 2, 0.25, 7};
    else
      x.integers = {0, 1, 1, 0, 1};
    HostTensor y = HostTensor::fromBytes(type, {5}, x.toBytes());
    EXPECT_EQ(x.reals, y.reals);
    EXPECT_EQ(x.integers, y.integers);
    HostTensor z = HostTensor::fromAttribute(x.toAttribute());
    EXPECT_EQ(x.reals, z.reals);
    EXPECT_EQ(x.integers, z.integers);
  }
}

TEST_F(InterpreterTest, RoundsToNearestEven) {
  FloatType f16 = Float16Type::get(&context), bf16 = BFloat16Type::get(&context), f32 = Float32Type::get(&context);
  EXPECT_EQ(roundToType(2049, f16), 2048);
  EXPECT_EQ(roundToType(2051, f16), 2052);
  EXPECT_EQ(roundToType(65519, f16), 65504);
  EXPECT_EQ(roundToType(65520, f16), INFINITY);
  EXPECT_EQ(roundToType(std::ldexp(1.0, -25), f16), 0);
  EXPECT_EQ(roundToType(std::ldexp(1.5, -25), f16), std::ldexp(1.0, -24));
  EXPECT_EQ(roundToType(257, bf16), 256);
  EXPECT_EQ(roundToType(-259, bf16), -260);
  EXPECT_EQ(roundToType(1 + std::ldexp(1.0, -25), f32), 1);
  EXPECT_TRUE(std::isnan(roundToType(NAN, f16)));
}

TEST_F(InterpreterTest, ReportsTests) {
  module = parseSourceString<ModuleOp>(R"(
func.func @good() {
  %0 = check.input dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = tao.neg %0 : tensor<2xf32>
  check.expect_eq %1, dense<[-1.0, -2.0]> : tensor<2xf32> : tensor<2xf32>
  return
}
func.func @bad() {
  %0 = check.input dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = tao.neg %0 : tensor<2xf32>
  check.expect_close %1, dense<[-1.0, -3.0]> : tensor<2xf32> : tensor<2xf32>
  return
}
func.func @fails() attributes {check.fails = "out of range"} {
  %0 = check.input dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = check.input dense<2> : tensor<i64>
  %2 = tao.gather %0, %1 axis 0 : tensor<2xf32>, tensor<i64> -> tensor<f32>
  check.expect_eq %2, dense<0.0> : tensor<f32> : tensor<f32>
  return
})",
                                       ParserConfig(&context), "tests.mlir");
  ASSERT_TRUE(module);
  std::string text;
  llvm::raw_string_ostream out(text);
  FailureOr<TestReport> report = runTestsInInterpreter(*module, out);
  ASSERT_TRUE(succeeded(report));
  EXPECT_EQ(report->run, 3u);
  EXPECT_EQ(report->failed, 1u);
  EXPECT_EQ(text, "tests.mlir:11: @bad: 1 of 2 elements differ; first at [1]: got -2, expected -3\n");
}

} // namespace
