// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The life of a context: made, run, destroyed. A run checks its arguments, brings sizes and the arena up to their
// shapes, resolves every storage to an address once, and hands over to the host program of the image.
#include "Context.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

namespace tao::rt {

void appendMessage(char *message, const char *format, ...) {
  size_t used = strnlen(message, kMessageBytes);
  if (used != 0 && used + 1 < size_t(kMessageBytes))
    message[used++] = '\n';
  if (used + 1 >= size_t(kMessageBytes))
    return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message + used, size_t(kMessageBytes) - used, format, arguments);
  va_end(arguments);
}

tao_status fail(tao_context &context, tao_status status, const char *format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  appendMessage(context.message, "%s", line);
  return status;
}

int64_t nowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t(now.tv_sec) * 1000000000 + now.tv_nsec;
}

/// The value of a member that the caller's struct may be too old to have.
#define TAO_MEMBER_OR(object, type, member, otherwise)                                                                 \
  ((object) && (object)->size >= offsetof(type, member) + sizeof((object)->member) ? (object)->member : (otherwise))

/// Reserves everything whose size does not depend on the shape, so that the first run of a shape allocates little and
/// later ones nothing.
static bool reserve(tao_context &context) {
  const tao_image &image = *context.image;
  const tao_model_info &info = *image.info;
  if (!context.symbols.resize(info.num_symbols) || !context.newSymbols.resize(info.num_symbols) ||
      !context.exprs.resize(image.num_exprs) || !context.buffers.resize(image.num_storages) ||
      !context.ownedOutputs.resize(info.num_outputs) ||
      !context.ranges.resize(int64_t(info.num_inputs) + info.num_outputs) || !context.isUpdated.resize(info.num_inputs))
    return false;
  for (int32_t i = 0; i < image.num_storages; ++i)
    if (image.storages[i].kind == TAO_STORAGE_WEIGHT)
      context.buffers[i] = const_cast<uint8_t *>(image.weights) + image.storages[i].offset;
  return context.arena.reserve(image);
}

tao_context *createContext(Model &model, const tao_create_options *options, tao_status &status, char *message) {
  const tao_image &image = *model.image;
  status = TAO_ERROR_INVALID_ARGUMENT;
  if (options && options->size < sizeof(size_t)) {
    appendMessage(message, "create: the size member of the options is %zu", options->size);
    return nullptr;
  }
  int32_t wanted = TAO_MEMBER_OR(options, tao_create_options, num_threads, 0);
  int32_t gpu = TAO_MEMBER_OR(options, tao_create_options, gpu, 0);
  const tao_gpu_device *device = TAO_MEMBER_OR(options, tao_create_options, gpu_device, nullptr);
  if (wanted < 0 || wanted > kMaxThreads) {
    appendMessage(message, "create: num_threads is %d, expected 0 to %d", wanted, kMaxThreads);
    return nullptr;
  }
  if (gpu < 0) {
    appendMessage(message, "create: the GPU's number is %d", gpu);
    return nullptr;
  }
  char missing[512];
  if (!cpuHasFeatures(image.info->cpu_features, missing, sizeof(missing))) {
    status = TAO_ERROR_UNSUPPORTED_CPU;
    appendMessage(message, "model '%s' was compiled for %s, and this CPU lacks: %s", image.info->name, image.info->cpu,
                  missing);
    return nullptr;
  }
  status = TAO_ERROR_OUT_OF_MEMORY;
  auto *context = make<tao_context>();
  if (context) {
    context->model = &model;
    context->image = &image;
  }
  // The library brings an OpenMP team, and two pools must never compete.
  if (!context || !reserve(*context) || !context->threads.reserve(wanted, image.num_slots > 0)) {
    destroy(context);
    appendMessage(message, "create: out of memory");
    return nullptr;
  }
  {
    Lock lock(model.lock);
    ++model.numContexts;
  }
  status = image.gpu ? gpuHooks.open(*context, device, gpu, message) : TAO_OK;
  if (status == TAO_OK)
    return context;
  destroyContext(context);
  return nullptr;
}

void destroyContext(tao_context *context) {
  if (!context)
    return;
  Model &model = *context->model;
  if (context->library)
    context->releaseLibrary(context->library);
  if (context->gpu)
    gpuHooks.close(*context);
  for (OwnedOutput &output : context->ownedOutputs)
    free(output.data);
  context->threads.shutDown();
  destroy(context);
  Lock lock(model.lock);
  if (--model.numContexts == 0 && model.library) {
    model.releaseLibrary(model.library);
    model.library = nullptr;
  }
}

tao_status outputShapes(tao_context *context, const tao_tensor *inputs, int64_t *shapes) {
  if (!context)
    return TAO_ERROR_INVALID_ARGUMENT;
  context->message[0] = 0;
  const tao_model_info &info = *context->image->info;
  if ((!inputs && info.num_inputs > 0) || (!shapes && info.num_outputs > 0))
    return fail(*context, TAO_ERROR_INVALID_ARGUMENT, "output_shapes: inputs and shapes must be given");
  if (tao_status status = bindInputs(*context, inputs, /*withData=*/false))
    return status;
  const int32_t *dims = context->image->output_dims;
  for (int32_t i = 0; i < info.num_outputs; ++i)
    for (int32_t d = 0; d < info.outputs[i].ndim; ++d)
      *shapes++ = context->expr(*dims++);
  return TAO_OK;
}

/// Checks the options and makes them the context's own for this run.
static tao_status takeOptions(tao_context &context, const tao_run_options *options) {
  if (options && options->size < sizeof(size_t))
    return fail(context, TAO_ERROR_INVALID_ARGUMENT, "run: the size member of the options is %zu", options->size);
  if (TAO_MEMBER_OR(options, tao_run_options, stream, nullptr) != nullptr)
    return fail(context, TAO_ERROR_INVALID_ARGUMENT, "run: a stream was given, but %s",
                context.gpu ? "runs on streams are not there yet" : "the model runs on the CPU");
  if (TAO_MEMBER_OR(options, tao_run_options, communicator, nullptr) != nullptr)
    return fail(context, TAO_ERROR_INVALID_ARGUMENT, "run: a communicator was given, but the model has no collectives");
  const tao_thread_pool *pool = TAO_MEMBER_OR(options, tao_run_options, pool, nullptr);
  if (pool && (pool->num_threads < 1 || !pool->parallel_for))
    return fail(context, TAO_ERROR_INVALID_ARGUMENT, "run: the thread pool has %d threads and %s parallel_for",
                pool->num_threads, pool->parallel_for ? "a" : "no");
  context.threads.setHost(pool);
  context.timing = TAO_MEMBER_OR(options, tao_run_options, timing, nullptr);
  context.timingUser = TAO_MEMBER_OR(options, tao_run_options, timing_user, nullptr);
  return TAO_OK;
}

tao_status takeFromGpu(tao_context &context) { return context.gpu ? gpuHooks.wait(context) : TAO_OK; }

tao_status runContext(tao_context *context, const tao_args *args, const tao_run_options *options) {
  if (!context)
    return TAO_ERROR_INVALID_ARGUMENT;
  context->message[0] = 0;
  const tao_image &image = *context->image;
  const tao_model_info &info = *image.info;
  if (!args || args->size < sizeof(tao_args) || (!args->inputs && info.num_inputs > 0) ||
      (!args->outputs && info.num_outputs > 0))
    return fail(*context, TAO_ERROR_INVALID_ARGUMENT, "run: args must give %d inputs and %d outputs", info.num_inputs,
                info.num_outputs);
  if (tao_status status = takeOptions(*context, options))
    return status;
  if (tao_status status = bindInputs(*context, args->inputs, /*withData=*/true))
    return status;
  const tao_allocator *allocator = TAO_MEMBER_OR(options, tao_run_options, allocator, nullptr);
  if (tao_status status = bindOutputs(*context, args->inputs, args->outputs, allocator))
    return status;
  if (context->gpu) {
    if (tao_status status = gpuHooks.begin(*context, *args))
      return status;
  } else if (!context->arena.resolve(*context->plan, context->buffers.data()))
    return fail(*context, TAO_ERROR_OUT_OF_MEMORY, "run: out of memory: the arena needs %lld bytes",
                (long long)context->plan->bytes);
  // Only the host's pool can have more workers than the context was made for.
  if (!context->scratch.reserve(image.scratch_bytes, context->threads.count()))
    return fail(*context, TAO_ERROR_OUT_OF_MEMORY, "run: out of memory: %d workers need %lld bytes each",
                context->threads.count(), (long long)image.scratch_bytes);
  context->threads.beginRun();
  auto status = tao_status(image.main(context));
  context->threads.endRun();
  if (context->gpu && status == TAO_OK)
    status = gpuHooks.end(*context, *args);
  return status;
}

} // namespace tao::rt
