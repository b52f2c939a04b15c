// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic on elements.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"

using namespace mlir;

namespace tao {

namespace {
bool isNumber(Type type) { return !type.isInteger(1); }

/// Inputs of one numeric type, in their common shape; empty on an error.
SmallVector<Value> numericInputs(NodeImport &n) {
  n.ignoreAttr("consumed_inputs");
  SmallVector<size_t> all = llvm::to_vector(llvm::seq<size_t>(0, n.numInputs()));
  if (!isNumber(n.elementType(0))) {
    (void)n.unsupported("element type " + typeText(n.elementType(0)));
    return {};
  }
  if (failed(n.expectSameType(all)))
    return {};
  SmallVector<Value> values = n.broadcastInputs();
  return n.hasError() ? SmallVector<Value>() : values;
}

/// A unary op on floats.
template <typename Op> LogicalResult onFloats(NodeImport &n) {
  n.ignoreAttr("consumed_inputs");
  if (failed(n.expectFloat(0)))
    return failure();
  n.setResult(0, n.unary<Op>(n.value(0)));
  return success();
}

/// A unary op on numbers of any type; `onSizes` is its meaning for content.
template <typename Op> LogicalResult onNumbers(NodeImport &n, ElementFunction onSizes) {
  n.ignoreAttr("consumed_inputs");
  if (!isNumber(n.elementType(0)))
    return n.unsupported("element type " + typeText(n.elementType(0)));
  if (!mapContent(n, n.elementType(0), onSizes))
    n.setResult(0, n.unary<Op>(n.value(0)));
  return success();
}

/// A binary op on numbers.
template <typename Op> LogicalResult onPairs(NodeImport &n, ElementFunction onSizes) {
  if (isNumber(n.elementType(0)) && n.elementType(0) == n.elementType(1) && mapContent(n, n.elementType(0), onSizes)) {
    n.ignoreAttr("consumed_inputs");
    return success();
  }
  SmallVector<Value> values = numericInputs(n);
  if (values.empty())
    return failure();
  n.setResult(0, n.binary<Op>(values[0], values[1]));
  return success();
}

using Pair = ArrayRef<SymExpr>;
using Element = std::optional<SymExpr>;

/// Truncating division where it can be told from flooring.
Element divideSizes(NodeImport &n, Pair x) {
  auto a = x[0].constant(), b = x[1].constant();
  if (a && b)
    return *b == 0 ? Element() : Element(*a / *b);
  if (!x[0].isAtLeast(0) || !x[1].isAtLeast(0) || b == 0)
    return std::nullopt;
  n.requireAtLeast(x[1], 1, "a size that divides another must not be 0");
  return x[0].floorDiv(x[1]);
}
Element remainderOfSizes(NodeImport &n, Pair x) {
  auto a = x[0].constant(), b = x[1].constant();
  if (a && b)
    return *b == 0 ? Element() : Element(*a % *b);
  if (!x[0].isAtLeast(0) || !x[1].isAtLeast(0) || b == 0)
    return std::nullopt;
  n.requireAtLeast(x[1], 1, "a size that divides another must not be 0");
  return x[0].mod(x[1]);
}
Element powerOfSizes(Pair x) {
  auto exponent = x[1].constant();
  if (!exponent || *exponent < 0 || *exponent > 8)
    return std::nullopt;
  SymExpr result = 1;
  for (int64_t i = 0; i < *exponent; ++i)
    result = result * x[0];
  return result;
}

/// Max, Min, Sum of any number of inputs, one after the other.
template <typename Op> LogicalResult onAll(NodeImport &n, ElementFunction onSizes) {
  SmallVector<size_t> all = llvm::to_vector(llvm::seq<size_t>(0, n.numInputs()));
  bool sameType = llvm::all_of(all, [&](size_t i) { return n.elementType(i) == n.elementType(0); });
  if (isNumber(n.elementType(0)) && sameType && mapContent(n, n.elementType(0), onSizes)) {
    n.ignoreAttr("consumed_inputs");
    return success();
  }
  SmallVector<Value> values = numericInputs(n);
  if (values.empty())
    return failure();
  Value result = values[0];
  for (Value value : ArrayRef(values).drop_front())
    result = n.binary<Op>(result, value);
  n.setResult(0, result);
  return success();
}

LogicalResult importMean(NodeImport &n) {
  SmallVector<Value> values = numericInputs(n);
  if (values.empty() || failed(n.expectFloat(0)))
    return failure();
  Value sum = n.widen(values[0]);
  for (Value value : ArrayRef(values).drop_front())
    sum = n.add(sum, n.widen(value));
  n.setResult(0, n.cast(n.div(sum, static_cast<double>(values.size())), n.elementType(0)));
  return success();
}

/// The result has the base's type; numbers of different types meet in the one that can hold both.
LogicalResult importPow(NodeImport &n) {
  Type base = n.elementType(0), exponent = n.elementType(1);
  if (!isNumber(base) || !isNumber(exponent))
    return n.unsupported("element types " + typeText(base) + " and " + typeText(exponent));
  if (base == exponent && mapContent(n, base, powerOfSizes))
    return success();
  // Small whole powers are products: exact, and many times faster than the general function.
  if (auto power = n.numbers(1); power && power->size() == 1 && n.rank(1) <= n.rank(0)) {
    Value x = n.value(0);
    if ((*power)[0] == 1 || (*power)[0] == 2 || (*power)[0] == 3) {
      Value result = x;
      for (int i = 1; i < (*power)[0]; ++i)
        result = n.mul(result, x);
      n.setResult(0, result);
      return success();
    }
  }
  SmallVector<Value> values = n.broadcastInputs();
  if (n.hasError())
    return failure();
  Type compute = base;
  if (isa<FloatType>(exponent) && !isa<FloatType>(base))
    compute = n.builder().getF64Type();
  Value result = n.binary<PowOp>(n.cast(values[0], compute), n.cast(values[1], compute));
  n.setResult(0, n.cast(result, base));
  return success();
}

/// fmod=1 has the dividend's sign, as tao.rem; fmod=0 the divisor's.
LogicalResult importMod(NodeImport &n) {
  bool truncates = n.intAttr("fmod", 0) != 0;
  Type type = n.elementType(0);
  if (type == n.elementType(1) &&
      mapContent(n, type, [&](Pair x) -> Element {
        bool plain = x[0].isAtLeast(0) && x[1].isAtLeast(0);
        return plain ? remainderOfSizes(n, x) : std::nullopt;
      }))
    return success();
  SmallVector<Value> values = numericInputs(n);
  if (values.empty())
    return failure();
  if (isa<FloatType>(type) && !truncates && n.since < 28)
    return n.badNode("floating point inputs need fmod=1");
  Value rest = n.binary<RemOp>(values[0], values[1]);
  if (truncates || type.isUnsignedInteger()) {
    n.setResult(0, rest);
    return success();
  }
  Value divisor = values[1];
  Value isZero = n.compare(CmpPredicate::Eq, rest, 0.0), below = n.compare(CmpPredicate::Lt, divisor, 0.0);
  Value differ = n.binary<XorOp>(n.compare(CmpPredicate::Lt, rest, 0.0), below);
  // A floating point zero takes the divisor's sign as well.
  Value zero = isa<FloatType>(type) ? n.select(below, n.scalar(-0.0, type), n.scalar(0.0, type)) : rest;
  n.setResult(0, n.select(isZero, zero, n.select(differ, n.add(rest, divisor), rest)));
  return success();
}

LogicalResult importBitShift(NodeImport &n) {
  std::string direction = n.stringAttr("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    return n.badNode("attribute 'direction' must be LEFT or RIGHT, is '" + direction + "'");
  if (n.isFloat(0))
    return n.unsupported("element type " + typeText(n.elementType(0)));
  SmallVector<Value> values = numericInputs(n);
  if (values.empty())
    return failure();
  Value x = values[0];
  if (direction == "LEFT") {
    n.setResult(0, n.binary<ShlOp>(x, values[1]));
  } else if (n.elementType(0).isUnsignedInteger()) {
    n.setResult(0, n.binary<ShrOp>(x, values[1]));
  } else {
    // Arithmetic: the complement of a negative number is not negative, and shifting it shifts in ones.
    Value negative = n.compare(CmpPredicate::Lt, x, 0.0);
    Value shifted = n.binary<ShrOp>(n.select(negative, n.unary<NotOp>(x), x), values[1]);
    n.setResult(0, n.select(negative, n.unary<NotOp>(shifted), shifted));
  }
  return success();
}

/// Bounds are inputs since version 11, attributes before.
LogicalResult importClip(NodeImport &n) {
  n.ignoreAttr("consumed_inputs");
  if (!isNumber(n.elementType(0)))
    return n.unsupported("element type " + typeText(n.elementType(0)));
  if (failed(n.expectSameType({0, 1, 2})))
    return failure();
  for (size_t index : {1, 2})
    if (n.hasInput(index) && !getNumElements(n.dims(index)).isConstant(1))
      return n.mismatch("bounds must be scalars");
  Value x = n.value(0);
  if (n.since < 11) {
    if (n.hasAttr("min"))
      x = n.max(x, n.floatAttr("min", 0));
    if (n.hasAttr("max"))
      x = n.min(x, n.floatAttr("max", 0));
  } else {
    if (n.hasInput(1))
      x = n.max(x, n.reshape(n.value(1), {}));
    if (n.hasInput(2))
      x = n.min(x, n.reshape(n.value(2), {}));
  }
  n.setResult(0, x);
  return success();
}
} // namespace

void addElementwiseOps(OpTable &table) {
  table.on("Exp", {1, 6, 13}, onFloats<ExpOp>);
  table.on("Log", {1, 6, 13}, onFloats<LogOp>);
  table.on("Sqrt", {1, 6, 13}, onFloats<SqrtOp>);
  table.on("Reciprocal", {1, 6, 13}, onFloats<ReciprocalOp>);
  table.on("Erf", {9, 13}, onFloats<ErfOp>);
  table.on("Floor", {1, 6, 13}, onFloats<FloorOp>);
  table.on("Ceil", {1, 6, 13}, onFloats<CeilOp>);
  table.on("Round", {11, 22}, onFloats<RoundOp>);
  table.on("Abs", {1, 6, 13}, [](NodeImport &n) {
    return onNumbers<AbsOp>(n, [](Pair x) -> Element {
      if (auto number = x[0].constant())
        return *number < 0 ? -*number : *number;
      return x[0].isAtLeast(0) ? Element(x[0]) : std::nullopt;
    });
  });
  table.on("Neg", {1, 6, 13},
           [](NodeImport &n) { return onNumbers<NegOp>(n, [](Pair x) -> Element { return SymExpr(0) - x[0]; }); });
  table.on("Sign", {9, 13}, [](NodeImport &n) {
    return onNumbers<SignOp>(n, [](Pair x) -> Element {
      return x[0].isAtLeast(1) ? Element(1) : x[0].isConstant(0) ? Element(0) : std::nullopt;
    });
  });

  table.on("Add", {7, 13, 14},
           [](NodeImport &n) { return onPairs<AddOp>(n, [](Pair x) -> Element { return x[0] + x[1]; }); });
  table.on("Sub", {7, 13, 14},
           [](NodeImport &n) { return onPairs<SubOp>(n, [](Pair x) -> Element { return x[0] - x[1]; }); });
  table.on("Mul", {7, 13, 14},
           [](NodeImport &n) { return onPairs<MulOp>(n, [](Pair x) -> Element { return x[0] * x[1]; }); });
  table.on("Div", {7, 13, 14}, [](NodeImport &n) { return onPairs<DivOp>(n, [&](Pair x) { return divideSizes(n, x); }); });
  table.on("Mod", {10, 13, 28}, importMod);
  table.on("Pow", {7, 12, 13, 15}, importPow);
  table.on("BitShift", {11, 28}, importBitShift);
  table.on("Clip", {1, 6, 11, 12, 13}, importClip);

  table.on("Max", {6, 8, 12, 13}, [](NodeImport &n) {
    return onAll<MaxOp>(n, [](Pair x) -> Element {
      SymExpr result = x[0];
      for (const SymExpr &each : x)
        result = SymExpr::max(result, each);
      return result;
    });
  });
  table.on("Min", {6, 8, 12, 13}, [](NodeImport &n) {
    return onAll<MinOp>(n, [](Pair x) -> Element {
      SymExpr result = x[0];
      for (const SymExpr &each : x)
        result = SymExpr::min(result, each);
      return result;
    });
  });
  table.on("Sum", {6, 8, 13}, [](NodeImport &n) {
    return onAll<AddOp>(n, [](Pair x) -> Element {
      SymExpr result = 0;
      for (const SymExpr &each : x)
        result = result + each;
      return result;
    });
  });
  table.on("Mean", {6, 8, 13}, importMean);
}

} // namespace tao
