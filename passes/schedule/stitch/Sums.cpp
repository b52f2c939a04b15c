// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory of values and of sums over outer loops; see PartEmitter.h.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/codegen/common/CombineScalars.h"
#include "passes/codegen/common/ScalarBody.h"
#include "passes/schedule/stitch/PartEmitter.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

Value PartEmitter::getElement(OpBuilder &b, const Stage &stage, ArrayRef<Value> indices, StageScope scope) {
  Type storage = getStorageType(stage.type.getElementType());
  if (!stage.isWorkspace)
    return GetOp::create(b, loc, storage, scope, stage.buffer, indices);
  Values all{block};
  llvm::append_range(all, indices);
  return stitch::LoadOp::create(b, loc, storage, stage.buffer, all);
}

void PartEmitter::putElement(OpBuilder &b, Value scalar, const Stage &stage, ArrayRef<Value> indices) {
  if (!stage.isWorkspace) {
    PutOp::create(b, loc, scalar, stage.buffer, indices);
    return;
  }
  Values all{block};
  llvm::append_range(all, indices);
  stitch::StoreOp::create(b, loc, scalar, stage.buffer, all);
}

/// Where regions meet: a value that the current region does not compute itself.
Value PartEmitter::read(OpBuilder &b, Value value, ArrayRef<Value> indices) {
  int64_t op = view.numberOf(value);
  if (op < 0 || isPlain || (!view.isReduction(op) && view.computes(region, op)))
    return Value();
  auto it = layout.stages.find(op);
  if (it == layout.stages.end())
    return scalars.lookup(op);
  const Stage &stage = it->second;
  Values place;
  for (auto [d, classes] : llvm::enumerate(ArrayRef(view.plan.spaces[op]).take_front(indices.size()))) {
    SmallVector<SymExpr> extents = llvm::map_to_vector(classes, [&](int64_t c) { return view.extent(c); });
    Values parts = emitter.takeApart(b, loc, indices[d], getDims(value)[d], extents);
    for (auto [c, part] : llvm::zip_equal(classes, parts)) {
      // Cut classes are read at the loops' own indices only.
      if (c == layout.lane)
        place.push_back(laneNumber);
      else if (!layout.isLoop(c))
        place.push_back(part);
    }
  }
  // Under lanes of a loop a lane reads what it wrote itself.
  bool isAcross =
      layout.lane < 0 && llvm::any_of(
                             view.variant.edges,
                             [&](const PlanEdge &edge) {
                               return edge.value == op && edge.region == region && edge.scope != stitch::Scope::Thread;
                             });
  Value scalar = getElement(b, stage, place, isAcross ? StageScope::Block : StageScope::Thread);
  Type compute = getComputeType(stage.type.getElementType());
  return scalar.getType() == compute ? scalar : Value(arith::ExtFOp::create(b, loc, compute, scalar));
}

//===-- Sums over outer loops -------------------------------------------------------------------------------------===//

Accumulator *PartEmitter::findAccumulator(Nest &nest, int64_t op) {
  if (!doesStore)
    return nullptr;
  auto it = llvm::find_if(nest.accumulators, [&](const Accumulator &sum) { return sum.op == op; });
  return it == nest.accumulators.end() ? nullptr : &*it;
}

/// The place of the current point in the sum's memory, along these of its classes.
PartEmitter::Values PartEmitter::placeOf(OpBuilder &b, const Accumulator &sum, ArrayRef<int64_t> classes) {
  Values place;
  for (int64_t c : classes) {
    if (c == layout.lane && sum.hasLaneSlot)
      place.push_back(laneNumber);
    else if (layout.isLoop(c))
      place.push_back(emitter.sub(b, loc, coordinates.lookup(c), beginOf(c)));
    else
      place.push_back(coordinates.lookup(c));
  }
  return place;
}

void PartEmitter::accumulate(OpBuilder &b, const Accumulator &accumulator, const Sum &sum, ValueRange raw) {
  Values place = placeOf(b, accumulator, accumulator.sums.classes), old{getElement(b, accumulator.sums, place)};
  if (sum.isArg)
    old.push_back(getElement(b, accumulator.indices, place));
  Values updated = combineScalars(b, loc, sum.info.monoid, old, raw);
  putElement(b, updated[0], accumulator.sums, place);
  if (sum.isArg)
    putElement(b, updated[1], accumulator.indices, place);
}

/// Before the first loop that the reduction removes.
void PartEmitter::clear(OpBuilder &b, const Accumulator &accumulator) {
  Sum sum(view, accumulator.op);
  auto extents = getDims(accumulator.sums.type);
  ArrayRef<SymExpr> own = accumulator.sums.isWorkspace ? ArrayRef(extents).drop_front() : ArrayRef(extents);
  Values place;
  std::function<void(OpBuilder &, size_t)> nest = [&](OpBuilder &at, size_t d) {
    if (d < own.size()) {
      bool isLast = d + 1 == own.size();
      loop(at, isLast ? Level::Lane : Level::Seq, emitter.index(0), emitter.size(own[d]), layout.chooseWidth(own[d], 4),
           [&](OpBuilder &inner, Value index) {
             place.push_back(index);
             nest(inner, d + 1);
             place.pop_back();
           });
      return;
    }
    putElement(at, arith::ConstantOp::create(at, loc, getIdentity(sum.info.monoid, sum.info.type)), accumulator.sums,
               place);
    if (sum.isArg)
      putElement(at, arith::ConstantOp::create(at, loc, at.getI64IntegerAttr(-1)), accumulator.indices, place);
  };
  nest(b, 0);
}

/// Behind that loop: sums of the block become results, or its partial results.
void PartEmitter::flush(OpBuilder &b, const Accumulator &accumulator) {
  Sum sum(view, accumulator.op);
  SmallVector<int64_t> classes = accumulator.sums.classes;
  if (accumulator.hasLaneSlot)
    classes.pop_back();
  auto finish = [&](OpBuilder &at) {
    Values place = placeOf(at, accumulator, classes), raw;
    if (!accumulator.hasLaneSlot) {
      raw.push_back(getElement(at, accumulator.sums, place));
      if (sum.isArg)
        raw.push_back(getElement(at, accumulator.indices, place));
    } else {
      int64_t lanes = layout.findLoop(layout.lane)->vec;
      SmallVector<Type> types;
      SmallVector<Monoid> monoids;
      sum.addTypes(types, monoids);
      raw = emitter.reduceNest(at, loc, {emitter.index(lanes)}, Level::Lane, lanes, types, monoids,
                               [&](OpBuilder &inner, ArrayRef<Value> position) {
                                 Values slot = place;
                                 slot.push_back(position[0]);
                                 Values values{getElement(inner, accumulator.sums, slot)};
                                 if (sum.isArg)
                                   values.push_back(getElement(inner, accumulator.indices, slot));
                                 return values;
                               });
    }
    deliver(at, accumulator, sum, raw);
  };
  loopOverAll(b, classes, accumulator.hasLaneSlot || classes.empty() ? -1 : classes.back(), 4, finish);
}

/// The result at the current point, or the block's share of it.
void PartEmitter::deliver(OpBuilder &b, const Accumulator &accumulator, const Sum &sum, ValueRange raw) {
  if (accumulator.pieces.isConstant(1))
    return store(b, accumulator.op, sum.finish(b, loc, emitter, raw));
  Emitter::Digits list;
  for (int64_t c : accumulator.outerReduced)
    list.push_back({digits.lookup(c), layout.findLoop(c)->grid});
  Values indices{emitter.compose(b, loc, list)};
  llvm::append_range(indices, indicesOf(b, accumulator.op, 0, view.rankOf(accumulator.op)));
  storePartial(b, loc, emitter, sum, raw, layout.memory.partials.at(sum.op), signature.getOutputs(), indices);
}

} // namespace tao
