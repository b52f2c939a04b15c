// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scalar code of elementwise ops: the named bodies of Elementwise.def, and the ops whose operand and result types differ.
#include "passes/codegen/common/ScalarBody.h"
#include "dialects/Tao/TaoDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tao {

namespace {
using Body = Value (*)(OpBuilder &, Location, ValueRange);
constexpr Body NONE = nullptr;

template <typename Op> Value F(OpBuilder &b, Location loc, ValueRange args) {
  return Op::create(b, loc, args[0].getType(), args).getResult();
}

Value constantLike(OpBuilder &b, Location loc, Type type, double value) {
  if (auto floatType = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(floatType, value));
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, static_cast<int64_t>(value)));
}
Value compare(OpBuilder &b, Location loc, arith::CmpIPredicate predicate, Value x, Value y) {
  return arith::CmpIOp::create(b, loc, predicate, x, y);
}
Value compare(OpBuilder &b, Location loc, arith::CmpFPredicate predicate, Value x, Value y) {
  return arith::CmpFOp::create(b, loc, predicate, x, y);
}
Value select(OpBuilder &b, Location loc, Value condition, Value x, Value y) {
  return arith::SelectOp::create(b, loc, condition, x, y);
}

Value bodyCopy(OpBuilder &, Location, ValueRange args) { return args[0]; }
Value bodyNegI(OpBuilder &b, Location loc, ValueRange args) {
  return arith::SubIOp::create(b, loc, constantLike(b, loc, args[0].getType(), 0), args[0]);
}
Value bodySignF(OpBuilder &b, Location loc, ValueRange args) {
  Value x = args[0], zero = constantLike(b, loc, x.getType(), 0);
  Value one = constantLike(b, loc, x.getType(), 1);
  Value signedOne = math::CopySignOp::create(b, loc, one, x);
  // Zero and NaN pass through.
  Value nonzero = compare(b, loc, arith::CmpFPredicate::ONE, x, zero);
  return select(b, loc, nonzero, signedOne, x);
}
Value bodySignI(OpBuilder &b, Location loc, ValueRange args) {
  Value x = args[0], zero = constantLike(b, loc, x.getType(), 0);
  Value one = constantLike(b, loc, x.getType(), 1), minus = constantLike(b, loc, x.getType(), -1);
  Value negative = compare(b, loc, arith::CmpIPredicate::slt, x, zero);
  Value positive = compare(b, loc, arith::CmpIPredicate::sgt, x, zero);
  return select(b, loc, positive, one, select(b, loc, negative, minus, zero));
}
Value bodySignU(OpBuilder &b, Location loc, ValueRange args) {
  Value x = args[0], zero = constantLike(b, loc, x.getType(), 0);
  return select(b, loc, compare(b, loc, arith::CmpIPredicate::ne, x, zero), constantLike(b, loc, x.getType(), 1), zero);
}
Value bodyRsqrt(OpBuilder &b, Location loc, ValueRange args) {
  Value root = math::SqrtOp::create(b, loc, args[0]);
  return arith::DivFOp::create(b, loc, constantLike(b, loc, root.getType(), 1), root);
}
Value bodyReciprocal(OpBuilder &b, Location loc, ValueRange args) {
  return arith::DivFOp::create(b, loc, constantLike(b, loc, args[0].getType(), 1), args[0]);
}
Value bodyLogistic(OpBuilder &b, Location loc, ValueRange args) {
  Value one = constantLike(b, loc, args[0].getType(), 1);
  Value power = math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, args[0]));
  return arith::DivFOp::create(b, loc, one, arith::AddFOp::create(b, loc, one, power));
}
Value bodyNot(OpBuilder &b, Location loc, ValueRange args) {
  return arith::XOrIOp::create(b, loc, args[0], constantLike(b, loc, args[0].getType(), -1));
}

/// Division that cannot trap: by zero gives 0; the most negative value by -1 wraps.
template <typename Op, bool isSigned, bool isRemainder> Value safeDivision(OpBuilder &b, Location loc, ValueRange args) {
  Value x = args[0], y = args[1];
  Type type = x.getType();
  Value zero = constantLike(b, loc, type, 0), one = constantLike(b, loc, type, 1);
  Value byZero = compare(b, loc, arith::CmpIPredicate::eq, y, zero);
  Value divisor = select(b, loc, byZero, one, y);
  if (!isSigned)
    return select(b, loc, byZero, zero, Op::create(b, loc, x, divisor));
  Value minusOne = constantLike(b, loc, type, -1);
  Value byMinusOne = compare(b, loc, arith::CmpIPredicate::eq, y, minusOne);
  Value quotient = Op::create(b, loc, x, select(b, loc, byMinusOne, one, divisor));
  Value negated = isRemainder ? zero : Value(arith::SubIOp::create(b, loc, zero, x));
  return select(b, loc, byZero, zero, select(b, loc, byMinusOne, negated, quotient));
}
constexpr Body bodyDivS = safeDivision<arith::DivSIOp, true, false>;
constexpr Body bodyDivU = safeDivision<arith::DivUIOp, false, false>;
constexpr Body bodyRemS = safeDivision<arith::RemSIOp, true, true>;
constexpr Body bodyRemU = safeDivision<arith::RemUIOp, false, true>;

/// Square and multiply over the bits of the exponent, wrapping; negative exponents give 0 except for bases 1 and -1.
template <bool isSigned> Value integerPower(OpBuilder &b, Location loc, ValueRange args) {
  Value base = args[0], exponent = args[1];
  Type type = base.getType();
  unsigned width = type.getIntOrFloatBitWidth();
  Value zero = constantLike(b, loc, type, 0), one = constantLike(b, loc, type, 1);
  Value result = one, power = base, bits = exponent;
  for (unsigned i = 0; i < width; ++i) {
    Value odd = compare(b, loc, arith::CmpIPredicate::ne, arith::AndIOp::create(b, loc, bits, one), zero);
    result = select(b, loc, odd, arith::MulIOp::create(b, loc, result, power), result);
    if (i + 1 == width)
      break;
    power = arith::MulIOp::create(b, loc, power, power);
    bits = arith::ShRUIOp::create(b, loc, bits, one);
  }
  if (!isSigned)
    return result;
  Value minus = constantLike(b, loc, type, -1);
  Value isUnit = arith::OrIOp::create(b, loc, compare(b, loc, arith::CmpIPredicate::eq, base, one),
                                      compare(b, loc, arith::CmpIPredicate::eq, base, minus));
  Value negative = compare(b, loc, arith::CmpIPredicate::slt, exponent, zero);
  return select(b, loc, arith::AndIOp::create(b, loc, negative, arith::XOrIOp::create(b, loc, isUnit,
                constantLike(b, loc, b.getI1Type(), 1))), zero, result);
}

constexpr Body bodyPowS = integerPower<true>;
constexpr Body bodyPowU = integerPower<false>;

/// Shifts by the width or more give 0 instead of poison.
template <typename Op> Value safeShift(OpBuilder &b, Location loc, ValueRange args) {
  Type type = args[0].getType();
  Value width = constantLike(b, loc, type, type.getIntOrFloatBitWidth()), zero = constantLike(b, loc, type, 0);
  Value inside = compare(b, loc, arith::CmpIPredicate::ult, args[1], width);
  Value amount = select(b, loc, inside, args[1], zero);
  return select(b, loc, inside, Op::create(b, loc, args[0], amount), zero);
}
constexpr Body bodyShl = safeShift<arith::ShLIOp>;
constexpr Body bodyShr = safeShift<arith::ShRUIOp>;

enum class Kind { Float, Signed, Unsigned };
Kind kindOf(Type elementType) {
  if (isa<FloatType>(elementType))
    return Kind::Float;
  return elementType.isUnsignedInteger() || elementType.isInteger(1) ? Kind::Unsigned : Kind::Signed;
}

Type elementOf(Value value) { return cast<RankedTensorType>(value.getType()).getElementType(); }

Body bodyOf(Operation *op) {
  Kind kind = kindOf(elementOf(op->getResult(0)));
  auto pick = [&](Body floatBody, Body signedBody, Body unsignedBody) {
    return kind == Kind::Float ? floatBody : kind == Kind::Signed ? signedBody : unsignedBody;
  };
  (void)pick;
#define TAO_UNARY(Op, cost, floatBody, signedBody, unsignedBody, ...)                                                  \
  if (isa<Op>(op))                                                                                                     \
    return pick(floatBody, signedBody, unsignedBody);
#define TAO_BINARY(Op, cost, floatBody, signedBody, unsignedBody, ...)                                                 \
  if (isa<Op>(op))                                                                                                     \
    return pick(floatBody, signedBody, unsignedBody);
#include "dialects/Tao/Elementwise.def"
  return nullptr;
}

Value emitCompare(OpBuilder &b, CmpOp op, ValueRange args) {
  Location loc = op.getLoc();
  auto index = static_cast<unsigned>(op.getPredicate());
  Kind kind = kindOf(elementOf(op.getLhs()));
  using FP = arith::CmpFPredicate;
  using IP = arith::CmpIPredicate;
  // Comparisons with NaN are false, except "not equal".
  static constexpr FP floats[] = {FP::OEQ, FP::UNE, FP::OLT, FP::OLE, FP::OGT, FP::OGE};
  static constexpr IP signeds[] = {IP::eq, IP::ne, IP::slt, IP::sle, IP::sgt, IP::sge};
  static constexpr IP unsigneds[] = {IP::eq, IP::ne, IP::ult, IP::ule, IP::ugt, IP::uge};
  if (kind == Kind::Float)
    return compare(b, loc, floats[index], args[0], args[1]);
  return compare(b, loc, kind == Kind::Signed ? signeds[index] : unsigneds[index], args[0], args[1]);
}
} // namespace

Type getStorageType(Type elementType) {
  if (auto integer = dyn_cast<IntegerType>(elementType))
    return IntegerType::get(elementType.getContext(), integer.getWidth());
  return elementType;
}
Type getMemoryType(Type scalar) {
  if (scalar.isInteger(1))
    return IntegerType::get(scalar.getContext(), 8);
  return scalar.isBF16() ? Type(IntegerType::get(scalar.getContext(), 16)) : scalar;
}
Type getComputeType(Type elementType) {
  if (elementType.isF16() || elementType.isBF16())
    return Float32Type::get(elementType.getContext());
  return getStorageType(elementType);
}

Value emitCast(OpBuilder &b, Location loc, Value value, Type from, Type to) {
  Kind source = kindOf(from), target = kindOf(to);
  Type type = getComputeType(to);
  if (to.isInteger(1)) {
    Value zero = constantLike(b, loc, value.getType(), 0);
    return source == Kind::Float ? compare(b, loc, arith::CmpFPredicate::UNE, value, zero)
                                 : compare(b, loc, arith::CmpIPredicate::ne, value, zero);
  }
  if (target == Kind::Float) {
    if (source == Kind::Signed)
      value = arith::SIToFPOp::create(b, loc, type, value);
    else if (source == Kind::Unsigned)
      value = arith::UIToFPOp::create(b, loc, type, value);
    else if (type.getIntOrFloatBitWidth() > value.getType().getIntOrFloatBitWidth())
      value = arith::ExtFOp::create(b, loc, type, value);
    else if (type.getIntOrFloatBitWidth() < value.getType().getIntOrFloatBitWidth())
      value = arith::TruncFOp::create(b, loc, type, value);
    // Narrow floats are computed in f32: round here, as the cast asks.
    if (to != type)
      value = arith::ExtFOp::create(b, loc, type, Value(arith::TruncFOp::create(b, loc, to, value)));
    return value;
  }
  if (source == Kind::Float) {
    // Saturate, because the upstream conversion is poison out of range. The bounds of wide types are not exactly
    // representable, so compare before converting and pick the limit.
    unsigned width = type.getIntOrFloatBitWidth();
    bool isSigned = target == Kind::Signed;
    APInt low = isSigned ? APInt::getSignedMinValue(width) : APInt::getZero(width);
    APInt high = isSigned ? APInt::getSignedMaxValue(width) : APInt::getMaxValue(width);
    auto floatType = cast<FloatType>(value.getType());
    double lowBound = low.signedRoundToDouble(), limit = isSigned ? std::ldexp(1.0, width - 1) : std::ldexp(1.0, width);
    if (!isSigned)
      lowBound = 0;
    Value lowValue = arith::ConstantOp::create(b, loc, b.getFloatAttr(floatType, lowBound));
    Value limitValue = arith::ConstantOp::create(b, loc, b.getFloatAttr(floatType, limit));
    Value tooLow = compare(b, loc, arith::CmpFPredicate::OLT, value, lowValue);
    Value tooHigh = compare(b, loc, arith::CmpFPredicate::OGE, value, limitValue);
    Value isNan = compare(b, loc, arith::CmpFPredicate::UNO, value, value);
    Value outside = arith::OrIOp::create(b, loc, arith::OrIOp::create(b, loc, tooLow, tooHigh), isNan);
    Value safe = select(b, loc, outside, constantLike(b, loc, floatType, 0), value);
    Value converted = isSigned ? Value(arith::FPToSIOp::create(b, loc, type, safe))
                               : Value(arith::FPToUIOp::create(b, loc, type, safe));
    converted = select(b, loc, tooLow, arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, low)), converted);
    return select(b, loc, tooHigh, arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, high)), converted);
  }
  unsigned fromWidth = value.getType().getIntOrFloatBitWidth(), toWidth = type.getIntOrFloatBitWidth();
  if (toWidth > fromWidth)
    return source == Kind::Signed ? Value(arith::ExtSIOp::create(b, loc, type, value))
                                  : Value(arith::ExtUIOp::create(b, loc, type, value));
  return toWidth < fromWidth ? Value(arith::TruncIOp::create(b, loc, type, value)) : value;
}

Value emitScalarBody(OpBuilder &b, Operation *op, ValueRange args) {
  if (Body body = bodyOf(op))
    return body(b, op->getLoc(), args);
  if (auto compareOp = dyn_cast<CmpOp>(op))
    return emitCompare(b, compareOp, args);
  if (isa<SelectOp>(op))
    return select(b, op->getLoc(), args[0], args[1], args[2]);
  if (isa<IsNanOp>(op))
    return compare(b, op->getLoc(), arith::CmpFPredicate::UNO, args[0], args[0]);
  if (auto castOp = dyn_cast<CastOp>(op))
    return emitCast(b, op->getLoc(), args[0], elementOf(castOp.getInput()), elementOf(castOp.getResult()));
  return nullptr;
}

bool hasScalarBody(Operation *op) { return isa<CmpOp, SelectOp, IsNanOp, CastOp>(op) || bodyOf(op); }

} // namespace tao
