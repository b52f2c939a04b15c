// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Planning and memory of the arena; see Arena.h.
#include "Arena.h"

#include <algorithm>
#include <sys/mman.h>

namespace tao::rt {

/// From this size on the arena is aligned to huge pages and the kernel is advised to use them: with 4 KiB pages the TLB
/// covers only a few megabytes of it.
constexpr int64_t kHugePage = int64_t(2) << 20;
/// Up to this size pages are replaced at once, in some ten milliseconds; beyond it the kernel does so when it has time.
constexpr int64_t kMaxCollapse = int64_t(64) << 20;
/// MADV_COLLAPSE, of Linux 6.1; older kernels refuse it, which does no harm.
constexpr int kCollapse = 25;

int64_t planArena(const ArenaItem *items, int64_t count, int64_t *offsets, int32_t *order, int32_t *placed) {
  for (int64_t i = 0; i < count; ++i)
    order[i] = int32_t(i);
  std::sort(order, order + count, [&](int32_t a, int32_t b) {
    return items[a].bytes != items[b].bytes ? items[a].bytes > items[b].bytes : a < b;
  });
  int64_t numPlaced = 0, total = 0;
  for (int64_t i = 0; i < count; ++i) {
    const ArenaItem &item = items[order[i]];
    if (item.bytes == 0) {
      offsets[order[i]] = 0;
      continue;
    }
    // `placed` is sorted by offset, so one walk over those alive at the same time finds every gap between them.
    int64_t bestOffset = -1, bestGap = INT64_MAX, reached = 0;
    for (int64_t j = 0; j < numPlaced; ++j) {
      const ArenaItem &other = items[placed[j]];
      if (other.last < item.first || item.last < other.first)
        continue;
      int64_t gap = offsets[placed[j]] - reached;
      if (gap >= item.bytes && gap < bestGap) {
        bestGap = gap;
        bestOffset = reached;
      }
      reached = maxOf(reached, alignUp(offsets[placed[j]] + other.bytes, kAlignment));
    }
    int64_t offset = bestOffset >= 0 ? bestOffset : reached;
    offsets[order[i]] = offset;
    total = maxOf(total, offset + item.bytes);
    int64_t at = numPlaced++;
    for (; at > 0 && offsets[placed[at - 1]] > offset; --at)
      placed[at] = placed[at - 1];
    placed[at] = order[i];
  }
  return alignUp(total, kAlignment);
}

Arena::~Arena() {
  if (mapping)
    munmap(mapping, mappedBytes);
}

bool Arena::reserve(const tao_image &image) {
  for (int32_t i = 0; i < image.num_storages; ++i)
    if (image.storages[i].kind == TAO_STORAGE_ARENA && !storages.push(i))
      return false;
  int64_t count = storages.size();
  return items.resize(count) && order.resize(count) && placed.resize(count);
}

const ArenaPlan *Arena::plan(const tao_image &image, const Array<int64_t> &symbols, const int64_t *exprs) {
  ArenaPlan *oldest = &plans[0];
  for (int64_t i = 0; i < numPlans; ++i) {
    if (std::equal(symbols.begin(), symbols.end(), plans[i].symbols.begin())) {
      plans[i].lastUse = ++clock;
      return &plans[i];
    }
    if (plans[i].lastUse < oldest->lastUse)
      oldest = &plans[i];
  }
  ArenaPlan &chosen = numPlans < kRememberedShapes ? plans[numPlans] : *oldest;
  if (!chosen.symbols.resize(symbols.size()) || !chosen.offsets.resize(storages.size()))
    return nullptr;
  numPlans = maxOf(numPlans, &chosen - plans + 1);
  std::copy(symbols.begin(), symbols.end(), chosen.symbols.begin());
  chosen.lastUse = ++clock;
  if (image.arena_bytes >= 0) {
    for (int64_t i = 0; i < storages.size(); ++i)
      chosen.offsets[i] = image.storages[storages[i]].offset;
    chosen.bytes = image.arena_bytes;
    return &chosen;
  }
  for (int64_t i = 0; i < storages.size(); ++i) {
    const tao_storage &storage = image.storages[storages[i]];
    items[i] = {exprs[storage.size_expr], storage.first_step, storage.last_step};
  }
  chosen.bytes = planArena(items.data(), items.size(), chosen.offsets.data(), order.data(), placed.data());
  return &chosen;
}

bool Arena::grow(int64_t bytes) {
  bool huge = bytes >= kHugePage;
  int64_t wanted = alignUp(bytes + kOverread, huge ? kHugePage : 4096);
  size_t newBytes = size_t(huge ? wanted + kHugePage : wanted);
  // The old contents are dead between runs: giving them back first keeps the peak at the size of one arena.
  if (mapping)
    munmap(mapping, mappedBytes);
  mapping = nullptr;
  capacity = 0;
  void *fresh = mmap(nullptr, newBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (fresh == MAP_FAILED)
    return false;
  mapping = fresh;
  mappedBytes = newBytes;
  base = reinterpret_cast<uint8_t *>(huge ? alignUp(int64_t(fresh), kHugePage) : int64_t(fresh));
  capacity = wanted - kOverread;
  pagesAreSmall = huge;
  return true;
}

void Arena::useHugePages() {
  auto bytes = size_t(alignUp(capacity, 4096));
  madvise(base, bytes, MADV_HUGEPAGE);
  if (capacity <= kMaxCollapse)
    madvise(base, bytes, kCollapse);
  pagesAreSmall = false;
}

void Arena::place(const ArenaPlan &plan, uint8_t *memory, void **buffers) const {
  for (int64_t i = 0; i < storages.size(); ++i)
    buffers[storages[i]] = memory + plan.offsets[i];
}

bool Arena::resolve(const ArenaPlan &plan, void **buffers) {
  bool isMissing = storages.size() > 0 && !mapping;
  if (isMissing || plan.bytes > capacity) {
    if (!grow(plan.bytes))
      return false;
  } else if (pagesAreSmall) {
    useHugePages();
  }
  place(plan, base, buffers);
  return true;
}

} // namespace tao::rt
