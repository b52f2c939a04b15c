// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a set of ops would cost as one kernel: the bytes it moves, how far it can be spread, and the launch.
#ifndef TAO_PASSES_FUSE_STITCH_GROUPCOST_H
#define TAO_PASSES_FUSE_STITCH_GROUPCOST_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/fuse/stitch/Arch.h"
#include "passes/fuse/stitch/GroupGrid.h"

namespace tao {

struct GroupLimits {
  size_t maxOps = 96;
  size_t maxBuffers = 64;
};

/// Extents with every symbol at its likely size: its entry in the module attribute `tao.likely`, else 16.
class LikelySizes {
public:
  explicit LikelySizes(mlir::func::FuncOp func);
  double operator()(const SymExpr &extent) const;

private:
  llvm::StringMap<int64_t> likely;
};

class GroupCost {
public:
  GroupCost(mlir::func::FuncOp func, const Arch &arch) : sizes(func), arch(arch) {}

  /// Microseconds of `ops`, in block order, as one kernel that stores what `isStored` says; nullopt beyond the limits.
  /// Parts that hand each other nothing are packed: each has a grid of its own.
  std::optional<double> estimate(llvm::ArrayRef<mlir::Operation *> ops,
                                 llvm::function_ref<bool(mlir::Operation *)> isStored) const;

private:
  double bytes(mlir::Value value) const;

  LikelySizes sizes;
  const Arch &arch;
  GroupLimits limits;
};

} // namespace tao
#endif
