// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From groups with a stitching plan to kernels (docs/stitch-code.md). Before: memory groups of any planner. After:
// those with such a plan are a stitch.call of a stitch.kernel; where blocks left partial results a group without a plan
// of its own, which adds them up, stands behind it.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/fuse/KernelName.h"
#include "passes/fuse/stitch/Arch.h"
#include "passes/schedule/Pack.h"
#include "passes/schedule/Passes.h"
#include "passes/schedule/stitch/PartEmitter.h"
#include "passes/schedule/stitch/SumPartials.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {
#define GEN_PASS_DEF_MATERIALIZESTITCH
#include "passes/schedule/Passes.h.inc"

namespace {

/// 1 where the variant's guard holds, else 0.
SymExpr holds(const PlanVariant &variant) {
  SymExpr all = 1;
  for (const GuardCondition &condition : variant.guard)
    all = all * SymExpr::min(SymExpr::max(SymExpr(condition.max + 1) - condition.expr, 0), 1);
  return all;
}

class StitchMaterializer {
public:
  StitchMaterializer(GroupOp group, const Plan &plan, int64_t vectorBytes)
      : group(group), plan(plan), vectorBytes(vectorBytes), signature(group) {}

  LogicalResult prepare();
  KernelOp build();
  /// Replaces the group by a call of the kernel.
  void call(StringRef kernel, ArrayRef<int64_t> inPlace);
  SmallVector<int64_t> findInPlace(KernelOp kernel);

private:
  struct Variant {
    std::unique_ptr<PlanView> view;
    std::vector<std::unique_ptr<PartLayout>> parts;
    SymExpr tasks;
  };
  void noteSizes();
  void flatten();
  void emitVariant(OpBuilder b, Emitter &emitter, size_t variant, Value task);
  void emitParts(OpBuilder b, Emitter &emitter, Variant &variant, size_t first, size_t last, Value task);
  SymExpr getTasks() const;
  SymExpr getCost();
  int64_t getScratch() const;

  GroupOp group;
  Plan plan;
  int64_t vectorBytes;
  KernelSignature signature;
  KernelMemory memory;
  std::vector<Variant> variants;
  SmallVector<Operation *> failingOps;
  int64_t scratch = 0;
};

void StitchMaterializer::noteSizes() {
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

LogicalResult StitchMaterializer::prepare() {
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
  for (Variant &variant : variants)
    for (int64_t part = 0; part < static_cast<int64_t>(variant.view->variant.parts.size()); ++part) {
      variant.parts.push_back(std::make_unique<PartLayout>(*variant.view, part, vectorBytes, memory));
      variant.tasks = variant.tasks + variant.parts.back()->blocks;
      for (size_t op = 0; op < first.ops.size(); ++op)
        if (variant.view->isStoredBy(op, part) && variant.view->isSpread(op, part) != (memory.partials.count(op) > 0))
          memory.doVariantsDiffer = true;
    }
  if (memory.doVariantsDiffer)
    return group.emitOpError() << "has variants that spread a reduction over different numbers of blocks";
  flatten();
  return success();
}

/// Elementwise parts take their tensors as vectors, unless another part reads one of these in another way.
void StitchMaterializer::flatten() {
  if (variants.size() > 1)
    return;
  const PlanView &view = *variants.front().view;
  auto &parts = variants.front().parts;
  std::vector<SmallVector<size_t, 2>> partsOf(view.ops.size()); // that compute an op
  for (const PlanRegion &region : view.variant.regions)
    for (int64_t op : region.ops)
      if (!llvm::is_contained(partsOf[op], static_cast<size_t>(region.part)))
        partsOf[op].push_back(region.part);
  for (auto &part : parts)
    part->isFlat = part->isElementwiseOnly();
  // Readers of an operand that is a vector for one of them are flat all together, or none is.
  SmallVector<BlockArgument> vectors;
  for (bool hasChanged = true; hasChanged;) {
    hasChanged = false;
    vectors.clear();
    for (BlockArgument argument : group.getBody().getArguments()) {
      SmallVector<PartLayout *> readers;
      bool isVector = !getDims(argument).empty();
      for (Operation *user : argument.getUsers())
        for (size_t p : user->getNumResults() ? partsOf[view.numberOf(user->getResult(0))] : SmallVector<size_t, 2>()) {
          readers.push_back(parts[p].get());
          isVector &= parts[p]->isFlat;
        }
      if (isVector && !readers.empty())
        vectors.push_back(argument);
      for (PartLayout *reader : readers)
        if (reader->isFlat && !isVector && !getDims(argument).empty()) {
          reader->isFlat = false;
          hasChanged = true;
        }
    }
  }
  for (BlockArgument argument : vectors)
    signature.flatten(argument);
  for (size_t op = 0; op < view.ops.size(); ++op)
    for (size_t p : partsOf[op])
      if (parts[p]->isFlat && view.isStoredBy(op, p))
        for (size_t result : view.resultsOf[op]) {
          RankedTensorType &type = memory.results[memory.outputOf[result]];
          type = getTensorType(getNumElements(getDims(type)), type.getElementType());
        }
}

int64_t StitchMaterializer::getScratch() const {
  std::optional<int64_t> shared = memory.shared.constant();
  // The guards see to the limit, and the checker has proved it.
  int64_t planned = shared ? *shared : findArch(plan.stitch->arch)->shared_per_block;
  // Stages of nothing are stages, too.
  return std::max<int64_t>(llvm::alignTo(planned, 64) + memory.own, 64);
}

SymExpr StitchMaterializer::getTasks() const {
  SymExpr tasks = variants.back().tasks;
  for (const Variant &variant : llvm::reverse(ArrayRef(variants).drop_back()))
    if (variant.tasks != tasks) {
      SymExpr isChosen = holds(variant.view->variant);
      tasks = isChosen * variant.tasks + (SymExpr(1) - isChosen) * tasks;
    }
  return tasks;
}

/// Bytes moved, and the price of functions in bytes of memory time.
SymExpr StitchMaterializer::getCost() {
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

KernelOp StitchMaterializer::build() {
  Location loc = group.getLoc();
  Plan name;
  name.planner = plan.planner;
  SmallVector<Type> types(memory.results.begin(), memory.results.end());
  KernelOp kernel = signature.create("kernel", name.toAttr(group.getContext()), types);
  Block *body = &kernel.getBody().front();
  Emitter emitter = signature.makeEmitter();
  Emitter::Scope scope(emitter);
  OpBuilder end(body->getTerminator());
  auto grid = ForeachOp::create(end, loc, Level::Grid, emitter.index(0), emitter.size(getTasks()));
  OpBuilder inner = OpBuilder::atBlockBegin(&grid.getBody().front());
  stitch::YieldOp::create(inner, loc);
  inner.setInsertionPoint(grid.getBody().front().getTerminator());
  emitVariant(inner, emitter, 0, grid.getInductionVar());

  failingOps = llvm::to_vector(emitter.getFailingOps());
  SmallVector<StringRef> failures(emitter.getFailures().begin(), emitter.getFailures().end());
  kernel.setFailuresAttr(inner.getStrArrayAttr(failures));
  bool hasStages = kernel.walk([](StageOp) { return WalkResult::interrupt(); }).wasInterrupted();
  scratch = hasStages ? getScratch() : 0;
  kernel.setScratch(scratch);
  return kernel;
}

/// The first variant whose guard holds.
void StitchMaterializer::emitVariant(OpBuilder b, Emitter &emitter, size_t number, Value task) {
  Variant &variant = variants[number];
  Emitter::Scope scope(emitter);
  if (number + 1 == variants.size())
    return emitParts(b, emitter, variant, 0, variant.parts.size(), task);
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
    emitParts(branch.getThenBodyBuilder(), emitter, variant, 0, variant.parts.size(), task);
  }
  emitVariant(branch.getElseBodyBuilder(), emitter, number + 1, task);
}

/// The part among [first, last) that the task belongs to; `task` counts from the first one's blocks.
void StitchMaterializer::emitParts(OpBuilder b, Emitter &emitter, Variant &variant, size_t first, size_t last,
                                   Value task) {
  Location loc = group.getLoc();
  Emitter::Scope scope(emitter);
  if (first + 1 == last)
    return PartEmitter(*variant.parts[first], signature, emitter, loc).emit(b, task);
  size_t middle = (first + last) / 2;
  SymExpr before = 0;
  for (size_t p = first; p < middle; ++p)
    before = before + variant.parts[p]->blocks;
  Value isBefore = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, task, emitter.size(before));
  auto branch = scf::IfOp::create(b, loc, isBefore, /*withElseRegion=*/true);
  emitParts(branch.getThenBodyBuilder(), emitter, variant, first, middle, task);
  OpBuilder rest = branch.getElseBodyBuilder();
  emitParts(rest, emitter, variant, middle, last, emitter.sub(rest, loc, task, emitter.size(before)));
}

/// For each result of the kernel the operand that it may overwrite, or -1: one of its type that is read only where the
/// result is written.
SmallVector<int64_t> StitchMaterializer::findInPlace(KernelOp kernel) {
  SmallVector<int64_t> inPlace(memory.results.size(), -1);
  llvm::SmallDenseSet<int64_t> taken;
  for (size_t result = 0; result < memory.results.size(); ++result) {
    Value output = signature.getOutputs()[result];
    auto only = output.hasOneUse() ? dyn_cast<stitch::StoreOp>(*output.user_begin()) : stitch::StoreOp();
    if (!only)
      continue;
    for (auto [i, operand] : llvm::enumerate(signature.getReads())) {
      Value buffer = kernel.getBody().getArgument(i);
      bool isSame = operand.getType() == memory.results[result] && !taken.contains(i) &&
                    llvm::all_of(buffer.getUsers(), [&](Operation *user) {
                      auto load = dyn_cast<stitch::LoadOp>(user);
                      return load && load->getBlock() == only->getBlock() && load.getIndices() == only.getIndices() &&
                             load->isBeforeInBlock(only);
                    });
      if (!isSame)
        continue;
      inPlace[result] = i;
      taken.insert(i);
      break;
    }
  }
  if (llvm::all_of(inPlace, [](int64_t i) { return i < 0; }))
    inPlace.clear();
  return inPlace;
}

void StitchMaterializer::call(StringRef kernel, ArrayRef<int64_t> inPlace) {
  OpBuilder b(group);
  SmallVector<Type> types(memory.results.begin(), memory.results.end());
  auto call = stitch::CallOp::create(b, group.getLoc(), types, kernel, signature.getReads(), inPlace);
  SmallVector<StringRef> sizes(signature.getSymbols().begin(), signature.getSymbols().end());
  SmallVector<std::string> failures = describeFailures(failingOps);
  SmallVector<StringRef> failureRefs(failures.begin(), failures.end());
  call->setAttr("sizes", b.getStrArrayAttr(sizes));
  call->setAttr("tasks", b.getStringAttr(getTasks().str()));
  call->setAttr("cost", b.getStringAttr(getCost().str()));
  call->setAttr("failures", b.getStrArrayAttr(failureRefs));
  call->setAttr("display_name", b.getStringAttr(kernelName(group)));
  if (scratch)
    call->setAttr("scratch", b.getI64IntegerAttr(scratch));
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

struct MaterializeStitch : impl::MaterializeStitchBase<MaterializeStitch> {
  using MaterializeStitchBase::MaterializeStitchBase;
  void runOnOperation() override {
    KernelTable kernels(getOperation());
    std::vector<std::pair<GroupOp, Plan>> groups;
    getOperation().walk([&](GroupOp group) {
      if (std::optional<Plan> plan = Plan::fromAttr(group.getPlan()); plan && plan->stitch)
        groups.push_back({group, std::move(*plan)});
    });
    for (auto &[group, plan] : groups) {
      StitchMaterializer materializer(group, plan, vectorBytes);
      if (failed(materializer.prepare()))
        return signalPassFailure();
      KernelOp kernel = materializer.build();
      SmallVector<int64_t> inPlace = materializer.findInPlace(kernel);
      // Code generation must know, too, that these buffers may be one.
      if (!inPlace.empty())
        kernel->setAttr("in_place", DenseI64ArrayAttr::get(&getContext(), inPlace));
      materializer.call(kernels.add(kernel, group), inPlace);
      ++numCalls;
    }
    numKernels = kernels.getNumKernels();
  }
};
} // namespace
} // namespace tao
