// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels that are right: right numbers and no report, whatever the schedule and the number of CPU threads.
#include "Harness.h"

#include <gtest/gtest.h>
#include <numeric>

using namespace tao::emu::test;

namespace {

/// Runs a launch with every seed, on one CPU thread and on three; `check` looks at its results.
template <typename Prepare, typename Check>
void expectRight(Launch &launch, const Prepare &prepare, const Check &check) {
  for (uint64_t seed : kSeeds)
    for (uint32_t numThreads : {1u, 3u}) {
      prepare();
      std::vector<Report> reports = launch.run(seed, numThreads);
      EXPECT_EQ(texts(reports), "") << "seed " << seed;
      EXPECT_EQ(launch.result.num_faults, 0u);
      check();
    }
}

std::vector<float> ramp(size_t count) {
  std::vector<float> result(count);
  for (size_t i = 0; i < count; ++i)
    result[i] = float(i % 97) + 1;
  return result;
}

void addOne(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  int64_t i = gpu.global();
  if (i >= gpu.number(2))
    return; // some threads of the last block end early
  gpu.buffer<float>(1).store(i, gpu.buffer<float>(0).load(i) + 1);
}

TEST(Correct, Elementwise) {
  std::vector<float> x = ramp(1000), y(1000);
  Launch launch(addOne, 8, 128);
  launch.buffer(x, "x", TAO_EMU_READ_ONLY).buffer(y, "y", TAO_EMU_FRESH).number(1000);
  expectRight(
      launch, [&] { std::fill(y.begin(), y.end(), 0.0f); },
      [&] {
        for (size_t i = 0; i < y.size(); ++i)
          ASSERT_EQ(y[i], x[i] + 1);
      });
}

TEST(Correct, InPlace) {
  std::vector<float> x(1000), start = ramp(1000);
  Launch launch(addOne, 8, 128);
  launch.buffer(x, "x").buffer(x, "y").number(1000); // one memory, two names
  expectRight(
      launch, [&] { std::copy(start.begin(), start.end(), x.begin()); }, [&] { EXPECT_EQ(x[999], start[999] + 1); });
}

/// Neighbours write neighbouring bytes of one word.
void narrow(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  auto staged = gpu.shared<uint8_t>();
  staged.store(gpu.tid(), uint8_t(gpu.tid() * 3), kStage);
  gpu.barrier();
  uint8_t next = staged.load((gpu.tid() + 1) % gpu.dim(), kFetch);
  gpu.buffer<uint8_t>(0).store(gpu.global(), next);
  gpu.buffer<uint16_t>(1).store(gpu.global(), uint16_t(next + 1));
}

TEST(Correct, DisjointBytesOfAWord) {
  std::vector<uint8_t> bytes(256);
  std::vector<uint16_t> halves(256);
  Launch launch(narrow, 4, 64);
  launch.buffer(bytes, "bytes").buffer(halves, "halves").shared(64);
  expectRight(
      launch, [&] { std::fill(bytes.begin(), bytes.end(), 0); },
      [&] {
        for (int i = 0; i < 256; ++i) {
          ASSERT_EQ(bytes[i], uint8_t((i + 1) % 64 * 3));
          ASSERT_EQ(halves[i], bytes[i] + 1);
        }
      });
}

/// A tree in shared memory; the same memory again for a second row.
void treeSum(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  auto x = gpu.buffer<float>(0), sums = gpu.buffer<float>(1);
  auto staged = gpu.shared<float>();
  for (int64_t row = 0; row < 2; ++row) {
    int64_t r = gpu.bid() * 2 + row;
    staged.store(gpu.tid(), x.load(r * gpu.dim() + gpu.tid()), kStage);
    gpu.barrier(kBarrier1);
    for (int64_t half = gpu.dim() / 2; half; half /= 2) {
      if (gpu.tid() < half)
        staged.store(gpu.tid(), staged.load(gpu.tid(), kFetch) + staged.load(gpu.tid() + half, kFetch), kStage);
      gpu.barrier(kBarrier2);
    }
    if (gpu.tid() == 0)
      sums.store(r, staged.load(0, kFetch));
    gpu.barrier(kBarrier3);
  }
}

TEST(Correct, BlockReduction) {
  std::vector<float> x = ramp(8 * 128), sums(8);
  Launch launch(treeSum, 4, 128);
  launch.buffer(x, "x", TAO_EMU_READ_ONLY).buffer(sums, "sums", TAO_EMU_FRESH).shared(128 * 4);
  expectRight(
      launch, [&] { std::fill(sums.begin(), sums.end(), 0.0f); },
      [&] {
        for (int r = 0; r < 8; ++r)
          ASSERT_EQ(sums[r], std::accumulate(x.begin() + r * 128, x.begin() + (r + 1) * 128, 0.0f));
      });
}

/// 32 x 32 tiles of a 64 x 96 matrix, by blocks of 32 x 8; vectors of four on the way in.
void transpose(tao_emu_thread *thread, void *const *args) {
  struct Four {
    float v[4];
  };
  Gpu gpu{thread, args};
  int64_t rows = 64, columns = 96, tileRow = thread->block_id[1] * 32, tileColumn = thread->block_id[0] * 32;
  auto tile = gpu.shared<float>(0, 0);
  int64_t number = thread->thread_id[1] * 32 + thread->thread_id[0], r = number / 8, c = number % 8 * 4;
  Four four = gpu.buffer<float>(0).load<Four>((tileRow + r) * columns + tileColumn + c);
  for (int64_t i = 0; i < 4; ++i)
    tile.store(r * 33 + c + i, four.v[i], kStage);
  gpu.barrier();
  for (int64_t i = 0; i < 4; ++i) {
    int64_t y = thread->thread_id[1] * 4 + i, x = thread->thread_id[0];
    gpu.buffer<float>(1).store((tileColumn + y) * rows + tileRow + x, tile.load(x * 33 + y, kFetch));
  }
}

TEST(Correct, TransposedTile) {
  std::vector<float> x(64 * 96), y(64 * 96);
  std::iota(x.begin(), x.end(), 0.0f);
  Launch launch(transpose, 3, 32);
  launch.launch.grid[1] = 2;
  launch.launch.block[1] = 8;
  launch.buffer(x, "x", TAO_EMU_READ_ONLY)
      .buffer(y, "y", TAO_EMU_FRESH)
      .shared(33 * 32 * 4)
      .slot(0, 33 * 32 * 4, "tile");
  expectRight(
      launch, [&] { std::fill(y.begin(), y.end(), 0.0f); },
      [&] {
        for (int r = 0; r < 64; ++r)
          for (int c = 0; c < 96; ++c)
            ASSERT_EQ(y[c * 64 + r], x[r * 96 + c]);
      });
}

/// One part of the arena under two names, one after the other.
void reuse(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  auto first = gpu.shared<float>(0, 0);
  auto second = gpu.shared<double>(0, 1);
  first.store(gpu.tid(), float(gpu.tid()), kStage);
  gpu.barrier(kBarrier1);
  float value = first.load(gpu.dim() - 1 - gpu.tid(), kFetch);
  gpu.barrier(kBarrier2);
  second.store(gpu.tid(), value * 2.0, kStage);
  gpu.barrier(kBarrier3);
  gpu.buffer<double>(0).store(gpu.global(), second.load(gpu.dim() - 1 - gpu.tid(), kFetch));
}

TEST(Correct, ArenaReuse) {
  std::vector<double> y(4 * 64);
  Launch launch(reuse, 4, 64);
  launch.buffer(y, "y").shared(64 * 8).slot(0, 64 * 4, "first").slot(0, 64 * 8, "second");
  expectRight(
      launch, [&] { std::fill(y.begin(), y.end(), 0.0); },
      [&] {
        for (int i = 0; i < 256; ++i)
          ASSERT_EQ(y[i], 2.0 * (i % 64));
      });
}

} // namespace
