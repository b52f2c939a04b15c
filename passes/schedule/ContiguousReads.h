// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Along which dims of its iteration space a group reads its operands contiguously.
#ifndef TAO_PASSES_SCHEDULE_CONTIGUOUSREADS_H
#define TAO_PASSES_SCHEDULE_CONTIGUOUSREADS_H

#include "dialects/Stitch/StitchDialect.h"

namespace tao {

/// One read of a group operand: neighbours in memory are neighbours along `dim` of the space.
struct ContiguousRead {
  mlir::Value operand; // of the group
  int64_t dim = 0;
};

/// The reads of result `result` and of what it is computed from, over the result's dims. Reads whose innermost index is
/// no single dim of the space (gathers, most reshapes) are left out, as are those inside reductions.
llvm::SmallVector<ContiguousRead> getContiguousReads(stitch::GroupOp group, size_t result);

} // namespace tao
#endif
