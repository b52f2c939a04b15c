// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// At which level each op of a function runs: the number of contractions that come before it. What two levels hand each
// other goes through memory.
#ifndef TAO_PASSES_FUSE_OPLEVELS_H
#define TAO_PASSES_FUSE_OPLEVELS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace tao {

class OpLevels {
public:
  /// An op runs at the level of its first reader, if that is no contraction and not the function's end; else as early
  /// as it can.
  explicit OpLevels(mlir::func::FuncOp func);

  int64_t get(mlir::Operation *op) const { return levels.lookup(op); }
  /// True when what reads the op's result, also through views, runs at one level only, and nothing needs it in memory.
  bool isReadAtOneLevel(mlir::Operation *op) const;

private:
  llvm::DenseMap<mlir::Operation *, int64_t> levels;
};

/// True for groups of phase fuse and for control flow, which read and write memory.
bool isContractionLike(mlir::Operation *op);

} // namespace tao
#endif
