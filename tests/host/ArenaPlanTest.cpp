// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/host/ArenaPlan.h"
#include "gtest/gtest.h"
#include <random>

using namespace tao;

namespace {

TEST(ArenaPlan, EmptyAndZeroSized) {
  EXPECT_EQ(planArena({}).bytes, 0);
  ArenaPlan plan = planArena({{0, 0, 3}, {0, 1, 2}});
  EXPECT_EQ(plan.bytes, 0);
}

TEST(ArenaPlan, ReusesTheSmallestGapThatFits) {
  // Three buffers leave gaps of 256 and 128 bytes when the short-lived ones end.
  ArenaPlan plan = planArena({{256, 0, 0}, {512, 0, 9}, {128, 0, 0}, {448, 0, 9}, {100, 5, 5}});
  EXPECT_EQ(plan.bytes, 512 + 448 + 256 + 128);
}

TEST(ArenaPlan, LiveBuffersNeverOverlap) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<ArenaBuffer> buffers(1 + random() % 40);
    int64_t most = 0;
    for (ArenaBuffer &buffer : buffers) {
      buffer.bytes = random() % 3 ? random() % 1000 : random() % 5 * 64;
      buffer.first = random() % 30;
      buffer.last = buffer.first + random() % 10;
    }
    for (int64_t step = 0; step < 40; ++step) {
      int64_t live = 0;
      for (const ArenaBuffer &buffer : buffers)
        live += buffer.first <= step && step <= buffer.last ? buffer.bytes : 0;
      most = std::max(most, live);
    }
    ArenaPlan plan = planArena(buffers);
    EXPECT_GE(plan.bytes, most);
    for (size_t i = 0; i < buffers.size(); ++i) {
      EXPECT_EQ(plan.offsets[i] % kArenaAlignment, 0);
      EXPECT_LE(plan.offsets[i] + buffers[i].bytes, plan.bytes);
      for (size_t j = 0; j < i; ++j) {
        bool together = buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
        bool apart = plan.offsets[i] + buffers[i].bytes <= plan.offsets[j] ||
                     plan.offsets[j] + buffers[j].bytes <= plan.offsets[i];
        EXPECT_TRUE(!together || apart || buffers[i].bytes == 0 || buffers[j].bytes == 0);
      }
    }
  }
}

} // namespace
