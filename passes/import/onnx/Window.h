// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The geometry that convolutions and poolings share: kernel, strides, dilations and padding of the spatial dims.
#ifndef TAO_PASSES_IMPORT_ONNX_WINDOW_H
#define TAO_PASSES_IMPORT_ONNX_WINDOW_H

#include "passes/import/NodeImport.h"

namespace tao {

struct Window {
  llvm::SmallVector<int64_t> kernel, strides, dilations;
  llvm::SmallVector<int64_t> low, high; // explicit padding
  Dims outputs;                         // spatial extents of the result

  size_t rank() const { return kernel.size(); }
  /// Elements from the first to the last one under the window.
  int64_t span(size_t dim) const { return dilations[dim] * (kernel[dim] - 1) + 1; }
  bool isPadded() const;
};

/// Reads strides, dilations and pads for a kernel over input 0; defaults where absent. Errors are recorded in `n`.
std::optional<Window> readWindow(NodeImport &n, llvm::ArrayRef<int64_t> kernel);
/// Fills in the padding that auto_pad asks for, and the result's extents. `ceilMode` rounds them up.
mlir::LogicalResult placeWindow(NodeImport &n, Window &window, bool ceilMode);

/// An attribute with one entry per spatial dim, or `otherwise` in each.
llvm::SmallVector<int64_t> spatialAttr(NodeImport &n, llvm::StringRef name, size_t rank, int64_t otherwise);

} // namespace tao
#endif
