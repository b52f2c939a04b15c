// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Order between blocks: atomics, fences and the barrier of the grid; each without a part that it needs as well.
#include "Harness.h"

#include <gtest/gtest.h>
#include <numeric>

using namespace tao::emu::test;

namespace {

/// What a kernel of this file leaves out.
enum Fault : int64_t { kNone, kNoFence, kNoBarrierBefore, kNoBarrierAfter, kPlainCount, kNoAcquire };

constexpr int64_t kBlocks = 12;

/// Each block sums a row by its warps; the block that comes last adds up what all blocks have stored.
void lastArriving(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  int64_t fault = gpu.number(4);
  auto partials = gpu.buffer<int64_t>(1);
  auto count = gpu.buffer<int32_t>(2);
  int64_t numWarps = gpu.dim() / 32;
  int64_t sum = gpu.warpSum(gpu.buffer<int64_t>(0).load(gpu.global()));
  if (thread->lane == 0)
    partials.store(gpu.bid() * numWarps + thread->warp, sum);
  if (fault != kNoBarrierBefore)
    gpu.barrier(kBarrier1);
  auto isLast = gpu.shared<int32_t>();
  if (gpu.tid() == 0) {
    if (fault != kNoFence)
      gpu.fence();
    int32_t before;
    if (fault == kPlainCount) {
      before = count.load(0, kCount);
      count.store(0, before + 1, kCount);
    } else {
      before = count.atomic(0, TAO_EMU_ADD, 1, TAO_EMU_I32);
    }
    if (fault != kNoAcquire)
      gpu.fence();
    isLast.store(0, before == kBlocks - 1, kStage);
  }
  if (fault != kNoBarrierAfter)
    gpu.barrier(kBarrier2);
  if (!isLast.load(0, kFetch))
    return;
  // All partials are stored, in whatever order.
  if (thread->warp == 0) {
    int64_t total = 0;
    for (int64_t i = thread->lane; i < kBlocks * numWarps; i += 32)
      total += partials.load(i, kFinish);
    total = gpu.warpSum(total);
    if (gpu.tid() == 0)
      gpu.buffer<int64_t>(3).store(0, total, kFinish);
  }
}

std::vector<Report> runLastArriving(Fault fault, uint64_t seed, uint32_t numThreads, int64_t &total) {
  std::vector<int64_t> x(kBlocks * 64), partials(kBlocks * 2), result(1);
  std::iota(x.begin(), x.end(), 0);
  std::vector<int32_t> count(1);
  Launch launch(lastArriving, kBlocks, 64);
  launch.buffer(x, "x", TAO_EMU_READ_ONLY).buffer(partials, "partials", TAO_EMU_FRESH).buffer(count, "count");
  launch.buffer(result, "result").number(fault).shared(4);
  std::vector<Report> reports = launch.run(seed, numThreads);
  total = result[0];
  return reports;
}

TEST(Sync, LastArrivingBlock) {
  int64_t n = kBlocks * 64, total;
  for (uint64_t seed : kSeeds)
    for (uint32_t numThreads : {1u, 2u, 5u}) {
      EXPECT_EQ(texts(runLastArriving(kNone, seed, numThreads, total)), "");
      EXPECT_EQ(total, n * (n - 1) / 2);
    }
}

TEST(Sync, LastArrivingBlockWithAFault) {
  int64_t total;
  for (Fault fault : {kNoFence, kNoBarrierBefore, kNoBarrierAfter, kPlainCount, kNoAcquire})
    for (uint64_t seed : kSeeds) {
      std::vector<Report> reports = runLastArriving(fault, seed, 1, total);
      ASSERT_FALSE(reports.empty()) << "fault " << fault << " seed " << seed;
      // That it goes on with wrong values may show as well.
      EXPECT_TRUE(reports[0].kind == TAO_EMU_RACE || reports[0].kind == TAO_EMU_UNWRITTEN) << texts(reports);
    }
}

/// Each block hands a value to the next by a flag; they wait for it in a loop.
void chain(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  auto values = gpu.buffer<int64_t>(0);
  auto flags = gpu.buffer<int32_t>(1);
  uint32_t acquire = gpu.number(2) ? TAO_EMU_ACQUIRE : TAO_EMU_RELAXED;
  int64_t b = gpu.bid();
  while (b != 0 && !flags.atomic(b - 1, TAO_EMU_LOAD_ATOMIC, 0, TAO_EMU_I32, acquire))
    ;
  // What block 0 wrote comes through all blocks between.
  values.store(b, b == 0 ? 1 : values.load(b - 1) + values.load(0));
  flags.atomic(b, TAO_EMU_STORE_ATOMIC, 1, TAO_EMU_I32, TAO_EMU_RELEASE);
}

TEST(Sync, ReleaseAndAcquire) {
  for (int64_t acquires : {1, 0})
    for (uint64_t seed : kSeeds)
      for (uint32_t numThreads : {1u, 3u}) {
        std::vector<int64_t> values(9);
        std::vector<int32_t> flags(9);
        Launch launch(chain, 9, 1);
        launch.buffer(values, "values").buffer(flags, "flags").number(acquires).cooperative();
        std::vector<Report> reports = launch.run(seed, numThreads);
        if (acquires) {
          EXPECT_EQ(texts(reports), "");
        } else {
          ASSERT_FALSE(reports.empty());
          EXPECT_EQ(reports.front().kind, uint32_t(TAO_EMU_RACE));
        }
        EXPECT_EQ(values[8], 9);
      }
}

/// Neighbours exchange values over the grid, twice.
void gridRounds(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  auto a = gpu.buffer<int64_t>(0), b = gpu.buffer<int64_t>(1);
  int64_t n = gpu.dim() * thread->grid_dim[0], i = gpu.global(), far = (i + n / 2) % n;
  a.store(i, i);
  if (gpu.number(2) != 1)
    gpu.gridBarrier(kBarrier1);
  b.store(i, a.load(far) * 2);
  if (gpu.number(2) != 2)
    gpu.gridBarrier(kBarrier2);
  a.store(i, b.load(far) + 1);
}

TEST(Sync, GridBarrier) {
  for (int64_t missing : {0, 1, 2})
    for (uint64_t seed : kSeeds)
      for (uint32_t numThreads : {1u, 3u}) {
        std::vector<int64_t> a(6 * 48), b(6 * 48);
        Launch launch(gridRounds, 6, 48);
        launch.buffer(a, "a").buffer(b, "b").number(missing).cooperative();
        std::vector<Report> reports = launch.run(seed, numThreads);
        if (missing) {
          ASSERT_FALSE(reports.empty());
          EXPECT_EQ(reports.front().kind, uint32_t(TAO_EMU_RACE));
          continue;
        }
        EXPECT_EQ(texts(reports), "");
        for (size_t i = 0; i < a.size(); ++i)
          ASSERT_EQ(a[i], int64_t(2 * i + 1));
      }
}

template <typename T> void atomicKernel(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  gpu.buffer<T>(0).atomic(gpu.tid() % 4, uint32_t(gpu.number(1)), T(gpu.global() % 7 + 1), uint32_t(gpu.number(2)));
}

template <typename T> std::vector<double> runAtomics(uint32_t operation, uint32_t type, T start) {
  std::vector<T> cells(4, start);
  Launch launch(atomicKernel<T>, 6, 32);
  launch.buffer(cells, "cells").number(operation).number(type);
  EXPECT_EQ(texts(launch.run(operation + 1, 3)), "");
  return {double(cells[0]), double(cells[1]), double(cells[2]), double(cells[3])};
}

template <typename T> void testAtomics(uint32_t type) {
  double sums[4] = {0, 0, 0, 0};
  for (int i = 0; i < 6 * 32; ++i)
    sums[i % 4] += i % 7 + 1;
  EXPECT_EQ(runAtomics<T>(TAO_EMU_ADD, type, T(0)), std::vector<double>(sums, sums + 4));
  EXPECT_EQ(runAtomics<T>(TAO_EMU_MAX, type, T(-9)), std::vector<double>(4, 7));
  EXPECT_EQ(runAtomics<T>(TAO_EMU_MIN, type, T(9)), std::vector<double>(4, 1));
}

TEST(Sync, AtomicsOfAllTypes) {
  testAtomics<int32_t>(TAO_EMU_I32);
  testAtomics<int64_t>(TAO_EMU_I64);
  testAtomics<float>(TAO_EMU_F32);
  testAtomics<double>(TAO_EMU_F64);
  testAtomics<_Float16>(TAO_EMU_F16);
  EXPECT_EQ(runAtomics<int32_t>(TAO_EMU_OR, TAO_EMU_I32, 0), std::vector<double>(4, 7));
  EXPECT_EQ(runAtomics<int32_t>(TAO_EMU_UMAX, TAO_EMU_I32, -1), std::vector<double>(4, -1));
  EXPECT_EQ(runAtomics<int32_t>(TAO_EMU_UMIN, TAO_EMU_I32, -1), std::vector<double>(4, 1));
}

/// A lock around plain loads and stores, by compare and swap.
void locked(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  auto lock = gpu.buffer<int32_t>(0), sum = gpu.buffer<int32_t>(1);
  while (lock.atomic(0, TAO_EMU_CAS, 1, TAO_EMU_I32, TAO_EMU_ACQUIRE, 0) != 0)
    ;
  sum.store(0, sum.load(0) + 1);
  lock.atomic(0, TAO_EMU_EXCHANGE, 0, TAO_EMU_I32, TAO_EMU_RELEASE);
}

TEST(Sync, Lock) {
  for (uint64_t seed : kSeeds) {
    std::vector<int32_t> lock(1), sum(1);
    Launch launch(locked, 4, 32);
    launch.buffer(lock, "lock").buffer(sum, "sum");
    EXPECT_EQ(texts(launch.run(seed, 2)), "");
    EXPECT_EQ(sum[0], 128);
  }
}

} // namespace
