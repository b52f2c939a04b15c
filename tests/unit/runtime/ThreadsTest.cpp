// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parallel loop over its three back ends: every task exactly once, for any number of tasks and threads.
#include "runtime/src/Threads.h"
#include "TestImage.h"

#include <gtest/gtest.h>
#include <memory>
#include <sched.h>
#include <thread>

using namespace tao::rt;
using tao::test::HostPool;

namespace {

struct Marks {
  explicit Marks(int64_t n) : counts(new std::atomic<int>[size_t(n)]), n(n) {
    for (int64_t i = 0; i < n; ++i)
      counts[i] = 0;
  }
  static void mark(void *arg, int64_t begin, int64_t end) {
    auto *self = static_cast<Marks *>(arg);
    for (int64_t i = begin; i < end; ++i)
      self->counts[i].fetch_add(1);
  }
  void expectEachOnce() const {
    for (int64_t i = 0; i < n; ++i)
      ASSERT_EQ(counts[i], 1) << "task " << i << " of " << n;
  }
  std::unique_ptr<std::atomic<int>[]> counts;
  int64_t n;
};

constexpr int64_t kCounts[] = {0, 1, 2, 3, 7, 8, 9, 64, 1000, 4097};

void runAll(Threads &threads) {
  for (int round = 0; round < 20; ++round)
    for (int64_t n : kCounts) {
      Marks marks(n);
      threads.parallelFor(n, Marks::mark, &marks);
      marks.expectEachOnce();
    }
}

class BackEnd : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(ThreadCounts, BackEnd, testing::Values(1, 2, 3, 8));

TEST_P(BackEnd, OwnPool) {
  Threads threads;
  ASSERT_TRUE(threads.reserve(GetParam(), false));
  runAll(threads);
  threads.shutDown();
}

TEST_P(BackEnd, OpenMpTeam) {
  Threads threads;
  ASSERT_TRUE(threads.reserve(GetParam(), true));
  ASSERT_NE(threads.openMp(), nullptr);
  int before = threads.openMp()->maxThreads();
  threads.beginRun();
  runAll(threads);
  threads.endRun();
  EXPECT_EQ(threads.openMp()->maxThreads(), before);
  threads.shutDown();
}

TEST_P(BackEnd, HostPool) {
  Threads threads;
  ASSERT_TRUE(threads.reserve(1, false));
  HostPool host(GetParam());
  threads.setHost(&host.pool);
  EXPECT_EQ(threads.count(), GetParam());
  runAll(threads);
  EXPECT_EQ(host.calls > 0, GetParam() > 1);
  threads.shutDown();
}

TEST(Threads, HostThatRunsAllInOneCall) {
  Threads threads;
  ASSERT_TRUE(threads.reserve(1, false));
  tao_thread_pool pool = {
      nullptr, 5, [](void *, int64_t n, void (*body)(void *, int64_t, int64_t), void *arg) { body(arg, 0, n); }};
  threads.setHost(&pool);
  runAll(threads);
}

TEST(Threads, PoolWakesFromSleep) {
  Threads threads;
  ASSERT_TRUE(threads.reserve(3, false));
  for (int round = 0; round < 20; ++round) {
    Marks marks(300);
    threads.parallelFor(300, Marks::mark, &marks);
    marks.expectEachOnce();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  threads.shutDown();
}

TEST(Threads, ManyShortLoops) {
  Threads threads;
  ASSERT_TRUE(threads.reserve(2, false));
  std::atomic<int64_t> sum{0};
  for (int round = 0; round < 20000; ++round)
    threads.parallelFor(
        8,
        [](void *arg, int64_t begin, int64_t end) { static_cast<std::atomic<int64_t> *>(arg)->fetch_add(end - begin); },
        &sum);
  EXPECT_EQ(sum, 160000);
  threads.shutDown();
}

TEST(Threads, CountRespectsAffinity) {
  cpu_set_t old, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof(old), &old), 0);
  EXPECT_LE(availableCpus(), CPU_COUNT(&old));
  EXPECT_GE(availableCpus(), 1);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &old)) {
      CPU_SET(cpu, &one);
      break;
    }
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(availableCpus(), 1);
  sched_setaffinity(0, sizeof(old), &old);
}

} // namespace
