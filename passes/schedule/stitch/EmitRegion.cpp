// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loops of a region; see PartEmitter.h. Dominants that need no sum of the region come first, in one nest of loops
// with the first set of sums; sums over other classes, and what waits for a sum of the same region, in further ones.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/schedule/stitch/PartEmitter.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

/// Indices along `count` dims of the op's space, at the current point.
PartEmitter::Values PartEmitter::indicesOf(OpBuilder &b, int64_t op, size_t first, size_t count) {
  if (layout.isFlat)
    return {flatIndex};
  Values indices;
  for (const auto &classes : ArrayRef(view.plan.spaces[op]).slice(first, count)) {
    Emitter::Digits list;
    for (int64_t c : classes)
      list.push_back({coordinates.lookup(c), view.extent(c)});
    indices.push_back(emitter.compose(b, loc, list));
  }
  return indices;
}

PartEmitter::Values PartEmitter::contribution(OpBuilder &b, const Sum &sum) {
  size_t rank = view.rankOf(sum.op);
  Values kept = indicesOf(b, sum.op, 0, rank);
  Values reduced = indicesOf(b, sum.op, rank, view.plan.spaces[sum.op].size() - rank);
  return emitContribution(b, loc, emitter, sum, getOperandIndices(sum.reduction, kept, reduced));
}

PartEmitter::Values PartEmitter::reduceOver(OpBuilder &b, ArrayRef<int64_t> classes, int64_t laneClass,
                                            ArrayRef<Sum> sums, llvm::function_ref<void(OpBuilder &, Values &)> body) {
  SmallVector<int64_t> order;
  for (int64_t c : classes)
    if (c != laneClass)
      order.push_back(c);
  bool hasLanes = llvm::is_contained(classes, laneClass);
  if (hasLanes)
    order.push_back(laneClass);
  Values extents;
  for (int64_t c : order)
    extents.push_back(countOf(b, c));
  SmallVector<Type> types;
  SmallVector<Monoid> monoids;
  for (const Sum &sum : sums)
    sum.addTypes(types, monoids);
  int64_t width = 0;
  if (hasLanes) {
    const OuterLoop *outer = layout.findLoop(laneClass);
    width = layout.chooseWidth(outer ? outer->span : view.extent(laneClass), countRegisters(laneClass));
  }
  return emitter.reduceNest(b, loc, extents, hasLanes ? Level::Lane : Level::Seq, width, types, monoids,
                            [&](OpBuilder &at, ArrayRef<Value> positions) {
                              for (auto [c, position] : llvm::zip_equal(order, positions))
                                coordinates[c] = emitter.add(at, loc, beginOf(c), position);
                              Values values;
                              body(at, values);
                              return values;
                            });
}

/// Registers per value of a loop over lanes: several hide latency, but long polynomials need them for themselves.
int64_t PartEmitter::countRegisters(int64_t laneClass) const {
  for (int64_t r : activeRegions)
    for (int64_t op : view.variant.regions[r].ops)
      if (getElementwiseClass(view.ops[op]) == OpClass::Heavy && llvm::is_contained(view.getKept(op), laneClass))
        return 2;
  return 4;
}

int64_t PartEmitter::chooseLane(ArrayRef<int64_t> inner) const {
  if (inLanes || inner.empty())
    return -1;
  for (int64_t c : llvm::reverse(inner))
    if (const ClassPlacement *p = view.find(region, c); p->vec * p->lane > 1)
      return c;
  return inner.back();
}

//===-- Dominants -------------------------------------------------------------------------------------------------===//

void PartEmitter::emitRegion(OpBuilder &b, Nest &nest, int64_t number) {
  region = number;
  activeRegions = {number};
  doesStore = ArrayRef(layout.getOuter(region)) == ArrayRef(nest.classes);
  for (const PlanBarrier &barrier : view.variant.barriers)
    if (!inLanes && layout.lane < 0 && barrier.region > lastRegion && barrier.region <= region &&
        view.variant.regions[barrier.region].part == layout.part) {
      BarrierOp::create(b, loc);
      break;
    }
  lastRegion = region;
  std::map<int64_t, int64_t> steps = view.getSteps(region);
  int64_t last = 0;
  for (auto [op, step] : steps)
    last = std::max(last, step);
  SmallVector<int64_t> inner = layout.getInner(region);
  for (int64_t now = 0; now <= last; ++now) {
    SmallVector<int64_t> points;
    llvm::MapVector<int64_t, SmallVector<int64_t>> bySet; // the first reduction with these classes -> all of them
    auto innerReduced = [&](int64_t op) {
      SmallVector<int64_t> list;
      for (int64_t c : inner)
        if (llvm::is_contained(view.getReduced(op), c))
          list.push_back(c);
      return list;
    };
    for (int64_t op : view.variant.regions[region].dominants) {
      bool isWanted = layout.isCrossing(op) || (doesStore && view.isStoredBy(op, layout.part));
      if (!isWanted || steps[op] != now)
        continue;
      if (!view.isReduction(op) || (innerReduced(op).empty() && findAccumulator(nest, op))) {
        points.push_back(op);
        continue;
      }
      auto it = llvm::find_if(bySet, [&](auto &entry) { return innerReduced(entry.first) == innerReduced(op); });
      (it == bySet.end() ? bySet[op] : it->second).push_back(op);
    }
    if (bySet.empty() && !points.empty())
      loopOverAll(b, inner, chooseLane(inner), countRegisters(chooseLane(inner)),
                  [&](OpBuilder &at) { emitPoints(at, nest, points); });
    for (auto &[first, reductions] : bySet) {
      emitSums(b, nest, reductions, points, inner);
      points.clear();
    }
  }
}

/// Reductions over the same classes, with dominants that need a look at each point.
void PartEmitter::emitSums(OpBuilder &b, Nest &nest, ArrayRef<int64_t> reductions, ArrayRef<int64_t> points,
                           ArrayRef<int64_t> inner) {
  SmallVector<int64_t> kept, reduced;
  for (int64_t c : inner)
    (llvm::is_contained(view.getReduced(reductions.front()), c) ? reduced : kept).push_back(c);
  SmallVector<Sum> sums = llvm::map_to_vector(reductions, [&](int64_t op) { return Sum(view, op); });
  int64_t lane = chooseLane(inner);
  loopOverAll(b, kept, llvm::is_contained(kept, lane) ? lane : -1, countRegisters(lane), [&](OpBuilder &at) {
    Values raw = reduceOver(at, reduced, lane, sums, [&](OpBuilder &inside, Values &values) {
      for (const Sum &sum : sums)
        llvm::append_range(values, contribution(inside, sum));
      emitPoints(inside, nest, points);
    });
    finishSums(at, nest, sums, raw);
  });
}

/// Dominants at one point. All values first, then all stores: a result may replace an operand in place.
void PartEmitter::emitPoints(OpBuilder &b, Nest &nest, ArrayRef<int64_t> points) {
  SmallVector<Values> values;
  for (int64_t op : points) {
    if (view.isReduction(op))
      values.push_back(contribution(b, Sum(view, op)));
    else
      values.push_back({emitter.emit(b, view.ops[op]->getResult(0), indicesOf(b, op, 0, view.rankOf(op)))});
  }
  for (auto [op, value] : llvm::zip_equal(points, values)) {
    if (view.isReduction(op))
      accumulate(b, *findAccumulator(nest, op), Sum(view, op), value);
    else
      keep(b, op, value.front());
  }
}

void PartEmitter::finishSums(OpBuilder &b, Nest &nest, ArrayRef<Sum> sums, ValueRange raw) {
  for (const Sum &sum : sums) {
    ValueRange own = raw.take_front(sum.width());
    raw = raw.drop_front(own.size());
    Accumulator *accumulator = findAccumulator(nest, sum.op);
    if (!accumulator)
      keep(b, sum.op, sum.finish(b, loc, emitter, own));
    else if (isPlain)
      deliver(b, *accumulator, sum, own);
    else
      accumulate(b, *accumulator, sum, own);
  }
}

/// Stores a value of a dominant, and leaves it where later regions read it.
void PartEmitter::keep(OpBuilder &b, int64_t op, Value value) {
  if (doesStore && view.isStoredBy(op, layout.part))
    store(b, op, value);
  if (isPlain || !layout.isCrossing(op))
    return;
  auto it = layout.stages.find(op);
  if (it == layout.stages.end()) {
    scalars[op] = value;
    return;
  }
  Values place;
  for (int64_t c : it->second.classes)
    place.push_back(c == layout.lane ? laneNumber : coordinates.lookup(c));
  Type element = cast<RankedTensorType>(view.ops[op]->getResult(0).getType()).getElementType();
  putElement(b, Emitter::toStorage(b, loc, value, element), it->second, place);
}

void PartEmitter::store(OpBuilder &b, int64_t op, Value value) {
  Values indices = indicesOf(b, op, 0, view.rankOf(op));
  Type element = cast<RankedTensorType>(view.ops[op]->getResult(0).getType()).getElementType();
  Value stored = Emitter::toStorage(b, loc, value, element);
  for (size_t result : view.resultsOf[op])
    stitch::StoreOp::create(b, loc, stored, signature.getOutputs()[layout.memory.outputOf[result]], indices);
}

} // namespace tao
