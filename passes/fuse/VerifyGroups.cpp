// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The contract after phase fuse. Shares no code with the planners beyond the definition of an iteration space.
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/IterationSpace.h"
#include "passes/fuse/OnlineProduct.h"
#include "passes/fuse/Passes.h"
#include "passes/fuse/Planner.h"
#include "passes/fuse/PostOps.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_VERIFYGROUPS
#include "passes/fuse/Passes.h.inc"

namespace {

LogicalResult verifyLibraryGroup(stitch::GroupOp group) {
  if (!getRoutine(group) && !analyzePostOps(group))
    return group.emitError() << "library group must be one routine, or one contraction followed by post-ops";
  return success();
}

LogicalResult verifyOnlineGroup(stitch::GroupOp group) {
  Operation *yield = group.getBody().front().getTerminator();
  auto last = yield->getNumOperands() == 1 ? yield->getOperand(0).getDefiningOp<ContractOp>() : ContractOp();
  if (!last || !matchOnlineProduct(last))
    return group.emitError() << "online group must be two products with a softmax between";
  return success();
}

/// True for plans whose groups hold several regions: their reductions and spaces are the plan's own affair.
bool isStitched(stitch::GroupOp group) {
  const PlannerInfo *info = findPlanner(stitch::Plan::fromAttr(group.getPlan())->planner);
  return info && info->stitches;
}

LogicalResult verifyMemoryGroup(stitch::GroupOp group) {
  bool stitched = isStitched(group);
  Block &block = group.getBody().front();
  auto yield = cast<stitch::YieldOp>(block.getTerminator());
  if (yield.getValues().empty())
    return group.emitError() << "memory group must have a result";
  llvm::SmallPtrSet<Operation *, 4> roots;
  for (Value value : yield.getValues()) {
    if (!value.getDefiningOp() || isa<ConstantOp, ReshapeOp>(value.getDefiningOp()))
      return group.emitError() << "memory group must compute its results";
    if (!roots.insert(value.getDefiningOp()).second)
      return group.emitError() << "memory group yields a value twice";
  }

  for (Operation &op : block.without_terminator()) {
    if (op.use_empty())
      return op.emitError() << "dead op in a group";
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      if (!isSplatConstant(constant.getResult()))
        return op.emitError() << "only splat constants may be in a group";
      continue;
    }
    if (!stitched && isa<ReshapeOp>(op) && !isSplittingReshape(&op))
      return op.emitError() << "a reshape that merges dims must be outside groups";
    auto interface = dyn_cast<IndexMapOpInterface>(op);
    if (!interface || interface.getOpClass() == OpClass::Contraction)
      return op.emitError() << "op cannot be in a memory group";
    bool readInside = llvm::any_of(op.getUsers(), [](Operation *user) { return !isa<stitch::YieldOp>(user); });
    if (!stitched && interface.getOpClass() == OpClass::Reduction && (!roots.contains(&op) || readInside))
      return op.emitError() << "a reduction must be a result of its group that nothing in the group reads";
  }

  if (stitched)
    return success();
  IterationSpace space = IterationSpace::of(yield.getValues()[0].getDefiningOp());
  for (Value value : yield.getValues().drop_front()) {
    IterationSpace other = IterationSpace::of(value.getDefiningOp());
    if (!space.canShareWith(other))
      return group.emitError() << "results of a memory group must share one iteration space";
    space.join(other);
  }
  return success();
}

LogicalResult verifyGroup(stitch::GroupOp group) {
  switch (stitch::getPlanKind(group)) {
  case stitch::PlanKind::Memory:
    return verifyMemoryGroup(group);
  case stitch::PlanKind::Library:
    return verifyLibraryGroup(group);
  case stitch::PlanKind::Online:
    return verifyOnlineGroup(group);
  }
  llvm_unreachable("no kind");
}

struct VerifyGroupsPass : impl::VerifyGroupsBase<VerifyGroupsPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    bool failedAny = false;
    for (Operation &op : getOperation().getBody().front().without_terminator()) {
      if (auto group = dyn_cast<stitch::GroupOp>(op)) {
        failedAny |= failed(verifyGroup(group));
      } else if (!isa<ConstantOp, ReshapeOp, AssumeOp, RunLoopOp, RunIfOp>(op)) {
        op.emitError() << "op is in no group";
        failedAny = true;
      }
    }
    if (failedAny)
      signalPassFailure();
  }
};
} // namespace
} // namespace tao
