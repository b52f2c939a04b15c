// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loops around the regions of a part; see PartEmitter.h. Every index of a loop belongs to one block, and is visited
// once, in order; what is summed over loops is so in the order of their indices, whatever runs at the same time.
#include "passes/schedule/stitch/PartEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <set>

using namespace mlir;
using namespace tao::stitch;

namespace tao {

/// Registers that hold sums of columns while a task walks down the rows.
static constexpr int64_t kColumnRegisters = 8;
/// Blocks of a flat part begin at multiples of this many elements: on cache lines.
static constexpr int64_t kShareUnit = 64;
/// Most lane loops that concatenations cut one into.
static constexpr size_t kMaxPieces = 16;

void PartEmitter::emit(OpBuilder b, Value number) {
  Emitter::Scope scope(emitter);
  block = number;
  emitter.setSource([this](OpBuilder &at, Value value, ArrayRef<Value> indices) { return read(at, value, indices); });
  emitter.setPieceChooser([this](ConcatOp concat, Value position) { return choosePiece(concat, position); });
  if (layout.isFlat)
    return emitFlat(b);
  findRanges(b, number);
  createStages(b);
  for (Nest &nest : layout.nests)
    emitNest(b, nest);
}

/// One loop over all elements, of which blocks have equal shares.
void PartEmitter::emitFlat(OpBuilder &b) {
  SymExpr count = getNumElements(layout.shape);
  SymExpr share = count.ceilDiv(layout.blocks).ceilDiv(kShareUnit) * SymExpr(kShareUnit);
  Value begin = emitter.mul(b, loc, block, emitter.size(share)), end = emitter.add(b, loc, begin, emitter.size(share));
  if (layout.blocks * share != count) {
    begin = b.createOrFold<arith::MinUIOp>(loc, begin, emitter.size(count));
    end = b.createOrFold<arith::MinUIOp>(loc, end, emitter.size(count));
  }
  isPlain = doesStore = true;
  SmallVector<int64_t> dominants;
  for (int64_t r : layout.nests.front().regions)
    llvm::append_range(dominants, view.variant.regions[r].dominants);
  for (const auto &set : layout.splitApart(dominants))
    loop(b, Level::Lane, begin, end, layout.getWidth(share), [&](OpBuilder &inner, Value index) {
      flatIndex = index;
      emitPoints(inner, layout.nests.front(), set);
    });
}

void PartEmitter::findRanges(OpBuilder &b, Value number) {
  Value rest = number;
  for (size_t i = layout.loops.size(); i-- > 0;) {
    const OuterLoop &loop = layout.loops[i];
    Value digit = i == 0 ? rest : emitter.rem(b, loc, rest, emitter.size(loop.grid));
    if (i != 0)
      rest = emitter.div(b, loc, rest, emitter.size(loop.grid));
    if (loop.grid.isConstant(1))
      digit = emitter.index(0);
    Value begin = emitter.mul(b, loc, digit, emitter.size(loop.span));
    // Blocks of equal size need no look at the extent.
    bool isExact = loop.grid * loop.span == loop.extent;
    if (!isExact)
      begin = b.createOrFold<arith::MinUIOp>(loc, begin, emitter.size(loop.extent));
    Value end = emitter.add(b, loc, begin, emitter.size(loop.span));
    if (!isExact)
      end = b.createOrFold<arith::MinUIOp>(loc, end, emitter.size(loop.extent));
    digits[loop.number] = digit;
    begins[loop.number] = begin;
    ends[loop.number] = end;
  }
}

void PartEmitter::createStages(OpBuilder &b) {
  auto create = [&](Stage &stage) {
    if (!stage.type)
      return;
    if (stage.isWorkspace)
      stage.buffer = signature.getOutputs()[stage.result];
    else
      stage.buffer = StageOp::create(b, loc, signature.bufferOf(stage.type), signature.toLocal(stage.offset).str());
  };
  SmallVector<int64_t> ops;
  for (auto &entry : layout.stages)
    ops.push_back(entry.first);
  llvm::sort(ops);
  for (int64_t op : ops)
    create(layout.stages[op]);
  for (Nest &nest : layout.nests)
    for (Accumulator &sum : nest.accumulators) {
      create(sum.sums);
      create(sum.indices);
    }
}

//===-- Loops -----------------------------------------------------------------------------------------------------===//

Value PartEmitter::beginOf(int64_t c) { return layout.isLoop(c) ? begins.lookup(c) : emitter.index(0); }
Value PartEmitter::endOf(int64_t c) { return layout.isLoop(c) ? ends.lookup(c) : emitter.size(view.extent(c)); }
Value PartEmitter::countOf(OpBuilder &b, int64_t c) {
  if (const OuterLoop *loop = layout.findLoop(c); loop && loop->grid * loop->span == loop->extent)
    return emitter.size(loop->span);
  return emitter.sub(b, loc, endOf(c), beginOf(c));
}

void PartEmitter::loop(OpBuilder &b, Level level, Value lower, Value upper, int64_t width,
                       llvm::function_ref<void(OpBuilder &, Value)> body) {
  auto op = ForeachOp::create(b, loc, level, lower, upper, level == Level::Lane ? width : 0);
  OpBuilder inner = op.getBodyBuilder();
  Emitter::Scope scope(emitter);
  body(inner, op.getInductionVar());
}

void PartEmitter::loopOver(OpBuilder &b, Level level, int64_t c, int64_t width, Body body) {
  loop(b, level, beginOf(c), endOf(c), width, [&](OpBuilder &inner, Value index) {
    coordinates[c] = index;
    body(inner);
  });
}

void PartEmitter::emitNest(OpBuilder &b, Nest &nest) {
  // Blocks that only repeat what others do leave it to the first of them.
  Value isFirst;
  for (const OuterLoop &loop : layout.loops) {
    if (llvm::is_contained(nest.classes, loop.number) || loop.grid.isConstant(1))
      continue;
    Value here = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, digits.lookup(loop.number), emitter.index(0));
    isFirst = isFirst ? Value(arith::AndIOp::create(b, loc, isFirst, here)) : here;
  }
  OpBuilder inner = b;
  Emitter::Scope scope(emitter);
  if (isFirst)
    inner = scf::IfOp::create(b, loc, isFirst, /*withElseRegion=*/false).getThenBodyBuilder();
  isPlain = nest.isPlain;
  lastRegion = -1;
  if (nest.isPlain)
    return emitPlain(inner, nest);
  SmallVector<int64_t> order;
  for (int64_t c : nest.classes)
    if (c != layout.lane)
      order.push_back(c);
  if (llvm::is_contained(nest.classes, layout.lane))
    order.push_back(layout.lane);
  findDepths(nest, order);
  emitLoops(inner, nest, order, 0);
}

/// All regions in one loop body. What reductions remove is looped over innermost, so that sums stay in registers.
void PartEmitter::emitPlain(OpBuilder &b, Nest &nest) {
  SmallVector<int64_t> kept, reduced, dominants;
  for (int64_t c : nest.classes)
    (llvm::is_contained(nest.reduced, c) ? reduced : kept).push_back(c);
  SmallVector<Sum> sums;
  for (int64_t r : nest.regions)
    for (int64_t op : view.variant.regions[r].dominants) {
      if (view.isReduction(op))
        sums.push_back(Sum(view, op));
      else
        dominants.push_back(op);
    }
  // Lanes run over what lies side by side in memory, which is the class with vectors, or the last one.
  int64_t lane = llvm::is_contained(nest.classes, layout.lane) ? layout.lane
                 : nest.classes.empty()                        ? -1
                                                               : nest.classes.back();
  doesStore = true;
  region = nest.regions.back();
  activeRegions.assign(nest.regions.begin(), nest.regions.end());
  int64_t keptLane = llvm::is_contained(kept, lane) ? lane : -1;
  if (sums.empty()) {
    for (const auto &set : layout.splitApart(dominants))
      loopOverAll(b, kept, keptLane, layout.hasHeavyOps ? 2 : 4,
                  [&](OpBuilder &inner) { emitPoints(inner, nest, set); });
    return;
  }
  int64_t registers = layout.hasHeavyOps ? 2 : std::max<int64_t>(kColumnRegisters / sums.size(), 1);
  loopOverAll(b, kept, keptLane, registers, [&](OpBuilder &inner) {
    Values raw = reduceOver(inner, reduced, lane, sums, [&](OpBuilder &at, Values &values) {
      for (const Sum &sum : sums)
        llvm::append_range(values, contribution(at, sum));
      emitPoints(at, nest, dominants);
    });
    finishSums(inner, nest, sums, raw);
  });
}

/// The number of loops that each region is inside of. What one leaves in scratch may be overwritten by later regions,
/// so then it runs again in each iteration, and those that read it do.
void PartEmitter::findDepths(const Nest &nest, ArrayRef<int64_t> order) {
  depths.clear();
  for (int64_t r : nest.regions) {
    size_t depth = 0;
    for (auto [i, c] : llvm::enumerate(order))
      if (view.find(r, c))
        depth = i + 1;
    for (int64_t op : view.variant.regions[r].dominants)
      if (layout.isCrossing(op) && layout.stages.contains(op))
        depth = order.size();
    for (int64_t op : view.variant.regions[r].ops)
      for (Value operand : view.ops[op]->getOperands())
        if (int64_t read = view.numberOf(operand); read >= 0 && view.isReadFromHome(read, r))
          depth = std::max(depth, depths.lookup(view.homeOf(read, layout.part)));
    depths[r] = depth;
  }
}

void PartEmitter::emitRegionsAt(OpBuilder &b, Nest &nest, size_t depth) {
  for (int64_t r : nest.regions)
    if (depths.lookup(r) == depth)
      emitRegion(b, nest, r);
}

void PartEmitter::emitLoops(OpBuilder &b, Nest &nest, ArrayRef<int64_t> order, size_t depth) {
  emitRegionsAt(b, nest, depth);
  if (depth == order.size())
    return;
  int64_t c = order[depth];
  auto isFirstReduced = [&](const Accumulator &sum) {
    return llvm::is_contained(sum.outerReduced, c) && llvm::none_of(order.take_front(depth), [&](int64_t before) {
             return llvm::is_contained(sum.outerReduced, before);
           });
  };
  for (const Accumulator &sum : nest.accumulators)
    if (isFirstReduced(sum))
      clear(b, sum);
  if (c == layout.lane)
    emitLanes(b, nest, order, depth);
  else
    loopOver(b, Level::Seq, c, 0, [&](OpBuilder &inner) { emitLoops(inner, nest, order, depth + 1); });
  for (const Accumulator &sum : nest.accumulators)
    if (isFirstReduced(sum))
      flush(b, sum);
}

void PartEmitter::emitLanes(OpBuilder &b, Nest &nest, ArrayRef<int64_t> order, size_t depth) {
  int64_t c = order[depth];
  const OuterLoop &outer = *layout.findLoop(c);
  auto inside = [&](OpBuilder &inner) {
    inLanes = true;
    emitLoops(inner, nest, order, depth + 1);
    inLanes = false;
  };
  if (!layout.countsLanes(nest))
    return loopOver(b, Level::Lane, c, layout.getWidth(outer.span), inside);
  // Steps of as many lanes as the plan's memory is for.
  Value step = emitter.index(outer.vec);
  Value steps = emitter.div(b, loc, emitter.add(b, loc, countOf(b, c), emitter.index(outer.vec - 1)), step);
  loop(b, Level::Seq, emitter.index(0), steps, 0, [&](OpBuilder &at, Value number) {
    Value begin = emitter.add(at, loc, beginOf(c), emitter.mul(at, loc, number, step));
    Value end = at.createOrFold<arith::MinUIOp>(loc, emitter.add(at, loc, begin, step), endOf(c));
    loop(at, Level::Lane, begin, end, outer.vec, [&](OpBuilder &inner, Value index) {
      coordinates[c] = index;
      laneNumber = emitter.sub(inner, loc, index, begin);
      inside(inner);
    });
  });
}

void PartEmitter::loopOverAll(OpBuilder &b, ArrayRef<int64_t> classes, int64_t laneClass, int64_t registers,
                              Body body) {
  SmallVector<int64_t> order;
  for (int64_t c : classes)
    if (c != laneClass)
      order.push_back(c);
  if (laneClass >= 0)
    order.push_back(laneClass);
  std::function<void(OpBuilder &, size_t)> nest = [&](OpBuilder &at, size_t depth) {
    if (depth == order.size())
      return body(at);
    int64_t c = order[depth];
    bool isLane = c == laneClass;
    const OuterLoop *outer = layout.findLoop(c);
    const SymExpr &extent = outer ? outer->span : view.extent(c);
    int64_t width = isLane ? layout.chooseWidth(extent, registers) : 0;
    std::vector<int64_t> cuts = isLane ? findCuts(c) : std::vector<int64_t>();
    if (cuts.empty())
      return loopOver(at, isLane ? Level::Lane : Level::Seq, c, width,
                      [&](OpBuilder &inner) { nest(inner, depth + 1); });
    for (size_t i = 0; i + 1 < cuts.size(); ++i) {
      laneBegin = cuts[i];
      loop(at, Level::Lane, emitter.index(cuts[i]), emitter.index(cuts[i + 1]),
           layout.chooseWidth(cuts[i + 1] - cuts[i], registers), [&](OpBuilder &inner, Value index) {
             coordinates[c] = lanePiece = index;
             nest(inner, depth + 1);
           });
    }
    lanePiece = nullptr;
  };
  nest(b, 0);
}

/// Where operands of concatenations along a class begin and end, so that each lane loop reads one of them: ascending,
/// with both ends; nothing when there are none, or sizes are not known.
std::vector<int64_t> PartEmitter::findCuts(int64_t c) const {
  std::optional<int64_t> extent = view.extent(c).constant();
  if (layout.isLoop(c) || !extent)
    return {};
  std::set<int64_t> cuts;
  for (int64_t r : activeRegions)
    for (int64_t number : view.variant.regions[r].ops) {
      auto concat = dyn_cast<ConcatOp>(view.ops[number]);
      if (!concat || ArrayRef(view.plan.spaces[number][concat.getAxis()]) != ArrayRef(c))
        continue;
      int64_t end = 0;
      for (Value input : concat.getInputs()) {
        std::optional<int64_t> own = getDims(input)[concat.getAxis()].constant();
        if (!own)
          return {};
        end += *own;
        cuts.insert(end);
      }
    }
  cuts.erase(0);
  if (cuts.size() < 2 || cuts.size() > kMaxPieces || *cuts.rbegin() != *extent)
    return {};
  cuts.insert(0);
  return std::vector<int64_t>(cuts.begin(), cuts.end());
}

std::optional<size_t> PartEmitter::choosePiece(ConcatOp concat, Value position) const {
  if (!lanePiece || position != lanePiece)
    return std::nullopt;
  int64_t end = 0;
  for (auto [k, input] : llvm::enumerate(concat.getInputs())) {
    std::optional<int64_t> own = getDims(input)[concat.getAxis()].constant();
    if (!own)
      return std::nullopt;
    end += *own;
    if (laneBegin < end)
      return k;
  }
  return std::nullopt;
}

} // namespace tao
