// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Scratch.h.
#include "Scratch.h"

#include <sched.h>

namespace tao::rt {

/// Pieces of whole pages would all start at the same sets of a cache.
static constexpr int64_t kSkew = 3 * kAlignment;

bool Scratch::reserve(int64_t bytes, int32_t workers) {
  if (bytes <= 0 || (count >= workers && stride >= alignUp(bytes, kAlignment)))
    return true;
  int64_t newStride = int64_t(sizeof(Header)) + alignUp(bytes, kAlignment) + kSkew;
  auto *memory = static_cast<uint8_t *>(allocateAligned(newStride * workers));
  if (!memory)
    return false;
  release();
  base = memory;
  stride = newStride;
  count = workers;
  for (int32_t i = 0; i < count; ++i)
    ::new (base + i * stride) Header{{0}};
  return true;
}

void *Scratch::take() {
  for (;;) {
    for (int32_t i = 0; i < count; ++i)
      if (!header(i).isTaken.exchange(1, std::memory_order_acquire))
        return &header(i) + 1;
    sched_yield();
  }
}

void Scratch::give(void *piece) { (static_cast<Header *>(piece) - 1)->isTaken.store(0, std::memory_order_release); }

} // namespace tao::rt
