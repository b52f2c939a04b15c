// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a library call can do after a contraction, recognised on dataflow: phase fuse absorbs by it, the host lowering
// reads it back and writes tao_post_op records. Nothing here looks at names.
#ifndef TAO_PASSES_FUSE_POSTOPS_H
#define TAO_PASSES_FUSE_POSTOPS_H

#include "dialects/Stitch/StitchDialect.h"
#include "runtime/include/tao/model_abi.h"
#include <optional>

namespace tao {

struct PostOp {
  tao_post_op_kind kind;
  float alpha = 0, beta = 0;
  mlir::Value operand = {}; // TAO_POST_ADD and TAO_POST_MUL: the tensor below all broadcasts, else null
  /// For each result dim of the contraction the operand's dim that varies with it, or -1 where the operand repeats.
  llvm::SmallVector<int64_t> dims = {};
};

/// A library group as the library sees it.
struct PostOpChain {
  mlir::Operation *contraction = nullptr;
  llvm::SmallVector<PostOp> ops; // in order; at most kMaxPostOps
};
inline constexpr size_t kMaxPostOps = 16;

/// Nothing when the group is not exactly one library-capable contraction and such a chain. Operands are block
/// arguments.
std::optional<PostOpChain> analyzePostOps(stitch::GroupOp group);

/// The next post-op that reads `x`, and the ops it stands for, the last of which gives `result`. `x` and all values in
/// between are read by these ops only. With a reshape of a contraction's result in place of `contraction`, any pattern
/// of operands is taken: whether the library has it shows in the contraction's own shape.
struct PostOpStage {
  PostOp post;
  llvm::SmallVector<mlir::Operation *> ops; // in block order
  mlir::Value result;
};
std::optional<PostOpStage> matchPostOp(mlir::Value x, mlir::Operation *contraction);

/// Adds a post-op to a chain, merged with the last one where both are one. False, and nothing changes, when the library
/// would not compute the longer chain right.
bool appendPostOp(llvm::SmallVectorImpl<PostOp> &chain, const PostOp &post);

/// The same, for one op with several readers in between: swish, both GELUs, leaky ReLU; `y` is the result.
std::optional<PostOp> matchActivation(mlir::Value x, mlir::Value y);

/// True when the library computes this tao.contract or tao.conv: its element types, and for a contraction that its
/// summed dims are one run in both operands, so that they count as one.
bool isLibraryCapable(mlir::Operation *op);

/// True for a value that comes from `root` through broadcasts and transposes alone; gives the ops passed, readers
/// first.
mlir::Value stripMovement(mlir::Value value, llvm::SmallVectorImpl<mlir::Operation *> *passed = nullptr);

/// The mnemonic of a post-op in kernel names.
llvm::StringRef getPostOpName(tao_post_op_kind kind);

} // namespace tao
#endif
