// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a set of ops would cost as one kernel: the launch, the bytes it moves, its arithmetic, and its barriers, by its
// plan and the architecture table.
#ifndef TAO_PASSES_FUSE_STITCH_GROUPCOST_H
#define TAO_PASSES_FUSE_STITCH_GROUPCOST_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/fuse/WhyNot.h"
#include "passes/fuse/stitch/Place.h"

namespace tao {

/// Of a part whose ops hand each other values, and of all that is packed into one kernel: its buffers are a table in
/// the launch parameters, of 4 KiB on a GPU.
struct GroupLimits {
  size_t maxOps = 128, maxPackedOps = 1024; // without broadcasts, slices and the like
  size_t maxBuffers = 64, maxPackedBuffers = 448;
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
  using IsStored = llvm::function_ref<bool(mlir::Operation *)>;
  GroupCost(mlir::func::FuncOp func, const Arch &arch) : sizes(func), arch(arch) {}

  /// Microseconds of `ops`, in block order, as one kernel that stores what `isStored` says; nullopt, with the reason,
  /// beyond the limits and where no placement fits.
  std::optional<double> estimate(llvm::ArrayRef<mlir::Operation *> ops, IsStored isStored,
                                 std::string *reason = nullptr) const;
  /// The plan that estimate counts with. A group that `mustFit` has one in any case, if need be with values in memory.
  std::optional<stitch::StitchPlan> place(llvm::ArrayRef<mlir::Operation *> ops, IsStored isStored,
                                          bool mustFit = false, std::string *reason = nullptr) const;
  /// Microseconds of a plan of these ops, by the first of its variants whose guard holds at the likely sizes.
  double estimatePlan(llvm::ArrayRef<mlir::Operation *> ops, IsStored isStored, const stitch::StitchPlan &plan) const;

  /// The limit that the ops pass, if any.
  std::optional<WhyNot> getExceeded(llvm::ArrayRef<mlir::Operation *> ops, IsStored isStored) const;

private:
  LikelySizes sizes;
  const Arch &arch;
  GroupLimits limits;
};

} // namespace tao
#endif
