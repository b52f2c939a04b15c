// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Staging.h.
#include "compiler/report/Staging.h"
#include "passes/fuse/KernelName.h"
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

/// The variant that runs at the counter's sizes.
static const PlanVariant &chooseVariant(const StitchPlan &plan, const Counter &counter) {
  const auto it = llvm::find_if(plan.variants, [&](const PlanVariant &variant) {
    return llvm::all_of(variant.guard, [&](const GuardCondition &c) { return counter.value(c.expr) <= c.max; });
  });
  return it == plan.variants.end() ? plan.variants.back() : *it;
}

/// Ops of the group as its plan numbers them: those that are no constants.
static SmallVector<Operation *> getOps(GroupOp group) {
  SmallVector<Operation *> ops;
  for (Operation &op : group.getBody().front().without_terminator())
    if (!isa<ConstantOp>(op))
      ops.push_back(&op);
  return ops;
}

std::vector<PartReport> reportParts(GroupOp group, const Counter &counter) {
  std::vector<PartReport> parts;
  std::optional<Plan> plan = Plan::fromAttr(group.getPlan());
  if (!plan || !plan->stitch)
    return parts;
  const PlanVariant &variant = chooseVariant(*plan->stitch, counter);
  SmallVector<Operation *> ops = getOps(group);
  for (const PlanPart &part : variant.parts)
    parts.emplace_back().blocks = counter.value(part.blocks);
  for (auto [r, region] : llvm::enumerate(variant.regions)) {
    RegionReport &entry = parts[region.part].regions.emplace_back();
    for (int64_t op : region.ops)
      entry.ops.push_back(getMnemonic(ops[op]));
    for (const PlanBarrier &barrier : variant.barriers)
      if (barrier.region == static_cast<int64_t>(r))
        (barrier.scope == Scope::Grid ? entry.waitsForGrid : entry.waitsForBlock) = true;
  }
  return parts;
}

StagingReport measureStaging(GroupOp group, const Counter &counter) {
  StagingReport report;
  std::optional<Plan> plan = Plan::fromAttr(group.getPlan());
  if (!plan || !plan->stitch)
    return report;
  const PlanVariant &variant = chooseVariant(*plan->stitch, counter);
  SmallVector<Operation *> ops = getOps(group);

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
