// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Over which classes a group can be spread: its grid. See docs/fusion-stitch.md, section 2.
#ifndef TAO_PASSES_FUSE_STITCH_GROUPGRID_H
#define TAO_PASSES_FUSE_STITCH_GROUPGRID_H

#include "passes/fuse/stitch/DimClasses.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace tao {

/// Sizes to plan for: symbols at their likely values.
using SizeEstimate = llvm::function_ref<double(const SymExpr &)>;

struct GroupGrid {
  DimClasses::Factors classes;
  double blocks = 1; // iterations of the grid
  double points = 0; // iterations of the group's largest op
};

/// The largest grid without the classes `inBlock`, which have to stay inside a block. `ops` are in block order. Blocks
/// do not repeat the work of those that are `costly`, but for a small part of it.
GroupGrid chooseGrid(const DimClasses &classes, llvm::ArrayRef<mlir::Operation *> ops,
                     const llvm::DenseSet<DimClasses::Class> &inBlock,
                     llvm::function_ref<bool(mlir::Operation *)> isCostly, SizeEstimate estimate);

} // namespace tao
#endif
