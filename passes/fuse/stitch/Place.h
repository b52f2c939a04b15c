// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Placement: from the ops of a group to its plan (docs/plan.md) for an architecture. Planners ask for one for every
// group that they consider, so each step takes time about linear in the ops:
//
//   PlaceRegions.h  parts, the grid, regions, and the values that cross between them
//   PlaceClasses.h  factors of each class: blocks, warps, lanes, loops, vectors
//   PlaceMemory.h   scopes, buffers, barriers
//   Place.cpp       the budget of on-chip memory, guards, and the plan
#ifndef TAO_PASSES_FUSE_STITCH_PLACE_H
#define TAO_PASSES_FUSE_STITCH_PLACE_H

#include "dialects/Stitch/StitchPlan.h"
#include "passes/fuse/stitch/Arch.h"
#include "passes/fuse/stitch/GroupGrid.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace tao {

/// What a set of a group's blocks computes: the ops that it stores and all that these need, in block order.
struct OpPart {
  llvm::SmallVector<mlir::Operation *> ops;
  llvm::SmallPtrSet<mlir::Operation *, 8> stored;
};

/// Sets of ops that depend on one another, directly or not. With `joinsReaders`, also those that read one value from
/// outside of which they read each element in step. A single number that is not stored ties nothing together: every set
/// that reads it computes it, and what it needs.
std::vector<OpPart> splitIntoParts(llvm::ArrayRef<mlir::Operation *> ops,
                                   llvm::function_ref<bool(mlir::Operation *)> isStored, bool joinsReaders);

/// The plan of a group of `ops`, in block order, that stores what `isStored` says; nullopt with the reason when no
/// placement fits. Values that would not fit on the chip are computed again instead, light ones first. Where sizes are
/// symbolic the first variant holds while they fit, and the last one keeps in memory what may not; so does the only
/// variant with `mustFit`, for groups that cannot be made smaller.
std::optional<stitch::StitchPlan> placeGroup(llvm::ArrayRef<mlir::Operation *> ops,
                                             llvm::function_ref<bool(mlir::Operation *)> isStored, const Arch &arch,
                                             SizeEstimate estimate, bool mustFit, std::string &reason);

} // namespace tao
#endif
