// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Poolings as tao.reduce_window, global ones as tao.reduce.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Window.h"
#include <cmath>

using namespace mlir;

namespace tao {

namespace {
/// [1, 1, entries..]: what a window does on batch and channels, then on the spatial dims.
SmallVector<int64_t> onSpatial(ArrayRef<int64_t> entries, int64_t head) {
  SmallVector<int64_t> result = {head, head};
  result.append(entries.begin(), entries.end());
  return result;
}

Value slide(NodeImport &n, ReduceKind kind, Value x, const Window &window, ArrayRef<int64_t> low) {
  Dims dims = n.dimsOf(x);
  dims.resize(2);
  dims.append(window.outputs.begin(), window.outputs.end());
  return ReduceWindowOp::create(n.builder(), n.location, getTensorType(dims, n.typeOf(x)), kind, x,
                                onSpatial(window.kernel, 1), onSpatial(window.strides, 1),
                                onSpatial(window.dilations, 1), onSpatial(low, 0));
}

std::optional<Window> getWindow(NodeImport &n) {
  n.requireAttr("kernel_shape");
  int64_t maxRank = n.context.options.maxRank;
  if (failed(n.expectRank(0, 3, maxRank)) || n.hasError())
    return std::nullopt;
  SmallVector<int64_t> kernel = spatialAttr(n, "kernel_shape", n.rank(0) - 2, 1);
  std::optional<Window> window = readWindow(n, kernel);
  if (!window || failed(placeWindow(n, *window, n.intAttr("ceil_mode", 0))))
    return std::nullopt;
  Dims result = {n.dims(0)[0], n.dims(0)[1]};
  result.append(window->outputs.begin(), window->outputs.end());
  if (failed(n.checkDims(result)))
    return std::nullopt;
  return window;
}

LogicalResult importMaxPool(NodeImport &n) {
  n.ignoreAttr("storage_order"); // matters only to the indices
  std::optional<Window> window = getWindow(n);
  if (!window)
    return failure();
  if (n.wantsResult(1))
    return n.unsupported("output 1, the indices");
  n.setResult(0, slide(n, ReduceKind::Max, n.value(0), *window, window->low));
  return success();
}

/// Sums over counts. The padding counts where count_include_pad says so; what ceil_mode adds beyond it never does.
LogicalResult importAveragePool(NodeImport &n) {
  if (failed(n.expectFloat(0)))
    return failure();
  std::optional<Window> window = getWindow(n);
  if (!window)
    return failure();
  bool countPads = n.intAttr("count_include_pad", 0);
  Value x = n.widen(n.value(0)), sums = slide(n, ReduceKind::Sum, x, *window, window->low);
  int64_t full = 1;
  bool inside = true; // every window lies within what counts
  Dims counted = {1, 1};
  for (size_t i = 0; i < window->rank(); ++i) {
    SymExpr extent = n.dims(0)[i + 2];
    if (countPads)
      extent = extent + window->low[i] + window->high[i];
    counted.push_back(extent);
    full *= window->kernel[i];
    SymExpr end = (window->outputs[i] - 1) * window->strides[i] + window->span(i);
    SymExpr start = countPads ? 0 : window->low[i];
    inside &= start.isConstant(0) && n.context.sizes.simplify(extent - end).isAtLeast(0);
  }
  // Without ceil_mode no window passes the end of the padded input.
  bool floors = !n.intAttr("ceil_mode", 0) && (countPads || !window->isPadded());
  Value result;
  if (inside || floors) {
    result = n.div(sums, static_cast<double>(full));
  } else {
    Value ones = n.broadcast(n.scalar(1.0, n.typeOf(x)), counted);
    SmallVector<int64_t> none(window->rank(), 0);
    result = n.div(sums, slide(n, ReduceKind::Sum, ones, *window, countPads ? none : window->low));
  }
  n.setResult(0, n.cast(result, n.elementType(0)));
  return success();
}

/// |x|^p, and the p-th root of a sum of such.
Value toPower(NodeImport &n, Value x, double p) {
  Value magnitude = n.abs(x);
  return p == 1 ? magnitude : p == 2 ? n.mul(x, x) : n.binary<PowOp>(magnitude, p);
}
Value fromPower(NodeImport &n, Value sum, double p) {
  return p == 1 ? sum : p == 2 ? n.sqrt(sum) : n.binary<PowOp>(sum, 1 / p);
}

double getPower(NodeImport &n) {
  double p = n.since < 2 ? n.floatAttr("p", 2) : static_cast<double>(n.intAttr("p", 2));
  if (!(p > 0) || !std::isfinite(p))
    (void)n.badNode("attribute 'p' must be positive");
  return p;
}

LogicalResult importLpPool(NodeImport &n) {
  if (failed(n.expectFloat(0)))
    return failure();
  double p = getPower(n);
  std::optional<Window> window = getWindow(n);
  if (!window || n.hasError())
    return failure();
  Value sums = slide(n, ReduceKind::Sum, toPower(n, n.widen(n.value(0)), p), *window, window->low);
  n.setResult(0, n.cast(fromPower(n, sums, p), n.elementType(0)));
  return success();
}

/// A reduction of all spatial dims to extent 1.
template <typename Formula> LogicalResult importGlobal(NodeImport &n, Formula formula) {
  if (failed(n.expectFloat(0)) || failed(n.expectRank(0, 2, n.context.options.maxRank)))
    return failure();
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(2, n.rank(0)));
  n.setResult(0, n.cast(formula(n.widen(n.value(0)), axes), n.elementType(0)));
  return success();
}
} // namespace

void addPoolingOps(OpTable &table) {
  table.on("MaxPool", {1, 8, 10, 11, 12, 22}, importMaxPool, "without the output of indices");
  table.on("AveragePool", {1, 7, 10, 11, 19, 22}, importAveragePool);
  table.on("LpPool", {2, 11, 18, 22}, importLpPool);
  table.on("GlobalAveragePool", {1, 22}, [](NodeImport &n) {
    return importGlobal(n, [&](Value x, ArrayRef<int64_t> axes) { return n.mean(x, axes); });
  });
  table.on("GlobalMaxPool", {1, 22}, [](NodeImport &n) {
    return importGlobal(n, [&](Value x, ArrayRef<int64_t> axes) { return n.reduce(ReduceKind::Max, x, axes, true); });
  });
  table.on("GlobalLpPool", {1, 2, 22}, [](NodeImport &n) {
    double p = getPower(n);
    return importGlobal(n, [&](Value x, ArrayRef<int64_t> axes) { return fromPower(n, n.sum(toPower(n, x, p), axes), p); });
  });
}

} // namespace tao
