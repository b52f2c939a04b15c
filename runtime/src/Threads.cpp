// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Choice of the back end and distribution of tasks; see Threads.h.
#include "Threads.h"

#include "Pool.h"

#include <dlfcn.h>

namespace tao::rt {

/// Chunks per worker. One would leave the others idle when a worker is held up; many would pay for the shared counter
/// and for cold starts of the prefetcher.
constexpr int64_t kChunksPerWorker = 4;

void ParallelLoop::work(int32_t worker) {
  for (int32_t i = 0; i < numWorkers; ++i) {
    TaskRange &range = ranges[(worker + i) % numWorkers];
    while (true) {
      int64_t begin = range.next.fetch_add(range.chunk, std::memory_order_relaxed);
      if (begin >= range.end)
        break;
      body(arg, begin, minOf(begin + range.chunk, range.end));
    }
  }
}

bool OpenMp::load() {
  void *library = dlopen("libgomp.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return false;
  parallel = reinterpret_cast<decltype(parallel)>(dlsym(library, "GOMP_parallel"));
  threadNum = reinterpret_cast<decltype(threadNum)>(dlsym(library, "omp_get_thread_num"));
  maxThreads = reinterpret_cast<decltype(maxThreads)>(dlsym(library, "omp_get_max_threads"));
  setNumThreads = reinterpret_cast<decltype(setNumThreads)>(dlsym(library, "omp_set_num_threads"));
  return parallel && threadNum && maxThreads && setNumThreads;
}

bool Threads::reserve(int32_t wanted, bool preferOpenMp) {
  numThreads = wanted > 0 ? wanted : minOf(availableCpus(), kMaxThreads);
  wantOpenMp = preferOpenMp;
  return ranges.resize(numThreads);
}

void Threads::shutDown() {
  Pool::shutDown(pool);
  pool = nullptr;
}

const OpenMp *Threads::openMp() {
  if (!openMpTried) {
    openMpTried = true;
    wantOpenMp = wantOpenMp && gomp.load();
  }
  return wantOpenMp ? &gomp : nullptr;
}

void Threads::beginRun() {
  if (host || !openMp())
    return;
  savedMaxThreads = gomp.maxThreads();
  gomp.setNumThreads(numThreads);
}

void Threads::endRun() {
  if (host || !openMp())
    return;
  gomp.setNumThreads(savedMaxThreads);
}

namespace {

struct TeamLoop {
  ParallelLoop loop;
  const OpenMp *openMp;
};

void workInTeam(void *data) {
  auto *team = static_cast<TeamLoop *>(data);
  int32_t worker = team->openMp->threadNum();
  if (worker < team->loop.numWorkers)
    team->loop.work(worker);
}

void workInHost(void *data, int64_t begin, int64_t end) {
  auto *loop = static_cast<ParallelLoop *>(data);
  for (int64_t worker = begin; worker < end; ++worker)
    loop->work(int32_t(worker));
}

} // namespace

void Threads::parallelFor(int64_t n, TaskBody body, void *arg) {
  auto workers = int32_t(minOf<int64_t>(count(), n));
  if (workers > ranges.size() && !ranges.resize(workers))
    workers = int32_t(ranges.size());
  if (workers <= 1) {
    if (n > 0)
      body(arg, 0, n);
    return;
  }
  for (int64_t w = 0; w < workers; ++w) {
    int64_t begin = n * w / workers, end = n * (w + 1) / workers;
    ranges[w].next.store(begin, std::memory_order_relaxed);
    ranges[w].end = end;
    ranges[w].chunk = ceilDiv(end - begin, kChunksPerWorker);
  }
  ParallelLoop loop = {ranges.data(), workers, body, arg};
  if (host) {
    host->parallel_for(host->self, workers, workInHost, &loop);
    return;
  }
  if (const OpenMp *team = openMp()) {
    // Always the whole team: libgomp would otherwise end and restart threads when sizes alternate.
    TeamLoop data = {loop, team};
    team->parallel(workInTeam, &data, unsigned(numThreads), 0);
    return;
  }
  if (!pool && !poolFailed) {
    pool = Pool::create(numThreads - 1);
    poolFailed = !pool;
  }
  if (pool)
    pool->run(loop);
  else
    body(arg, 0, n);
}

} // namespace tao::rt
