// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where intermediate values live. A static image brings its plan; otherwise a plan is made for each new shape and kept
// for the last few, so that shapes which come back cost neither planning nor memory.
#ifndef TAO_RUNTIME_ARENA_H
#define TAO_RUNTIME_ARENA_H

#include "Support.h"
#include "tao/model_abi.h"

namespace tao::rt {

/// One value to be placed: live in steps [first, last].
struct ArenaItem {
  int64_t bytes;
  int32_t first, last;
};

/// Places items so that no two that are live at once overlap, each on a multiple of kAlignment, and returns the bytes
/// needed. Largest first, each into the smallest gap that holds it among the items it meets in time; ties go by index,
/// so the result depends on nothing else. `order` and `placed` are room for `count` numbers each.
int64_t planArena(const ArenaItem *items, int64_t count, int64_t *offsets, int32_t *order, int32_t *placed);

/// A planned shape.
struct ArenaPlan {
  Array<int64_t> symbols;
  Array<int64_t> offsets; // of the arena storages, in storage order
  int64_t bytes = 0;
  uint64_t lastUse = 0;
};

/// How many shapes a context remembers, here and for each library call. Enough for a few buckets of a batching server.
constexpr int64_t kRememberedShapes = 8;

/// Bytes that may be read where a value has none: a kernel that pads or concatenates something empty asks for an
/// element of it, which lies in its first row, and drops the answer. Memory that nobody touches costs nothing.
constexpr int64_t kOverread = 1 << 20;

class Arena {
public:
  Arena() = default;
  ~Arena();

  bool reserve(const tao_image &image);

  /// The plan for a shape; null when memory is short. Valid until kRememberedShapes other shapes have been asked for.
  const ArenaPlan *plan(const tao_image &image, const Array<int64_t> &symbols, const int64_t *exprs);

  /// Writes the addresses of all arena storages in memory of the plan's size at `memory`.
  void place(const ArenaPlan &plan, uint8_t *memory, void **buffers) const;
  /// The same in memory of its own. False when the memory cannot be had.
  bool resolve(const ArenaPlan &plan, void **buffers);

private:
  bool grow(int64_t bytes);
  /// Large pages make runs up to a tenth faster, but the first touch of fresh ones can take three times as long as that
  /// of small ones: the first run starts without them.
  void useHugePages();

  Array<int32_t> storages; // numbers of the arena storages
  ArenaPlan plans[kRememberedShapes];
  int64_t numPlans = 0;
  uint64_t clock = 0;
  Array<ArenaItem> items;
  Array<int32_t> order, placed;

  uint8_t *base = nullptr;
  int64_t capacity = 0;
  bool pagesAreSmall = false; // and worth being replaced
  void *mapping = nullptr;
  size_t mappedBytes = 0;
};

} // namespace tao::rt

#endif // TAO_RUNTIME_ARENA_H
