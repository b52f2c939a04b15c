// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of planners.
#include "passes/fuse/Planner.h"
#include "passes/fuse/MultiOutput.h"
#include "passes/fuse/stitch/StitchPlanner.h"

using namespace mlir;

namespace tao {

namespace {
/// One kernel per op, as a framework runs them: broadcasting is part of the op that reads the broadcast, as in ONNX.
class NonePlanner : public Planner {
public:
  Partition plan(func::FuncOp func, const Arch &) const override {
    InlineRule rule;
    rule.mayInline = [](Operation *op) { return isa<BroadcastOp, SizeOp, IotaOp>(op); };
    return KernelSet(func, rule).getPartition();
  }
};

/// Greedy inlining, then multi-output fusion; docs/fusion-xla-like.md has the rules.
class XlaLikePlanner : public Planner {
public:
  Partition plan(func::FuncOp func, const Arch &) const override {
    KernelSet kernels(func, InlineRule());
    fuseMultiOutput(kernels);
    return kernels.getPartition();
  }
};

template <typename T> std::unique_ptr<Planner> make() { return std::make_unique<T>(); }
} // namespace

ArrayRef<PlannerInfo> getPlanners() {
  static const PlannerInfo planners[] = {
      {"none", "one kernel per op", false, false, make<NonePlanner>},
      {"xla-like", "greedy producer-consumer and sibling fusion, as XLA does it", true, false, make<XlaLikePlanner>},
      {"stitch-greedy",
       "groups that share values through on-chip memory; plans only, for --explain and --compile-to=fuse", true, true,
       make<StitchGreedyPlanner>},
      {"stitch", "the partition into such groups that the cost model finds best; plans only", true, true,
       make<StitchPlanner>},
  };
  return planners;
}

const PlannerInfo *findPlanner(StringRef name) {
  for (const PlannerInfo &info : getPlanners())
    if (info.name == name)
      return &info;
  return nullptr;
}

} // namespace tao
