// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See CombineScalars.h.
#include "passes/codegen/common/CombineScalars.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

SmallVector<Value> combineScalars(OpBuilder &b, Location loc, Monoid monoid, ValueRange old, ValueRange more) {
  Value x = old[0], y = more[0];
  bool isFloat = isa<FloatType>(x.getType());
  bool isMax = monoid == Monoid::Max || monoid == Monoid::ArgMax || monoid == Monoid::ArgMaxLast;
  if (!isArgMonoid(monoid)) {
    if (monoid == Monoid::Sum)
      return {isFloat ? Value(arith::AddFOp::create(b, loc, x, y)) : Value(arith::AddIOp::create(b, loc, x, y))};
    if (monoid == Monoid::Prod)
      return {isFloat ? Value(arith::MulFOp::create(b, loc, x, y)) : Value(arith::MulIOp::create(b, loc, x, y))};
    if (isMax)
      return {isFloat ? Value(arith::MaximumFOp::create(b, loc, x, y)) : Value(arith::MaxSIOp::create(b, loc, x, y))};
    return {isFloat ? Value(arith::MinimumFOp::create(b, loc, x, y)) : Value(arith::MinSIOp::create(b, loc, x, y))};
  }
  bool isLast = monoid == Monoid::ArgMaxLast || monoid == Monoid::ArgMinLast;
  auto numberIs = [&](Value index) -> Value {
    Value none = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(-1));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, index, none);
  };
  Value isBetter;
  if (isFloat) {
    using P = arith::CmpFPredicate;
    P predicate = isMax ? (isLast ? P::OGE : P::OGT) : (isLast ? P::OLE : P::OLT);
    Value better = arith::CmpFOp::create(b, loc, predicate, y, x);
    // The first NaN, or the last one, wins over numbers.
    Value isNan = arith::CmpFOp::create(b, loc, P::UNO, y, y);
    if (!isLast)
      isNan = arith::AndIOp::create(b, loc, isNan, arith::CmpFOp::create(b, loc, P::ORD, x, x));
    isBetter = arith::OrIOp::create(b, loc, better, isNan);
  } else {
    using P = arith::CmpIPredicate;
    P predicate = isMax ? (isLast ? P::sge : P::sgt) : (isLast ? P::sle : P::slt);
    isBetter = arith::CmpIOp::create(b, loc, predicate, y, x);
  }
  // An index of -1 marks that nothing was taken yet.
  Value isTrue = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
  Value isFirst = arith::XOrIOp::create(b, loc, numberIs(old[1]), isTrue);
  Value takes = arith::OrIOp::create(b, loc, isBetter, isFirst);
  takes = arith::AndIOp::create(b, loc, takes, numberIs(more[1]));
  return {arith::SelectOp::create(b, loc, takes, y, x), arith::SelectOp::create(b, loc, takes, more[1], old[1])};
}

SmallVector<Value> combineUnordered(OpBuilder &b, Location loc, Monoid monoid, ValueRange one, ValueRange other) {
  if (!isArgMonoid(monoid))
    return combineScalars(b, loc, monoid, one, other);
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  Value x = one[0], y = other[0], ix = one[1], iy = other[1];
  bool isMax = monoid == Monoid::ArgMax || monoid == Monoid::ArgMaxLast;
  bool isLast = monoid == Monoid::ArgMaxLast || monoid == Monoid::ArgMinLast;
  auto both = [&](Value p, Value q) -> Value { return arith::AndIOp::create(b, loc, p, q); };
  auto either = [&](Value p, Value q) -> Value { return arith::OrIOp::create(b, loc, p, q); };
  Value isBetter, isEqual;
  if (isa<FloatType>(x.getType())) {
    // NaN is better than any number.
    Value nanX = arith::CmpFOp::create(b, loc, F::UNO, x, x), nanY = arith::CmpFOp::create(b, loc, F::UNO, y, y);
    Value numberX = arith::CmpFOp::create(b, loc, F::ORD, x, x);
    isBetter = either(arith::CmpFOp::create(b, loc, isMax ? F::OGT : F::OLT, y, x), both(nanY, numberX));
    isEqual = either(arith::CmpFOp::create(b, loc, F::OEQ, y, x), both(nanY, nanX));
  } else {
    isBetter = arith::CmpIOp::create(b, loc, isMax ? I::sgt : I::slt, y, x);
    isEqual = arith::CmpIOp::create(b, loc, I::eq, y, x);
  }
  Value isNearer = arith::CmpIOp::create(b, loc, isLast ? I::sgt : I::slt, iy, ix);
  Value none = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(-1));
  Value isNothingYet = arith::CmpIOp::create(b, loc, I::eq, ix, none);
  Value isSomething = arith::CmpIOp::create(b, loc, I::ne, iy, none);
  Value takes = both(either(either(isBetter, both(isEqual, isNearer)), isNothingYet), isSomething);
  return {arith::SelectOp::create(b, loc, takes, y, x), arith::SelectOp::create(b, loc, takes, iy, ix)};
}

} // namespace tao
