// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the iterations of a part's classes run: blocks, warps, lanes, loops, vectors. The second step of Place.h.
#ifndef TAO_PASSES_FUSE_STITCH_PLACECLASSES_H
#define TAO_PASSES_FUSE_STITCH_PLACECLASSES_H

#include "passes/fuse/stitch/Arch.h"
#include "passes/fuse/stitch/PlaceRegions.h"

namespace tao {

/// How a class is spread: docs/plan.md.
struct ClassFactors {
  DimClasses::Class number = 0;
  SymExpr grid = 1;
  int64_t warp = 1, lane = 1;
  SymExpr seq = 1;
  int64_t vec = 1;

  int64_t threads() const { return warp * lane; }
  /// Iterations that all threads of a block make at once.
  int64_t atOnce() const { return warp * lane * vec; }
};

struct PartFactors {
  std::vector<llvm::SmallVector<ClassFactors, 4>> regions; // in loop order
  llvm::SmallVector<DimClasses::Class> outer;              // outermost first
  SymExpr blocks = 1;
  int64_t warps = 1; // of the region that has the most

  const ClassFactors *find(unsigned region, DimClasses::Class c) const;
  /// True when both regions give the class the same index on the same thread.
  bool isAlike(unsigned a, unsigned b, DimClasses::Class c) const;
  bool isOuter(DimClasses::Class c) const { return llvm::is_contained(outer, c); }
  /// An outer class, so the same in every region that has it.
  const ClassFactors *findOuter(DimClasses::Class c) const;
};

PartFactors chooseFactors(const PlacedPart &part, const Arch &arch, SizeEstimate estimate);

} // namespace tao
#endif
