// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shadow memory: what is remembered of every word (4 bytes) of the memory that GPU threads share: its last writer, a
// few of its last readers, and which of its bytes have been written. A page is made when the first of its words is
// touched.
//
// A word has one writer until its bytes are written one by one; then its page gets four, of disjoint bytes. Of readers
// four are kept that differ as much as they can: the last one, and the last of another thread of that warp, of another
// warp and of another block. Forgotten readers can hide a race, never make one up.
#ifndef TAO_RUNTIME_EMULATOR_SHADOW_H
#define TAO_RUNTIME_EMULATOR_SHADOW_H

#include "Order.h"

#include <atomic>
#include <cstddef>

namespace tao::emu {

constexpr uint64_t kWordBytes = 4;
constexpr uint64_t kPageWords = 1024;
constexpr uint16_t kNoSlot = 0xffff;

/// A remembered access to some bytes of a word. None of them: no access.
struct Access {
  uint32_t block = 0;
  uint32_t site = 0;
  uint32_t gridEpoch = 0;
  uint32_t blockEpoch = 0;
  uint32_t time = 0;
  uint16_t thread = 0;
  uint16_t slot = kNoSlot; ///< of shared memory
  uint8_t bytes = 0;       ///< a mask
  bool isStore = false;
  bool isAtomic = false;

  Moment moment() const { return {block, thread, gridEpoch, blockEpoch, time}; }
};

/// Held for the few operations on one page.
class SpinLock {
public:
  void lock() {
    while (taken.exchange(true, std::memory_order_acquire))
      while (taken.load(std::memory_order_relaxed))
        __builtin_ia32_pause();
  }
  void unlock() { taken.store(false, std::memory_order_release); }

private:
  std::atomic<bool> taken{false};
};

/// What a check of one word found, most serious first.
struct WordFaults {
  bool race = false;
  bool unwritten = false;
  bool overlap = false;
  Access other; ///< the other side of a race or overlap
};

class Shadow {
public:
  /// `isFresh`: bytes that were not written are not to be read. `isPerBlock`: memory of one block at a time; what
  /// others did is forgotten.
  Shadow(uint64_t bytes, bool isFresh, bool isPerBlock);
  ~Shadow();
  Shadow(const Shadow &) = delete;
  Shadow &operator=(const Shadow &) = delete;

  /// Nothing is written. By the owner of per-block memory, when another block begins.
  void makeFresh();
  /// Bytes [offset, offset + bytes) have content.
  void markWritten(uint64_t offset, uint64_t bytes);

  /// Checks `access` to word `word` against all that is remembered and remembers it. `isOrdered(moment)`: whether that
  /// moment happened before the access. `reads`: what is there matters, as it does to an atomic addition.
  template <typename IsOrdered>
  WordFaults note(uint64_t word, const Access &access, bool reads, const IsOrdered &isOrdered);

private:
  struct Readers {
    Access last[4];
  };
  struct Page {
    SpinLock lock;
    uint32_t ways = 1; ///< writers of a word
    Access *writers = nullptr;
    Readers *readers = nullptr;
    uint8_t *written = nullptr;
    ~Page();
  };

  Page &page(uint64_t word);
  void widen(Page &page);
  void remember(Page &page, uint64_t index, const Access &access);
  static void rememberReader(Readers &readers, const Access &access);

  uint64_t numPages;
  bool isFresh, isPerBlock;
  std::atomic<Page *> *pages;
};

template <typename IsOrdered>
WordFaults Shadow::note(uint64_t word, const Access &access, bool reads, const IsOrdered &isOrdered) {
  Page &page = this->page(word);
  uint64_t index = word % kPageWords;
  WordFaults faults;
  std::unique_lock<SpinLock> lock(page.lock, std::defer_lock);
  if (!isPerBlock) // one CPU thread has a block to itself
    lock.lock();

  auto conflicts = [&](const Access &other) {
    if (!(other.bytes & access.bytes) || (isPerBlock && other.block != access.block))
      return false;
    return !(other.isAtomic && access.isAtomic) && !isOrdered(other.moment());
  };
  if (page.writers)
    for (uint32_t way = 0; way < page.ways; ++way) {
      const Access &writer = page.writers[index * page.ways + way];
      if (conflicts(writer)) {
        faults.race = true;
        faults.other = writer;
      } else if (reads && access.slot != kNoSlot && writer.slot != kNoSlot && writer.slot != access.slot &&
                 (writer.bytes & access.bytes) && writer.block == access.block) {
        faults.overlap = true;
        faults.other = writer;
      }
    }
  if (access.isStore && page.readers && !faults.race)
    for (const Access &reader : page.readers[index].last)
      if (conflicts(reader)) {
        faults.race = true;
        faults.other = reader;
        break;
      }
  if (isFresh && reads && (page.written[index] & access.bytes) != access.bytes)
    faults.unwritten = true;
  remember(page, index, access);
  return faults;
}

} // namespace tao::emu

#endif // TAO_RUNTIME_EMULATOR_SHADOW_H
