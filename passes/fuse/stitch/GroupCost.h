// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a set of ops would cost as one kernel: the bytes it moves, how far it can be spread, and the launch.
#ifndef TAO_PASSES_FUSE_STITCH_GROUPCOST_H
#define TAO_PASSES_FUSE_STITCH_GROUPCOST_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/fuse/stitch/GroupGrid.h"

namespace tao {

/// The figures of a machine that decide between partitions.
struct Machine {
  double bytesPerMicrosecond = 2.0e4; // memory bandwidth, all units together
  double launchMicroseconds = 1;
  double units = 4; // blocks that it takes to use all of the bandwidth
};

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
  explicit GroupCost(mlir::func::FuncOp func) : sizes(func) {}

  /// Microseconds of `ops`, in block order, as one kernel that stores what `isStored` says; nullopt beyond the limits.
  /// Parts that hand each other nothing are packed: each has a grid of its own.
  std::optional<double> estimate(llvm::ArrayRef<mlir::Operation *> ops,
                                 llvm::function_ref<bool(mlir::Operation *)> isStored) const;

private:
  double bytes(mlir::Value value) const;

  LikelySizes sizes;
  Machine machine;
  GroupLimits limits;
};

} // namespace tao
#endif
