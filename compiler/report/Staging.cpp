// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Staging.h.
#include "compiler/report/Staging.h"
#include "passes/fuse/stitch/Repetition.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;

namespace tao {

using namespace stitch;

/// Well within 64 bits.
static constexpr double kMostFlops = 4e18;

StagingReport &StagingReport::operator+=(const StagingReport &other) {
  stagedBytes = addSaturated(stagedBytes, other.stagedBytes);
  blockBarriers += other.blockBarriers;
  gridBarriers += other.gridBarriers;
  repeatedFlops = addSaturated(repeatedFlops, other.repeatedFlops);
  return *this;
}

StagingReport measureStaging(GroupOp group, const Counter &counter) {
  StagingReport report;
  std::optional<Plan> plan = Plan::fromAttr(group.getPlan());
  if (!plan || !plan->stitch)
    return report;
  auto holds = [&](const PlanVariant &variant) {
    return llvm::all_of(variant.guard, [&](const GuardCondition &c) { return counter.value(c.expr) <= c.max; });
  };
  const auto &variants = plan->stitch->variants;
  const auto it = llvm::find_if(variants, holds);
  const PlanVariant &variant = it == variants.end() ? variants.back() : *it;

  // Ops of the group as the plan numbers them: those that are no constants.
  SmallVector<Operation *> ops;
  for (Operation &op : group.getBody().front().without_terminator())
    if (!isa<ConstantOp>(op))
      ops.push_back(&op);

  for (const PlanBarrier &barrier : variant.barriers)
    ++(barrier.scope == Scope::Grid ? report.gridBarriers : report.blockBarriers);
  llvm::SmallSet<int64_t, 8> staged;
  for (const PlanBuffer &buffer : variant.buffers)
    if (!buffer.isPartials && buffer.level != MemoryLevel::Workspace && staged.insert(buffer.value).second)
      report.stagedBytes = addSaturated(report.stagedBytes, counter.bytes(ops[buffer.value]->getResult(0)));

  // An op is computed once in each region that has it, as often as windows overlap, and again in the blocks of grid
  // classes that the region lacks.
  auto sizes = [&](const SymExpr &size) { return static_cast<double>(std::max<int64_t>(counter.value(size), 1)); };
  SmallVector<double> times(ops.size(), 0);
  for (const PlanRegion &region : variant.regions) {
    int64_t blocks = counter.value(variant.parts[region.part].blocks), own = 1;
    for (const ClassPlacement &placement : region.placement)
      own = mulSaturated(own, std::max<int64_t>(counter.value(placement.grid), 1));
    for (auto [op, repetition] : llvm::zip(region.ops, countRepetitions(ops, region, sizes)))
      times[op] += static_cast<double>(std::max<int64_t>(blocks / own, 1)) * repetition;
  }
  double repeated = 0;
  for (auto [op, count] : llvm::zip(ops, times))
    repeated += static_cast<double>(counter.flops(*op)) * std::max(count - 1, 0.0);
  report.repeatedFlops = static_cast<int64_t>(std::min(repeated, kMostFlops));
  return report;
}

} // namespace tao
