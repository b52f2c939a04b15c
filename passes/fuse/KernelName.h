// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of kernels, and the way back from compiled code to the nodes of the user's model.
#ifndef TAO_PASSES_FUSE_KERNELNAME_H
#define TAO_PASSES_FUSE_KERNELNAME_H

#include "dialects/Stitch/StitchDialect.h"

namespace tao {

/// A readable name made of [a-z0-9_]: what the kernel does, led by its reduction or contraction, then the source node
/// of that op: "reduce_sum_exp_sub__enc_0_softmax". At most 80 characters; not unique.
std::string kernelName(stitch::GroupOp group);
/// "reduce_sum", "exp": what one op of a group does.
std::string getMnemonic(mlir::Operation *op);

/// Names of the source nodes in a location (NameLoc, FusedLoc and nests of them), each once, in order.
llvm::SmallVector<llvm::StringRef> sourceNodes(mlir::Location loc);
/// Those of an op; of a group those of the ops inside.
llvm::SmallVector<llvm::StringRef> sourceNodes(mlir::Operation *op);

} // namespace tao
#endif
