// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activation functions, as primitives. Half types are computed in f32.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"
#include <numbers>

using namespace mlir;

namespace tao {

namespace {
using Formula = Value (*)(NodeImport &, Value);

/// A function of one float tensor.
template <Formula formula> LogicalResult import(NodeImport &n) {
  n.ignoreAttr("consumed_inputs");
  if (failed(n.expectFloat(0)))
    return failure();
  n.setResult(0, n.cast(formula(n, n.widen(n.value(0))), n.elementType(0)));
  return success();
}

/// `onTrue` where x is negative, else `onFalse`.
Value whereNegative(NodeImport &n, Value x, Operand onTrue, Operand onFalse) {
  return n.select(n.compare(CmpPredicate::Lt, x, 0.0), onTrue, onFalse);
}

Value sigmoid(NodeImport &n, Value x) { return n.logistic(x); }
Value swish(NodeImport &n, Value x) { return n.mul(x, n.logistic(n.mul(x, n.floatAttr("alpha", 1)))); }
Value leakyRelu(NodeImport &n, Value x) { return whereNegative(n, x, n.mul(x, n.floatAttr("alpha", 0.01)), x); }
Value elu(NodeImport &n, Value x) {
  // exp of the negative part only: the other branch must not overflow.
  return whereNegative(n, x, n.mul(n.expm1(n.min(x, 0.0)), n.floatAttr("alpha", 1)), x);
}
Value selu(NodeImport &n, Value x) {
  double alpha = n.floatAttr("alpha", n.since < 6 ? 1.6732 : 1.67326319217681884765625);
  double gamma = n.floatAttr("gamma", n.since < 6 ? 1.0507 : 1.05070102214813232421875);
  return n.mul(whereNegative(n, x, n.mul(n.expm1(n.min(x, 0.0)), alpha), x), gamma);
}
Value celu(NodeImport &n, Value x) {
  double alpha = n.floatAttr("alpha", 1);
  if (alpha == 0)
    (void)n.badNode("attribute 'alpha' must not be 0");
  Value negative = n.mul(n.expm1(n.div(n.min(x, 0.0), alpha)), alpha);
  return n.add(n.max(x, 0.0), n.min(negative, 0.0));
}
Value hardSigmoid(NodeImport &n, Value x) {
  Value line = n.add(n.mul(x, n.floatAttr("alpha", 0.2)), n.floatAttr("beta", 0.5));
  return n.min(n.max(line, 0.0), 1.0);
}
Value hardSwish(NodeImport &n, Value x) {
  return n.mul(x, n.min(n.max(n.add(n.mul(x, 1.0 / 6), 0.5), 0.0), 1.0));
}
/// max(x, 0) + log1p(e^-|x|): exact for large |x|, where log(1 + e^x) overflows.
Value softplus(NodeImport &n, Value x) { return n.add(n.max(x, 0.0), n.log1p(n.exp(n.neg(n.abs(x))))); }
Value softsign(NodeImport &n, Value x) { return n.div(x, n.add(1.0, n.abs(x))); }
Value mish(NodeImport &n, Value x) { return n.mul(x, n.tanh(softplus(n, x))); }
Value thresholdedRelu(NodeImport &n, Value x) {
  Value zero = n.broadcast(n.scalar(0.0, n.typeOf(x)), n.dimsOf(x));
  return n.select(n.compare(CmpPredicate::Gt, x, n.floatAttr("alpha", 1)), x, zero);
}

Value gelu(NodeImport &n, Value x) {
  std::string approximate = n.stringAttr("approximate", "none");
  if (approximate == "none")
    return n.mul(n.mul(x, 0.5), n.add(1.0, n.unary<ErfOp>(n.mul(x, 1 / std::numbers::sqrt2))));
  if (approximate != "tanh")
    (void)n.badNode("attribute 'approximate' must be none or tanh, is '" + approximate + "'");
  Value cube = n.mul(n.mul(x, x), x);
  double scale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  Value inner = n.mul(n.add(x, n.mul(cube, 0.044715)), scale);
  return n.mul(n.mul(x, 0.5), n.add(1.0, n.tanh(inner)));
}

/// Since version 14 also on integers.
LogicalResult importRelu(NodeImport &n) {
  n.ignoreAttr("consumed_inputs");
  if (n.elementType(0).isInteger(1) || n.elementType(0).isUnsignedInteger())
    return n.unsupported("element type " + typeText(n.elementType(0)));
  n.setResult(0, n.max(n.value(0), 0.0));
  return success();
}

LogicalResult importShrink(NodeImport &n) {
  Value x = n.value(0);
  if (!n.isFloat(0))
    return n.unsupported("element type " + typeText(n.elementType(0)));
  double lambda = n.floatAttr("lambd", 0.5), bias = n.floatAttr("bias", 0);
  Value wide = n.widen(x), zero = n.broadcast(n.scalar(0.0, n.typeOf(wide)), n.dimsOf(wide));
  Value high = n.select(n.compare(CmpPredicate::Gt, wide, lambda), n.sub(wide, bias), zero);
  Value result = n.select(n.compare(CmpPredicate::Lt, wide, -lambda), n.add(wide, bias), high);
  n.setResult(0, n.cast(result, n.elementType(0)));
  return success();
}

/// The slope broadcasts to x, not x to the slope.
LogicalResult importPRelu(NodeImport &n) {
  n.ignoreAttr("consumed_inputs");
  if (failed(n.expectFloat(0)) || failed(n.expectSameType({0, 1})))
    return failure();
  Value x = n.value(0), slope = n.value(1);
  // Before version 7 a vector of slopes belongs to the channels, dim 1.
  if (n.since < 7 && n.rank(1) == 1 && n.rank(0) > 2 && !n.dims(1)[0].isConstant(1)) {
    Dims shape(n.rank(0) - 1, 1);
    shape[0] = n.dims(1)[0];
    slope = n.reshape(slope, shape);
  }
  if (failed(n.expectBroadcast(n.dimsOf(slope), n.dims(0), "the slope")))
    return failure();
  Value wide = n.widen(x);
  Value result = whereNegative(n, wide, n.mul(wide, n.broadcast(n.widen(slope), n.dims(0))), wide);
  n.setResult(0, n.cast(result, n.elementType(0)));
  return success();
}

LogicalResult importSwiGlu(NodeImport &n) {
  if (failed(n.expectFloat(0)) || failed(n.expectSameType({0, 1})))
    return failure();
  SmallVector<Value> values = n.broadcastInputs();
  if (n.hasError())
    return failure();
  Value gate = n.widen(values[0]), result = n.mul(swish(n, gate), n.widen(values[1]));
  n.setResult(0, n.cast(result, n.elementType(0)));
  return success();
}
} // namespace

void addActivationOps(OpTable &table) {
  table.on("Relu", {1, 6, 13, 14}, importRelu);
  table.on("LeakyRelu", {1, 6, 16}, import<leakyRelu>);
  table.on("PRelu", {1, 6, 7, 9, 16}, importPRelu);
  table.on("Elu", {1, 6, 22}, import<elu>);
  table.on("Selu", {1, 6, 22}, import<selu>);
  table.on("Celu", {12, 28}, import<celu>);
  table.on("ThresholdedRelu", {10, 22}, import<thresholdedRelu>);
  table.on("Shrink", {9}, importShrink);
  table.on("Sigmoid", {1, 6, 13}, import<sigmoid>);
  table.on("HardSigmoid", {1, 6, 22}, import<hardSigmoid>);
  table.on("HardSwish", {14, 22}, import<hardSwish>);
  table.on("Swish", {24}, import<swish>);
  table.on("SwiGLU", {28}, importSwiGlu);
  table.on("Mish", {18, 22}, import<mish>);
  table.on("Softplus", {1, 22}, import<softplus>);
  table.on("Softsign", {1, 22}, import<softsign>);
  table.on("Gelu", {20}, import<gelu>);
}

} // namespace tao
