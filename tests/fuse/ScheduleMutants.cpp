// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See ScheduleMutants.h. A mistake is a function that is tried on each op of the kernels; it says whether it has
// changed something.
#include "ScheduleMutants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace tao {

using namespace stitch;

namespace {

bool dropBarrier(Operation *op) {
  if (!isa<BarrierOp>(op))
    return false;
  op->erase();
  return true;
}

bool moveBarrierToEnd(Operation *op) {
  if (!isa<BarrierOp>(op) || op->getNextNode() == op->getBlock()->getTerminator())
    return false;
  op->moveBefore(op->getBlock()->getTerminator());
  return true;
}

bool changeScope(Operation *op) {
  auto get = dyn_cast<GetOp>(op);
  if (get)
    get.setScope(get.getScope() == StageScope::Block ? StageScope::Thread : StageScope::Block);
  return static_cast<bool>(get);
}

template <typename Op> bool shiftIndex(Operation *op) {
  auto access = dyn_cast<Op>(op);
  if (!access || access.getIndices().empty())
    return false;
  OpBuilder b(op);
  OpOperand &last = access.getIndicesMutable()[access.getIndices().size() - 1];
  Value one = arith::ConstantIndexOp::create(b, op->getLoc(), 1);
  last.set(arith::AddIOp::create(b, op->getLoc(), last.get(), one));
  return true;
}

template <typename Op> bool drop(Operation *op) {
  if (!isa<Op>(op))
    return false;
  op->erase();
  return true;
}

/// Swaps a loop with the next op, which is one, too.
bool swapRegions(Operation *op) {
  Operation *next = op->getNextNode();
  if (!isa<ForeachOp, stitch::ReduceOp>(op) || !next || !isa<ForeachOp, stitch::ReduceOp>(next))
    return false;
  next->moveBefore(op);
  return true;
}

bool moveStage(Operation *op) {
  auto stage = dyn_cast<StageOp>(op);
  if (!stage)
    return false;
  SymExpr offset = *SymExpr::parse(stage.getOffset());
  stage.setOffset((offset.isConstant(0) ? SymExpr(64) : SymExpr(0)).str());
  return true;
}

bool shrinkStage(Operation *op) {
  auto stage = dyn_cast<StageOp>(op);
  if (!stage)
    return false;
  auto type = cast<BufType>(stage.getResult().getType()).getTensor();
  SmallVector<int64_t> shape(type.getShape());
  if (shape.empty() || ShapedType::isDynamic(shape.back()) || shape.back() < 2)
    return false;
  shape.back() /= 2;
  stage.getResult().setType(BufType::get(op->getContext(), RankedTensorType::get(shape, type.getElementType())));
  return true;
}

bool halveScratch(Operation *op) {
  auto kernel = dyn_cast<KernelOp>(op);
  if (!kernel || kernel.getScratch() == 0)
    return false;
  kernel.setScratch(kernel.getScratch() / 2);
  return true;
}

/// Adds to the end of a loop, or cuts it; `roundUp` is what a loop over lanes would do without its mask.
bool changeEnd(Operation *op, llvm::function_ref<int64_t(int64_t end, int64_t width)> change) {
  if (!isa<ForeachOp, stitch::ReduceOp>(op))
    return false;
  APInt end;
  int64_t width = 1;
  if (auto attribute = op->getAttrOfType<IntegerAttr>("width"))
    width = attribute.getInt();
  if (auto grid = dyn_cast<ForeachOp>(op); grid && grid.getLevel() == Level::Grid)
    return false; // the call says how many tasks there are
  if (!matchPattern(op->getOperand(1), m_ConstantInt(&end)))
    return false;
  int64_t changed = change(end.getSExtValue(), width);
  if (changed == end.getSExtValue())
    return false;
  OpBuilder b(op);
  op->setOperand(1, arith::ConstantIndexOp::create(b, op->getLoc(), changed));
  return true;
}
bool lengthenLoop(Operation *op) {
  return changeEnd(op, [](int64_t end, int64_t) { return end + 1; });
}
bool shortenLoop(Operation *op) {
  return changeEnd(op, [](int64_t end, int64_t) { return end - 1; });
}
bool dropMask(Operation *op) {
  return changeEnd(op, [](int64_t end, int64_t width) { return llvm::divideCeil(end, width) * width; });
}

/// A sum becomes a maximum, and all else a sum.
bool changeMonoid(Operation *op) {
  auto reduce = dyn_cast<stitch::ReduceOp>(op);
  if (!reduce || isArgMonoid(static_cast<Monoid>(reduce.getMonoids()[0])))
    return false;
  SmallVector<int32_t> monoids(reduce.getMonoids());
  bool isSum = static_cast<Monoid>(monoids[0]) == Monoid::Sum;
  monoids[0] = static_cast<int32_t>(isSum ? Monoid::Max : Monoid::Sum);
  reduce.setMonoids(monoids);
  return true;
}

/// One task less: a row, or a partial sum, that nobody computes.
bool dropTask(Operation *op) {
  auto call = dyn_cast<stitch::CallOp>(op);
  auto tasks = call ? call->getAttrOfType<StringAttr>("tasks") : StringAttr();
  if (!tasks)
    return false;
  call->setAttr("tasks", StringAttr::get(op->getContext(), (*SymExpr::parse(tasks) - SymExpr(1)).str()));
  return true;
}

struct Mistake {
  StringRef name;
  bool (*make)(Operation *);
};
constexpr Mistake kMistakes[] = {
    {"drop a barrier", dropBarrier},
    {"move a barrier to the end", moveBarrierToEnd},
    {"change the scope of a get", changeScope},
    {"shift the index of a get", shiftIndex<GetOp>},
    {"shift the index of a put", shiftIndex<PutOp>},
    {"shift the index of a load", shiftIndex<LoadOp>},
    {"shift the index of a store", shiftIndex<StoreOp>},
    {"drop a put", drop<PutOp>},
    {"drop a store", drop<StoreOp>},
    {"swap two loops", swapRegions},
    {"move a stage", moveStage},
    {"shrink a stage", shrinkStage},
    {"halve the scratch memory", halveScratch},
    {"lengthen a loop", lengthenLoop},
    {"shorten a loop", shortenLoop},
    {"run masked lanes, too", dropMask},
    {"change a monoid", changeMonoid},
    {"drop a task", dropTask},
};

} // namespace

void forEachScheduleMutant(ModuleOp module, llvm::function_ref<void(ScheduleMutant &)> visit) {
  size_t count = 0;
  module.walk([&](Operation *) { ++count; });
  for (const Mistake &mistake : kMistakes)
    for (size_t where = 0; where < count; ++where) {
      ScheduleMutant mutant{mistake.name, where, cast<ModuleOp>(module->clone())};
      SmallVector<Operation *> ops;
      mutant.module->walk([&](Operation *op) { ops.push_back(op); });
      if (mistake.make(ops[where]))
        visit(mutant);
    }
}

} // namespace tao
