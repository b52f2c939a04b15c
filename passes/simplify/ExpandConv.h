// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TAO_PASSES_SIMPLIFY_EXPANDCONV_H
#define TAO_PASSES_SIMPLIFY_EXPANDCONV_H

#include "dialects/Tao/TaoDialect.h"

namespace tao::simplify {

/// A convolution as a sum over the positions of its window, in ops that generated code computes. Reports and fails when
/// the window has more than `maxWindow` positions or symbolic extents.
mlir::FailureOr<mlir::Value> expandConv(mlir::OpBuilder &builder, ConvOp op, int64_t maxWindow);

} // namespace tao::simplify
#endif
