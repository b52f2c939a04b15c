// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlanGroups.h.
#include "PlanGroups.h"
#include "PlanInterpreter.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/fuse/CheckLimits.h"
#include "passes/fuse/Passes.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;

namespace tao {

std::string PlannedBody::text() const {
  std::string text;
  llvm::raw_string_ostream(text) << group;
  return text;
}

PlanGroups::PlanGroups() { context.loadDialect<TaoDialect, stitch::StitchDialect, func::FuncDialect>(); }

void PlanGroups::addRandomGraph(uint32_t seed, RandomGraph::Extents extents, const std::string &planner,
                                const std::string &arch) {
  add(RandomGraph(context, seed, extents).build(40), planner, arch);
}

void PlanGroups::addText(StringRef text, const std::string &planner, const std::string &arch) {
  add(parseSourceString<ModuleOp>(text, &context), planner, arch);
}

void PlanGroups::add(OwningOpRef<ModuleOp> module, const std::string &planner, const std::string &arch) {
  ASSERT_TRUE(module);
  PassManager passes(&context);
  FuseOptions options{planner};
  options.arch = arch;
  buildFusePipeline(passes, options);
  bool ran = succeeded(passes.run(*module));
  std::string text;
  llvm::raw_string_ostream(text) << *module;
  ASSERT_TRUE(ran) << text;
  module->walk([&](stitch::GroupOp group) {
    if (auto plan = stitch::Plan::fromAttr(group.getPlan()); plan && plan->stitch)
      bodies.push_back({group, *plan->stitch, limitsOf(*findArch(arch))});
  });
  modules.push_back(std::move(module));
}

/// What symbols stand for when a group is run.
static constexpr int64_t kSymbolValue = 37;

static std::string compare(ArrayRef<HostTensor> actual, ArrayRef<HostTensor> expected, double tolerance) {
  for (auto [n, a, e] : llvm::enumerate(actual, expected)) {
    for (auto [i, x, y] : llvm::enumerate(a.reals, e.reals))
      if (x != y && !(std::isnan(x) && std::isnan(y)) && !(std::abs(x - y) <= tolerance * (1 + std::abs(y))))
        return ("output " + Twine(n) + " element " + Twine(i) + " is " + std::to_string(x) + ", not " +
                std::to_string(y))
            .str();
    if (a.integers != e.integers)
      return ("output " + Twine(n) + " differs").str();
  }
  return "";
}

std::string findDifference(const PlannedBody &planned, const stitch::StitchPlan &plan, uint32_t seed) {
  stitch::GroupOp group = planned.group;
  std::mt19937 random(seed);
  std::vector<HostTensor> inputs;
  for (Value input : group.getInputs()) {
    auto type = cast<RankedTensorType>(input.getType());
    SmallVector<int64_t> shape;
    for (const SymExpr &extent : getDims(input))
      shape.push_back(*extent.evaluate([](StringRef) { return kSymbolValue; }));
    HostTensor &tensor = inputs.emplace_back(type.getElementType(), shape);
    for (double &element : tensor.reals)
      element = static_cast<int>(random() % 2048) / 1024.0 - 1.0;
    for (int64_t &element : tensor.integers)
      element = random() % 2;
  }
  // Residues are whole numbers, and the same for the same input.
  SmallVector<int64_t> primes{0};
  if (isModular(group))
    primes = {0, 67108859, 33554393};
  for (int64_t prime : primes) {
    PlanRun expected = interpretUnfused(group, inputs, prime);
    if (!expected.error.empty())
      return "op by op: " + expected.error;
    PlanRun actual = interpretPlan(group, plan, inputs, planned.limits.warp, prime);
    if (!actual.error.empty())
      return actual.error;
    if (std::string text = compare(actual.outputs, expected.outputs, prime ? 0 : 1e-9); !text.empty())
      return text + (prime ? " modulo " + std::to_string(prime) : "");
  }
  return "";
}

} // namespace tao
