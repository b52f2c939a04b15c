// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Who runs: GPU threads, their block, and the CPU thread (worker) that lets them take turns. A worker runs one block
// after the other; in a cooperative launch it has all of its blocks at once.
#ifndef TAO_RUNTIME_EMULATOR_WORKER_H
#define TAO_RUNTIME_EMULATOR_WORKER_H

#include "Fiber.h"
#include "Machine.h"
#include "Random.h"

namespace tao::emu {

class Block;
class Worker;

enum class State : uint8_t { Ready, AtWarp, AtBarrier, AtGrid, Done };
enum class Meeting : uint8_t { Barrier, Shuffle, Ballot };

/// What a lane brings to a meeting of its warp, and what it takes away.
struct Request {
  Meeting meeting = Meeting::Barrier;
  uint32_t mask = 0; ///< of the lanes that the block has
  uint32_t mode = 0, offset = 0, width = 0;
  uint64_t value = 0;
  tao_emu_shuffled result = {0, 0};
};

struct Thread {
  tao_emu_thread face; ///< first: kernels hold its address
  Block *block = nullptr;
  const tao_emu_launch *launch = nullptr;
  uint32_t number = 0; ///< in the block
  State state = State::Ready;
  uint32_t site = TAO_EMU_NO_SITE; ///< of what it waits for
  uint32_t turns = 0;              ///< grows until others shall run, in loops that may only wait for them
  const void *lastLoad = nullptr;
  Fiber fiber;
  Request request;

  LaneClock clock;
  Knowledge known;
  Knowledge heard; ///< by relaxed atomics: known after the next fence
  bool hasFenced = false;
  Release fenced; ///< what relaxed atomics release

  inline Moment now() const;
  inline bool isAfter(const Moment &moment) const;
  /// All that this thread has done so far, as something to release.
  Release release();
};

/// A block while it runs, and the memory of its threads.
class Block {
public:
  Block(Worker &worker, uint32_t firstStack);

  /// Threads of block `number` are ready to run.
  void start(uint32_t number);
  /// No thread of it will run any more.
  void finish();

  // What threads ask for; each suspends its thread until the others are there.
  void barrier(Thread &thread, uint32_t site);
  void gridBarrier(Thread &thread, uint32_t site);
  void meetWarp(Thread &thread, uint32_t site);
  void threadDone(Thread &thread);

  // When no thread of the worker can run: reports what threads wait for in vain and lets them go on. False if none
  // does.
  bool breakWarps();
  bool breakBarrier();
  /// All threads wait for the grid or are done.
  bool isAtGrid() const { return numAtGrid != 0; }
  void passGrid(bool allWereThere);

  char *shared() { return arena.get(); }
  uint32_t lanesOf(uint32_t warp) const;

  Worker &worker;
  uint32_t number = 0;
  uint32_t epoch = 0, gridEpoch = 0;
  std::unique_ptr<Shadow> shadow;
  SyncTable sync; ///< of atomics on shared memory

private:
  struct Warp {
    uint32_t waiting = 0;
  };
  static void main(void *thread);
  void passBarrier(State from);
  /// The lanes of a warp that wait for the same as `thread`, by its mask and site.
  uint32_t alike(const Thread &thread) const;
  void completeWarp(uint32_t warp, uint32_t lanes);
  void exchange(Thread *warpThreads, uint32_t lanes);
  void diverged(uint32_t kind, const Thread &thread, const Thread *other, const char *what);

  const uint32_t firstStack;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  struct Free {
    void operator()(char *memory) const;
  };
  std::unique_ptr<char, Free> arena;
  uint32_t numAtBarrier = 0, numAtGrid = 0, numDone = 0;
};

Moment Thread::now() const {
  return {block->number, number, block->gridEpoch, block->epoch, clock.time[face.lane] + 1};
}

bool Thread::isAfter(const Moment &moment) const {
  if (moment.gridEpoch < block->gridEpoch)
    return true;
  if (moment.block == block->number) {
    if (moment.thread == number || moment.blockEpoch < block->epoch)
      return true;
    if (moment.thread / kWarpSize == face.warp && moment.time <= clock.time[moment.thread % kWarpSize])
      return true;
  }
  return !known.empty() && known.covers(moment);
}

class Worker {
public:
  Worker(Machine &machine, uint32_t index);

  /// Stacks for `numBlocks` blocks at once; false if there is no memory for them.
  bool reserve(uint32_t numBlocks);
  void run();

  void makeReady(Thread &thread);
  /// Others run until somebody makes `thread` ready.
  void suspend(Thread &thread);
  /// Others run, then `thread` again. Deadlock is suspected if nothing but this happens.
  void yield(Thread &thread);
  void progress() {
    if (numIdle)
      wake();
  }
  /// A place for accesses that must not happen.
  void *elsewhere(uint32_t bytes, bool isStore);

  Machine &machine;
  Stacks stacks;
  Fiber self;
  Random random;
  uint64_t numSwitches = 0;
  uint32_t numRunning = 0; ///< threads that are not done

private:
  void runReady();
  bool unblock();
  void idle(Thread &thread);
  void wake();

  const uint32_t index;
  std::vector<std::unique_ptr<Block>> blocks;
  std::vector<Thread *> ring; // of ready threads
  size_t head = 0, numReady = 0;
  uint32_t numIdle = 0, idleRounds = 0;
  bool isIdle = false;
  std::vector<char> harmless;
};

/// The table of what kernels may call.
extern const tao_emu_api kApi;

} // namespace tao::emu

#endif // TAO_RUNTIME_EMULATOR_WORKER_H
