// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementary functions; see FloatMath.h.
#include "passes/codegen/common/FloatMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <cmath>

using namespace mlir;

namespace tao {

namespace {
constexpr double kLn2 = 0.693147180559945309417;
// ln 2 in two parts: the first has few enough bits that its product with an exponent is exact.
constexpr double kLn2High = 0.693359375, kLn2Low = -2.12194440054690583e-4;
constexpr double kMagic = 12582912.0; // 1.5 * 2^23: adding it rounds to an integer that stands in the low bits

// e^r = 1 + r + r^2 Q(r) for |r| <= ln2 / 2, error 3e-9.
constexpr double kExpTail[] = {0.5, 0.166665181517601, 0.04166620597243309, 0.008368954062461853, 0.001395059865899384};
// The same to 5e-11, for e^r - 1.
constexpr double kExpm1Tail[] = {0.5,
                                 0.1666666716337204,
                                 0.041666269302368164,
                                 0.008333267644047737,
                                 0.0013946216786280274,
                                 0.0001991687749978155};
// log(1 + f) = f - f^2 / 2 + f^3 P(f) for sqrt(1/2) <= 1 + f <= sqrt(2), error 7e-10.
constexpr double kLogTail[] = {0.3333331048488617,   -0.24999986588954926, 0.20002231001853943,
                               -0.1666925698518753,  0.14218555390834808,  -0.12384157627820969,
                               0.1187359169125557,   -0.11791295558214188, 0.06915776431560516};
// sin r = r + r^3 S(r^2), cos r = 1 - r^2 / 2 + r^4 C(r^2) for |r| <= pi / 4.
constexpr double kSin[] = {-0.1666665487305059, 0.00833217352312603, -0.00019516653625226837};
constexpr double kCos[] = {0.041666646746851235, -0.001388736141173142, 2.4437726241444894e-05};
// erf x = x + x P(x^2) for |x| <= 0.95, error 2e-8; log(erfc x) on [0.9, 4].
constexpr double kErfSmall[] = {0.12837913632392883,  -0.37612447142601013, 0.11281320452690125,
                                -0.026748863980174065, 0.00496750557795167,  -0.0005862076650373638};
constexpr double kErfLarge[] = {-0.00016643009439576417, -1.1277973651885986,   -0.6369759440422058,
                                -0.10411381721496582,    0.022315284237265587,  -0.003065509721636772,
                                0.0001982217945624143};
// log2(1 + f) = f P(f) on [sqrt(1/2), sqrt(2)], error 4e-12; 2^r on [-1/2, 1/2], error 4e-11.
constexpr double kLog2[] = {1.442695040773726,    -0.7213475216174525,  0.4808983820901274,  -0.360673602140988,
                            0.2885360473154811,   -0.24045496708752317, 0.20620652149451588, -0.18029604826906312,
                            0.15842210201290094,  -0.1428975497686668,  0.14618363929154973, -0.14480522350151603,
                            0.07734961027473225};
constexpr double kExp2[] = {0.9999999999588969,   0.6931471805346343,    0.24022651219833846,    0.055504109774020906,
                            0.009618024772534345, 0.0013333421581207079, 0.00015469997242659878, 1.5316711761257707e-05};
} // namespace

Type FloatMath::typeOf(Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(element)) : element;
}
static Value makeConstant(OpBuilder &b, Location loc, Type type, TypedAttr scalar) {
  if (auto vector = dyn_cast<VectorType>(type))
    scalar = DenseElementsAttr::get(vector, Attribute(scalar));
  return arith::ConstantOp::create(b, loc, scalar);
}
Value FloatMath::constant(double value) {
  return makeConstant(b, loc, typeOf(b.getF32Type()), b.getF32FloatAttr(static_cast<float>(value)));
}
Value FloatMath::constant64(double value) {
  return makeConstant(b, loc, typeOf(b.getF64Type()), b.getF64FloatAttr(value));
}
Value FloatMath::integer(int64_t value, unsigned width) {
  Type element = b.getIntegerType(width);
  return makeConstant(b, loc, typeOf(element), b.getIntegerAttr(element, value));
}
Value FloatMath::add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
Value FloatMath::sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
Value FloatMath::mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
Value FloatMath::fma(Value x, Value y, Value z) { return math::FmaOp::create(b, loc, x, y, z); }
Value FloatMath::select(Value condition, Value x, Value y) { return arith::SelectOp::create(b, loc, condition, x, y); }
Value FloatMath::less(Value x, Value y) { return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, y); }
Value FloatMath::isNan(Value x) { return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, x, x); }
Value FloatMath::bits(Value x) {
  unsigned width = getElementTypeOrSelf(x.getType()).getIntOrFloatBitWidth();
  return arith::BitcastOp::create(b, loc, typeOf(b.getIntegerType(width)), x);
}
Value FloatMath::floatOf(Value x) {
  bool wide = getElementTypeOrSelf(x.getType()).getIntOrFloatBitWidth() == 64;
  return arith::BitcastOp::create(b, loc, typeOf(wide ? Type(b.getF64Type()) : Type(b.getF32Type())), x);
}
Value FloatMath::polynomial(Value x, ArrayRef<double> coefficients) {
  bool wide = getElementTypeOrSelf(x.getType()).isF64();
  auto number = [&](double value) { return wide ? constant64(value) : constant(value); };
  Value sum = number(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = fma(sum, x, number(coefficient));
  return sum;
}

Value FloatMath::powerOfTwo(Value n) {
  bool wide = getElementTypeOrSelf(n.getType()).getIntOrFloatBitWidth() == 64;
  unsigned width = wide ? 64 : 32;
  Value biased = arith::AddIOp::create(b, loc, n, integer(wide ? 1023 : 127, width));
  return floatOf(arith::ShLIOp::create(b, loc, biased, integer(wide ? 52 : 23, width)));
}

/// Two steps, so that a result below the normal range is rounded once and one above overflows to infinity.
Value FloatMath::scale(Value x, Value n) {
  Value half = arith::ShRSIOp::create(b, loc, n, integer(1));
  Value rest = arith::SubIOp::create(b, loc, n, half);
  return mul(mul(x, powerOfTwo(half)), powerOfTwo(rest));
}

FloatMath::Reduced FloatMath::reduceExp(Value x) {
  Value shifted = fma(x, constant(1.0 / kLn2), constant(kMagic));
  Value n = arith::SubIOp::create(b, loc, bits(shifted), bits(constant(kMagic)));
  Value whole = sub(shifted, constant(kMagic));
  Value r = fma(whole, constant(-kLn2High), x);
  return {n, fma(whole, constant(-kLn2Low), r)};
}

Value FloatMath::exp(Value x) {
  // Beyond these bounds the result is 0 or infinity anyway; NaN passes both comparisons.
  Value low = constant(-105.0), high = constant(89.0);
  x = select(less(x, low), low, x);
  x = select(less(high, x), high, x);
  Reduced reduced = reduceExp(x);
  Value r = reduced.r;
  Value tail = mul(polynomial(r, kExpTail), mul(r, r));
  return scale(add(add(tail, r), constant(1.0)), reduced.n);
}

Value FloatMath::expFlushed(Value x) {
  constexpr double kLeast = -87.33; // e^x is a normal number from here on
  Value high = constant(89.0);
  Reduced reduced = reduceExp(select(less(high, x), high, x));
  Value r = reduced.r;
  Value result = add(fma(polynomial(r, kExpTail), mul(r, r), r), constant(1.0));
  return select(less(x, constant(kLeast)), constant(0.0), mul(result, powerOfTwo(reduced.n)));
}

Value FloatMath::expm1(Value x) {
  // 2^n (e^r - 1) + (2^n - 1): exact in the second part, so small x keep their relative precision. Past 64 the 1 is lost in
  // rounding and exp itself serves, overflow included.
  Value low = constant(-30.0), high = constant(64.0);
  Value clamped = select(less(x, low), low, x);
  clamped = select(less(high, clamped), high, clamped);
  Reduced reduced = reduceExp(clamped);
  Value r = reduced.r;
  Value tail = fma(polynomial(r, kExpm1Tail), mul(r, r), r);
  Value power = powerOfTwo(reduced.n);
  Value result = fma(power, tail, sub(power, constant(1.0)));
  return select(less(high, x), exp(x), result);
}

Value FloatMath::log(Value x) {
  // Bring subnormal numbers into the normal range first.
  Value tiny = less(x, constant(1.17549435e-38));
  Value normal = select(tiny, mul(x, constant(8388608.0)), x);
  Value bias = select(tiny, integer(23), integer(0));
  constexpr int64_t kSqrtHalf = 0x3f3504f3; // bits of sqrt(1/2)
  Value offset = arith::SubIOp::create(b, loc, bits(normal), integer(kSqrtHalf));
  Value exponent = arith::ShRSIOp::create(b, loc, offset, integer(23));
  Value mantissa = arith::AndIOp::create(b, loc, offset, integer(0x7fffff));
  Value m = floatOf(arith::AddIOp::create(b, loc, mantissa, integer(kSqrtHalf)));
  Value f = sub(m, constant(1.0));
  exponent = arith::SubIOp::create(b, loc, exponent, bias);
  Value e = arith::SIToFPOp::create(b, loc, typeOf(b.getF32Type()), exponent);
  Value square = mul(f, f);
  Value tail = mul(mul(polynomial(f, kLogTail), f), square);
  tail = fma(e, constant(kLn2Low), tail);
  tail = fma(constant(-0.5), square, tail);
  Value result = fma(e, constant(kLn2High), add(f, tail));
  Value infinity = constant(INFINITY);
  result = select(arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, x, infinity), infinity, result);
  result = select(arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, x, constant(0.0)), constant(-INFINITY), result);
  // Negative numbers and NaN.
  Value invalid = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ULT, x, constant(0.0));
  return select(invalid, constant(NAN), result);
}

Value FloatMath::log1p(Value x) {
  // log(u) corrected by what rounding 1 + x to u lost.
  Value one = constant(1.0), u = add(one, x);
  Value lost = sub(x, sub(u, one));
  Value corrected = add(log(u), arith::DivFOp::create(b, loc, lost, u));
  Value exactU = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, u, one);
  Value special = arith::OrIOp::create(
      b, loc, arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, u, constant(0.0)),
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, u, constant(INFINITY)));
  Value result = select(special, log(u), corrected);
  return select(exactU, x, result);
}

Value FloatMath::tanh(Value x) {
  // expm1(2|x|) / (expm1(2|x|) + 2); past 10 the quotient rounds to 1.
  Value magnitude = math::AbsFOp::create(b, loc, x), limit = constant(10.0);
  Value bounded = select(less(limit, magnitude), limit, magnitude);
  Reduced reduced = reduceExp(add(bounded, bounded));
  Value r = reduced.r, power = powerOfTwo(reduced.n);
  Value tail = fma(polynomial(r, kExpm1Tail), mul(r, r), r);
  Value grown = fma(power, tail, sub(power, constant(1.0)));
  Value quotient = arith::DivFOp::create(b, loc, grown, add(grown, constant(2.0)));
  return math::CopySignOp::create(b, loc, quotient, x);
}

Value FloatMath::erf(Value x) {
  Value magnitude = math::AbsFOp::create(b, loc, x), limit = constant(4.0);
  Value square = mul(x, x);
  Value small = fma(mul(polynomial(square, kErfSmall), x), constant(1.0), x);
  Value bounded = select(less(limit, magnitude), limit, magnitude);
  Reduced reduced = reduceExp(polynomial(bounded, kErfLarge));
  Value r = reduced.r;
  Value power = add(fma(polynomial(r, kExpTail), mul(r, r), r), constant(1.0));
  // erfc is at least 1.5e-8 here: one step scales it.
  Value large = sub(constant(1.0), mul(power, powerOfTwo(reduced.n)));
  large = math::CopySignOp::create(b, loc, large, x);
  Value result = select(less(magnitude, constant(0.93)), small, large);
  return select(isNan(x), x, result);
}

Value FloatMath::sine(Value x, bool cosine) {
  // Reduce by multiples of pi / 2 in f64, exactly enough up to 2^28.
  Type wide = typeOf(b.getF64Type());
  Value x64 = arith::ExtFOp::create(b, loc, wide, x);
  constexpr double kMagic64 = 6755399441055744.0; // 1.5 * 2^52
  Value shifted = fma(x64, constant64(2.0 / M_PI), constant64(kMagic64));
  Value quadrant = arith::TruncIOp::create(b, loc, typeOf(b.getI32Type()), bits(shifted));
  Value whole = sub(shifted, constant64(kMagic64));
  Value r64 = fma(whole, constant64(-M_PI_2), x64);
  r64 = fma(whole, constant64(-6.123233995736766e-17), r64); // pi / 2 minus its double
  Value r = arith::TruncFOp::create(b, loc, typeOf(b.getF32Type()), r64);
  Value z = mul(r, r);
  Value sinR = fma(mul(polynomial(z, kSin), z), r, r);
  Value cosR = fma(mul(polynomial(z, kCos), z), z, fma(constant(-0.5), z, constant(1.0)));
  if (cosine)
    quadrant = arith::AddIOp::create(b, loc, quadrant, integer(1));
  Value odd = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne,
                                    arith::AndIOp::create(b, loc, quadrant, integer(1)), integer(0));
  Value negative = arith::ShLIOp::create(b, loc, arith::AndIOp::create(b, loc, quadrant, integer(2)), integer(30));
  Value result = select(odd, cosR, sinR);
  result = floatOf(arith::XOrIOp::create(b, loc, bits(result), negative));
  // Infinities and NaN give NaN. Huge arguments need more digits of pi than f64 has: the C library, lane by lane.
  Value magnitude = math::AbsFOp::create(b, loc, x);
  Value huge = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UGE, magnitude, constant(268435456.0));
  Value any = isa<VectorType>(type)
                  ? Value(vector::ReductionOp::create(b, loc, vector::CombiningKind::OR, huge))
                  : huge;
  auto branch = scf::IfOp::create(b, loc, type, any, true, true);
  OpBuilder then = branch.getThenBodyBuilder(), otherwise = branch.getElseBodyBuilder();
  Value slow = cosine ? Value(math::CosOp::create(then, loc, x64)) : Value(math::SinOp::create(then, loc, x64));
  Value rounded = arith::TruncFOp::create(then, loc, type, slow);
  scf::YieldOp::create(then, loc, Value(arith::SelectOp::create(then, loc, huge, rounded, result)));
  scf::YieldOp::create(otherwise, loc, result);
  return branch.getResult(0);
}

Value FloatMath::log2In64(Value x) {
  constexpr int64_t kSqrtHalf = 0x3fe6a09e667f3bcd;
  Value offset = arith::SubIOp::create(b, loc, bits(x), integer(kSqrtHalf, 64));
  Value exponent = arith::ShRSIOp::create(b, loc, offset, integer(52, 64));
  Value mantissa = arith::AndIOp::create(b, loc, offset, integer(0xfffffffffffff, 64));
  Value m = floatOf(arith::AddIOp::create(b, loc, mantissa, integer(kSqrtHalf, 64)));
  Value f = sub(m, constant64(1.0));
  // Exponents are small: through i32, since few machines convert 64-bit integers in vectors.
  Value e = arith::SIToFPOp::create(b, loc, typeOf(b.getF64Type()),
                                    Value(arith::TruncIOp::create(b, loc, typeOf(b.getI32Type()), exponent)));
  return fma(polynomial(f, kLog2), f, e);
}

Value FloatMath::exp2In64(Value x) {
  Value low = constant64(-200.0), high = constant64(200.0);
  x = select(less(x, low), low, x);
  x = select(less(high, x), high, x);
  constexpr double kMagic64 = 6755399441055744.0;
  Value shifted = add(x, constant64(kMagic64));
  Value n = arith::SubIOp::create(b, loc, bits(shifted), bits(constant64(kMagic64)));
  Value r = sub(x, sub(shifted, constant64(kMagic64)));
  return mul(polynomial(r, kExp2), powerOfTwo(n));
}

Value FloatMath::pow(Value x, Value y) {
  using P = arith::CmpFPredicate;
  auto compare = [&](P predicate, Value u, Value v) { return arith::CmpFOp::create(b, loc, predicate, u, v); };
  Type narrow = typeOf(b.getF32Type()), wide = typeOf(b.getF64Type());
  Value magnitude = math::AbsFOp::create(b, loc, x);
  Value y64 = arith::ExtFOp::create(b, loc, wide, y);
  // f32 values are normal in f64, subnormal ones included; zero and infinity are set right below.
  Value logarithm = log2In64(arith::ExtFOp::create(b, loc, wide, magnitude));
  Value zero = compare(P::OEQ, magnitude, constant(0.0)), infinite = compare(P::OEQ, magnitude, constant(INFINITY));
  logarithm = select(zero, constant64(-INFINITY), logarithm);
  logarithm = select(infinite, constant64(INFINITY), logarithm);
  Value power = arith::TruncFOp::create(b, loc, narrow, exp2In64(mul(y64, logarithm)));
  // Negative bases need an integral exponent, and take its parity.
  Value whole = math::TruncOp::create(b, loc, y), half = mul(y, constant(0.5));
  Value integral = compare(P::OEQ, whole, y);
  Value odd = arith::AndIOp::create(b, loc, integral,
                                    compare(P::ONE, Value(math::TruncOp::create(b, loc, half)), half));
  Value signBit = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, bits(x), integer(0));
  Value negate = arith::AndIOp::create(b, loc, signBit, odd);
  power = select(negate, Value(arith::NegFOp::create(b, loc, power)), power);
  Value invalid = arith::AndIOp::create(
      b, loc, arith::AndIOp::create(b, loc, compare(P::OLT, x, constant(0.0)), compare(P::ONE, magnitude, constant(INFINITY))),
      compare(P::UNE, whole, y));
  power = select(invalid, constant(NAN), power);
  Value anyNan = compare(P::UNO, x, y);
  power = select(anyNan, constant(NAN), power);
  // 1^y and x^0 are 1 even for NaN; (-1)^inf too.
  Value unit = compare(P::OEQ, y, constant(0.0));
  unit = arith::OrIOp::create(b, loc, unit, compare(P::OEQ, x, constant(1.0)));
  Value infiniteY = compare(P::OEQ, Value(math::AbsFOp::create(b, loc, y)), constant(INFINITY));
  unit = arith::OrIOp::create(
      b, loc, unit, arith::AndIOp::create(b, loc, infiniteY, compare(P::OEQ, x, constant(-1.0))));
  return select(unit, constant(1.0), power);
}

} // namespace tao
