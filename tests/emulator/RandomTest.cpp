// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random programs of loads, stores, atomics and meetings, against a plain definition of a race: vector clocks of all
// threads and all pairs of accesses. A report must be a race by that definition, and a program with a race must get
// one.
#include "Random.h"
#include "Harness.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace tao::emu;
using namespace tao::emu::test;

namespace {

constexpr uint32_t kBlocks = 2, kBlockThreads = 64, kThreads = kBlocks * kBlockThreads;
constexpr uint32_t kBytes = 128;

enum Meet : uint32_t { kNothing, kHalfWarps, kWarps, kBlock, kGrid, kNumMeets };

struct Action {
  uint32_t offset, bytes;
  bool isStore, isAtomic, isShared;
};

/// In each phase every thread may do something; then some meet.
struct Program {
  struct Phase {
    Meet meet;
    std::vector<std::vector<Action>> actions; // by thread of the grid
  };
  std::vector<Phase> phases;
};

Program makeProgram(uint64_t seed) {
  Random random(seed);
  Program program;
  program.phases.resize(2 + random.below(4));
  // Few accesses, mostly to a place of the thread's own for this phase, so that many programs are right.
  uint32_t rarity = 2 + random.below(30), sharing = 4u << random.below(10);
  uint32_t shift = 0;
  for (Program::Phase &phase : program.phases) {
    phase.meet = Meet(random.below(kNumMeets));
    phase.actions.resize(kThreads);
    const uint32_t shifts[] = {0, 1, 16, 32, 64};
    shift += shifts[random.below(5)];
    for (uint32_t thread = 0; thread < kThreads; ++thread)
      while (random.below(rarity) == 0) {
        Action action;
        action.bytes = 1u << random.below(3);
        action.isShared = random.below(2);
        uint32_t own = (thread + shift) % (action.isShared ? kBlockThreads : kThreads) * 2;
        bool isOwn = random.below(sharing) != 0;
        action.bytes = isOwn ? std::min(action.bytes, 2u) : action.bytes;
        uint32_t size = action.isShared ? kBytes : 2 * kBytes;
        action.offset = isOwn ? own : random.below(size / action.bytes) * action.bytes;
        action.isAtomic = action.bytes == 4 && random.below(3) == 0;
        action.isStore = action.isAtomic || random.below(2);
        phase.actions[thread].push_back(action);
      }
  }
  return program;
}

/// Threads that meet at the end of a phase have the same number.
uint32_t groupOf(Meet meet, uint32_t thread) {
  uint32_t sizes[kNumMeets] = {1, 16, 32, kBlockThreads, kThreads};
  return thread / sizes[meet];
}

/// What a program has of pairs of accesses that need an order.
enum class Pairs { None, Ordered, Racing };

Pairs pairsOf(const Program &program) {
  struct Done {
    Action action;
    uint32_t thread, time;
    std::vector<uint32_t> clock;
  };
  std::vector<std::vector<uint32_t>> clocks(kThreads, std::vector<uint32_t>(kThreads));
  std::vector<Done> done;
  for (const Program::Phase &phase : program.phases) {
    for (uint32_t thread = 0; thread < kThreads; ++thread)
      for (const Action &action : phase.actions[thread])
        done.push_back({action, thread, ++clocks[thread][thread], clocks[thread]});
    for (uint32_t thread = 0; thread < kThreads; ++thread) {
      if (phase.meet == kNothing || (thread && groupOf(phase.meet, thread - 1) == groupOf(phase.meet, thread)))
        continue;
      uint32_t end = thread;
      std::vector<uint32_t> joint(kThreads);
      for (; end < kThreads && groupOf(phase.meet, end) == groupOf(phase.meet, thread); ++end)
        for (uint32_t i = 0; i < kThreads; ++i)
          joint[i] = std::max(joint[i], clocks[end][i]);
      std::fill(clocks.begin() + thread, clocks.begin() + end, joint);
    }
  }
  Pairs result = Pairs::None;
  for (const Done &a : done)
    for (const Done &b : done) {
      bool isSamePlace = a.action.isShared == b.action.isShared &&
                         (!a.action.isShared || a.thread / kBlockThreads == b.thread / kBlockThreads) &&
                         a.action.offset < b.action.offset + b.action.bytes &&
                         b.action.offset < a.action.offset + a.action.bytes;
      bool isHarmless =
          a.thread == b.thread || !(a.action.isStore || b.action.isStore) || (a.action.isAtomic && b.action.isAtomic);
      if (!isSamePlace || isHarmless)
        continue;
      if (b.clock[a.thread] < a.time && a.clock[b.thread] < b.time)
        return Pairs::Racing;
      result = Pairs::Ordered;
    }
  return result;
}

void interpret(tao_emu_thread *thread, void *const *args) {
  Gpu gpu{thread, args};
  const Program &program = *reinterpret_cast<const Program *>(gpu.number(1));
  const tao_emu_api &api = *thread->api;
  for (const Program::Phase &phase : program.phases) {
    for (const Action &action : phase.actions[gpu.global()]) {
      char *base = action.isShared ? static_cast<char *>(thread->shared) : *static_cast<char *const *>(args[0]);
      uint32_t how = (action.isShared ? TAO_EMU_SHARED : 0) + (action.isStore ? TAO_EMU_STORE : 0);
      // What is in memory does not matter, so nothing is stored: the program itself stays without races.
      if (action.isAtomic)
        api.atomic(thread, base + action.offset, 0, 0, TAO_EMU_ADD, TAO_EMU_I32, TAO_EMU_RELAXED, how, 0, kCount);
      else
        api.access(thread, base + action.offset, action.bytes, how, action.isShared ? TAO_EMU_ANY_BUFFER : 0, kLoad);
    }
    if (phase.meet == kHalfWarps)
      api.warp_barrier(thread, thread->lane < 16 ? 0xffff : 0xffff0000, kBarrier1);
    if (phase.meet == kWarps)
      api.shuffle(thread, 0, TAO_EMU_DOWN, 1, 32, kAllLanes, kShuffle);
    if (phase.meet == kBlock)
      gpu.barrier(kBarrier2);
    if (phase.meet == kGrid)
      gpu.gridBarrier(kBarrier3);
  }
}

TEST(Random, ReportsAreRacesByDefinition) {
  uint32_t numOrdered = 0, numWrong = 0, numCaught = 0;
  for (uint64_t seed = 0; seed < 600; ++seed) {
    Program program = makeProgram(seed);
    std::vector<int32_t> memory(2 * kBytes / 4);
    Launch launch(interpret, kBlocks, kBlockThreads);
    launch.buffer(memory, "memory").number(reinterpret_cast<int64_t>(&program)).shared(kBytes).cooperative();
    std::vector<Report> reports = launch.run(seed, 1 + seed % 2);
    reports.erase(std::remove_if(reports.begin(), reports.end(),
                                 [](const Report &report) { return report.kind == TAO_EMU_UNWRITTEN; }),
                  reports.end());
    bool isCaught = !reports.empty();
    for (const Report &report : reports)
      EXPECT_EQ(report.kind, uint32_t(TAO_EMU_RACE)) << report.text;
    Pairs pairs = pairsOf(program);
    if (pairs == Pairs::Racing) {
      ++numWrong;
      numCaught += isCaught;
    } else {
      numOrdered += pairs == Pairs::Ordered;
      EXPECT_EQ(texts(reports), "") << "seed " << seed;
    }
  }
  // The generator makes enough of each kind to mean something.
  EXPECT_GT(numOrdered, 50u);
  EXPECT_GT(numWrong, 150u);
  EXPECT_EQ(numCaught, numWrong);
  RecordProperty("ordered", int(numOrdered));
  RecordProperty("racing", int(numWrong));
}

} // namespace
