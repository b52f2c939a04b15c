// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Placement of buffers with live ranges in one arena: greedy by size, as in Pisarchyk and Lee, "Efficient memory
// management for deep neural net inference" (2020).
#ifndef TAO_PASSES_HOST_ARENAPLAN_H
#define TAO_PASSES_HOST_ARENAPLAN_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace tao {

/// Alignment of every buffer: a cache line and the widest vector.
inline constexpr int64_t kArenaAlignment = 64;

struct ArenaBuffer {
  int64_t bytes;
  int64_t first, last; // steps, inclusive
};

struct ArenaPlan {
  std::vector<int64_t> offsets; // one per buffer
  int64_t bytes = 0;            // of the arena
};

/// Buffers whose ranges overlap get disjoint bytes. Deterministic: ties go to the buffer that comes first.
ArenaPlan planArena(llvm::ArrayRef<ArenaBuffer> buffers);

} // namespace tao
#endif
