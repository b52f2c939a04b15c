// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parallel loops over three back ends, of which a run uses exactly one:
//   * an own pool of pthreads, for images without library calls;
//   * the OpenMP team of the process's libgomp, for images that call oneDNN, which computes in that team: two pools
//   that
//     take turns cost a third of the speed;
//   * the host's pool, when the caller gives one. Library calls then run inside its tasks, each on one thread.
//
// Results never depend on the number of threads, because tasks are independent.
#ifndef TAO_RUNTIME_THREADS_H
#define TAO_RUNTIME_THREADS_H

#include "Support.h"
#include "tao/model_abi.h"

#include <atomic>

namespace tao::rt {

constexpr int32_t kMaxThreads = 1024;

/// Work on tasks [begin, end).
using TaskBody = void (*)(void *arg, int64_t begin, int64_t end);

/// The tasks of one worker: it takes them in chunks from the front, and so do the others once they have run dry. Each
/// worker starts on the same part of the range in every loop, so a kernel finds what the one before left in its cache.
struct alignas(64) TaskRange {
  std::atomic<int64_t> next;
  int64_t end;
  int64_t chunk;
};

struct ParallelLoop {
  TaskRange *ranges = nullptr;
  int32_t numWorkers = 0;
  TaskBody body = nullptr;
  void *arg = nullptr;

  /// Runs tasks as worker `worker` until none are left to take.
  void work(int32_t worker);
};

/// The functions of libgomp that are used. Empty when the process has none.
struct OpenMp {
  void (*parallel)(void (*fn)(void *), void *data, unsigned numThreads, unsigned flags) = nullptr;
  int (*threadNum)() = nullptr;
  int (*maxThreads)() = nullptr;
  void (*setNumThreads)(int) = nullptr;

  /// Loads libgomp if need be; false when it cannot be had.
  bool load();
};

class Pool;

class Threads {
public:
  bool reserve(int32_t wanted, bool preferOpenMp);
  void shutDown();

  /// The host's pool for the runs to come, or null.
  void setHost(const tao_thread_pool *pool) { host = pool; }

  /// Around each run: brings the calling thread's OpenMP setting to this context's and back.
  void beginRun();
  void endRun();

  /// Workers of a loop.
  int32_t count() const { return host ? minOf(host->num_threads, kMaxThreads) : numThreads; }
  bool usesHost() const { return host != nullptr; }

  /// Calls body on chunks that cover [0, n) and returns when all are done.
  void parallelFor(int64_t n, TaskBody body, void *arg);

  /// The OpenMP of the process, loaded; null when there is none.
  const OpenMp *openMp();

private:
  int32_t numThreads = 1;
  bool wantOpenMp = false, openMpTried = false;
  OpenMp gomp;
  int savedMaxThreads = 0;
  Pool *pool = nullptr;
  bool poolFailed = false;
  const tao_thread_pool *host = nullptr;
  Array<TaskRange> ranges;
};

/// CPUs this process may use: its affinity mask, and the quotas of its cgroups (versions 1 and 2), at least 1.
int32_t availableCpus();

} // namespace tao::rt

#endif // TAO_RUNTIME_THREADS_H
