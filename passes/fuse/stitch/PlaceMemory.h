// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What passes between the regions of a part, where it lies, and who waits for whom. The third step of Place.h.
#ifndef TAO_PASSES_FUSE_STITCH_PLACEMEMORY_H
#define TAO_PASSES_FUSE_STITCH_PLACEMEMORY_H

#include "dialects/Stitch/StitchPlan.h"
#include "passes/fuse/stitch/PlaceClasses.h"

namespace tao {

/// The edges, buffers and barriers of one part; regions and values by the part's own numbers.
struct PartMemory {
  std::vector<stitch::PlanEdge> edges;
  std::vector<stitch::PlanBuffer> buffers; // offsets from the start of the part's shared memory or workspace
  std::vector<stitch::PlanBarrier> barriers;
  std::vector<char> finishes; // of each region
  SymExpr shared, workspace;
  int64_t registers = 0; // that a thread needs at most for values that it keeps
};

/// What lies in the workspace instead of in shared memory.
enum class Spill { Nothing, UnknownSizes, Everything };

PartMemory planMemory(const PlacedPart &part, const PartFactors &factors, const Arch &arch, Spill spill);

} // namespace tao
#endif
