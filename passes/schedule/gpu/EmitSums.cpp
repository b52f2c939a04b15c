// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions; see BlockEmitter.h. The sum of a thread over its loops and vectors, then that of lanes by shuffles, of
// warps through shared memory in the order of warps, and partial results of blocks, which a second kernel adds up.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/codegen/common/CombineScalars.h"
#include "passes/schedule/gpu/BlockEmitter.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

BlockEmitter::Values BlockEmitter::contribution(OpBuilder &b, const Sum &sum) {
  size_t rank = view.rankOf(sum.op);
  Values kept = indicesOf(b, sum.op, 0, rank);
  Values reduced = indicesOf(b, sum.op, rank, view.plan.spaces[sum.op].size() - rank);
  return emitContribution(b, loc, emitter, sum, getOperandIndices(sum.reduction, kept, reduced));
}

BlockEmitter::Values BlockEmitter::identities(OpBuilder &b, ArrayRef<Sum> sums, size_t times) {
  Values values;
  for (size_t i = 0; i < times; ++i)
    for (const Sum &sum : sums) {
      values.push_back(arith::ConstantOp::create(b, loc, getIdentity(sum.info.monoid, sum.info.type)));
      if (sum.isArg)
        values.push_back(arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(-1)));
    }
  return values;
}

/// Of as many lists of sums as there are values.
BlockEmitter::Values BlockEmitter::combineAll(OpBuilder &b, ArrayRef<Sum> sums, ValueRange old, ValueRange more) {
  Values values;
  while (!old.empty())
    for (const Sum &sum : sums) {
      llvm::append_range(
          values, combineUnordered(b, loc, sum.info.monoid, old.take_front(sum.width()), more.take_front(sum.width())));
      old = old.drop_front(sum.width());
      more = more.drop_front(sum.width());
    }
  return values;
}

/// What the thread adds at one iteration of all loops, for each kept position.
BlockEmitter::Values BlockEmitter::sumAt(OpBuilder &b, ArrayRef<Combo> kept, ArrayRef<Sum> sums,
                                         ArrayRef<int64_t> points) {
  const SumPlace &place = layout.sums.at(sums.front().op);
  std::vector<Combo> reduced = combosOf([&](int64_t c) { return llvm::is_contained(place.reduced, c); });
  // Kept positions vary fastest: neighbours in memory are read together.
  std::vector<Combo> all;
  for (const Combo &outer : reduced)
    for (const Combo &inner : kept) {
      all.push_back(outer);
      llvm::append_range(all.back(), inner);
    }
  Values values = evaluate(b, all, sums, points);
  size_t count = values.size() / reduced.size();
  Values total(values.begin(), values.begin() + count);
  for (size_t i = 1; i < reduced.size(); ++i)
    total = combineAll(b, sums, total, ArrayRef(values).slice(i * count, count));
  return total;
}

BlockEmitter::Values BlockEmitter::sumOfThread(OpBuilder &b, ArrayRef<int64_t> loops, ArrayRef<Combo> kept,
                                               ArrayRef<Sum> sums, ArrayRef<int64_t> points) {
  if (loops.empty())
    return sumAt(b, kept, sums, points);
  int64_t c = loops.front();
  const SymExpr &count = layout.placementOf(region, c).seq;
  if (layout.isUnrolled(region, c)) {
    Values total;
    for (int64_t i = 0; i < *count.constant(); ++i) {
      setIteration(b, c, emitter.index(i));
      Values more = sumOfThread(b, loops.drop_front(), kept, sums, points);
      total = total.empty() ? more : combineAll(b, sums, total, more);
    }
    setIteration(b, c, emitter.index(0));
    return total;
  }
  SmallVector<Type> types;
  SmallVector<Monoid> monoids;
  for (size_t i = 0; i < kept.size(); ++i)
    for (const Sum &sum : sums)
      sum.addTypes(types, monoids);
  Values total = emitter.reduceNest(b, loc, {emitter.size(count)}, Level::Seq, 0, types, monoids,
                                    [&](OpBuilder &at, ArrayRef<Value> position) {
                                      setIteration(at, c, position[0]);
                                      return sumOfThread(at, loops.drop_front(), kept, sums, points);
                                    });
  setIteration(b, c, emitter.index(0));
  return total;
}

BlockEmitter::Values BlockEmitter::acrossLanes(OpBuilder &b, const Sum &sum, Values raw) {
  for (int64_t c : layout.sums.at(sum.op).reduced)
    if (int64_t lanes = layout.placementOf(region, c).lane; lanes > 1)
      raw = Values(AcrossOp::create(b, loc, ValueRange(raw).getTypes(), raw, lanes, layout.laneStride(region, c),
                                    sum.info.monoid)
                       .getResults());
  return raw;
}

/// Reductions over the same classes, with dominants that need a look at each point.
void BlockEmitter::emitSums(OpBuilder &b, ArrayRef<int64_t> reductions, ArrayRef<int64_t> points) {
  AtOp scope(*this, reductions.front());
  const SumPlace &first = layout.sums.at(reductions.front());
  auto isReduced = [&](int64_t c) { return llvm::is_contained(first.reduced, c); };
  auto isKept = [&](int64_t c) { return !isReduced(c); };
  SmallVector<Sum> sums = llvm::map_to_vector(reductions, [&](int64_t op) { return Sum(view, op); });
  std::vector<Combo> kept = combosOf(isKept);
  SmallVector<int64_t> keptLoops = loopsOf(isKept);
  bool isDirect = !first.isCarried && first.warps == 1;
  loopOver(b, keptLoops, [&](OpBuilder &at) {
    Values raw = sumOfThread(at, loopsOf(isReduced), kept, sums, points);
    ValueRange rest = raw;
    for (const Combo &combo : kept) {
      setVectors(combo);
      for (const Sum &sum : sums) {
        Values own(rest.take_front(sum.width()));
        rest = rest.drop_front(sum.width());
        if (first.isCarried) {
          carry(at, sum, own);
          continue;
        }
        own = acrossLanes(at, sum, own);
        isDirect ? deliver(at, sum, own) : putPartial(at, sum, own);
      }
    }
  });
  if (isDirect || first.isCarried)
    return;
  BarrierOp::create(b, loc);
  loopOver(b, keptLoops, [&](OpBuilder &at) {
    for (const Combo &combo : kept) {
      setVectors(combo);
      for (const Sum &sum : sums)
        deliver(at, sum, sumOfWarps(at, sum));
    }
  });
}

//===-- From threads to blocks ------------------------------------------------------------------------------------===//

/// The sum of the thread's warp, at the warp's number along the removed classes.
void BlockEmitter::putPartial(OpBuilder &b, const Sum &sum, ValueRange raw) {
  AtOp scope(*this, sum.op);
  const SumPlace &place = layout.sums.at(sum.op);
  // One lane of each warp, and of warps that repeat others none.
  Value isWriter;
  if (int64_t lanes = layout.countLanes(region); lanes < kWarpSize)
    isWriter = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, lane, emitter.index(lanes));
  if (int64_t warps = layout.countWarps(region); warps < threads / kWarpSize)
    isWriter = both(b, isWriter, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, warp, emitter.index(warps)));
  Value number = emitter.index(0);
  for (int64_t c : place.reduced) {
    const ClassPlacement &p = layout.placementOf(region, c);
    if (p.lane > 1)
      isWriter = both(b, isWriter, isZero(b, laneDigit(b, c)));
    number = emitter.add(b, loc, emitter.mul(b, loc, number, emitter.index(p.warp)), warpDigit(b, c));
  }
  SmallVector<int64_t> kept = view.getKept(sum.op);
  isWriter = both(b, isWriter, within(b, kept, /*isPerVector=*/false));
  isWriter = both(b, isWriter, within(b, kept, /*isPerVector=*/true));
  when(b, isWriter, [&](OpBuilder &at) {
    Values where = placeOf(at, place.ofWarps);
    where.insert(where.begin(), number);
    putElement(at, raw[0], place.ofWarps, where);
    if (sum.isArg)
      putElement(at, raw[1], place.ofWarpsIndex, where);
  });
}

/// All threads add up the warps' sums, in their order, behind a barrier.
BlockEmitter::Values BlockEmitter::sumOfWarps(OpBuilder &b, const Sum &sum) {
  AtOp source(*this, sum.op);
  const SumPlace &place = layout.sums.at(sum.op);
  SmallVector<int64_t> kept = view.getKept(sum.op);
  Value mask = both(b, within(b, kept, /*isPerVector=*/false), within(b, kept, /*isPerVector=*/true));
  auto gather = [&](OpBuilder &at) {
    Values where = placeOf(at, place.ofWarps), total;
    for (int64_t i = 0; i < place.warps; ++i) {
      Values from = where;
      from.insert(from.begin(), emitter.index(i));
      Values one{getElement(at, place.ofWarps, from, StageScope::Block)};
      if (sum.isArg)
        one.push_back(getElement(at, place.ofWarpsIndex, from, StageScope::Block));
      total = total.empty() ? one : combineAll(at, sum, total, one);
    }
    return total;
  };
  if (!mask)
    return gather(b);
  Values none = identities(b, sum, 1);
  auto branch = scf::IfOp::create(b, loc, ValueRange(none).getTypes(), mask, /*withElseRegion=*/true);
  Emitter::Scope scope(emitter);
  OpBuilder then = OpBuilder::atBlockBegin(&branch.getThenRegion().front());
  scf::YieldOp::create(then, loc, gather(then));
  OpBuilder otherwise = OpBuilder::atBlockBegin(&branch.getElseRegion().front());
  scf::YieldOp::create(otherwise, loc, none);
  return Values(branch.getResults());
}

/// The result at the current point, or the block's share of it.
void BlockEmitter::deliver(OpBuilder &b, const Sum &sum, ValueRange raw) {
  AtOp scope(*this, sum.op);
  const SumPlace &place = layout.sums.at(sum.op);
  SmallVector<int64_t> kept = view.getKept(sum.op);
  auto isThere = [&](OpBuilder &at) {
    return both(at, within(at, kept, /*isPerVector=*/false), within(at, kept, /*isPerVector=*/true));
  };
  if (place.pieces.isConstant(1)) {
    Value value = sum.finish(b, loc, emitter, raw);
    return when(b, isThere(b), [&](OpBuilder &at) { keep(at, sum.op, value); });
  }
  Value isWriter = both(b, isThere(b), isOwner(b, sum.op, /*ofGrid=*/true));
  when(b, isWriter, [&](OpBuilder &at) {
    Emitter::Digits list;
    for (int64_t c : place.outerReduced)
      list.push_back({gridDigits.lookup(c), layout.placementOf(region, c).grid});
    Values indices{emitter.compose(at, loc, list)};
    llvm::append_range(indices, indicesOf(at, sum.op, 0, view.rankOf(sum.op)));
    storePartial(at, loc, emitter, sum, raw, layout.memory.partials.at(sum.op), signature.getOutputs(), indices);
  });
}

//===-- Sums over outer loops -------------------------------------------------------------------------------------===//

void BlockEmitter::carry(OpBuilder &b, const Sum &sum, ValueRange raw) {
  AtOp scope(*this, sum.op);
  const SumPlace &place = layout.sums.at(sum.op);
  // Iterations that only repeat what others do add nothing.
  Value isFirst;
  for (int64_t c : layout.getOuter())
    if (const ClassPlacement *p = view.findOuter(layout.part, c); p && !view.find(region, c) && !p->seq.isConstant(1))
      isFirst = both(b, isFirst, isZero(b, outerSeq.lookup(c)));
  when(b, isFirst, [&](OpBuilder &at) {
    Values where = placeOf(at, place.carried), old{getElement(at, place.carried, where, StageScope::Thread)};
    if (sum.isArg)
      old.push_back(getElement(at, place.carriedIndex, where, StageScope::Thread));
    Values updated = combineAll(at, sum, old, raw);
    putElement(at, updated[0], place.carried, where);
    if (sum.isArg)
      putElement(at, updated[1], place.carriedIndex, where);
  });
}

/// Before the first loop that the reduction removes.
void BlockEmitter::clear(OpBuilder &b, int64_t op) {
  AtOp scope(*this, op);
  const SumPlace &place = layout.sums.at(op);
  Values none = identities(b, Sum(view, op), 1);
  std::function<void(Values)> fill = [&](Values where) {
    auto extents = getDims(place.carried.type);
    if (where.size() < extents.size()) {
      for (int64_t i = 0; i < *extents[where.size()].constant(); ++i) {
        Values next = where;
        next.push_back(emitter.index(i));
        fill(next);
      }
      return;
    }
    putElement(b, none[0], place.carried, where);
    if (none.size() > 1)
      putElement(b, none[1], place.carriedIndex, where);
  };
  fill({});
}

/// Behind that loop: sums of threads become results, or the block's share of them.
void BlockEmitter::flush(OpBuilder &b, int64_t op) {
  AtOp source(*this, op);
  Emitter::Scope scope(emitter);
  enterRegion(b, view.homeOf(op, layout.part));
  const SumPlace &place = layout.sums.at(op);
  Sum sum(view, op);
  auto isKept = [&](int64_t c) { return !llvm::is_contained(place.reduced, c); };
  std::vector<Combo> kept = combosOf(isKept);
  // The loops that the sum keeps, of the region and of those around all regions.
  SmallVector<int64_t> loops;
  for (const StageDim &dim : place.carried.dims)
    if (dim.kind == StageDim::Seq && layout.isOuter(dim.classNumber))
      loops.push_back(dim.classNumber);
  llvm::append_range(loops, loopsOf(isKept));
  loopOver(b, loops, [&](OpBuilder &at) {
    for (const Combo &combo : kept) {
      setVectors(combo);
      Values where = placeOf(at, place.carried), raw{getElement(at, place.carried, where, StageScope::Thread)};
      if (sum.isArg)
        raw.push_back(getElement(at, place.carriedIndex, where, StageScope::Thread));
      raw = acrossLanes(at, sum, raw);
      place.warps == 1 ? deliver(at, sum, raw) : putPartial(at, sum, raw);
    }
  });
  if (place.warps == 1)
    return;
  BarrierOp::create(b, loc);
  loopOver(b, loops, [&](OpBuilder &at) {
    for (const Combo &combo : kept) {
      setVectors(combo);
      deliver(at, sum, sumOfWarps(at, sum));
    }
  });
  // The next round of the loops around may write where this one is read.
  BarrierOp::create(b, loc);
}

} // namespace tao
