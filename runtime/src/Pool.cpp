// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The runtime's own threads; see Pool.h.
#include "Pool.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tao::rt {

/// Rounds of spinning before sleep, about 30 microseconds: longer than the gap between two kernels of a run, shorter
/// than anyone would notice as load. Waking a sleeper costs about 10.
constexpr int kSpinRounds = 1000;

static void futex(std::atomic<uint32_t> &word, int operation, uint32_t value) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

Pool *Pool::create(int32_t numHelpers) {
  auto *pool = make<Pool>();
  if (!pool || !pool->helpers.resize(numHelpers)) {
    destroy(pool);
    return nullptr;
  }
  pool->spin = numHelpers < availableCpus();
  // Signals are for the host's threads.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &old);
  for (; pool->numHelpers < numHelpers; ++pool->numHelpers) {
    Helper &helper = pool->helpers[pool->numHelpers];
    helper.pool = pool;
    helper.index = pool->numHelpers + 1;
    if (pthread_create(&helper.thread, nullptr, &Pool::main, &helper) != 0)
      break;
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  if (pool->numHelpers == 0) {
    destroy(pool);
    return nullptr;
  }
  return pool;
}

void Pool::shutDown(Pool *pool) {
  if (!pool)
    return;
  pool->stop();
  destroy(pool);
}

void Pool::stop() {
  stopping.store(true);
  generation.fetch_add(1);
  futex(generation, FUTEX_WAKE, INT32_MAX);
  for (int32_t i = 0; i < numHelpers; ++i)
    pthread_join(helpers[i].thread, nullptr);
}

void *Pool::main(void *helper) {
  auto *self = static_cast<Helper *>(helper);
  self->pool->help(self->index);
  return nullptr;
}

void Pool::help(int32_t index) {
  uint32_t seen = 0;
  while (true) {
    uint32_t now = generation.load(std::memory_order_acquire);
    for (int i = 0; spin && now == seen && i < kSpinRounds; ++i) {
      __builtin_ia32_pause();
      now = generation.load(std::memory_order_acquire);
    }
    if (now == seen) {
      sleepers.fetch_add(1);
      futex(generation, FUTEX_WAIT, seen);
      sleepers.fetch_sub(1);
      continue;
    }
    seen = now;
    if (stopping.load())
      return;
    active.fetch_add(1);
    if (open.load() == seen && index < current.numWorkers)
      current.work(index);
    active.fetch_sub(1);
  }
}

void Pool::run(const ParallelLoop &loop) {
  current = loop;
  uint32_t number = generation.load(std::memory_order_relaxed) + 1;
  if (number == 0) // `open` uses zero for closed
    number = 1;
  open.store(number);
  generation.store(number);
  if (sleepers.load() > 0)
    futex(generation, FUTEX_WAKE, uint32_t(numHelpers));
  current.work(0);
  open.store(0);
  for (int i = 0; active.load() != 0; ++i) {
    if (i < kSpinRounds)
      __builtin_ia32_pause();
    else
      sched_yield(); // a helper may have lost its CPU in the middle of a chunk
  }
}

} // namespace tao::rt
