// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From library groups to what the library is asked: extents and strides of matrix products, geometry of convolutions.
#ifndef TAO_PASSES_HOST_LIBRARYCALL_H
#define TAO_PASSES_HOST_LIBRARYCALL_H

#include "dialects/Rt/RtDialect.h"
#include "dialects/Stitch/StitchDialect.h"

namespace tao {

/// What the caller knows of a group's values.
struct LibraryBuffers {
  llvm::function_ref<mlir::Value(mlir::Value)> bufferOf; // storage of a tensor outside the group
  llvm::function_ref<bool(mlir::Value)> isConstant;      // true for tensors whose bytes never change
};

/// Names that a step carries for reports.
struct StepLabels {
  llvm::StringRef name;
  llvm::ArrayRef<llvm::StringRef> nodes;
};

/// Creates the rt.matmul or rt.conv of a library group. Emits an error when the group is none.
mlir::LogicalResult createLibraryCall(mlir::OpBuilder &builder, stitch::GroupOp group, const LibraryBuffers &buffers,
                                      const StepLabels &labels);

} // namespace tao
#endif
