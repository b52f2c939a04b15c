// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loops around regions, and where a thread is in each class; see BlockEmitter.h.
#include "passes/schedule/gpu/BlockEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

void BlockEmitter::emit(OpBuilder b, Value number) {
  Emitter::Scope scope(emitter);
  block = number;
  warp = ThreadOp::create(b, loc, b.getIndexType(), ThreadLevel::Warp);
  lane = ThreadOp::create(b, loc, b.getIndexType(), ThreadLevel::Lane);
  emitter.setSource([this](OpBuilder &at, Value value, ArrayRef<Value> indices) { return read(at, value, indices); });
  findBlock(b, number);
  createStages(b);
  emitOuter(b, 0);
}

/// The block's place along each outer class.
void BlockEmitter::findBlock(OpBuilder &b, Value number) {
  Value rest = number;
  ArrayRef<int64_t> outer = layout.getOuter();
  for (size_t i = outer.size(); i-- > 0;) {
    const ClassPlacement *p = view.findOuter(layout.part, outer[i]);
    SymExpr grid = p ? p->grid : SymExpr(1);
    bool isLast = llvm::all_of(outer.take_front(i), [&](int64_t c) {
      const ClassPlacement *before = view.findOuter(layout.part, c);
      return !before || before->grid.isConstant(1);
    });
    if (grid.isConstant(1)) {
      gridDigits[outer[i]] = emitter.index(0);
      continue;
    }
    gridDigits[outer[i]] = isLast ? rest : emitter.rem(b, loc, rest, emitter.size(grid));
    rest = emitter.div(b, loc, rest, emitter.size(grid));
  }
}

void BlockEmitter::createStages(OpBuilder &b) {
  auto create = [&](BlockStage &stage) {
    if (!stage.type)
      return;
    if (stage.isWorkspace)
      stage.buffer = signature.getOutputs()[stage.result];
    else
      stage.buffer = StageOp::create(b, loc, signature.bufferOf(stage.type), signature.toLocal(stage.offset).str(),
                                     stage.isPrivate);
  };
  for (auto &[op, place] : layout.values) {
    create(place.own);
    create(place.shared);
  }
  for (auto &[op, sum] : layout.sums) {
    create(sum.ofWarps);
    create(sum.ofWarpsIndex);
    create(sum.carried);
    create(sum.carriedIndex);
  }
}

/// The iterations of the outer classes, around all regions.
void BlockEmitter::emitOuter(OpBuilder &b, size_t depth) {
  ArrayRef<int64_t> outer = layout.getOuter();
  if (depth == outer.size()) {
    for (auto [r, each] : llvm::enumerate(view.variant.regions))
      if (each.part == layout.part)
        emitRegion(b, r);
    return;
  }
  int64_t c = outer[depth];
  SmallVector<int64_t> begun; // sums of which this is the first class that they remove
  for (auto &[op, sum] : layout.sums)
    if (sum.isCarried && llvm::is_contained(sum.reduced, c) &&
        llvm::none_of(outer.take_front(depth), [&](int64_t before) { return llvm::is_contained(sum.reduced, before); }))
      begun.push_back(op);
  for (int64_t op : begun)
    clear(b, op);
  const ClassPlacement *p = view.findOuter(layout.part, c);
  if (!p || p->seq.isConstant(1)) {
    outerSeq[c] = emitter.index(0);
    emitOuter(b, depth + 1);
  } else {
    auto loop = ForeachOp::create(b, loc, Level::Seq, emitter.index(0), emitter.size(p->seq));
    OpBuilder inner = loop.getBodyBuilder();
    Emitter::Scope scope(emitter);
    outerSeq[c] = loop.getInductionVar();
    emitOuter(inner, depth + 1);
    outerSeq[c] = emitter.index(0);
  }
  for (int64_t op : begun)
    flush(b, op);
}

void BlockEmitter::enterRegion(OpBuilder &b, int64_t number) {
  region = number;
  seq.clear();
  vec.clear();
  coordinates.clear();
  for (const ClassPlacement &p : view.variant.regions[region].placement)
    setIteration(b, p.classNumber, layout.isOuter(p.classNumber) ? outerSeq.lookup(p.classNumber) : emitter.index(0));
}

void BlockEmitter::emitRegion(OpBuilder &b, int64_t number) {
  Emitter::Scope scope(emitter);
  enterRegion(b, number);
  bool isOrdered = llvm::any_of(
      view.variant.barriers, [&](const PlanBarrier &barrier) { return barrier.region == number && !barrier.isInside; });
  if (isOrdered || layout.needsBarrier(number))
    BarrierOp::create(b, loc);
  std::map<int64_t, int64_t> steps = view.getSteps(region);
  int64_t last = 0;
  for (auto [op, step] : steps)
    last = std::max(last, step);
  for (int64_t now = 0; now <= last; ++now) {
    SmallVector<int64_t> points;
    llvm::MapVector<int64_t, SmallVector<int64_t>> bySet; // the first reduction with these classes -> all of them
    auto classesOf = [&](int64_t op) {
      SmallVector<int64_t> list = view.getReduced(op);
      llvm::sort(list);
      return list;
    };
    for (int64_t op : view.variant.regions[region].dominants) {
      bool isWanted = layout.values.count(op) || view.isStoredBy(op, layout.part);
      if (!isWanted || steps[op] != now)
        continue;
      if (!view.isReduction(op)) {
        points.push_back(op);
        continue;
      }
      auto it = llvm::find_if(bySet, [&](auto &entry) {
        return classesOf(entry.first) == classesOf(op) &&
               layout.sums.at(entry.first).isCarried == layout.sums.at(op).isCarried;
      });
      (it == bySet.end() ? bySet[op] : it->second).push_back(op);
    }
    if (bySet.empty() && !points.empty())
      emitPoints(b, points);
    for (auto &[first, reductions] : bySet) {
      emitSums(b, reductions, points);
      points.clear();
    }
  }
}

//===-- Loops and positions ---------------------------------------------------------------------------------------===//

/// The region's own loops over classes that are wanted, outermost first.
SmallVector<int64_t> BlockEmitter::loopsOf(llvm::function_ref<bool(int64_t)> isWanted) const {
  SmallVector<int64_t> list;
  for (const ClassPlacement &p : view.variant.regions[region].placement)
    if (!layout.isOuter(p.classNumber) && !p.seq.isConstant(1) && isWanted(p.classNumber))
      list.push_back(p.classNumber);
  return list;
}

std::vector<BlockEmitter::Combo> BlockEmitter::combosOf(llvm::function_ref<bool(int64_t)> isWanted) const {
  std::vector<Combo> combos(1);
  for (const ClassPlacement &p : view.variant.regions[region].placement) {
    if (p.vec == 1 || !isWanted(p.classNumber))
      continue;
    std::vector<Combo> longer;
    for (const Combo &combo : combos)
      for (int64_t position = 0; position < p.vec; ++position) {
        longer.push_back(combo);
        longer.back().push_back({p.classNumber, position});
      }
    combos = std::move(longer);
  }
  return combos;
}

void BlockEmitter::setVectors(const Combo &combo) {
  for (auto [c, position] : combo)
    vec[c] = position;
}

void BlockEmitter::loopOver(OpBuilder &b, ArrayRef<int64_t> classes, Body body) {
  if (classes.empty())
    return body(b);
  int64_t c = classes.front();
  const SymExpr &count = layout.placementOf(region, c).seq;
  if (layout.isUnrolled(region, c)) {
    for (int64_t i = 0; i < *count.constant(); ++i) {
      setIteration(b, c, emitter.index(i));
      loopOver(b, classes.drop_front(), body);
    }
  } else {
    auto loop = ForeachOp::create(b, loc, Level::Seq, emitter.index(0), emitter.size(count));
    OpBuilder inner = loop.getBodyBuilder();
    Emitter::Scope scope(emitter);
    setIteration(inner, c, loop.getInductionVar());
    loopOver(inner, classes.drop_front(), body);
  }
  setIteration(b, c, emitter.index(0));
}

Value BlockEmitter::laneDigit(OpBuilder &b, int64_t c) {
  const ClassPlacement &p = layout.placementOf(region, c);
  if (p.lane == 1)
    return emitter.index(0);
  int64_t stride = layout.laneStride(region, c);
  Value digit = emitter.div(b, loc, lane, emitter.index(stride));
  return stride * p.lane == kWarpSize ? digit : emitter.rem(b, loc, digit, emitter.index(p.lane));
}

Value BlockEmitter::warpDigit(OpBuilder &b, int64_t c) {
  const ClassPlacement &p = layout.placementOf(region, c);
  if (p.warp == 1)
    return emitter.index(0);
  int64_t stride = layout.warpStride(region, c);
  Value digit = emitter.div(b, loc, warp, emitter.index(stride));
  return stride * p.warp == threads / kWarpSize ? digit : emitter.rem(b, loc, digit, emitter.index(p.warp));
}

void BlockEmitter::setIteration(OpBuilder &b, int64_t c, Value iteration) {
  const ClassPlacement &p = layout.placementOf(region, c);
  auto append = [&](Value index, const SymExpr &count, Value digit) {
    return emitter.add(b, loc, emitter.mul(b, loc, index, emitter.size(count)), digit);
  };
  seq[c] = iteration;
  Value index = layout.isOuter(c) ? gridDigits.lookup(c) : emitter.index(0);
  index = append(index, p.warp, warpDigit(b, c));
  index = append(index, p.seq, iteration);
  index = append(index, p.lane, laneDigit(b, c));
  index = emitter.mul(b, loc, index, emitter.index(p.vec));
  for (int64_t position = 0; position < p.vec; ++position)
    coordinates[{c, position}] = emitter.add(b, loc, index, emitter.index(position));
}

/// True when the current point is there along these classes; null when all points are. With `isPerVector` of the
/// classes whose vectors may end within, else of the others.
Value BlockEmitter::within(OpBuilder &b, ArrayRef<int64_t> classes, bool isPerVector) {
  Value all;
  for (int64_t c : classes) {
    const ClassPlacement &p = layout.placementOf(region, c);
    const SymExpr &extent = view.extent(c);
    bool isWhole = p.vec == 1 || extent.mod(p.vec).isConstant(0);
    if (isWhole == isPerVector || p.grid * p.seq * SymExpr(p.warp * p.lane * p.vec) == extent)
      continue;
    Value index = isPerVector ? coordinate(c) : coordinates.lookup({c, 0});
    all = both(b, all, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, index, emitter.size(extent)));
  }
  return all;
}

Value BlockEmitter::both(OpBuilder &b, Value x, Value y) {
  return !x ? y : !y ? x : b.createOrFold<arith::AndIOp>(loc, x, y);
}
Value BlockEmitter::isZero(OpBuilder &b, Value x) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, x, emitter.index(0));
}

/// Whether this thread, of all that have an op's value at the same index, is the one that writes it: within the block,
/// or of the grid. Null when it always is.
Value BlockEmitter::isOwner(OpBuilder &b, int64_t op, bool ofGrid) {
  Value all;
  auto below = [&](Value number, int64_t count) {
    all = both(b, all, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, number, emitter.index(count)));
  };
  if (int64_t lanes = layout.countLanes(region); lanes < kWarpSize)
    below(lane, lanes);
  if (int64_t warps = layout.countWarps(region); warps < threads / kWarpSize)
    below(warp, warps);
  SmallVector<int64_t> removed;
  if (view.isReduction(op))
    removed = view.getReduced(op);
  for (int64_t c : removed) {
    if (layout.placementOf(region, c).lane > 1)
      all = both(b, all, isZero(b, laneDigit(b, c)));
    if (layout.placementOf(region, c).warp > 1)
      all = both(b, all, isZero(b, warpDigit(b, c)));
  }
  if (!ofGrid)
    return all;
  for (int64_t c : layout.getOuter()) {
    const ClassPlacement *p = view.findOuter(layout.part, c);
    if (!p || view.find(region, c))
      continue;
    if (!p->grid.isConstant(1))
      all = both(b, all, isZero(b, gridDigits.lookup(c)));
    if (!p->seq.isConstant(1) && outerSeq.lookup(c))
      all = both(b, all, isZero(b, outerSeq.lookup(c)));
  }
  return all;
}

void BlockEmitter::when(OpBuilder &b, Value condition, Body body) {
  if (!condition)
    return body(b);
  auto branch = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false);
  Emitter::Scope scope(emitter);
  OpBuilder inner = branch.getThenBodyBuilder();
  body(inner);
}

} // namespace tao
