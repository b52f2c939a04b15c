// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The checker knows nothing of architecture tables: what it needs of one.
#ifndef TAO_PASSES_FUSE_CHECKLIMITS_H
#define TAO_PASSES_FUSE_CHECKLIMITS_H

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

} // namespace tao
#endif
