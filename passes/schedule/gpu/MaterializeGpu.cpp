// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From memory groups to GPU kernels (docs/cuda.md). Before: memory groups of any planner. After: each is a stitch.call
// of a stitch.kernel with threads. A group without a stitching plan is given one first; so are the groups that add up
// what the blocks of another one left.
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/KernelName.h"
#include "passes/fuse/stitch/GroupCost.h"
#include "passes/schedule/InlinedBody.h"
#include "passes/schedule/Passes.h"
#include "passes/schedule/gpu/BlockEmitter.h"
#include "passes/schedule/stitch/PlanKernel.h"
#include "passes/support/UserError.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {
#define GEN_PASS_DEF_MATERIALIZEGPU
#include "passes/schedule/Passes.h.inc"

namespace {
class GpuKernel : public PlanKernel {
public:
  using PlanKernel::PlanKernel;

  /// Why there is no code for the plan; empty when there is.
  std::string reason;
  int64_t getThreads() const { return getMost(&PlanVariant::threads); }
  /// Of a thread, as the plan has it; 0 when it does not say.
  int64_t getRegisters() const { return getMost(&PlanVariant::registers); }

private:
  int64_t getMost(int64_t PlanVariant::*member) const {
    int64_t most = 0;
    for (const Variant &variant : variants)
      most = std::max(most, variant.view->variant.*member);
    return most;
  }
  LogicalResult preparePart(size_t variant, int64_t part) override {
    layouts.resize(variants.size());
    layouts[variant].push_back(std::make_unique<BlockLayout>(*variants[variant].view, part, memory));
    reason = layouts[variant].back()->prepare();
    return success(reason.empty());
  }
  void emitPart(OpBuilder b, Emitter &emitter, size_t variant, int64_t part, Value block) override {
    BlockEmitter(*layouts[variant][part], signature, emitter, group.getLoc(), getThreads()).emit(b, block);
  }

  std::vector<std::vector<std::unique_ptr<BlockLayout>>> layouts; // of each variant's parts
};

/// The plan of a group, made by the planners' placement where a planner left none.
std::optional<Plan> findPlan(GroupOp group, const Arch &arch, std::string &reason) {
  std::optional<Plan> plan = Plan::fromAttr(group.getPlan());
  if (!plan || plan->stitch)
    return plan;
  SmallVector<Operation *> ops;
  Block &body = group.getBody().front();
  for (Operation &op : body.without_terminator())
    if (!isa<ConstantOp>(op))
      ops.push_back(&op);
  auto isStored = [&](Operation *op) {
    return llvm::any_of(body.getTerminator()->getOperands(), [&](Value value) { return value.getDefiningOp() == op; });
  };
  GroupCost cost(group->getParentOfType<func::FuncOp>(), arch);
  if (auto placed = cost.place(ops, isStored, /*mustFit=*/true, &reason))
    plan->stitch = std::move(*placed);
  else
    return std::nullopt;
  return plan;
}

/// Has each block go through all that its sums add up, in iterations, instead of several blocks that each have a part.
void gather(GroupOp group, StitchPlan &plan) {
  for (PlanVariant &variant : plan.variants) {
    llvm::SmallDenseSet<int64_t> reduced;
    PlanView view(group, plan, variant);
    for (size_t op = 0; op < view.ops.size(); ++op)
      for (int64_t c : view.getReduced(op))
        reduced.insert(c);
    for (PlanRegion &region : variant.regions) {
      region.lastBlockFinishes = false;
      for (ClassPlacement &p : region.placement)
        if (reduced.contains(p.classNumber)) {
          p.seq = p.seq * p.grid;
          p.grid = 1;
        }
    }
    for (auto [number, part] : llvm::enumerate(variant.parts)) {
      part.blocks = 1;
      for (int64_t c : part.outer)
        if (const ClassPlacement *p = view.findOuter(number, c))
          part.blocks = part.blocks * p->grid;
    }
  }
}

/// A group for each op of a group, in their order; none when it has but one.
SmallVector<GroupOp> takeApart(GroupOp group) {
  Block &block = group.getBody().front();
  auto isOp = [](Operation &op) { return !isa<ConstantOp>(op); };
  if (llvm::count_if(block.without_terminator(), isOp) < 2)
    return {};
  OpBuilder b(group);
  InlinedBody body(b, group);
  Plan plain;
  plain.planner = Plan::fromAttr(group.getPlan())->planner;
  SmallVector<GroupOp> groups;
  for (Operation *op : body.ops) {
    groups.push_back(createGroup(b, op, {op->getResult(0)}, plain));
    op->getResult(0).replaceAllUsesWith(groups.back().getResult(0));
    for (auto [result, value] : llvm::zip_equal(group.getResults(), body.results))
      if (value == op->getResult(0))
        result.replaceAllUsesWith(groups.back().getResult(0));
  }
  group.erase();
  body.erase();
  return groups;
}

struct MaterializeGpu : impl::MaterializeGpuBase<MaterializeGpu> {
  using MaterializeGpuBase::MaterializeGpuBase;
  MaterializeGpu(const MaterializeGpuOptions &options, ErrorList *errors)
      : MaterializeGpuBase(options), errors(errors) {}
  MaterializeGpu(const MaterializeGpu &other) : MaterializeGpuBase(other), errors(other.errors) {}

  void runOnOperation() override {
    const Arch *machine = findArch(arch);
    if (!machine || !machine->isGpu()) {
      getOperation().emitError() << "unknown GPU architecture '" << arch << "'";
      return signalPassFailure();
    }
    KernelTable kernels(getOperation());
    // Kernels may leave sums of partial results behind them, which leave nothing.
    for (bool isSum = false;; isSum = true) {
      std::vector<GroupOp> groups;
      getOperation().walk([&](GroupOp group) {
        if (getPlanKind(group) == PlanKind::Memory)
          groups.push_back(group);
      });
      if (groups.empty())
        break;
      for (GroupOp group : groups)
        if (!materialize(group, *machine, isSum, kernels))
          return signalPassFailure();
    }
    numKernels = kernels.getNumKernels();
  }

private:
  /// What there is no code for together costs speed, and not the model: its ops are kernels of their own.
  bool materialize(GroupOp group, const Arch &machine, bool isSum, KernelTable &kernels) {
    std::string reason;
    if (makeKernel(group, machine, isSum, kernels, reason))
      return true;
    if (reason.empty())
      return false;
    SmallVector<GroupOp> singles = isSum ? SmallVector<GroupOp>() : takeApart(group);
    if (singles.empty())
      return refuse(group, reason);
    ++numTakenApart;
    return llvm::all_of(singles, [&](GroupOp single) { return materialize(single, machine, isSum, kernels); });
  }

  bool makeKernel(GroupOp group, const Arch &machine, bool isSum, KernelTable &kernels, std::string &reason) {
    std::optional<Plan> plan = findPlan(group, machine, reason);
    if (!plan) {
      reason = "cannot be placed: " + reason;
      return false;
    }
    if (isSum)
      gather(group, *plan->stitch);
    GpuKernel kernel(group, *plan);
    if (failed(kernel.prepare())) {
      if (!kernel.reason.empty())
        reason = "has " + kernel.reason + ", for which there is no code yet";
      return false;
    }
    KernelOp made = kernel.build();
    made.setThreads(kernel.getThreads());
    made->setAttr("registers", Builder(&getContext()).getI64IntegerAttr(kernel.getRegisters()));
    std::string name = kernels.add(made, group);
    kernel.call(name, {});
    ++numCalls;
    return true;
  }

  bool refuse(GroupOp group, const std::string &reason) {
    if (errors)
      errors->add(ErrorCode::NoGpuCode, "the kernel " + kernelName(group) + " " + reason);
    else
      group.emitOpError() << reason;
    return false;
  }

  ErrorList *errors = nullptr;
};
} // namespace

std::unique_ptr<Pass> createMaterializeGpu(const MaterializeGpuOptions &options, ErrorList *errors) {
  return std::make_unique<MaterializeGpu>(options, errors);
}

} // namespace tao
