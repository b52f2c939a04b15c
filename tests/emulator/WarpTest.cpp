// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Meetings of a warp: every shuffle of every type against its definition, and what they order.
#include "Harness.h"

#include <gtest/gtest.h>

using namespace tao::emu::test;

namespace {

template <typename T> void shuffleKernel(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  bool valid;
  T value = gpu.shuffle(T(gpu.tid() + 1), uint32_t(gpu.number(2)), uint32_t(gpu.number(3)), uint32_t(gpu.number(4)),
                        kAllLanes, &valid);
  gpu.buffer<T>(0).store(gpu.tid(), value);
  gpu.buffer<uint8_t>(1).store(gpu.tid(), valid);
}

/// The definition, lane by lane.
int64_t source(int64_t lane, uint32_t mode, int64_t offset, int64_t width, bool &valid) {
  int64_t first = lane / width * width;
  int64_t from[] = {lane ^ offset, lane - offset, lane + offset, first + offset};
  valid = from[mode] >= first && from[mode] < first + width;
  return valid ? from[mode] : lane;
}

template <typename T> void testShuffles() {
  for (uint32_t mode = 0; mode < 4; ++mode)
    for (uint32_t width = 1; width <= 32; width *= 2)
      for (uint32_t offset = 0; offset < width; offset += 1 + offset / 2) {
        std::vector<T> result(64);
        std::vector<uint8_t> valids(64);
        Launch launch(shuffleKernel<T>, 1, 64);
        launch.buffer(result, "result").buffer(valids, "valids").number(mode).number(offset).number(width);
        EXPECT_EQ(texts(launch.run(mode + offset)), "");
        for (int64_t i = 0; i < 64; ++i) {
          bool valid;
          int64_t from = source(i % 32, mode, offset, width, valid) + i / 32 * 32;
          ASSERT_EQ(result[i], T(from + 1)) << "mode " << mode << " offset " << offset << " width " << width;
          ASSERT_EQ(valids[i] != 0, valid);
        }
      }
}

TEST(Warp, ShufflesOf16Bits) {
  testShuffles<uint16_t>();
  testShuffles<_Float16>();
}
TEST(Warp, ShufflesOf32Bits) {
  testShuffles<int32_t>();
  testShuffles<float>();
}
TEST(Warp, ShufflesOf64Bits) {
  testShuffles<int64_t>();
  testShuffles<double>();
}

template <typename T> void sumKernel(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  auto partials = gpu.shared<T>();
  T sum = gpu.warpSum(gpu.buffer<T>(0).load(gpu.tid()));
  if (thread->lane == 0)
    partials.store(thread->warp, sum, kStage);
  gpu.barrier();
  if (thread->warp == 0) {
    T value = gpu.tid() < gpu.dim() / 32 ? partials.load(gpu.tid(), kFetch) : T(0);
    value = gpu.warpSum(value);
    if (gpu.tid() == 0)
      gpu.buffer<T>(1).store(0, value);
  }
}

template <typename T> void testSum() {
  std::vector<T> x(256), sum(1);
  double expected = 0;
  for (int i = 0; i < 256; ++i)
    expected += double(x[i] = T(i % 5));
  Launch launch(sumKernel<T>, 1, 256);
  launch.buffer(x, "x", TAO_EMU_READ_ONLY).buffer(sum, "sum").shared(8 * sizeof(T));
  for (uint64_t seed : kSeeds) {
    sum[0] = T(0);
    EXPECT_EQ(texts(launch.run(seed)), "");
    EXPECT_EQ(double(sum[0]), expected);
  }
}

TEST(Warp, ReductionsOfAllTypes) {
  testSum<float>();
  testSum<double>();
  testSum<int32_t>();
  testSum<int64_t>();
  testSum<_Float16>();
  testSum<int16_t>();
}

/// A block of 40 threads: its second warp has 8 lanes.
void partialWarp(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  int64_t value = gpu.warpSum<int64_t>(gpu.tid(), 8);
  bool valid;
  int64_t down = gpu.shuffle<int64_t>(gpu.tid(), TAO_EMU_DOWN, 1, 32, kAllLanes, &valid);
  gpu.buffer<int64_t>(0).store(gpu.tid(), value);
  gpu.buffer<int64_t>(1).store(gpu.tid(), valid ? down : -2);
}

TEST(Warp, PartialWarp) {
  std::vector<int64_t> sums(40), downs(40);
  Launch launch(partialWarp, 1, 40);
  launch.buffer(sums, "sums").buffer(downs, "downs");
  for (uint64_t seed : kSeeds) {
    EXPECT_EQ(texts(launch.run(seed)), "");
    for (int i = 0; i < 40; ++i) {
      EXPECT_EQ(sums[i], i / 8 * 64 + 28);
      EXPECT_EQ(downs[i], i % 32 == 31 || i == 39 ? -2 : i + 1);
    }
  }
}

/// Lanes hand each other values through shared memory: the meeting of the warp orders that.
void warpStage(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  auto staged = gpu.shared<int32_t>();
  for (int round = 0; round < 3; ++round) {
    staged.store(gpu.tid(), int32_t(gpu.tid() + round), kStage);
    if (gpu.number(1) & 1)
      thread->api->warp_barrier(thread, kAllLanes, kBarrier1);
    int32_t value = staged.load(gpu.tid() ^ 1, kFetch);
    if (gpu.number(1) & 2)
      thread->api->ballot(thread, 1, kAllLanes, kBarrier2);
    gpu.buffer<int32_t>(0).store(gpu.tid(), value);
  }
}

TEST(Warp, MeetingsOrderAccesses) {
  for (int64_t meetings = 0; meetings < 4; ++meetings)
    for (uint64_t seed : kSeeds) {
      std::vector<int32_t> y(64);
      Launch launch(warpStage, 1, 64);
      launch.buffer(y, "y").number(meetings).shared(64 * 4);
      std::vector<Report> reports = launch.run(seed);
      if (meetings == 3) {
        EXPECT_EQ(texts(reports), "");
        for (int i = 0; i < 64; ++i)
          EXPECT_EQ(y[i], (i ^ 1) + 2);
      } else {
        ASSERT_FALSE(reports.empty());
        for (const Report &report : reports)
          EXPECT_TRUE(report.kind == TAO_EMU_RACE || report.kind == TAO_EMU_UNWRITTEN) << report.text;
      }
    }
}

/// Halves of a warp meet on their own; one half's meeting orders nothing of the other.
void halves(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  auto staged = gpu.shared<int32_t>();
  uint32_t mask = thread->lane < 16 ? 0xffff : 0xffff0000;
  staged.store(gpu.tid(), 1, kStage);
  thread->api->warp_barrier(thread, mask, kBarrier1);
  staged.load(gpu.tid() ^ gpu.number(0), kFetch);
}

TEST(Warp, MeetingsOfSomeLanes) {
  for (uint64_t seed : kSeeds) {
    Launch within(halves, 1, 32), across(halves, 1, 32);
    within.number(8).shared(128);
    across.number(16).shared(128);
    EXPECT_EQ(texts(within.run(seed)), "");
    EXPECT_FALSE(across.run(seed).empty());
  }
}

void vote(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  uint32_t votes = thread->api->ballot(thread, gpu.tid() % 3 == 0, kAllLanes, kShuffle);
  gpu.buffer<uint32_t>(0).store(gpu.tid(), votes);
}

TEST(Warp, Ballot) {
  std::vector<uint32_t> votes(48);
  Launch launch(vote, 1, 48);
  launch.buffer(votes, "votes");
  EXPECT_EQ(texts(launch.run(1)), "");
  uint32_t expected[2] = {0, 0};
  for (int i = 0; i < 48; i += 3)
    expected[i / 32] |= 1u << i % 32;
  for (int i = 0; i < 48; ++i)
    EXPECT_EQ(votes[i], expected[i / 32]);
}

} // namespace
