// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Comparisons, logic, bits, selection, and conversion of element types.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"
#include <limits>

using namespace mlir;

namespace tao {

namespace {
using Element = std::optional<SymExpr>;

template <CmpPredicate predicate> LogicalResult importCompare(NodeImport &n) {
  if (failed(n.expectSameType({0, 1})))
    return failure();
  auto onSizes = [&](ArrayRef<SymExpr> x) -> Element {
    std::optional<bool> known = compareSizes(n, predicate, x[0], x[1]);
    return known ? Element(*known) : std::nullopt;
  };
  if (mapContent(n, n.builder().getI1Type(), onSizes))
    return success();
  SmallVector<Value> values = n.broadcastInputs();
  if (n.hasError())
    return failure();
  n.setResult(0, n.compare(predicate, values[0], values[1]));
  return success();
}

/// And, Or, Xor on booleans; BitwiseAnd and so on on integers.
template <typename Op, bool onBooleans> LogicalResult importBits(NodeImport &n) {
  Type type = n.elementType(0);
  auto onSizes = [](ArrayRef<SymExpr> x) -> Element {
    auto a = x[0].constant(), b = x[1].constant();
    if (!a || !b)
      return std::nullopt;
    return std::is_same_v<Op, AndOp> ? *a & *b : std::is_same_v<Op, OrOp> ? *a | *b : *a ^ *b;
  };
  if (isa<FloatType>(type) || type.isInteger(1) != onBooleans)
    return n.unsupported("element type " + typeText(type));
  if (failed(n.expectSameType({0, 1})))
    return failure();
  if (mapContent(n, type, onSizes))
    return success();
  SmallVector<Value> values = n.broadcastInputs();
  if (n.hasError())
    return failure();
  n.setResult(0, n.binary<Op>(values[0], values[1]));
  return success();
}

template <bool onBooleans> LogicalResult importNot(NodeImport &n) {
  Type type = n.elementType(0);
  if (isa<FloatType>(type) || type.isInteger(1) != onBooleans)
    return n.unsupported("element type " + typeText(type));
  auto onSizes = [](ArrayRef<SymExpr> x) -> Element {
    return x[0].isConstant() ? Element(1 - *x[0].constant()) : std::nullopt;
  };
  if (!onBooleans || !mapContent(n, type, onSizes))
    n.setResult(0, n.unary<NotOp>(n.value(0)));
  return success();
}

LogicalResult importWhere(NodeImport &n) {
  if (!n.elementType(0).isInteger(1))
    return n.mismatch("the condition must be bool, is " + typeText(n.elementType(0)));
  if (failed(n.expectSameType({1, 2})))
    return failure();
  auto onSizes = [](ArrayRef<SymExpr> x) -> Element {
    return x[0].isConstant() ? Element(x[0].isConstant(0) ? x[2] : x[1]) : std::nullopt;
  };
  if (mapContent(n, n.elementType(1), onSizes))
    return success();
  SmallVector<Value> values = n.broadcastInputs();
  if (n.hasError())
    return failure();
  n.setResult(0, n.select(values[0], values[1], values[2]));
  return success();
}

LogicalResult importIsNan(NodeImport &n) {
  if (failed(n.expectFloat(0)))
    return failure();
  Value x = n.value(0);
  n.setResult(0, IsNanOp::create(n.builder(), n.location, getTensorType(n.dimsOf(x), n.builder().getI1Type()), x));
  return success();
}

LogicalResult importIsInf(NodeImport &n) {
  bool positive = n.intAttr("detect_positive", 1), negative = n.intAttr("detect_negative", 1);
  if (failed(n.expectFloat(0)))
    return failure();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Value x = n.value(0);
  if (!positive && !negative)
    n.setResult(0, n.broadcast(n.scalar(0.0, n.builder().getI1Type()), n.dimsOf(x)));
  else
    n.setResult(0, n.compare(CmpPredicate::Eq, positive && negative ? n.abs(x) : x, positive ? infinity : -infinity));
  return success();
}

LogicalResult convert(NodeImport &n, Type to) {
  // Both matter only for float8 and narrower, which have no type here.
  n.ignoreAttr("saturate");
  n.ignoreAttr("round_mode");
  auto same = [](ArrayRef<SymExpr> x) -> Element { return x[0]; };
  auto truth = [&](ArrayRef<SymExpr> x) -> Element {
    std::optional<bool> known = compareSizes(n, CmpPredicate::Ne, x[0], 0);
    return known ? Element(*known) : std::nullopt;
  };
  if (to == n.elementType(0))
    n.setResult(0, n.input(0));
  else if (n.numInputs() > 1 || !(to.isInteger(1) ? mapContent(n, to, truth) : mapContent(n, to, same)))
    n.setResult(0, n.cast(n.value(0), to));
  return success();
}

LogicalResult importCast(NodeImport &n) {
  n.requireAttr("to");
  if (n.since < 6)
    return n.unsupported("type names as strings");
  int64_t number = n.intAttr("to", 1);
  Type to = getOnnxType(n.builder().getContext(), number);
  if (!to)
    return n.unsupportedAttribute("conversion to data type " + llvm::Twine(number));
  return convert(n, to);
}

LogicalResult importCastLike(NodeImport &n) { return convert(n, n.elementType(1)); }
} // namespace

void addLogicOps(OpTable &table) {
  table.on("Equal", {7, 11, 13, 19}, importCompare<CmpPredicate::Eq>);
  table.on("Less", {7, 9, 13}, importCompare<CmpPredicate::Lt>);
  table.on("LessOrEqual", {12, 16}, importCompare<CmpPredicate::Le>);
  table.on("Greater", {7, 9, 13}, importCompare<CmpPredicate::Gt>);
  table.on("GreaterOrEqual", {12, 16}, importCompare<CmpPredicate::Ge>);
  table.on("And", {7}, importBits<AndOp, true>);
  table.on("Or", {7}, importBits<OrOp, true>);
  table.on("Xor", {7}, importBits<XorOp, true>);
  table.on("Not", {1}, importNot<true>);
  table.on("BitwiseAnd", {18}, importBits<AndOp, false>);
  table.on("BitwiseOr", {18}, importBits<OrOp, false>);
  table.on("BitwiseXor", {18}, importBits<XorOp, false>);
  table.on("BitwiseNot", {18}, importNot<false>);
  table.on("Where", {9, 16}, importWhere);
  table.on("IsNaN", {9, 13, 20}, importIsNan);
  table.on("IsInf", {10, 20}, importIsInf);
  table.on("Cast", {6, 9, 13, 19, 21, 23, 24, 25, 28}, importCast, "no strings, no types narrower than 8 bits, no float8");
  table.on("CastLike", {15, 19, 21, 23, 24, 25}, importCastLike, "as Cast");
}

} // namespace tao
