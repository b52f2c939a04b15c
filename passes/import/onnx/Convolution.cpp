// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions, transposed ones as convolutions over an input with zeros in between.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Window.h"

using namespace mlir;

namespace tao {

namespace {
/// Checks what both kinds share and returns the kernel's extents, which must be numbers.
std::optional<SmallVector<int64_t>> getKernel(NodeImport &n) {
  if (failed(n.expectFloat(0)) || failed(n.expectSameType({0, 1, 2})) || failed(n.expectRank(0, 3, 5)))
    return std::nullopt;
  if (n.rank(0) != n.rank(1)) {
    (void)n.mismatch("input and weights have ranks " + llvm::Twine(n.rank(0)) + " and " + llvm::Twine(n.rank(1)));
    return std::nullopt;
  }
  SmallVector<int64_t> kernel;
  for (const SymExpr &extent : ArrayRef(n.dims(1)).drop_front(2)) {
    if (!extent.isConstant()) {
      (void)n.unsupported("weights whose window has symbolic sizes");
      return std::nullopt;
    }
    kernel.push_back(*extent.constant());
  }
  if (n.hasAttr("kernel_shape") && n.intsAttr("kernel_shape") != kernel)
    (void)n.mismatch("attribute 'kernel_shape' differs from the weights' shape");
  return n.hasError() ? std::nullopt : std::optional(kernel);
}

Value addBias(NodeImport &n, Value result, const SymExpr &channels) {
  if (!n.hasInput(2))
    return result;
  if (failed(n.expectRank(2, 1, 1)))
    return result;
  n.unify(channels, n.dims(2)[0], "the number of output channels and of biases");
  return n.hasError() ? result : n.add(result, n.broadcast(n.value(2), n.dimsOf(result), {1}));
}

LogicalResult importConv(NodeImport &n) {
  std::optional<SmallVector<int64_t>> kernel = getKernel(n);
  if (!kernel)
    return failure();
  std::optional<Window> window = readWindow(n, *kernel);
  if (!window || failed(placeWindow(n, *window, /*ceilMode=*/false)))
    return failure();
  int64_t groups = n.intAttr("group", 1);
  if (groups < 1)
    return n.badNode("attribute 'group' is " + llvm::Twine(groups));
  const Dims &input = n.dims(0), &weights = n.dims(1);
  n.unify(input[1], weights[1] * groups, "the number of channels of input and weights");
  if (auto outputs = weights[0].constant(); outputs && *outputs % groups != 0)
    return n.mismatch(llvm::Twine(*outputs) + " output channels cannot be split into " + llvm::Twine(groups) + " groups");
  Dims result = {input[0], weights[0]};
  result.append(window->outputs.begin(), window->outputs.end());
  if (failed(n.checkDims(result)))
    return failure();
  Dims spelled = input;
  spelled[1] = weights[1] * groups;
  RankedTensorType type = getTensorType(result, n.elementType(0));
  Value product = ConvOp::create(n.builder(), n.location, type, n.retype(n.value(0), spelled), n.value(1),
                                 window->strides, window->dilations, window->low, groups, /*channels_last=*/false);
  n.setResult(0, addBias(n, product, weights[0]));
  return n.hasError() ? failure() : success();
}

/// [x0, x1] with stride 3 becomes [x0, 0, 0, x1, 0, 0].
Value spreadOut(NodeImport &n, Value x, ArrayRef<int64_t> strides) {
  Dims dims = n.dimsOf(x), split = {dims[0], dims[1]}, padded = split, merged = split;
  for (auto [extent, stride] : llvm::zip(ArrayRef(dims).drop_front(2), strides)) {
    split.append({extent, 1});
    padded.append({extent, stride});
    merged.push_back(extent * stride);
  }
  SmallVector<int64_t> low(split.size(), 0);
  return n.reshape(n.pad(n.reshape(x, split), n.scalar(0.0, n.typeOf(x)), low, padded), merged);
}

/// Weights [c, m / g, window..] as those of the convolution, [m, c / g, window..], with the window turned round.
Value turnWeights(NodeImport &n, int64_t groups, const SymExpr &perGroup) {
  Dims dims = n.dims(1), window(dims.begin() + 2, dims.end());
  auto withWindow = [&](Dims head) {
    head.append(window.begin(), window.end());
    return head;
  };
  SmallVector<int64_t> perm = {0, 2, 1};
  for (size_t i = 0; i < window.size(); ++i)
    perm.push_back(3 + i);
  Value x = n.reshape(n.value(1), withWindow({groups, perGroup, dims[1]}));
  x = n.reshape(n.transpose(x, perm), withWindow({dims[1] * groups, perGroup}));
  for (size_t axis = 2; axis < dims.size(); ++axis)
    x = n.sliceAxis(x, axis, dims[axis] - 1, dims[axis], -1);
  return x;
}

/// Padding before the result and its extents; they follow from each other, and output_shape fixes the latter.
LogicalResult placeTransposed(NodeImport &n, Window &window) {
  std::string mode = n.stringAttr("auto_pad", "NOTSET");
  bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  if (!same && mode != "NOTSET" && mode != "VALID")
    return n.badNode("attribute 'auto_pad' is '" + mode + "'");
  SmallVector<int64_t> extra = spatialAttr(n, "output_padding", window.rank(), 0);
  SmallVector<int64_t> given = n.intsAttr("output_shape");
  if (given.size() > window.rank())
    given.erase(given.begin(), given.end() - window.rank());
  if (n.hasError())
    return failure();
  for (size_t i = 0; i < window.rank(); ++i) {
    SymExpr extent = n.dims(0)[i + 2];
    SymExpr full = (extent - 1) * window.strides[i] + extra[i] + window.span(i);
    if (given.empty() && !same) {
      if (mode == "VALID")
        window.low[i] = window.high[i] = 0;
      window.outputs.push_back(full - window.low[i] - window.high[i]);
      continue;
    }
    window.outputs.push_back(given.size() == window.rank() ? SymExpr(given[i]) : extent * window.strides[i]);
    SymExpr total = SymExpr::max(full - window.outputs.back(), 0);
    if (!total.isConstant())
      return n.unsupported("output_shape on symbolic sizes");
    int64_t small = *total.constant() / 2;
    window.low[i] = mode == "SAME_UPPER" ? small : *total.constant() - small;
  }
  return n.checkDims(window.outputs);
}

LogicalResult importConvTranspose(NodeImport &n) {
  std::optional<SmallVector<int64_t>> kernel = getKernel(n);
  if (!kernel)
    return failure();
  std::optional<Window> window = readWindow(n, *kernel);
  if (!window || failed(placeTransposed(n, *window)))
    return failure();
  int64_t groups = n.intAttr("group", 1);
  if (groups < 1)
    return n.badNode("attribute 'group' is " + llvm::Twine(groups));
  const Dims &input = n.dims(0), &weights = n.dims(1);
  n.unify(input[1], weights[0], "the number of channels of input and weights");
  auto perGroup = weights[0].exactDiv(groups);
  if (!perGroup || n.hasError())
    return n.mismatch(weights[0].str() + " channels cannot be split into " + llvm::Twine(groups) + " groups");
  Dims result = {input[0], weights[1] * groups};
  result.append(window->outputs.begin(), window->outputs.end());
  if (failed(n.checkDims(result)))
    return failure();

  Dims spelled = input;
  spelled[1] = *perGroup * groups;
  Value x = spreadOut(n, n.retype(n.value(0), spelled), window->strides);
  SmallVector<int64_t> low, ones(window->rank(), 1);
  for (size_t i = 0; i < window->rank(); ++i) {
    // The first result sees the input's first element at the window's end. Padding that exceeds the window crops.
    low.push_back(std::max<int64_t>(window->span(i) - 1 - window->low[i], 0));
    int64_t cropped = window->low[i] - (window->span(i) - 1);
    if (cropped > 0)
      x = n.sliceAxis(x, i + 2, cropped, n.dimsOf(x)[i + 2] - cropped);
  }
  if (failed(n.checkDims(n.dimsOf(x))))
    return failure();
  RankedTensorType type = getTensorType(result, n.elementType(0));
  Value product = ConvOp::create(n.builder(), n.location, type, x, turnWeights(n, groups, *perGroup), ones,
                                 window->dilations, low, groups, /*channels_last=*/false);
  n.setResult(0, addBias(n, product, result[1]));
  return n.hasError() ? failure() : success();
}
} // namespace

void addConvolutionOps(OpTable &table) {
  table.on("Conv", {1, 11, 22}, importConv, "one to three spatial dims");
  table.on("ConvTranspose", {1, 11, 22}, importConvTranspose, "one to three spatial dims");
}

} // namespace tao
