// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Geometry of windows; see Window.h.
#include "passes/import/onnx/Window.h"

using namespace mlir;

namespace tao {

bool Window::isPadded() const {
  auto isZero = [](int64_t pad) { return pad == 0; };
  return !llvm::all_of(low, isZero) || !llvm::all_of(high, isZero);
}

SmallVector<int64_t> spatialAttr(NodeImport &n, StringRef name, size_t rank, int64_t otherwise) {
  if (!n.hasAttr(name))
    return SmallVector<int64_t>(rank, otherwise);
  SmallVector<int64_t> values = n.intsAttr(name);
  if (values.size() != rank)
    (void)n.mismatch("attribute '" + name + "' has " + llvm::Twine(values.size()) + " entries, expected " +
                     llvm::Twine(rank));
  values.resize(rank, otherwise);
  return values;
}

std::optional<Window> readWindow(NodeImport &n, ArrayRef<int64_t> kernel) {
  // Far above anything real, and small enough that products of two stay in 64 bits.
  constexpr int64_t maxEntry = 1 << 30;
  Window window;
  size_t rank = kernel.size();
  window.kernel.assign(kernel.begin(), kernel.end());
  window.strides = spatialAttr(n, "strides", rank, 1);
  window.dilations = spatialAttr(n, "dilations", rank, 1);
  SmallVector<int64_t> pads = spatialAttr(n, "pads", 2 * rank, 0);
  auto check = [&](StringRef name, ArrayRef<int64_t> values, int64_t least) {
    for (int64_t value : values)
      if (value < least || value > maxEntry)
        (void)n.badNode("attribute '" + name + "' has entry " + llvm::Twine(value));
  };
  check("kernel_shape", window.kernel, 1);
  check("strides", window.strides, 1);
  check("dilations", window.dilations, 1);
  check("pads", pads, 0);
  window.low.assign(pads.begin(), pads.begin() + rank);
  window.high.assign(pads.begin() + rank, pads.end());
  return n.hasError() ? std::nullopt : std::optional(window);
}

LogicalResult placeWindow(NodeImport &n, Window &window, bool ceilMode) {
  std::string mode = n.stringAttr("auto_pad", "NOTSET");
  bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  if (!same && mode != "NOTSET" && mode != "VALID")
    return n.badNode("attribute 'auto_pad' is '" + mode + "'");
  if (mode != "NOTSET") {
    window.low.assign(window.rank(), 0);
    window.high.assign(window.rank(), 0);
  }
  for (size_t i = 0; i < window.rank(); ++i) {
    SymExpr extent = n.dims(0)[i + 2];
    int64_t span = window.span(i), stride = window.strides[i];
    if (same) {
      window.outputs.push_back(extent.ceilDiv(stride));
      // (ceil(x / s) - 1) * s + span - x; with stride 1 the extent cancels.
      SymExpr total = SymExpr::max((window.outputs.back() - 1) * stride + span - extent, 0);
      if (!total.isConstant())
        return n.unsupported("auto_pad=" + mode + " with strides on symbolic sizes");
      int64_t small = *total.constant() / 2, large = *total.constant() - small;
      window.low[i] = mode == "SAME_UPPER" ? small : large;
      window.high[i] = mode == "SAME_UPPER" ? large : small;
      continue;
    }
    SymExpr room = extent + window.low[i] + window.high[i] - span;
    n.requireAtLeast(room, 0, "the window must fit the padded input");
    if (n.hasError())
      return failure();
    if (!ceilMode || mode == "VALID") {
      window.outputs.push_back(room.floorDiv(stride) + 1);
      continue;
    }
    // A last window that would start beyond the input, in the padding after it, does not count.
    SymExpr count = room.ceilDiv(stride) + 1;
    if (auto number = count.constant())
      count = (*number - 1) * stride >= *extent.constant() + window.low[i] ? *number - 1 : *number;
    else if (span < stride + window.high[i])
      return n.unsupported("ceil_mode with this padding on symbolic sizes");
    window.outputs.push_back(count);
  }
  return n.checkDims(window.outputs);
}

} // namespace tao
