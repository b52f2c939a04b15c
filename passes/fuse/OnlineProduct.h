// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recognises softmax(f(a b)) c, two contractions with a softmax between: what attention is made of. Found by structure
// alone, whatever the ops are called in the model: f is any chain of elementwise ops with any other operands, and the
// softmax is exp(x - max x) / sum over the last dim. Such a graph can be computed block by block of that dim, since a
// softmax over a block is corrected by one factor when a later block has a larger maximum (Milakov and Gimelshein,
// "Online normalizer calculation for softmax", 2018); docs/online-reduce.md.
#ifndef TAO_PASSES_FUSE_ONLINEPRODUCT_H
#define TAO_PASSES_FUSE_ONLINEPRODUCT_H

#include "dialects/Tao/TaoDialect.h"
#include "llvm/ADT/SetVector.h"
#include <optional>

namespace tao {

/// A contraction as a batch of matrix products: [rows, depth] x [depth, cols].
struct MatrixProduct {
  ContractOp op;
  unsigned left = 0;                      // the operand with the rows; the other one has the columns
  unsigned rows = 0, cols = 0, depth = 0; // loop dims of the contraction
  llvm::SmallVector<unsigned> batch;      // the others, in the order of the matrix that lies between the two products

  mlir::Value getLeft() { return op->getOperand(left); }
  mlir::Value getRight() { return op->getOperand(1 - left); }
  mlir::AffineMap getLeftMap() { return getMap(left); }
  mlir::AffineMap getRightMap() { return getMap(1 - left); }
  mlir::AffineMap getResultMap() { return getMap(2); }
  SymExpr getExtent(unsigned loopDim);

private:
  mlir::AffineMap getMap(unsigned i) { return mlir::cast<mlir::AffineMapAttr>(op.getMaps()[i]).getValue(); }
};

struct OnlineProduct {
  MatrixProduct first;  // gives a matrix [batch.., rows, cols]
  mlir::Value logits;   // f of it, with the same last two dims; its other dims may be split or merged
  MatrixProduct second; // softmax of the logits times values: its depth is the columns of the first
  /// All ops from the first product to the second one, and cheap ones that would otherwise make a matrix as large as
  /// the logits. In the order of the block.
  llvm::SmallVector<mlir::Operation *> ops;
};

/// The product whose second contraction is `op`. All that lies between is read nowhere else.
std::optional<OnlineProduct> matchOnlineProduct(ContractOp op);

} // namespace tao
#endif
