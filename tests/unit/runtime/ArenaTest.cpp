// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arena's plans: no overlap between values that live at once, alignment, determinism, reuse.
#include "runtime/src/Arena.h"

#include <gtest/gtest.h>
#include <random>

using namespace tao::rt;

namespace {

struct Planned {
  std::vector<int64_t> offsets;
  int64_t bytes;
};

Planned plan(const std::vector<ArenaItem> &items) {
  Planned result;
  result.offsets.resize(items.size());
  std::vector<int32_t> order(items.size()), placed(items.size());
  result.bytes = planArena(items.data(), int64_t(items.size()), result.offsets.data(), order.data(), placed.data());
  return result;
}

/// The most bytes that live at any one step: no plan can need less.
int64_t peak(const std::vector<ArenaItem> &items, int32_t steps) {
  int64_t most = 0;
  for (int32_t step = 0; step < steps; ++step) {
    int64_t live = 0;
    for (const ArenaItem &item : items)
      if (item.first <= step && step <= item.last)
        live += alignUp(item.bytes, kAlignment);
    most = std::max(most, live);
  }
  return most;
}

TEST(Arena, RandomLiveRangesNeverOverlap) {
  std::mt19937 random(1);
  double totalPeak = 0, totalBytes = 0;
  for (int round = 0; round < 300; ++round) {
    int steps = 1 + int(random() % 60);
    std::vector<ArenaItem> items(random() % 120);
    for (ArenaItem &item : items) {
      item.first = int32_t(random() % steps);
      item.last = std::min<int32_t>(steps - 1, item.first + int32_t(random() % 12));
      item.bytes = random() % 8 == 0 ? 0 : int64_t(random() % 5000);
    }
    Planned planned = plan(items);
    for (size_t i = 0; i < items.size(); ++i) {
      ASSERT_EQ(planned.offsets[i] % kAlignment, 0);
      ASSERT_LE(planned.offsets[i] + items[i].bytes, planned.bytes);
      for (size_t j = 0; j < i; ++j) {
        bool together = items[i].first <= items[j].last && items[j].first <= items[i].last;
        bool apart = planned.offsets[i] + items[i].bytes <= planned.offsets[j] ||
                     planned.offsets[j] + items[j].bytes <= planned.offsets[i];
        ASSERT_TRUE(!together || apart || items[i].bytes == 0 || items[j].bytes == 0) << "items " << i << " and " << j;
      }
    }
    totalPeak += double(peak(items, steps));
    totalBytes += double(planned.bytes);
  }
  // Best fit wastes a little; this guards against a change that wastes much.
  EXPECT_LT(totalBytes, 1.25 * totalPeak);
}

TEST(Arena, ReusesMemoryOfDeadValues) {
  Planned planned = plan({{1000, 0, 1}, {1000, 1, 2}, {1000, 2, 3}, {1000, 3, 4}});
  EXPECT_EQ(planned.bytes, 2 * alignUp(1000, kAlignment));
}

TEST(Arena, TakesTheSmallestGapThatFits) {
  // Three values die at step 1 and leave gaps of 4096, 1024 and 2048 bytes between values that live on.
  std::vector<ArenaItem> items = {{8192, 0, 9}, {4096, 0, 0}, {8192, 0, 9}, {1024, 0, 0}, {8192, 0, 9}, {960, 5, 6}};
  Planned planned = plan(items);
  EXPECT_EQ(planned.bytes, peak(items, 10));
}

TEST(Arena, IsDeterministic) {
  std::vector<ArenaItem> items;
  for (int i = 0; i < 50; ++i)
    items.push_back({64 * (i % 5), i % 7, i % 7 + i % 3});
  EXPECT_EQ(plan(items).offsets, plan(items).offsets);
}

TEST(Arena, NothingNeedsNothing) { EXPECT_EQ(plan({}).bytes, 0); }

} // namespace
