// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions. Sums of half types are computed in f32.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"
#include <limits>

using namespace mlir;

namespace tao {

namespace {
/// What a node reduces over.
struct Reduction {
  SmallVector<int64_t> axes;
  bool keep = true;
  bool isIdentity = false; // no axes, and noop_with_empty_axes
};

/// Axes are an attribute before `inputSince`, an input since.
std::optional<Reduction> getReduction(NodeImport &n, int64_t inputSince) {
  Reduction result;
  result.keep = n.intAttr("keepdims", 1);
  bool noop = n.since >= inputSince && n.intAttr("noop_with_empty_axes", 0);
  SmallVector<int64_t> axes;
  if (n.since < inputSince)
    axes = n.intsAttr("axes");
  else if (n.hasInput(1))
    axes = n.integers(1, "axes");
  result.axes = n.axes(axes, n.rank(0));
  if (axes.empty()) {
    result.isIdentity = noop;
    if (!noop)
      result.axes = llvm::to_vector(llvm::seq<int64_t>(0, n.rank(0)));
  }
  return n.hasError() ? std::nullopt : std::optional<Reduction>(result);
}

using Combine = std::optional<SymExpr> (*)(const SymExpr &, const SymExpr &);

/// A vector of sizes to one size.
bool reduceContent(NodeImport &n, const Reduction &reduction, Combine combine) {
  const std::vector<SymExpr> *elements = n.content(0);
  if (!elements || elements->empty() || reduction.isIdentity || static_cast<int64_t>(reduction.axes.size()) != n.rank(0))
    return false;
  SymExpr result = elements->front();
  for (const SymExpr &element : ArrayRef(*elements).drop_front()) {
    std::optional<SymExpr> next = combine(result, element);
    if (!next || !isManageable(*next))
      return false;
    result = *next;
  }
  n.setContent(0, reduction.keep ? Dims(n.rank(0), 1) : Dims(), n.elementType(0), {result});
  return true;
}

/// A plain monoid on numbers.
LogicalResult importMonoid(NodeImport &n, ReduceKind kind, int64_t inputSince, Combine combine) {
  std::optional<Reduction> reduction = getReduction(n, inputSince);
  if (!reduction)
    return failure();
  if (n.elementType(0).isInteger(1) && kind != ReduceKind::Max && kind != ReduceKind::Min)
    return n.unsupported("element type bool");
  if (reduceContent(n, *reduction, combine))
    return success();
  bool accumulates = kind == ReduceKind::Sum || kind == ReduceKind::Prod;
  Value x = accumulates ? n.widen(n.value(0)) : n.value(0);
  n.setResult(0, n.cast(n.reduce(kind, x, reduction->axes, reduction->keep), n.elementType(0)));
  return success();
}

using Formula = Value (*)(NodeImport &, Value, const Reduction &);

Value mean(NodeImport &n, Value x, const Reduction &r) { return n.mean(x, r.axes, r.keep); }
Value normOne(NodeImport &n, Value x, const Reduction &r) { return n.sum(n.abs(x), r.axes, r.keep); }
Value sumOfSquares(NodeImport &n, Value x, const Reduction &r) { return n.sum(n.mul(x, x), r.axes, r.keep); }
Value normTwo(NodeImport &n, Value x, const Reduction &r) { return n.sqrt(sumOfSquares(n, x, r)); }
Value logSum(NodeImport &n, Value x, const Reduction &r) { return n.log(n.sum(x, r.axes, r.keep)); }

/// log(sum(e^(x - max))) + max; where the maximum is not finite it is left out, so that inf - inf does not arise.
Value logSumExp(NodeImport &n, Value x, const Reduction &r) {
  Value top = n.reduce(ReduceKind::Max, x, r.axes, /*keep=*/true);
  Value isFinite = n.compare(CmpPredicate::Lt, n.abs(top), std::numeric_limits<double>::infinity());
  Value shift = n.select(isFinite, top, n.scalar(0.0, n.typeOf(x)));
  Value result = n.add(n.log(n.sum(n.exp(n.sub(x, shift)), r.axes)), shift);
  Dims kept;
  for (auto [dim, extent] : llvm::enumerate(n.dimsOf(x)))
    if (r.keep || !llvm::is_contained(r.axes, static_cast<int64_t>(dim)))
      kept.push_back(n.dimsOf(result)[dim]);
  return n.reshape(result, kept);
}

/// A composite on numbers; on integers, if at all, computed in f64 unless the formula stays exact in the type itself.
template <Formula formula, bool onIntegers> LogicalResult importComposite(NodeImport &n) {
  std::optional<Reduction> reduction = getReduction(n, 18);
  if (!reduction)
    return failure();
  Type type = n.elementType(0);
  if (type.isInteger(1))
    return n.unsupported("element type bool");
  Value x = n.widen(n.value(0));
  if (!n.isFloat(0) && !onIntegers)
    x = n.cast(x, n.builder().getF64Type());
  n.setResult(0, n.cast(formula(n, x, *reduction), type));
  return success();
}

template <ReduceKind kind> LogicalResult importArg(NodeImport &n) {
  int64_t axis = n.axis(n.intAttr("axis", 0), n.rank(0));
  bool keep = n.intAttr("keepdims", 1), last = n.intAttr("select_last_index", 0);
  if (n.hasError())
    return failure();
  Dims kept = n.dims(0), dropped = n.dims(0);
  n.requireAtLeast(kept[axis], 1, "the reduced extent must not be 0");
  if (n.hasError())
    return failure();
  kept[axis] = 1;
  dropped.erase(dropped.begin() + axis);
  Type index = n.builder().getI64Type();
  Value result =
      ArgReduceOp::create(n.builder(), n.location, getTensorType(dropped, index), kind, n.value(0), axis, last);
  n.setResult(0, keep ? n.reshape(result, kept) : result);
  return success();
}

using Size = const SymExpr &;
std::optional<SymExpr> addSizes(Size a, Size b) { return a + b; }
std::optional<SymExpr> multiplySizes(Size a, Size b) { return a * b; }
std::optional<SymExpr> maxOfSizes(Size a, Size b) { return SymExpr::max(a, b); }
std::optional<SymExpr> minOfSizes(Size a, Size b) { return SymExpr::min(a, b); }
} // namespace

void addReductionOps(OpTable &table) {
  table.on("ReduceSum", {1, 11, 13}, [](NodeImport &n) { return importMonoid(n, ReduceKind::Sum, 13, addSizes); });
  table.on("ReduceProd", {1, 11, 13, 18},
           [](NodeImport &n) { return importMonoid(n, ReduceKind::Prod, 18, multiplySizes); });
  table.on("ReduceMax", {1, 11, 12, 13, 18, 20},
           [](NodeImport &n) { return importMonoid(n, ReduceKind::Max, 18, maxOfSizes); });
  table.on("ReduceMin", {1, 11, 12, 13, 18, 20},
           [](NodeImport &n) { return importMonoid(n, ReduceKind::Min, 18, minOfSizes); });
  table.on("ReduceMean", {1, 11, 13, 18}, importComposite<mean, true>);
  table.on("ReduceL1", {1, 11, 13, 18}, importComposite<normOne, true>);
  table.on("ReduceL2", {1, 11, 13, 18}, importComposite<normTwo, false>);
  table.on("ReduceSumSquare", {1, 11, 13, 18}, importComposite<sumOfSquares, true>);
  table.on("ReduceLogSum", {1, 11, 13, 18, 28}, importComposite<logSum, false>);
  table.on("ReduceLogSumExp", {1, 11, 13, 18, 28}, importComposite<logSumExp, false>);
  table.on("ArgMax", {1, 11, 12, 13}, importArg<ReduceKind::Max>);
  table.on("ArgMin", {1, 11, 12, 13}, importArg<ReduceKind::Min>);
}

} // namespace tao
