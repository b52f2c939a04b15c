// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The runtime's own threads. They spin for a short while after a loop, since the next kernel mostly follows at once,
// and then sleep on a futex.
#ifndef TAO_RUNTIME_POOL_H
#define TAO_RUNTIME_POOL_H

#include "Threads.h"

namespace tao::rt {

class Pool {
public:
  /// A pool with `numHelpers` threads besides the caller; fewer when the system refuses some, null when it refuses all.
  static Pool *create(int32_t numHelpers);
  static void shutDown(Pool *pool);

  /// The caller is worker 0 of the loop, helper i is worker i + 1.
  void run(const ParallelLoop &loop);

private:
  struct Helper {
    Pool *pool;
    int32_t index;
    pthread_t thread;
  };
  static void *main(void *helper);
  void help(int32_t index);
  void stop();

  Array<Helper> helpers;
  int32_t numHelpers = 0;
  bool spin = false;
  ParallelLoop current;

  // A helper takes part in loop `generation` only while `open` holds that number, and counts itself in `active` before
  // it looks. The caller closes the loop and then waits for `active` to fall to zero: so it never waits for one who
  // sleeps.
  alignas(64) std::atomic<uint32_t> generation{0};
  alignas(64) std::atomic<uint32_t> open{0};
  alignas(64) std::atomic<int32_t> active{0};
  alignas(64) std::atomic<int32_t> sleepers{0};
  std::atomic<bool> stopping{false};
};

} // namespace tao::rt

#endif // TAO_RUNTIME_POOL_H
