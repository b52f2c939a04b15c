// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trigonometric and hyperbolic functions, from the few that tao has. The formulas avoid cancellation near 0 and overflow in
// intermediate results; half types are computed in f32.
#include "passes/import/OpTable.h"

using namespace mlir;

namespace tao {

namespace {
using Formula = Value (*)(NodeImport &, Value);

/// sign(x) * y, for odd functions computed on |x|. Keeps the zero of x.
Value withSign(NodeImport &n, Value x, Value y) {
  return n.select(n.compare(CmpPredicate::Lt, x, 0.0), n.neg(y), y);
}

/// sqrt(1 - x^2) without the square's rounding near 1.
Value cathetus(NodeImport &n, Value x) { return n.sqrt(n.mul(n.sub(1.0, x), n.add(1.0, x))); }

Value sine(NodeImport &n, Value x) { return n.unary<SinOp>(x); }
Value cosine(NodeImport &n, Value x) { return n.unary<CosOp>(x); }
Value tangent(NodeImport &n, Value x) { return n.div(sine(n, x), cosine(n, x)); }
Value arcSine(NodeImport &n, Value x) { return n.binary<Atan2Op>(x, cathetus(n, x)); }
Value arcCosine(NodeImport &n, Value x) { return n.binary<Atan2Op>(cathetus(n, x), x); }
Value arcTangent(NodeImport &n, Value x) { return n.binary<Atan2Op>(x, 1.0); }
Value hyperbolicTangent(NodeImport &n, Value x) { return n.tanh(x); }

/// e^x / 2 as (e^(x/2) / 2) * e^(x/2), which overflows only where the result does.
Value halfExp(NodeImport &n, Value half) { return n.mul(n.mul(half, 0.5), half); }

Value hyperbolicCosine(NodeImport &n, Value x) {
  Value half = n.exp(n.mul(n.abs(x), 0.5));
  return n.add(halfExp(n, half), n.div(0.5, n.mul(half, half)));
}

Value hyperbolicSine(NodeImport &n, Value x) {
  Value magnitude = n.abs(x), half = n.exp(n.mul(magnitude, 0.5));
  Value large = n.sub(halfExp(n, half), n.div(0.5, n.mul(half, half)));
  // Below 1: (e + e / (e + 1)) / 2 with e = e^x - 1.
  Value e = n.expm1(n.min(magnitude, 1.0));
  Value small = n.mul(n.add(e, n.div(e, n.add(e, 1.0))), 0.5);
  return withSign(n, x, n.select(n.compare(CmpPredicate::Lt, magnitude, 1.0), small, large));
}

constexpr double logTwo = 0.693147180559945309417;
constexpr double squareSafe = 4096; // above it, x^2 + 1 is x^2 in f32, and in f64 to 3e-8 of the logarithm's argument

/// log1p(x + x^2 / (1 + sqrt(1 + x^2))), and log(x) + log(2) for large x.
Value inverseHyperbolicSine(NodeImport &n, Value x) {
  Value magnitude = n.abs(x);
  Value limit = n.scalar(n.typeOf(x).isF64() ? 1e150 : squareSafe, n.typeOf(x));
  Value capped = n.min(magnitude, limit);
  Value square = n.mul(capped, capped);
  Value small = n.log1p(n.add(capped, n.div(square, n.add(1.0, n.sqrt(n.add(1.0, square))))));
  Value large = n.add(n.log(magnitude), logTwo);
  return withSign(n, x, n.select(n.compare(CmpPredicate::Gt, magnitude, limit), large, small));
}

/// log1p(t + sqrt(t * (t + 2))) with t = x - 1, and log(x) + log(2) for large x.
Value inverseHyperbolicCosine(NodeImport &n, Value x) {
  Value limit = n.scalar(n.typeOf(x).isF64() ? 1e150 : squareSafe, n.typeOf(x));
  Value t = n.sub(n.min(x, limit), 1.0);
  Value small = n.log1p(n.add(t, n.sqrt(n.mul(t, n.add(t, 2.0)))));
  Value large = n.add(n.log(x), logTwo);
  return n.select(n.compare(CmpPredicate::Gt, x, limit), large, small);
}

/// log1p(2x / (1 - x)) / 2 on |x|.
Value inverseHyperbolicTangent(NodeImport &n, Value x) {
  Value magnitude = n.abs(x);
  Value y = n.mul(n.log1p(n.div(n.mul(magnitude, 2.0), n.sub(1.0, magnitude))), 0.5);
  return withSign(n, x, y);
}

template <Formula formula> LogicalResult import(NodeImport &n) {
  n.ignoreAttr("consumed_inputs");
  if (failed(n.expectFloat(0)))
    return failure();
  n.setResult(0, n.cast(formula(n, n.widen(n.value(0))), n.elementType(0)));
  return success();
}
} // namespace

void addTrigonometryOps(OpTable &table) {
  table.on("Sin", {7, 22}, import<sine>);
  table.on("Cos", {7, 22}, import<cosine>);
  table.on("Tan", {7, 22}, import<tangent>);
  table.on("Asin", {7, 22}, import<arcSine>);
  table.on("Acos", {7, 22}, import<arcCosine>);
  table.on("Atan", {7, 22}, import<arcTangent>);
  table.on("Sinh", {9, 22}, import<hyperbolicSine>);
  table.on("Cosh", {9, 22}, import<hyperbolicCosine>);
  table.on("Tanh", {1, 6, 13}, import<hyperbolicTangent>);
  table.on("Asinh", {9, 22}, import<inverseHyperbolicSine>);
  table.on("Acosh", {9, 22}, import<inverseHyperbolicCosine>);
  table.on("Atanh", {9, 22}, import<inverseHyperbolicTangent>);
}

} // namespace tao
