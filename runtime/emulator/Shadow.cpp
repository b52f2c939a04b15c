// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Shadow.h"

#include <algorithm>
#include <cstring>

using namespace tao::emu;

constexpr uint32_t kMaxWays = 4;

Shadow::Page::~Page() {
  delete[] writers;
  delete[] readers;
  delete[] written;
}

Shadow::Shadow(uint64_t bytes, bool isFresh, bool isPerBlock)
    : numPages((bytes + kWordBytes * kPageWords - 1) / (kWordBytes * kPageWords)), isFresh(isFresh),
      isPerBlock(isPerBlock), pages(new std::atomic<Page *>[numPages]()) {}

Shadow::~Shadow() {
  for (uint64_t i = 0; i < numPages; ++i)
    delete pages[i].load(std::memory_order_relaxed);
  delete[] pages;
}

Shadow::Page &Shadow::page(uint64_t word) {
  std::atomic<Page *> &place = pages[word / kPageWords];
  Page *page = place.load(std::memory_order_acquire);
  if (page)
    return *page;
  auto *fresh = new Page;
  if (isFresh)
    fresh->written = new uint8_t[kPageWords]();
  if (place.compare_exchange_strong(page, fresh, std::memory_order_acq_rel))
    return *fresh;
  delete fresh; // another CPU thread was quicker
  return *page;
}

void Shadow::makeFresh() {
  for (uint64_t i = 0; i < numPages; ++i)
    if (Page *page = pages[i].load(std::memory_order_relaxed))
      std::memset(page->written, 0, kPageWords);
}

void Shadow::markWritten(uint64_t offset, uint64_t bytes) {
  for (uint64_t byte = offset; byte < offset + bytes;) {
    uint64_t word = byte / kWordBytes, end = std::min((word + 1) * kWordBytes, offset + bytes);
    uint8_t &written = page(word).written[word % kPageWords];
    for (; byte < end; ++byte)
      written |= 1u << byte % kWordBytes;
  }
}

void Shadow::widen(Page &page) {
  auto *wide = new Access[kPageWords * kMaxWays];
  for (uint64_t i = 0; i < kPageWords; ++i)
    wide[i * kMaxWays] = page.writers[i];
  delete[] page.writers;
  page.writers = wide;
  page.ways = kMaxWays;
}

void Shadow::remember(Page &page, uint64_t index, const Access &access) {
  if (!access.isStore) {
    if (!page.readers)
      page.readers = new Readers[kPageWords];
    rememberReader(page.readers[index], access);
    return;
  }
  if (page.written)
    page.written[index] |= access.bytes;
  // Who comes after this store comes after the readers it came after, too.
  if (page.readers)
    for (Access &reader : page.readers[index].last)
      reader.bytes &= ~access.bytes;
  if (!page.writers)
    page.writers = new Access[kPageWords];
  if (page.ways == 1) {
    Access &writer = page.writers[index];
    if (!(writer.bytes & ~access.bytes) || (isPerBlock && writer.block != access.block)) {
      writer = access;
      return;
    }
    widen(page);
  }
  Access *writers = page.writers + index * kMaxWays;
  for (uint32_t way = 0; way < kMaxWays; ++way)
    writers[way].bytes = isPerBlock && writers[way].block != access.block ? 0 : writers[way].bytes & ~access.bytes;
  // The masks of the ways are disjoint and leave at least one byte to the new one, so one of four is free.
  *std::find_if(writers, writers + kMaxWays - 1, [](const Access &writer) { return !writer.bytes; }) = access;
}

void Shadow::rememberReader(Readers &readers, const Access &access) {
  Access &last = readers.last[0];
  if (!last.bytes || (last.block == access.block && last.thread == access.thread)) {
    bool isSameMoment = last.blockEpoch == access.blockEpoch && last.time == access.time;
    uint8_t bytes = isSameMoment ? last.bytes : 0;
    bool isAtomic = access.isAtomic && (last.isAtomic || !isSameMoment || !last.bytes);
    last = access;
    last.bytes |= bytes;
    last.isAtomic = isAtomic;
    return;
  }
  uint32_t place = last.block != access.block ? 3 : last.thread / kWarpSize != access.thread / kWarpSize ? 2 : 1;
  readers.last[place] = last;
  last = access;
}
