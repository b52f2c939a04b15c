// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Planted faults, one at a time, in a kernel that is right without them: each is caught under every schedule.
#include "Harness.h"

#include <gtest/gtest.h>

using namespace tao::emu::test;

namespace {

/// What the kernel does wrong.
enum Plant : int64_t {
  kRight,
  kMissingBarrier1, ///< between staging the row and summing it
  kMissingBarrier2, ///< between the sums of the warps and the sum of them
  kMissingBarrier3, ///< before the arena is staged again
  kMissingBarrier4, ///< between the sum and its use by all
  kDivergentBarrier,
  kBarrierAfterExit,
  kOtherBarrier,
  kDivergentShuffle,
  kShuffleAfterExit,
  kWrongWidth,
  kLoadOffByOne,
  kStoreOffByOne,
  kStageOffByOne,
  kMissingMask,
  kMissingStoreMask,
  kBadIndex,
  kMisalignedVector,
  kArenaOverlap,
  kUnwrittenStage,
  kMissingAtomic,
  kAllLanesStore,
  kStoreToInput,
};

constexpr int64_t kRows = 6, kColumns = 120, kThreads = 64;
constexpr uint64_t kRowSlot = 0, kPartialSlot = 512, kSumSlot = 520, kArena = 640;

struct Two {
  float v[2];
};

/// y = x - sum(x) over rows of 120, two rows a block, and the sum of all in `total`. Loads are pairs.
void center(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  Plant plant = Plant(gpu.number(3));
  auto x = gpu.buffer<float>(0), y = gpu.buffer<float>(1), total = gpu.buffer<float>(2);
  auto row = gpu.shared<float>(kRowSlot, 0);
  auto partials = gpu.shared<float>(plant == kArenaOverlap ? kRowSlot : kPartialSlot, 1);
  auto sum = gpu.shared<float>(kSumSlot, 2);
  for (int64_t k = 0; k < 2; ++k) {
    int64_t r = gpu.bid() * 2 + k, c = gpu.tid() * 2;
    bool isInside = plant == kMissingMask || c < kColumns;
    int64_t shift = plant == kLoadOffByOne ? 2 : plant == kMisalignedVector ? 1 : 0;
    if (isInside) {
      if (plant == kBadIndex)
        c = thread->api->index(thread, c + 4, kColumns, kLoad);
      Two two = x.load<Two>(r * kColumns + c + shift, kLoad);
      row.store<Two>(c + (plant == kStageOffByOne ? kColumns + 6 : 0), two, kStage);
      if (plant == kStoreToInput)
        x.store<Two>(r * kColumns + c, two);
    }
    if (plant == kBarrierAfterExit && gpu.tid() == kThreads - 1)
      return;
    if (plant == kDivergentBarrier) {
      if (isInside)
        gpu.barrier(kBarrier1);
    } else if (plant == kOtherBarrier && gpu.tid() % 2) {
      gpu.barrier(kBarrier3);
    } else if (plant != kMissingBarrier1) {
      gpu.barrier(kBarrier1);
    }

    // Warp 1 sums the first half and warp 0 the second, so that every value crosses a warp.
    float value = 0;
    int64_t first = (1 - thread->warp) * 64;
    for (int64_t i = thread->lane; i < 64; i += 32)
      if (first + i < kColumns || plant == kUnwrittenStage)
        value += row.load(first + i, kFetch);
    if (plant == kShuffleAfterExit && gpu.tid() == 40)
      return;
    if (plant != kDivergentShuffle || thread->lane < 30)
      value = gpu.warpSum(value, plant == kWrongWidth && thread->lane >= 16 ? 16 : 32);
    if (thread->lane == 0 || plant == kAllLanesStore)
      partials.store(thread->warp, value, kStage);
    if (plant != kMissingBarrier2)
      gpu.barrier(kBarrier2);
    if (gpu.tid() == 40) {
      float all = partials.load(0, kFetch) + partials.load(1, kFetch);
      sum.store(0, all, kStage);
      if (plant == kMissingAtomic)
        total.store(0, total.load(0, kCount) + all, kCount);
      else
        total.atomic(0, TAO_EMU_ADD, all, TAO_EMU_F32);
    }
    if (plant != kMissingBarrier4)
      gpu.barrier(kBarrier3);

    float mean = sum.load(0, kFetch);
    if (c < kColumns || plant == kMissingStoreMask) {
      // Another thread's pair, so that it must not be staged anew before it is read.
      int64_t d = c < kColumns ? (c + 2) % kColumns : c, shift = plant == kStoreOffByOne ? 2 : 0;
      Two old = row.load<Two>(c < kColumns ? d : 0, kFetch);
      y.store<Two>(r * kColumns + d + shift, Two{{old.v[0] - mean, old.v[1] - mean}}, kFinish);
    }
    if (plant != kMissingBarrier3)
      gpu.barrier(kBarrier3);
  }
}

struct Outcome {
  std::vector<Report> reports;
  std::vector<float> y;
  float total;
};

Outcome run(Plant plant, uint64_t seed, uint32_t numThreads = 1) {
  std::vector<float> x(kRows * kColumns), y(kRows * kColumns), total(1);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = float(i % 11);
  Launch launch(center, kRows / 2, kThreads);
  launch.buffer(x, "x", TAO_EMU_READ_ONLY).buffer(y, "y", TAO_EMU_FRESH).buffer(total, "total").number(plant);
  launch.shared(kArena).slot(kRowSlot, kColumns * 4, "row");
  launch.slot(plant == kArenaOverlap ? kRowSlot : kPartialSlot, 8, "partials").slot(kSumSlot, 4, "sum");
  Outcome outcome;
  outcome.reports = launch.run(seed, numThreads);
  outcome.y = y;
  outcome.total = total[0];
  return outcome;
}

TEST(Fault, NoneInTheRightKernel) {
  float total = 0;
  for (int64_t i = 0; i < kRows * kColumns; ++i)
    total += float(i % 11);
  for (uint64_t seed = 0; seed < 64; ++seed) {
    Outcome outcome = run(kRight, seed, 1 + seed % 3);
    EXPECT_EQ(texts(outcome.reports), "");
    EXPECT_EQ(outcome.total, total);
    for (int64_t r = 0; r < kRows; ++r) {
      float sum = 0;
      for (int64_t c = 0; c < kColumns; ++c)
        sum += float((r * kColumns + c) % 11);
      for (int64_t c = 0; c < kColumns; ++c)
        ASSERT_EQ(outcome.y[r * kColumns + c], float((r * kColumns + c) % 11) - sum);
    }
  }
}

/// The fault is reported with this kind under every schedule (besides what follows from it).
void expectCaught(Plant plant, uint32_t kind, const char *buffer = nullptr) {
  for (uint64_t seed : kSeeds) {
    Outcome outcome = run(plant, seed);
    bool isCaught = false;
    for (const Report &report : outcome.reports)
      isCaught |= report.kind == kind && (!buffer || report.buffer == buffer);
    EXPECT_TRUE(isCaught) << "seed " << seed << "\n" << texts(outcome.reports);
  }
}

TEST(Fault, MissingBarrier) {
  for (Plant plant : {kMissingBarrier1, kMissingBarrier2, kMissingBarrier3, kMissingBarrier4})
    for (uint64_t seed : kSeeds) {
      std::vector<Report> reports = run(plant, seed).reports;
      ASSERT_FALSE(reports.empty()) << "plant " << plant << " seed " << seed;
      bool hasRace = false;
      for (const Report &report : reports) {
        EXPECT_TRUE(report.kind == TAO_EMU_RACE || report.kind == TAO_EMU_UNWRITTEN) << report.text;
        hasRace |= report.kind == TAO_EMU_RACE;
      }
      EXPECT_TRUE(hasRace) << "plant " << plant << " seed " << seed << "\n" << texts(reports);
    }
}

TEST(Fault, DivergentBarrier) {
  for (Plant plant : {kDivergentBarrier, kBarrierAfterExit, kOtherBarrier})
    expectCaught(plant, TAO_EMU_BARRIER_DIVERGENCE);
}

TEST(Fault, DivergentShuffle) {
  for (Plant plant : {kDivergentShuffle, kShuffleAfterExit})
    expectCaught(plant, TAO_EMU_SHUFFLE_DIVERGENCE);
}

TEST(Fault, WrongWidth) { expectCaught(kWrongWidth, TAO_EMU_SHUFFLE_DIVERGENCE); }

TEST(Fault, OutOfBounds) {
  expectCaught(kLoadOffByOne, TAO_EMU_OUT_OF_BOUNDS, "x");
  expectCaught(kStoreOffByOne, TAO_EMU_OUT_OF_BOUNDS, "y");
  expectCaught(kStageOffByOne, TAO_EMU_OUT_OF_BOUNDS, "row");
  expectCaught(kMissingMask, TAO_EMU_OUT_OF_BOUNDS, "x");
  expectCaught(kMissingStoreMask, TAO_EMU_OUT_OF_BOUNDS, "y");
  expectCaught(kBadIndex, TAO_EMU_OUT_OF_BOUNDS);
}

TEST(Fault, MisalignedVector) { expectCaught(kMisalignedVector, TAO_EMU_MISALIGNED, "x"); }
TEST(Fault, ArenaOverlap) { expectCaught(kArenaOverlap, TAO_EMU_OVERLAP, "row"); }
TEST(Fault, UnwrittenStage) { expectCaught(kUnwrittenStage, TAO_EMU_OUT_OF_BOUNDS, "row"); }
TEST(Fault, MissingAtomic) { expectCaught(kMissingAtomic, TAO_EMU_RACE, "total"); }
TEST(Fault, AllLanesStore) { expectCaught(kAllLanesStore, TAO_EMU_RACE, "partials"); }
TEST(Fault, StoreToInput) { expectCaught(kStoreToInput, TAO_EMU_READ_ONLY_STORE, "x"); }

} // namespace
