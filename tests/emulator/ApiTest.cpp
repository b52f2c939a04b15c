// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a report says, what a launch refuses, and kernels that never end by themselves.
#include "Harness.h"

#include <cstddef>
#include <gtest/gtest.h>

using namespace tao::emu::test;

namespace {

// Generated code has these offsets built in.
static_assert(offsetof(tao_emu_thread, api) == 0 && offsetof(tao_emu_thread, shared) == 8);
static_assert(offsetof(tao_emu_thread, thread_id) == 16 && offsetof(tao_emu_thread, block_id) == 28);
static_assert(offsetof(tao_emu_thread, block_dim) == 40 && offsetof(tao_emu_thread, grid_dim) == 52);
static_assert(offsetof(tao_emu_thread, lane) == 64 && offsetof(tao_emu_thread, warp) == 68);
static_assert(offsetof(tao_emu_api, access) == 8 && offsetof(tao_emu_api, index) == 16);
static_assert(offsetof(tao_emu_api, barrier) == 24 && offsetof(tao_emu_api, warp_barrier) == 32);
static_assert(offsetof(tao_emu_api, shuffle) == 40 && offsetof(tao_emu_api, ballot) == 48);
static_assert(offsetof(tao_emu_api, atomic) == 56 && offsetof(tao_emu_api, fence) == 64);
static_assert(offsetof(tao_emu_api, grid_barrier) == 72);

void clash(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  if (gpu.global() == 3)
    gpu.buffer<float>(0).store(5, 1);
  if (gpu.global() == 4)
    gpu.buffer<float>(0).load(5);
}

TEST(Api, ReportSaysWhoAndWhere) {
  std::vector<float> x(8);
  Launch launch(clash, 2, 4);
  launch.buffer(x, "x");
  std::vector<Report> reports = launch.run(0);
  ASSERT_EQ(reports.size(), 1u);
  const Report &report = reports[0];
  EXPECT_EQ(report.kind, uint32_t(TAO_EMU_RACE));
  EXPECT_EQ(report.buffer, "x");
  EXPECT_EQ(report.offset, 20);
  ASSERT_EQ(report.numSides, 2u);
  EXPECT_EQ(report.sides[0].block_id[0], 1u);
  EXPECT_EQ(report.sides[0].thread_id[0], 0u);
  EXPECT_EQ(report.sides[0].site, uint32_t(kLoad));
  EXPECT_EQ(report.sides[0].is_store, 0u);
  EXPECT_EQ(report.sides[1].block_id[0], 0u);
  EXPECT_EQ(report.sides[1].thread_id[0], 3u);
  EXPECT_EQ(report.sides[1].is_store, 1u);
  EXPECT_EQ(report.text, "kernel: race: block (1,0,0) thread (0,0,0) at load loads 4 bytes of 'x' at byte 20; "
                         "the other: block (0,0,0) thread (3,0,0) at store stores");
}

void outside(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  gpu.buffer<float>(0).store(gpu.tid() + 4, 1);
}

TEST(Api, SameFaultIsReportedOnce) {
  std::vector<float> x(16, 0);
  Launch launch(outside, 3, 8);
  launch.memory(x.data(), 16, "x");
  std::vector<Report> reports = launch.run(0);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].text,
            "kernel: out of bounds: block (0,0,0) thread (0,0,0) at store stores 4 bytes outside of the "
            "16 bytes of 'x' at byte 16");
  EXPECT_EQ(launch.result.num_faults, 24u);
  EXPECT_EQ(x, std::vector<float>(16, 0)); // what is outside is not written
}

void anywhere(tao_emu_thread *thread, void *const *args) {
  auto *x = *static_cast<float *const *>(args[0]);
  auto *to = static_cast<float *>(
      thread->api->access(thread, x + thread->thread_id[0], 4, TAO_EMU_STORE, TAO_EMU_ANY_BUFFER, kStore));
  *to = 1;
}

TEST(Api, BufferIsFoundByAddress) {
  std::vector<float> x(6);
  Launch launch(anywhere, 1, 6);
  launch.memory(x.data(), 8, "a").memory(x.data() + 2, 8, "b").memory(x.data() + 5, 4, "c");
  std::vector<Report> reports = launch.run(0);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].text,
            "kernel: out of bounds: block (0,0,0) thread (4,0,0) at store stores 4 bytes outside of all buffers");
  EXPECT_EQ(x, (std::vector<float>{1, 1, 1, 1, 0, 1}));
}

TEST(Api, UncheckedReportsNothing) {
  std::vector<float> x(16);
  Launch launch(outside, 1, 8);
  launch.memory(x.data(), 16, "x");
  launch.launch.unchecked = 1;
  EXPECT_TRUE(launch.run(0).empty());
  EXPECT_EQ(x[11], 1);
}

void readFresh(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  float staged = gpu.shared<float>().load(gpu.tid(), kFetch);
  float fresh = gpu.buffer<float>(0).load(gpu.tid());
  gpu.buffer<uint8_t>(1).store(gpu.tid(), staged != staged && fresh == 0);
}

TEST(Api, UnwrittenMemory) {
  std::vector<float> x(32);
  std::vector<uint8_t> isPoisoned(32);
  Launch launch(readFresh, 1, 32);
  launch.buffer(x, "x", TAO_EMU_FRESH).buffer(isPoisoned, "isPoisoned").shared(128);
  EXPECT_EQ(kinds(launch.run(0)), (std::vector<uint32_t>{TAO_EMU_UNWRITTEN, TAO_EMU_UNWRITTEN}));
  EXPECT_EQ(isPoisoned, std::vector<uint8_t>(32, 1));
}

void badShuffle(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  gpu.shuffle(1, TAO_EMU_XOR, uint32_t(gpu.number(0)), uint32_t(gpu.number(1)));
}

TEST(Api, BadShuffle) {
  for (auto [offset, width] : {std::pair(16, 16), {1, 24}, {1, 64}, {0, 0}}) {
    Launch launch(badShuffle, 1, 32);
    launch.number(offset).number(width);
    std::vector<Report> reports = launch.run(0);
    ASSERT_EQ(reports.size(), 1u);
    EXPECT_EQ(reports[0].text, "kernel: bad shuffle: block (0,0,0) thread (0,0,0) at shuffle shuffles by " +
                                   std::to_string(offset) + " in groups of " + std::to_string(width) + " lanes");
  }
}

/// Waits for a flag that nobody raises: by atomics, or by loads.
void waitForever(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  auto flag = gpu.buffer<int32_t>(0);
  if (gpu.tid() != 0)
    return gpu.barrier();
  while (!(gpu.number(1) ? flag.atomic(0, TAO_EMU_LOAD_ATOMIC, 0, TAO_EMU_I32) : flag.load(0)))
    ;
}

TEST(Api, DeadlockEnds) {
  for (int64_t isAtomic : {0, 1})
    for (uint32_t numThreads : {1u, 2u}) {
      std::vector<int32_t> flag(1);
      Launch launch(waitForever, 4, 8);
      launch.buffer(flag, "flag", TAO_EMU_READ_ONLY).number(isAtomic);
      std::vector<Report> reports = launch.run(1, numThreads);
      ASSERT_FALSE(reports.empty());
      EXPECT_EQ(kinds(reports).back(), uint32_t(TAO_EMU_DEADLOCK)) << texts(reports);
    }
}

void gridDiverges(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  if (gpu.number(0) == 0 ? gpu.bid() == 2 : gpu.global() == 9)
    return;
  gpu.gridBarrier();
}

TEST(Api, GridBarrierDivergence) {
  for (int64_t who : {0, 1})
    for (uint32_t numThreads : {1u, 3u}) {
      Launch launch(gridDiverges, 3, 8);
      launch.number(who).cooperative();
      std::vector<Report> reports = launch.run(2, numThreads);
      ASSERT_FALSE(reports.empty());
      for (const Report &report : reports)
        EXPECT_EQ(report.kind, uint32_t(TAO_EMU_BARRIER_DIVERGENCE)) << report.text;
    }
}

TEST(Api, GridBarrierNeedsACooperativeLaunch) {
  Launch launch(gridDiverges, 1, 8);
  launch.number(0);
  std::vector<Report> reports = launch.run(0);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].text,
            "kernel: divergent barrier: block (0,0,0) thread (0,0,0) at barrier1 waits for the grid, but "
            "the launch is not cooperative");
}

TEST(Api, RefusedLaunches) {
  auto refuse = [](const Launch &launch) {
    const char *error = nullptr;
    EXPECT_EQ(tao_emu_run(&launch.launch, nullptr, &error), 1);
    return std::string(error ? error : "");
  };
  EXPECT_EQ(refuse(Launch(nullptr, 1, 1)), "the launch is not filled in");
  EXPECT_EQ(refuse(Launch(clash, 0, 1)), "the grid or block is empty");
  EXPECT_EQ(refuse(Launch(clash, 1, 0)), "the grid or block is empty");
  EXPECT_EQ(refuse(Launch(clash, 1, 1025)), "a block has more than 1024 threads");
  Launch huge(clash, ~0u, 1);
  huge.launch.grid[1] = 2;
  EXPECT_EQ(refuse(huge), "the grid has too many blocks");
  Launch slots(clash, 1, 1);
  tao_emu_slot slot = {0, 8, "slot"};
  slots.launch.slots = &slot;
  slots.launch.num_slots = 1;
  EXPECT_EQ(refuse(slots), "a slot lies outside of the shared memory");
}

TEST(Api, SameSeedSameSchedule) {
  std::vector<std::string> first;
  for (int round = 0; round < 2; ++round)
    for (uint64_t seed : kSeeds) {
      std::vector<float> x(8);
      Launch launch(clash, 2, 4);
      launch.buffer(x, "x");
      std::string text = texts(launch.run(seed));
      if (round == 0)
        first.push_back(text);
      else
        EXPECT_EQ(text, first[seed]);
    }
}

} // namespace
