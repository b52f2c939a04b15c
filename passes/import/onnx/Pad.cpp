// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pad in all its modes. Negative pads crop first.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"

using namespace mlir;

namespace tao {

namespace {
/// Elements to add before and after, per dim.
struct Pads {
  SmallVector<SymExpr> low, high;
};

/// Pads and axes are attributes before version 11, inputs since; axes since version 18.
std::optional<Pads> getPads(NodeImport &n) {
  size_t rank = n.rank(0);
  std::vector<SymExpr> pads;
  if (n.since < 11) {
    n.requireAttr(n.since < 2 ? "paddings" : "pads");
    for (int64_t pad : n.intsAttr(n.since < 2 ? "paddings" : "pads"))
      pads.push_back(pad);
  } else {
    pads = n.sizes(1, "pads");
  }
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (n.since >= 18 && n.hasInput(3))
    axes = n.axes(n.integers(3, "axes"), rank);
  if (n.hasError())
    return std::nullopt;
  if (pads.size() != 2 * axes.size()) {
    (void)n.mismatch(llvm::Twine(pads.size()) + " pads are given for " + llvm::Twine(axes.size()) + " axes");
    return std::nullopt;
  }
  Pads result{SmallVector<SymExpr>(rank, 0), SmallVector<SymExpr>(rank, 0)};
  for (auto [index, axis] : llvm::enumerate(axes)) {
    result.low[axis] = pads[index];
    result.high[axis] = pads[index + axes.size()];
    for (const SymExpr &pad : {result.low[axis], result.high[axis]})
      if (!pad.isConstant() && !pad.isAtLeast(0)) {
        (void)n.unsupported("pads whose sign depends on sizes");
        return std::nullopt;
      }
  }
  return result;
}

/// Crops by the negative pads and sets them to 0.
Value crop(NodeImport &n, Value x, Pads &pads) {
  for (int64_t axis = 0; axis < n.rankOf(x); ++axis) {
    SymExpr low = SymExpr::max(SymExpr(0) - pads.low[axis], 0), high = SymExpr::max(SymExpr(0) - pads.high[axis], 0);
    if (low.isConstant(0) && high.isConstant(0))
      continue;
    SymExpr count = n.dimsOf(x)[axis] - low - high;
    n.requireAtLeast(count, 0, "negative pads must not crop more than there is");
    if (n.hasError())
      return x;
    x = n.sliceAxis(x, axis, low, count);
    pads.low[axis] = SymExpr::max(pads.low[axis], 0);
    pads.high[axis] = SymExpr::max(pads.high[axis], 0);
  }
  return x;
}

Value padConstant(NodeImport &n, Value x, const Pads &pads) {
  Value fill;
  if (n.since >= 11 && n.hasInput(2)) {
    if (!getNumElements(n.dims(2)).isConstant(1) || n.elementType(2) != n.elementType(0)) {
      (void)n.mismatch("the padding value must be a scalar of the input's type");
      return x;
    }
    fill = n.reshape(n.value(2), {});
  } else {
    fill = n.scalar(n.since < 11 ? n.floatAttr("value", 0) : 0.0, n.elementType(0));
  }
  SmallVector<int64_t> low;
  Dims dims = n.dimsOf(x);
  for (auto [axis, extent] : llvm::enumerate(dims)) {
    if (!pads.low[axis].isConstant()) {
      (void)n.unsupported("symbolic pads before the data");
      return x;
    }
    low.push_back(*pads.low[axis].constant());
    extent = extent + pads.low[axis] + pads.high[axis];
  }
  return succeeded(n.checkDims(dims)) ? n.pad(x, fill, low, dims) : x;
}

/// The elements that stand before or after the data along an axis.
Value mirror(NodeImport &n, Value x, int64_t axis, const SymExpr &count, bool before, StringRef mode) {
  SymExpr extent = n.dimsOf(x)[axis];
  if (mode == "edge") {
    n.requireAtLeast(extent, 1, "padding with the edge needs an element");
    Dims dims = n.dimsOf(x);
    dims[axis] = count;
    return n.hasError() ? x : n.broadcast(n.sliceAxis(x, axis, before ? 0 : extent - 1, 1), dims);
  }
  if (mode == "wrap") {
    n.requireAtLeast(extent - count, 0, "wrapping pads must not exceed the extent");
    return n.hasError() ? x : n.sliceAxis(x, axis, before ? extent - count : SymExpr(0), count);
  }
  n.requireAtLeast(extent - count, 1, "reflecting pads must be less than the extent");
  return n.hasError() ? x : n.sliceAxis(x, axis, before ? count : extent - 2, count, -1);
}

LogicalResult importPad(NodeImport &n) {
  std::string mode = n.stringAttr("mode", "constant");
  if (mode != "constant" && mode != "edge" && mode != "reflect" && mode != "wrap")
    return n.badNode("attribute 'mode' is '" + mode + "'");
  std::optional<Pads> pads = getPads(n);
  if (!pads)
    return failure();
  Value x = crop(n, n.value(0), *pads);
  if (n.hasError())
    return failure();
  if (mode == "constant") {
    x = padConstant(n, x, *pads);
    n.setResult(0, x);
    return n.hasError() ? failure() : success();
  }
  if (n.since < 11)
    n.ignoreAttr("value");
  for (int64_t axis = 0; axis < n.rank(0); ++axis) {
    SmallVector<Value> parts;
    if (!pads->low[axis].isConstant(0))
      parts.push_back(mirror(n, x, axis, pads->low[axis], /*before=*/true, mode));
    parts.push_back(x);
    if (!pads->high[axis].isConstant(0))
      parts.push_back(mirror(n, x, axis, pads->high[axis], /*before=*/false, mode));
    if (n.hasError())
      return failure();
    x = n.concat(parts, axis);
  }
  n.setResult(0, x);
  return success();
}
} // namespace

void addPadOps(OpTable &table) {
  table.on("Pad", {1, 2, 11, 13, 18, 19, 21, 23, 24, 25}, importPad, "pads that do not depend on data");
}

} // namespace tao
