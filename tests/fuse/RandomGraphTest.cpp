// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Properties of phase fuse on random graphs: grouping changes no value, obeys the phase's contract, and does not depend
// on the order of ops. Values are compared bit by bit: fusing moves ops but reorders no arithmetic.
#include "RandomGraph.h"
#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "passes/fuse/Passes.h"
#include "passes/interp/Interpreter.h"
#include "passes/simplify/Passes.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;

namespace tao {
namespace {

constexpr const char *archs[] = {"sm_90", "x86-avx2", "sm_80", "x86-avx512"};

class FuseRandomGraph : public testing::TestWithParam<uint32_t> {
protected:
  FuseRandomGraph() { context.loadDialect<TaoDialect, stitch::StitchDialect, func::FuncDialect>(); }

  static func::FuncOp mainOf(ModuleOp module) { return module.lookupSymbol<func::FuncOp>("main"); }

  SmallVector<HostTensor> run(ModuleOp module) {
    std::mt19937 random(GetParam());
    SmallVector<HostTensor> inputs, outputs;
    for (Type type : mainOf(module).getArgumentTypes()) {
      auto tensor = cast<RankedTensorType>(type);
      HostTensor &input = inputs.emplace_back(tensor.getElementType(), tensor.getShape());
      for (double &element : input.reals)
        element = static_cast<int>(random() % 2001) / 1000.0 - 1.0;
    }
    std::string error;
    EXPECT_TRUE(succeeded(interpret(mainOf(module), inputs, outputs, error))) << error;
    return outputs;
  }

  std::string fuse(ModuleOp module, const std::string &planner, bool refuse = false) {
    PassManager passes(&context);
    FuseOptions options{planner};
    options.strictPlans = !refuse;
    options.refusePlans = refuse;
    options.arch = archs[GetParam() % std::size(archs)];
    buildFusePipeline(passes, options);
    bool ran = succeeded(passes.run(module));
    std::string text;
    llvm::raw_string_ostream(text) << module;
    EXPECT_TRUE(ran) << planner << "\n" << text;
    return text;
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
};

TEST_P(FuseRandomGraph, KeepsValues) {
  OwningOpRef<ModuleOp> module = RandomGraph(context, GetParam()).build(120);
  ASSERT_TRUE(succeeded(verify(*module)));
  SmallVector<HostTensor> expected = run(*module);
  for (const char *planner : {"none", "xla-like", "stitch-greedy", "stitch"}) {
    OwningOpRef<ModuleOp> fused = cast<ModuleOp>((*module)->clone());
    std::string text = fuse(*fused, planner);
    SmallVector<HostTensor> actual = run(*fused);
    ASSERT_EQ(actual.size(), expected.size());
    for (auto [a, e] : llvm::zip(actual, expected))
      for (auto [x, y] : llvm::zip(a.reals, e.reals))
        ASSERT_TRUE(x == y || (std::isnan(x) && std::isnan(y))) << planner << ": " << x << " is not " << y << "\n"
                                                                << text;
  }
}

/// What takes the place of groups whose plans are refused is a partition, too.
TEST_P(FuseRandomGraph, KeepsValuesWhereRefused) {
  if (GetParam() % 3)
    return; // a part of the seeds will do
  OwningOpRef<ModuleOp> module = RandomGraph(context, GetParam()).build(120);
  OwningOpRef<ModuleOp> fused = cast<ModuleOp>((*module)->clone());
  std::string text = fuse(*fused, "stitch", /*refuse=*/true);
  SmallVector<HostTensor> expected = run(*module), actual = run(*fused);
  ASSERT_EQ(actual.size(), expected.size());
  for (auto [a, e] : llvm::zip(actual, expected))
    for (auto [x, y] : llvm::zip(a.reals, e.reals))
      ASSERT_TRUE(x == y || (std::isnan(x) && std::isnan(y))) << x << " is not " << y << "\n" << text;
  EXPECT_EQ(StringRef(text).find("planner = \"stitch\", regions = [], stitch"), StringRef::npos);
}

TEST_P(FuseRandomGraph, IgnoresOrder) {
  OwningOpRef<ModuleOp> module = RandomGraph(context, GetParam()).build(120);
  OwningOpRef<ModuleOp> shuffled = cast<ModuleOp>((*module)->clone());
  shuffleOps(mainOf(*shuffled), GetParam() + 1);
  for (const char *planner : {"none", "xla-like", "stitch-greedy", "stitch"}) {
    OwningOpRef<ModuleOp> a = cast<ModuleOp>((*module)->clone()), b = cast<ModuleOp>((*shuffled)->clone());
    EXPECT_EQ(fuse(*a, planner), fuse(*b, planner));
  }
}

/// Kernels and the bytes that they move.
static std::pair<int64_t, int64_t> measure(ModuleOp module) {
  int64_t kernels = 0, bytes = 0;
  module.walk([&](stitch::GroupOp group) {
    if (stitch::getPlanKind(group) != stitch::PlanKind::Memory)
      return;
    ++kernels;
    auto add = [&](Value value) {
      auto type = cast<RankedTensorType>(value.getType());
      bytes += type.getNumElements() * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    };
    llvm::for_each(group.getInputs(), add);
    llvm::for_each(group.getResults(), add);
  });
  return {kernels, bytes};
}

TEST_P(FuseRandomGraph, IgnoresIdentities) {
  if (GetParam() % 3)
    return; // a part of the seeds will do
  OwningOpRef<ModuleOp> module = RandomGraph(context, GetParam()).build(60);
  OwningOpRef<ModuleOp> padded = cast<ModuleOp>((*module)->clone());
  insertIdentities(mainOf(*padded), GetParam());
  for (ModuleOp m : {*module, *padded}) {
    PassManager passes(&context);
    buildSimplifyPipeline(passes, SimplifyOptions());
    ASSERT_TRUE(succeeded(passes.run(m)));
  }
  for (const char *planner : {"xla-like", "stitch-greedy", "stitch"}) {
    OwningOpRef<ModuleOp> a = cast<ModuleOp>((*module)->clone()), b = cast<ModuleOp>((*padded)->clone());
    fuse(*a, planner);
    fuse(*b, planner);
    EXPECT_EQ(measure(*a), measure(*b)) << planner;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FuseRandomGraph, testing::Range(0u, 150u));

} // namespace
} // namespace tao
