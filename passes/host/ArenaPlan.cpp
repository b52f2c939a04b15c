// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See ArenaPlan.h. Quadratic in the number of buffers that are live at once, which is small.
#include "passes/host/ArenaPlan.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

namespace tao {

ArenaPlan planArena(llvm::ArrayRef<ArenaBuffer> buffers) {
  ArenaPlan plan;
  plan.offsets.assign(buffers.size(), 0);
  std::vector<size_t> order(llvm::seq<size_t>(0, buffers.size()).begin(), llvm::seq<size_t>(0, buffers.size()).end());
  llvm::sort(order, [&](size_t a, size_t b) {
    return buffers[a].bytes != buffers[b].bytes ? buffers[a].bytes > buffers[b].bytes : a < b;
  });

  std::vector<size_t> placed; // by rising offset
  for (size_t i : order) {
    const ArenaBuffer &buffer = buffers[i];
    int64_t size = llvm::alignTo(buffer.bytes, kArenaAlignment);
    int64_t end = 0, best = -1, bestGap = std::numeric_limits<int64_t>::max();
    for (size_t j : placed) {
      if (buffers[j].last < buffer.first || buffer.last < buffers[j].first)
        continue;
      int64_t gap = plan.offsets[j] - end;
      if (gap >= size && gap < bestGap) {
        best = end;
        bestGap = gap;
      }
      end = std::max<int64_t>(end, plan.offsets[j] + llvm::alignTo(buffers[j].bytes, kArenaAlignment));
    }
    plan.offsets[i] = best >= 0 ? best : end;
    plan.bytes = std::max(plan.bytes, plan.offsets[i] + size);
    auto after =
        llvm::upper_bound(placed, plan.offsets[i], [&](int64_t offset, size_t j) { return offset < plan.offsets[j]; });
    placed.insert(after, i);
  }
  return plan;
}

} // namespace tao
