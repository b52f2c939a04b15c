// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the host program asks for besides library calls: generated kernels and copies.
#include "Context.h"

#include <alloca.h>

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
  std::atomic<int32_t> status;
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

void copyTasks(void *arg, int64_t begin, int64_t end) {
  auto **pointers = static_cast<uint8_t **>(arg);
  memcpy(pointers[0] + begin, pointers[1] + begin, size_t(end - begin));
}

/// Reports the time between construction and destruction when the run asked for it.
class Timer {
public:
  Timer(tao_context &context, int32_t kernel) : context(context), kernel(kernel) {
    if (context.timing)
      begin = nowNs();
  }
  ~Timer() {
    if (context.timing)
      context.timing(context.timingUser, kernel, begin, nowNs());
  }

private:
  tao_context &context;
  int32_t kernel;
  int64_t begin = 0;
};

} // namespace

extern "C" int32_t tao_rt_launch(tao_context *context, const tao_launch *launch) {
  Timer timer(*context, launch->kernel);
  int64_t tasks = context->expr(launch->tasks);
  if (tasks <= 0)
    return TAO_OK;
  auto **buffers = static_cast<void **>(alloca(size_t(launch->num_buffers) * sizeof(void *) + 1));
  auto *dims = static_cast<int64_t *>(alloca(size_t(launch->num_dims) * sizeof(int64_t) + 1));
  for (int32_t i = 0; i < launch->num_buffers; ++i)
    buffers[i] = context->buffers[launch->buffers[i]];
  for (int32_t i = 0; i < launch->num_dims; ++i)
    dims[i] = context->expr(launch->dims[i]);
  Scratch *scratch = launch->takes_scratch ? &context->scratch : nullptr;
  LaunchState state = {launch->fn, buffers, launch->num_buffers, scratch, dims, {0}};
  if (context->expr(launch->cost) < kInlineCost)
    runTasks(&state, 0, tasks);
  else
    context->threads.parallelFor(tasks, runTasks, &state);
  int32_t status = state.status.load();
  if (status == 0)
    return TAO_OK;
  const char *reason = status > 0 && status <= launch->num_failures ? launch->failures[status - 1] : "failed";
  return fail(*context, TAO_ERROR_RUNTIME, "kernel '%s': %s", context->kernelName(launch->kernel), reason);
}

extern "C" int32_t tao_rt_copy(tao_context *context, const tao_copy *copy) {
  Timer timer(*context, copy->kernel);
  int64_t bytes = context->expr(copy->bytes);
  void *pointers[] = {context->buffers[copy->dst], context->buffers[copy->src]};
  if (bytes <= 0 || pointers[0] == pointers[1])
    return TAO_OK;
  if (2 * bytes < kInlineCost)
    copyTasks(pointers, 0, bytes);
  else
    context->threads.parallelFor(bytes, copyTasks, pointers);
  return TAO_OK;
}
