// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions of a kernel: loops that carry accumulators, and the step across lanes at their end.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/codegen/cpu/KernelLowering.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

namespace {
bool isMaximum(Monoid monoid) {
  return monoid == Monoid::Max || monoid == Monoid::ArgMax || monoid == Monoid::ArgMaxLast;
}
bool prefersLast(Monoid monoid) { return monoid == Monoid::ArgMaxLast || monoid == Monoid::ArgMinLast; }
bool isFloat(Value value) { return isa<FloatType>(getElementTypeOrSelf(value.getType())); }
} // namespace

Value KernelLowering::combine(Monoid monoid, Value x, Value y) {
  Location loc = kernel.getLoc();
  bool floating = isFloat(x);
  switch (monoid) {
  case Monoid::Sum:
    return floating ? Value(arith::AddFOp::create(b, loc, x, y, arith::FastMathFlags::contract))
                    : Value(arith::AddIOp::create(b, loc, x, y));
  case Monoid::Prod:
    return floating ? Value(arith::MulFOp::create(b, loc, x, y)) : Value(arith::MulIOp::create(b, loc, x, y));
  case Monoid::MaxNumber: {
    if (!floating)
      return arith::MaxSIOp::create(b, loc, x, y);
    // One instruction, unlike a maximum that keeps NaN.
    Value larger = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, x, y);
    return arith::SelectOp::create(b, loc, larger, x, y);
  }
  default:
    break;
  }
  if (isMaximum(monoid))
    return floating ? Value(arith::MaximumFOp::create(b, loc, x, y)) : Value(arith::MaxSIOp::create(b, loc, x, y));
  return floating ? Value(arith::MinimumFOp::create(b, loc, x, y)) : Value(arith::MinSIOp::create(b, loc, x, y));
}

/// Takes the new pair when it is better, or as good and later where the last one counts. The first NaN wins over numbers.
void KernelLowering::combineArg(Monoid monoid, Value &value, Value &index, Value newValue, Value newIndex) {
  Location loc = kernel.getLoc();
  bool last = prefersLast(monoid), maximum = isMaximum(monoid);
  Value take;
  if (isFloat(value)) {
    using P = arith::CmpFPredicate;
    P predicate = maximum ? (last ? P::OGE : P::OGT) : (last ? P::OLE : P::OLT);
    Value better = arith::CmpFOp::create(b, loc, predicate, newValue, value);
    Value newNan = arith::CmpFOp::create(b, loc, P::UNO, newValue, newValue);
    Value oldNumber = arith::CmpFOp::create(b, loc, P::ORD, value, value);
    Value firstNan = last ? newNan : Value(arith::AndIOp::create(b, loc, newNan, oldNumber));
    take = arith::OrIOp::create(b, loc, better, firstNan);
    // The identity equals an extreme element; an index of -1 marks that nothing was taken yet.
    Value minusOne = arith::ConstantOp::create(
        b, loc, isa<VectorType>(index.getType())
                    ? cast<TypedAttr>(DenseElementsAttr::get(cast<ShapedType>(index.getType()), b.getI64IntegerAttr(-1)))
                    : TypedAttr(b.getI64IntegerAttr(-1)));
    Value untouched = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, index, minusOne);
    take = arith::OrIOp::create(b, loc, take, untouched);
  } else {
    using P = arith::CmpIPredicate;
    P predicate = maximum ? (last ? P::sge : P::sgt) : (last ? P::sle : P::slt);
    Value better = arith::CmpIOp::create(b, loc, predicate, newValue, value);
    Value minusOne = arith::ConstantOp::create(
        b, loc, isa<VectorType>(index.getType())
                    ? cast<TypedAttr>(DenseElementsAttr::get(cast<ShapedType>(index.getType()), b.getI64IntegerAttr(-1)))
                    : TypedAttr(b.getI64IntegerAttr(-1)));
    Value untouched = arith::CmpIOp::create(b, loc, P::eq, index, minusOne);
    take = arith::OrIOp::create(b, loc, better, untouched);
  }
  value = arith::SelectOp::create(b, loc, take, newValue, value);
  index = arith::SelectOp::create(b, loc, take, newIndex, index);
}

Value KernelLowering::acrossLanes(Monoid monoid, Value vector) {
  Location loc = kernel.getLoc();
  bool floating = isFloat(vector);
  using K = vector::CombiningKind;
  K kind = monoid == Monoid::Sum    ? K::ADD
           : monoid == Monoid::Prod ? K::MUL
           : monoid == Monoid::MaxNumber ? (floating ? K::MAXNUMF : K::MAXSI)
           : isMaximum(monoid)      ? (floating ? K::MAXIMUMF : K::MAXSI)
                                    : (floating ? K::MINIMUMF : K::MINSI);
  // A tree over the lanes, which the fixed width makes reproducible.
  return vector::ReductionOp::create(b, loc, kind, vector,
                                     floating ? arith::FastMathFlags::reassoc : arith::FastMathFlags::none);
}

std::pair<Value, Value> KernelLowering::acrossLanesArg(Monoid monoid, Value value, Value index) {
  Location loc = kernel.getLoc();
  // The winning value, then the first (or last) index among the lanes that hold it. Lanes that took nothing have index -1;
  // they hold the identity and lose ties by their index being replaced with the worst one.
  auto vectorType = cast<VectorType>(index.getType());
  Value best = acrossLanes(monoid, value);
  Value bestEverywhere = vector::BroadcastOp::create(b, loc, value.getType(), best);
  Value holds;
  if (isFloat(value)) {
    Value equal = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, value, bestEverywhere);
    Value nan = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, value, value);
    holds = arith::OrIOp::create(b, loc, equal, nan);
  } else {
    holds = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, value, bestEverywhere);
  }
  auto splat = [&](int64_t number) -> Value {
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vectorType, b.getI64IntegerAttr(number)));
  };
  Value taken = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, index, splat(-1));
  holds = arith::AndIOp::create(b, loc, holds, taken);
  bool last = prefersLast(monoid);
  int64_t worst = last ? -1 : std::numeric_limits<int64_t>::max();
  Value candidates = arith::SelectOp::create(b, loc, holds, index, splat(worst));
  Value winner = vector::ReductionOp::create(b, loc, last ? vector::CombiningKind::MAXSI : vector::CombiningKind::MINSI,
                                             candidates);
  return {best, winner};
}

/// One step: accumulators with contributions; lanes outside the mask keep what they have.
void KernelLowering::accumulate(stitch::ReduceOp op, ValueRange accumulators, ArrayRef<Value> contributions,
                                SmallVectorImpl<Value> &results) {
  Location loc = op.getLoc();
  size_t next = 0;
  auto keepInactive = [&](Value updated, Value old) {
    bool masked = lanes.mask && isa<VectorType>(old.getType());
    return masked ? Value(arith::SelectOp::create(b, loc, lanes.mask, updated, old)) : updated;
  };
  for (int32_t number : op.getMonoids()) {
    auto monoid = static_cast<Monoid>(number);
    if (!isArgMonoid(monoid)) {
      results.push_back(keepInactive(combine(monoid, accumulators[next], contributions[next]), accumulators[next]));
      ++next;
      continue;
    }
    Value value = accumulators[next], index = accumulators[next + 1];
    combineArg(monoid, value, index, contributions[next], contributions[next + 1]);
    results.push_back(keepInactive(value, accumulators[next]));
    results.push_back(keepInactive(index, accumulators[next + 1]));
    next += 2;
  }
}

LogicalResult KernelLowering::lowerReduce(stitch::ReduceOp op) {
  Location loc = op.getLoc();
  bool overLanes = op.getLevel() == Level::Lane;
  int64_t width = overLanes ? static_cast<int64_t>(*op.getWidth()) : lanes.width;
  // Accumulators are vectors when lanes reduce, and inside a lane loop, where each lane has its own.
  SmallVector<Value> carried;
  auto start = [&](TypedAttr identity) {
    if (width)
      identity = DenseElementsAttr::get(VectorType::get({width}, identity.getType()), Attribute(identity));
    carried.push_back(arith::ConstantOp::create(b, loc, identity));
  };
  size_t next = 0;
  for (int32_t number : op.getMonoids()) {
    auto monoid = static_cast<Monoid>(number);
    start(getIdentity(monoid, op.getResult(next++).getType()));
    if (isArgMonoid(monoid)) {
      start(b.getI64IntegerAttr(-1));
      ++next;
    }
  }
  Block &block = op.getBody().front();
  auto step = [&](ValueRange accumulators, SmallVectorImpl<Value> &results) -> LogicalResult {
    if (failed(lowerBlock(block)))
      return failure();
    SmallVector<Value> contributions;
    for (Value value : block.getTerminator()->getOperands())
      contributions.push_back(width ? asVector(value) : lookup(value));
    accumulate(op, accumulators, contributions, results);
    return success();
  };
  if (overLanes) {
    if (failed(laneSteps(loc, asScalar(op.getLower()), asScalar(op.getUpper()), width, op.getInductionVar(), carried, step)))
      return failure();
  } else {
    auto loop = scf::ForOp::create(b, loc, asScalar(op.getLower()), asScalar(op.getUpper()), indexConstant(1), carried);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    values[op.getInductionVar()] = loop.getInductionVar();
    SmallVector<Value> results;
    if (failed(step(loop.getRegionIterArgs(), results)))
      return failure();
    scf::YieldOp::create(b, loc, results);
    carried.assign(loop.getResults().begin(), loop.getResults().end());
  }
  next = 0;
  for (int32_t number : op.getMonoids()) {
    auto monoid = static_cast<Monoid>(number);
    if (!overLanes) {
      size_t count = isArgMonoid(monoid) ? 2 : 1;
      for (size_t i = 0; i < count; ++i, ++next)
        values[op.getResult(next)] = carried[next];
    } else if (isArgMonoid(monoid)) {
      std::tie(values[op.getResult(next)], values[op.getResult(next + 1)]) =
          acrossLanesArg(monoid, carried[next], carried[next + 1]);
      next += 2;
    } else {
      values[op.getResult(next)] = acrossLanes(monoid, carried[next]);
      ++next;
    }
  }
  return success();
}

} // namespace tao
