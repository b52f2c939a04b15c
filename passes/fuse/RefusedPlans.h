// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What happens to a group whose plan the checker refuses: a fault of the planner, which must cost speed and not the
// model.
#ifndef TAO_PASSES_FUSE_REFUSEDPLANS_H
#define TAO_PASSES_FUSE_REFUSEDPLANS_H

#include "passes/fuse/Planner.h"

namespace tao {

/// Of a group that takes the place of a larger one whose plan was refused: what the checker said.
inline constexpr llvm::StringLiteral kRefusedAttr = "stitch.refused";

/// Makes kernels of xla-like, which need no plan, of each group against whose plan `findFault` says something. Returns
/// how many there were. The partition stays one: what the group stored is stored, and what other groups compute as well
/// is stored nowhere.
size_t replaceRefused(Partition &partition, llvm::function_ref<std::string(const PlannedGroup &)> findFault);

} // namespace tao
#endif
