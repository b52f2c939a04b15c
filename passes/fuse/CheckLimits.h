// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the plan checker is asked with: of an architecture table, of which it knows nothing, and of a function.
#ifndef TAO_PASSES_FUSE_CHECKLIMITS_H
#define TAO_PASSES_FUSE_CHECKLIMITS_H

#include "dialects/Tao/TaoDialect.h"
#include "passes/fuse/check/PlanChecker.h"
#include "passes/fuse/stitch/Arch.h"

namespace tao {

inline check::ArchLimits limitsOf(const Arch &arch) {
  check::ArchLimits limits;
  limits.units = arch.units;
  limits.warp = arch.warp;
  limits.threadsPerBlock = arch.threads_per_block;
  limits.threadsPerUnit = arch.threads_per_unit;
  limits.blocksPerUnit = arch.blocks_per_unit;
  limits.registersPerThread = arch.registers_per_thread;
  limits.registersPerUnit = arch.registers_per_unit;
  limits.registerBytes = arch.isGpu() ? 4 : arch.vector_bytes;
  limits.sharedPerBlock = arch.shared_per_block;
  limits.sharedPerUnit = arch.shared_per_unit;
  limits.sharedReserved = arch.shared_reserved;
  return limits;
}

/// What holds for all sizes with which the function runs: those that it refuses need no plan.
inline llvm::SmallVector<stitch::GuardCondition> findKnownSizes(mlir::func::FuncOp func) {
  llvm::SmallVector<stitch::GuardCondition> known;
  for (AssumeOp assume : func.getBody().front().getOps<AssumeOp>()) {
    auto larger = SymExpr::parse(assume.getLhs()), smaller = SymExpr::parse(assume.getRhs());
    if (larger && smaller && assume.getAtLeast())
      known.push_back({*smaller - *larger, 0});
  }
  return known;
}

} // namespace tao
#endif
