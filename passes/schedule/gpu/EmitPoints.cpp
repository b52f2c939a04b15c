// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values at the points of a thread, and where they go; see BlockEmitter.h. All positions of a vector are computed
// before any is stored, so that their accesses are neighbours.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/codegen/common/ScalarBody.h"
#include "passes/schedule/gpu/BlockEmitter.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

/// Indices along `count` dims of the op's space, at the current point.
BlockEmitter::Values BlockEmitter::indicesOf(OpBuilder &b, int64_t op, size_t first, size_t count) {
  Values indices;
  for (const auto &classes : ArrayRef(view.plan.spaces[op]).slice(first, count)) {
    Emitter::Digits list;
    for (int64_t c : classes)
      list.push_back({coordinate(c), view.extent(c)});
    indices.push_back(emitter.compose(b, loc, list));
  }
  return indices;
}

void BlockEmitter::emitPoints(OpBuilder &b, ArrayRef<int64_t> dominants) {
  auto all = [](int64_t) { return true; };
  std::vector<Combo> combos = combosOf(all);
  loopOver(b, loopsOf(all), [&](OpBuilder &at) { evaluate(at, combos, {}, dominants); });
}

BlockEmitter::Values BlockEmitter::evaluate(OpBuilder &b, ArrayRef<Combo> combos, ArrayRef<Sum> sums,
                                            ArrayRef<int64_t> dominants) {
  SmallVector<int64_t> classes;
  for (const ClassPlacement &p : view.variant.regions[region].placement)
    classes.push_back(p.classNumber);
  auto masked = [&](OpBuilder &at, Value mask, ArrayRef<Combo> some, auto inside) -> Values {
    if (!mask)
      return inside(at);
    Values none = identities(at, sums, some.size());
    auto branch = scf::IfOp::create(at, loc, ValueRange(none).getTypes(), mask, /*withElseRegion=*/!none.empty());
    Emitter::Scope scope(emitter);
    OpBuilder then = OpBuilder::atBlockBegin(&branch.getThenRegion().front());
    if (none.empty())
      then = branch.getThenBodyBuilder();
    Values values = inside(then);
    if (!none.empty()) {
      scf::YieldOp::create(then, loc, values);
      OpBuilder otherwise = OpBuilder::atBlockBegin(&branch.getElseRegion().front());
      scf::YieldOp::create(otherwise, loc, none);
    }
    return Values(branch.getResults());
  };
  setVectors(combos.front());
  Value whole = within(b, classes, /*isPerVector=*/false);
  return masked(b, whole, combos, [&](OpBuilder &at) -> Values {
    if (!within(at, classes, /*isPerVector=*/true))
      return evaluateAll(at, combos, sums, dominants);
    Values values;
    for (const Combo &combo : combos) {
      setVectors(combo);
      Value mask = within(at, classes, /*isPerVector=*/true);
      llvm::append_range(values, masked(at, mask, combo,
                                        [&](OpBuilder &inner) { return evaluateAll(inner, combo, sums, dominants); }));
    }
    return values;
  });
}

BlockEmitter::Values BlockEmitter::evaluateAll(OpBuilder &b, ArrayRef<Combo> combos, ArrayRef<Sum> sums,
                                               ArrayRef<int64_t> dominants) {
  Values contributions, values;
  for (const Combo &combo : combos) {
    setVectors(combo);
    for (const Sum &sum : sums)
      llvm::append_range(contributions, contribution(b, sum));
    for (int64_t op : dominants)
      values.push_back(emitter.emit(b, view.ops[op]->getResult(0), indicesOf(b, op, 0, view.rankOf(op))));
  }
  size_t next = 0;
  for (int64_t op : dominants)
    for (size_t i = 0; i < combos.size(); ++i) {
      setVectors(combos[i]);
      keep(b, op, values[i * dominants.size() + next]);
      next += i + 1 == combos.size();
    }
  return contributions;
}

//===-- Where values go -------------------------------------------------------------------------------------------===//

/// Stores a value of a dominant, and leaves it where other regions read it.
void BlockEmitter::keep(OpBuilder &b, int64_t op, Value value) {
  AtOp scope(*this, op);
  if (view.isStoredBy(op, layout.part))
    when(b, isOwner(b, op, /*ofGrid=*/true), [&](OpBuilder &at) { store(at, op, value); });
  auto it = layout.values.find(op);
  if (it == layout.values.end())
    return;
  Type element = cast<RankedTensorType>(view.ops[op]->getResult(0).getType()).getElementType();
  if (const BlockStage &own = it->second.own; own.type)
    putElement(b, Emitter::toStorage(b, loc, value, element), own, placeOf(b, own));
  if (const BlockStage &shared = it->second.shared; shared.type)
    when(b, isOwner(b, op, /*ofGrid=*/false), [&](OpBuilder &at) {
      putElement(at, Emitter::toStorage(at, loc, value, element), shared, placeOf(at, shared));
    });
}

void BlockEmitter::store(OpBuilder &b, int64_t op, Value value) {
  Values indices = indicesOf(b, op, 0, view.rankOf(op));
  Type element = cast<RankedTensorType>(view.ops[op]->getResult(0).getType()).getElementType();
  Value stored = Emitter::toStorage(b, loc, value, element);
  for (size_t result : view.resultsOf[op])
    stitch::StoreOp::create(b, loc, stored, signature.getOutputs()[layout.memory.outputOf[result]], indices);
}

/// The current point's place in a stage.
BlockEmitter::Values BlockEmitter::placeOf(OpBuilder &b, const BlockStage &stage) {
  Values place;
  for (const StageDim &dim : stage.dims) {
    int64_t c = dim.classNumber;
    if (c < 0)
      continue; // the warp, which the caller adds
    switch (dim.kind) {
    case StageDim::Whole:
      place.push_back(coordinate(c));
      break;
    case StageDim::Seq:
      place.push_back(seq.lookup(c));
      break;
    case StageDim::Vec:
      place.push_back(emitter.index(vec.lookup(c)));
      break;
    case StageDim::AtOnce: {
      const ClassPlacement &p = layout.placementOf(region, c);
      Value index = emitter.add(b, loc, emitter.mul(b, loc, warpDigit(b, c), emitter.index(p.lane)), laneDigit(b, c));
      index = emitter.mul(b, loc, index, emitter.index(p.vec));
      place.push_back(emitter.add(b, loc, index, emitter.index(vec.lookup(c))));
      break;
    }
    }
  }
  return place;
}

Value BlockEmitter::getElement(OpBuilder &b, const BlockStage &stage, Values place, StageScope scope) {
  Type storage = getStorageType(stage.type.getElementType());
  if (!stage.isWorkspace)
    return GetOp::create(b, loc, storage, scope, stage.buffer, place);
  place.insert(place.begin(), block);
  return stitch::LoadOp::create(b, loc, storage, stage.buffer, place);
}

void BlockEmitter::putElement(OpBuilder &b, Value scalar, const BlockStage &stage, Values place) {
  if (!stage.isWorkspace) {
    PutOp::create(b, loc, scalar, stage.buffer, place);
    return;
  }
  place.insert(place.begin(), block);
  stitch::StoreOp::create(b, loc, scalar, stage.buffer, place);
}

/// Where regions meet: a value that the current region does not compute itself.
Value BlockEmitter::read(OpBuilder &b, Value value, ArrayRef<Value> indices) {
  int64_t op = view.numberOf(value);
  if (op < 0 || (!view.isReduction(op) && view.computes(region, op)))
    return Value();
  auto it = layout.values.find(op);
  if (it == layout.values.end())
    return Value();
  const ValuePlace &places = it->second;
  bool isOwn = places.own.type && (region == view.homeOf(op, layout.part) || !places.shared.type);
  const BlockStage &stage = isOwn ? places.own : places.shared;
  AtOp scope(*this, op);
  Values place;
  if (isOwn) {
    place = placeOf(b, stage);
  } else {
    // Outer classes are read at the thread's own index; the others where the reader wants them.
    DenseMap<int64_t, Value> wanted;
    for (auto [d, classes] : llvm::enumerate(ArrayRef(view.plan.spaces[op]).take_front(indices.size()))) {
      SmallVector<SymExpr> extents = llvm::map_to_vector(classes, [&](int64_t c) { return view.extent(c); });
      Values parts = emitter.takeApart(b, loc, indices[d], getDims(value)[d], extents);
      for (auto [c, part] : llvm::zip_equal(classes, parts))
        wanted[c] = part;
    }
    for (const StageDim &dim : stage.dims) {
      BlockStage one;
      one.dims = {dim};
      place.push_back(dim.kind == StageDim::Whole ? wanted.lookup(dim.classNumber) : placeOf(b, one).front());
    }
  }
  Value scalar = getElement(b, stage, place, isOwn ? StageScope::Thread : StageScope::Block);
  Type compute = getComputeType(stage.type.getElementType());
  return scalar.getType() == compute ? scalar : Value(arith::ExtFOp::create(b, loc, compute, scalar));
}

} // namespace tao
