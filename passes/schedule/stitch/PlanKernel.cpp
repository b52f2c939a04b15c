// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlanKernel.h.
#include "passes/schedule/stitch/PlanKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/fuse/KernelName.h"
#include "passes/fuse/stitch/Arch.h"
#include "passes/schedule/Pack.h"
#include "passes/schedule/stitch/SumPartials.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

/// 1 where the variant's guard holds, else 0.
static SymExpr holds(const PlanVariant &variant) {
  SymExpr all = 1;
  for (const GuardCondition &condition : variant.guard)
    all = all * SymExpr::min(SymExpr::max(SymExpr(condition.max + 1) - condition.expr, 0), 1);
  return all;
}

void PlanKernel::noteSizes() {
  const StitchPlan &stitch = *plan.stitch;
  for (const SymExpr &extent : stitch.classes)
    signature.note(extent);
  for (const PlanVariant &variant : stitch.variants) {
    for (const GuardCondition &condition : variant.guard)
      signature.note(condition.expr);
    for (const PlanPart &part : variant.parts)
      signature.note(part.blocks);
    for (const PlanRegion &region : variant.regions)
      for (const ClassPlacement &p : region.placement) {
        signature.note(p.grid);
        signature.note(p.seq);
      }
    for (const PlanBuffer &buffer : variant.buffers) {
      signature.note(buffer.offset);
      signature.note(buffer.bytes);
    }
    signature.note(variant.shared);
  }
}

LogicalResult PlanKernel::prepare() {
  noteSizes();
  memory.outputOf.assign(group.getNumResults(), 0);
  for (const PlanVariant &variant : plan.stitch->variants) {
    Variant &made = variants.emplace_back();
    made.view = std::make_unique<PlanView>(group, *plan.stitch, variant);
    memory.shared = memory.shared.isConstant(0) ? variant.shared : SymExpr::max(memory.shared, variant.shared);
  }
  const PlanView &first = *variants.front().view;
  for (size_t op = 0; op < first.ops.size(); ++op)
    for (int64_t part = 0; part < static_cast<int64_t>(first.variant.parts.size()); ++part)
      if (first.isStoredBy(op, part) && !first.isSpread(op, part))
        for (size_t result : first.resultsOf[op])
          memory.outputOf[result] = memory.addResult(cast<RankedTensorType>(group.getResult(result).getType()));
  for (auto [number, variant] : llvm::enumerate(variants))
    for (auto [part, planned] : llvm::enumerate(variant.view->variant.parts)) {
      if (failed(preparePart(number, part)))
        return failure();
      variant.tasks = variant.tasks + planned.blocks;
      for (size_t op = 0; op < first.ops.size(); ++op)
        if (variant.view->isStoredBy(op, part) && variant.view->isSpread(op, part) != (memory.partials.count(op) > 0))
          memory.doVariantsDiffer = true;
    }
  if (memory.doVariantsDiffer)
    return group.emitOpError() << "has variants that spread a reduction over different numbers of blocks";
  finishPreparation();
  return success();
}

int64_t PlanKernel::getScratch() const {
  std::optional<int64_t> shared = memory.shared.constant();
  // The guards see to the limit, and the checker has proved it.
  int64_t planned = shared ? *shared : findArch(plan.stitch->arch)->shared_per_block;
  // Stages of nothing are stages, too.
  return std::max<int64_t>(llvm::alignTo(planned, 64) + memory.own, 64);
}

SymExpr PlanKernel::getTasks() const {
  SymExpr tasks = variants.back().tasks;
  for (const Variant &variant : llvm::reverse(ArrayRef(variants).drop_back()))
    if (variant.tasks != tasks) {
      SymExpr isChosen = holds(variant.view->variant);
      tasks = isChosen * variant.tasks + (SymExpr(1) - isChosen) * tasks;
    }
  return tasks;
}

/// Bytes moved, and the price of functions in bytes of memory time.
SymExpr PlanKernel::getCost() {
  SymExpr cost;
  auto bytes = [](Value value) {
    return getNumElements(getDims(value)) *
           SymExpr(getElementBytes(cast<RankedTensorType>(value.getType()).getElementType()));
  };
  for (Value input : signature.getReads())
    cost = cost + bytes(input);
  for (Value result : group.getResults())
    cost = cost + bytes(result);
  for (Operation *op : variants.front().view->ops) {
    int64_t perPoint = getElementwiseClass(op) == OpClass::Heavy ? 16 : 1;
    if (auto window = dyn_cast<ReduceWindowOp>(op))
      for (int64_t extent : window.getWindow())
        perPoint = std::min<int64_t>(perPoint * extent, int64_t(1) << 20);
    cost = cost + getNumElements(getDims(op->getResult(0))) * SymExpr(perPoint);
  }
  return cost;
}

KernelOp PlanKernel::build() {
  Plan name;
  name.planner = plan.planner;
  SmallVector<Type> types(memory.results.begin(), memory.results.end());
  KernelOp kernel = signature.create("kernel", name.toAttr(group.getContext()), types);
  Emitter emitter = signature.makeEmitter();
  Emitter::Scope scope(emitter);
  signature.buildTasks(kernel, emitter, getTasks(),
                       [&](OpBuilder inner, Value task) { emitVariant(inner, emitter, 0, task); });
  bool hasStages = kernel.walk([](StageOp) { return WalkResult::interrupt(); }).wasInterrupted();
  scratch = hasStages ? getScratch() : 0;
  kernel.setScratch(scratch);
  return kernel;
}

/// The first variant whose guard holds.
void PlanKernel::emitVariant(OpBuilder b, Emitter &emitter, size_t number, Value task) {
  Variant &variant = variants[number];
  size_t parts = variant.view->variant.parts.size();
  Emitter::Scope scope(emitter);
  if (number + 1 == variants.size())
    return emitParts(b, emitter, number, 0, parts, task);
  Location loc = group.getLoc();
  Value all;
  for (const GuardCondition &condition : variant.view->variant.guard) {
    Value one = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, emitter.size(condition.expr),
                                      emitter.index(condition.max));
    all = all ? Value(arith::AndIOp::create(b, loc, all, one)) : one;
  }
  auto branch = scf::IfOp::create(b, loc, all, /*withElseRegion=*/true);
  {
    Emitter::Scope inside(emitter);
    emitParts(branch.getThenBodyBuilder(), emitter, number, 0, parts, task);
  }
  emitVariant(branch.getElseBodyBuilder(), emitter, number + 1, task);
}

/// The part among [first, last) that the task belongs to; `task` counts from the first one's blocks.
void PlanKernel::emitParts(OpBuilder b, Emitter &emitter, size_t variant, size_t first, size_t last, Value task) {
  Location loc = group.getLoc();
  Emitter::Scope scope(emitter);
  if (first + 1 == last)
    return emitPart(b, emitter, variant, static_cast<int64_t>(first), task);
  size_t middle = (first + last) / 2;
  SymExpr before = 0;
  for (size_t p = first; p < middle; ++p)
    before = before + variants[variant].view->variant.parts[p].blocks;
  Value isBefore = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, task, emitter.size(before));
  auto branch = scf::IfOp::create(b, loc, isBefore, /*withElseRegion=*/true);
  emitParts(branch.getThenBodyBuilder(), emitter, variant, first, middle, task);
  OpBuilder rest = branch.getElseBodyBuilder();
  emitParts(rest, emitter, variant, middle, last, emitter.sub(rest, loc, task, emitter.size(before)));
}

void PlanKernel::call(StringRef kernel, ArrayRef<int64_t> inPlace) {
  OpBuilder b(group);
  SmallVector<Type> types(memory.results.begin(), memory.results.end());
  CallOp call = signature.call(kernel, types, inPlace, {getTasks(), getCost(), scratch});
  std::optional<PackInfo> pack = getPack(group);
  if (pack)
    setPack(call, *pack);

  const PlanView &view = *variants.front().view;
  SmallVector<PartialSum> sums;
  for (const auto &[op, partials] : memory.partials)
    sums.push_back({view.ops[op], call.getResult(partials.values),
                    isa<ArgReduceOp>(view.ops[op]) ? call.getResult(partials.indices) : Value()});
  DenseMap<Operation *, Value> totals = sumPartials(b, sums, plan.planner);
  // What the blocks of a pack leave is summed up in one launch, too.
  for (const PartialSum &sum : sums)
    if (auto group = pack ? totals.lookup(sum.op).getDefiningOp<GroupOp>() : GroupOp())
      setPack(group, {-1 - pack->number, b.getStringAttr(kernelName(group))});
  for (auto [result, value] : llvm::enumerate(group.getBody().front().getTerminator()->getOperands())) {
    Value total = totals.lookup(value.getDefiningOp());
    Value made = total ? total : Value(call.getResult(memory.outputOf[result]));
    if (made.getType() != group.getResult(result).getType())
      made = ReshapeOp::create(b, group.getLoc(), group.getResult(result).getType(), made);
    group.getResult(result).replaceAllUsesWith(made);
  }
  group.erase();
}

} // namespace tao
