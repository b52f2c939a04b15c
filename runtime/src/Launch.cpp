// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the host program asks for besides library calls: generated kernels and copies.
#include "Timer.h"

#include <alloca.h>
#include <new>

using namespace tao::rt;

namespace {

/// A launch estimated to move fewer bytes than this runs on the calling thread. Handing work to a spinning thread and
/// waiting for it costs 0.4 microseconds in the own pool and 0.9 in an OpenMP team (two threads, Zen 3). One thread
/// moves this much in 2 to 3 microseconds, from cache, so that two would save about as much as they cost.
constexpr int64_t kInlineCost = 32 << 10;

struct LaunchState {
  tao_kernel_fn fn;
  void *const *buffers;
  int32_t numBuffers;
  Scratch *scratch; // null when the kernel takes none
  const int64_t *dims;
  std::atomic<int32_t> status{0};

  /// Fills `theirBuffers` and `theirDims`, which must outlive the state.
  void prepare(tao_context &context, const tao_launch &launch, void **theirBuffers, int64_t *theirDims) {
    for (int32_t i = 0; i < launch.num_buffers; ++i)
      theirBuffers[i] = context.buffers[launch.buffers[i]];
    for (int32_t i = 0; i < launch.num_dims; ++i)
      theirDims[i] = context.expr(launch.dims[i]);
    fn = launch.fn;
    buffers = theirBuffers;
    numBuffers = launch.num_buffers;
    scratch = launch.takes_scratch ? &context.scratch : nullptr;
    dims = theirDims;
  }
};

void runTasks(void *arg, int64_t begin, int64_t end) {
  auto *state = static_cast<LaunchState *>(arg);
  int32_t status = 0;
  if (state->scratch) {
    auto **buffers = static_cast<void **>(alloca(size_t(state->numBuffers + 1) * sizeof(void *)));
    memcpy(buffers, state->buffers, size_t(state->numBuffers) * sizeof(void *));
    buffers[state->numBuffers] = state->scratch->take();
    state->fn(buffers, state->dims, begin, end, &status);
    state->scratch->give(buffers[state->numBuffers]);
  } else {
    state->fn(state->buffers, state->dims, begin, end, &status);
  }
  // The smallest status wins, so that the message does not depend on which task came first.
  int32_t old = state->status.load(std::memory_order_relaxed);
  while (status != 0 && (old == 0 || status < old) && !state->status.compare_exchange_weak(old, status)) {
  }
}

int64_t addSaturated(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

struct PackState {
  LaunchState *launches;
  const int64_t *ends; // of the launches' tasks, which stand one after the other
  size_t count;
};

void runPack(void *arg, int64_t begin, int64_t end) {
  auto *state = static_cast<PackState *>(arg);
  for (size_t i = 0; i < state->count && begin < end; ++i) {
    int64_t last = minOf(end, state->ends[i]);
    if (begin >= last)
      continue;
    int64_t first = i ? state->ends[i - 1] : 0;
    runTasks(&state->launches[i], begin - first, last - first);
    begin = last;
  }
}

void copyTasks(void *arg, int64_t begin, int64_t end) {
  auto **pointers = static_cast<uint8_t **>(arg);
  memcpy(pointers[0] + begin, pointers[1] + begin, size_t(end - begin));
}

int32_t report(tao_context &context, const tao_launch &launch, const LaunchState &state) {
  int32_t status = state.status.load();
  if (status == 0)
    return TAO_OK;
  const char *reason = status > 0 && status <= launch.num_failures ? launch.failures[status - 1] : "failed";
  return fail(context, TAO_ERROR_RUNTIME, "kernel '%s': %s", context.kernelName(launch.kernel), reason);
}

} // namespace

extern "C" int32_t tao_rt_launch(tao_context *context, const tao_launch *launch) {
  Timer timer(*context, launch->kernel);
  int64_t tasks = context->expr(launch->tasks);
  if (tasks <= 0)
    return TAO_OK;
  if (tao_status status = takeFromGpu(*context))
    return status;
  auto **buffers = static_cast<void **>(alloca(size_t(launch->num_buffers) * sizeof(void *) + 1));
  auto *dims = static_cast<int64_t *>(alloca(size_t(launch->num_dims) * sizeof(int64_t) + 1));
  LaunchState state;
  state.prepare(*context, *launch, buffers, dims);
  if (context->expr(launch->cost) < kInlineCost)
    runTasks(&state, 0, tasks);
  else
    context->threads.parallelFor(tasks, runTasks, &state);
  return report(*context, *launch, state);
}

extern "C" int32_t tao_rt_pack(tao_context *context, const tao_pack *pack) {
  Timer timer(*context, pack->kernel);
  if (tao_status status = takeFromGpu(*context))
    return status;
  size_t count = size_t(pack->num_launches), numBuffers = 0, numDims = 0;
  for (size_t i = 0; i < count; ++i) {
    numBuffers += size_t(pack->launches[i].num_buffers);
    numDims += size_t(pack->launches[i].num_dims);
  }
  auto **buffers = static_cast<void **>(alloca(numBuffers * sizeof(void *) + 1));
  auto *dims = static_cast<int64_t *>(alloca(numDims * sizeof(int64_t) + 1));
  auto *ends = static_cast<int64_t *>(alloca(count * sizeof(int64_t) + 1));
  auto *states = static_cast<LaunchState *>(alloca(count * sizeof(LaunchState) + 1));
  int64_t tasks = 0, cost = 0;
  for (size_t i = 0; i < count; ++i) {
    const tao_launch &launch = pack->launches[i];
    (new (&states[i]) LaunchState)->prepare(*context, launch, buffers, dims);
    buffers += launch.num_buffers;
    dims += launch.num_dims;
    tasks = addSaturated(tasks, maxOf(context->expr(launch.tasks), int64_t(0)));
    cost = addSaturated(cost, context->expr(launch.cost));
    ends[i] = tasks;
  }
  PackState state = {states, ends, count};
  if (cost < kInlineCost)
    runPack(&state, 0, tasks);
  else
    context->threads.parallelFor(tasks, runPack, &state);
  for (size_t i = 0; i < count; ++i)
    if (int32_t status = report(*context, pack->launches[i], states[i]))
      return status;
  return TAO_OK;
}

extern "C" int32_t tao_rt_copy(tao_context *context, const tao_copy *copy) {
  Timer timer(*context, copy->kernel);
  int64_t bytes = context->expr(copy->bytes);
  void *pointers[] = {context->buffers[copy->dst], context->buffers[copy->src]};
  if (bytes <= 0 || pointers[0] == pointers[1])
    return TAO_OK;
  if (context->gpu)
    return gpuHooks.copy(*context, pointers[0], pointers[1], bytes);
  if (2 * bytes < kInlineCost)
    copyTasks(pointers, 0, bytes);
  else
    context->threads.parallelFor(bytes, copyTasks, pointers);
  return TAO_OK;
}
