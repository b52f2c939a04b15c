// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Gpu.h. All contexts of a model on one device share its kernels and weights. A context has memory for the arena
// and for the inputs and outputs that do not lie on the device, and grows it as shapes ask for.
#include "Gpu.h"

#include "../Context.h"
#include "../Timer.h"

#include <alloca.h>

namespace tao::rt {

/// Kernels read and write 16 bytes at once.
static constexpr uintptr_t kGpuAlignment = 16;

/// What contexts share; guarded by the model's lock.
struct GpuModel {
  const tao_gpu_device *device;
  bool isOpened; // the device was made for the model, and is closed with it
  void *kernels = nullptr;
  uint8_t *weights = nullptr;
  int64_t numContexts = 0;
  GpuModel *next = nullptr;
};

/// Memory on a device that grows.
struct GpuMemory {
  uint8_t *base = nullptr;
  int64_t capacity = 0;

  bool grow(const tao_gpu_device &device, int64_t bytes, bool shared) {
    if (base && bytes <= capacity)
      return true;
    release(device);
    base = static_cast<uint8_t *>(device.allocate(device.self, bytes, shared));
    capacity = base ? bytes : 0;
    return base != nullptr;
  }
  void release(const tao_gpu_device &device) {
    if (base)
      device.release(device.self, base);
    base = nullptr;
  }
};

struct Gpu {
  GpuModel *model = nullptr;
  bool shared = false; // with steps that the CPU runs
  GpuMemory arena, tensors;
  int32_t *statuses = nullptr; // on the device: one for each kernel of the model's information
  uint8_t *nothing = nullptr;  // behind them: kOverread bytes in the place of what is empty
  Array<int32_t> seen;         // the same, on the CPU
  Array<const tao_gpu_launch *> checked;
  bool mayBeSet = true; // a status, by a launch that nobody has waited for, or one that failed
};

namespace {

/// A call of the device; a failure leaves its message in the context.
template <typename Function, typename... Args>
tao_status ask(tao_context &context, const char *what, Function function, Args... args) {
  char message[512] = "";
  const tao_gpu_device &device = *context.gpu->model->device;
  tao_status status = function(device.self, args..., message, sizeof(message));
  return status == TAO_OK ? status : fail(context, status, "%s: %s", what, message);
}

tao_status copy(tao_context &context, void *to, const void *from, int64_t bytes) {
  if (bytes <= 0 || to == from)
    return TAO_OK;
  return ask(context, "copy", context.gpu->model->device->copy, to, from, bytes);
}

//===-- What contexts share ---------------------------------------------------------------------------------------===//

/// Kernels and weights on a device; false with a message.
bool load(GpuModel &shared, const tao_image &image, tao_status &status, char *message) {
  const tao_gpu_device &device = *shared.device;
  char reason[1024] = "";
  status = device.load(device.self, image.gpu, &shared.kernels, reason, sizeof(reason));
  if (status == TAO_OK && image.info->weight_bytes > 0) {
    int64_t bytes = image.info->weight_bytes;
    shared.weights = static_cast<uint8_t *>(device.allocate(device.self, bytes, image.gpu->has_cpu_steps));
    status = TAO_ERROR_OUT_OF_MEMORY;
    if (shared.weights)
      status = device.copy(device.self, shared.weights, image.weights, bytes, reason, sizeof(reason));
    else
      snprintf(reason, sizeof(reason), "no memory on the device for %lld bytes of weights", (long long)bytes);
  }
  if (status != TAO_OK)
    appendMessage(message, "create: %s", reason);
  return status == TAO_OK;
}

void unload(GpuModel &shared) {
  const tao_gpu_device &device = *shared.device;
  if (shared.weights)
    device.release(device.self, shared.weights);
  if (shared.kernels)
    device.unload(device.self, shared.kernels);
  if (shared.isOpened)
    closeDriver(shared.device);
}

/// The model's part of a device, made by the first context that asks. The model is locked.
GpuModel *share(Model &model, const tao_gpu_device *given, int32_t number, tao_status &status, char *message) {
  status = TAO_ERROR_DEVICE;
  const tao_gpu_device *device = given ? given : openDriver(number, message);
  if (!device)
    return nullptr;
  for (GpuModel *each = model.gpus; each; each = each->next)
    if (each->device == device) {
      if (!given)
        closeDriver(device); // it is open already
      ++each->numContexts;
      return each;
    }
  auto *shared = make<GpuModel>();
  status = TAO_ERROR_OUT_OF_MEMORY;
  if (!shared) {
    if (!given)
      closeDriver(device);
    appendMessage(message, "create: out of memory");
    return nullptr;
  }
  shared->device = device;
  shared->isOpened = !given;
  if (!load(*shared, *model.image, status, message)) {
    unload(*shared);
    destroy(shared);
    return nullptr;
  }
  shared->numContexts = 1;
  shared->next = model.gpus;
  model.gpus = shared;
  return shared;
}

void leave(Model &model, GpuModel *shared) {
  if (--shared->numContexts > 0)
    return;
  GpuModel **link = &model.gpus;
  while (*link != shared)
    link = &(*link)->next;
  *link = shared->next;
  unload(*shared);
  destroy(shared);
}

//===-- Contexts --------------------------------------------------------------------------------------------------===//

void closeGpu(tao_context &context) {
  Gpu *gpu = context.gpu;
  if (!gpu)
    return;
  if (gpu->model) {
    const tao_gpu_device &device = *gpu->model->device;
    gpu->arena.release(device);
    gpu->tensors.release(device);
    if (gpu->statuses)
      device.release(device.self, gpu->statuses);
    Lock lock(context.model->lock);
    leave(*context.model, gpu->model);
  }
  destroy(gpu);
  context.gpu = nullptr;
}

tao_status openGpu(tao_context &context, const tao_gpu_device *given, int32_t number, char *message) {
  const tao_image &image = *context.image;
  int32_t count = image.info->num_kernels;
  tao_status status = TAO_ERROR_OUT_OF_MEMORY;
  auto *gpu = context.gpu = make<Gpu>();
  if (!gpu || !gpu->seen.resize(count) || !gpu->checked.resize(count)) {
    appendMessage(message, "create: out of memory");
    return status;
  }
  {
    Lock lock(context.model->lock);
    gpu->model = share(*context.model, given, number, status, message);
  }
  if (!gpu->model)
    return status;
  context.gpuNumber = given ? -1 : number;
  gpu->shared = image.gpu->has_cpu_steps;
  const tao_gpu_device &device = *gpu->model->device;
  int64_t statusBytes = alignUp(count * int64_t(sizeof(int32_t)), kAlignment);
  gpu->statuses = static_cast<int32_t *>(device.allocate(device.self, statusBytes + kOverread, false));
  if (!gpu->statuses) {
    appendMessage(message, "create: no memory on the device");
    return TAO_ERROR_OUT_OF_MEMORY;
  }
  gpu->nothing = reinterpret_cast<uint8_t *>(gpu->statuses) + statusBytes;
  for (int32_t i = 0; i < image.num_storages; ++i)
    if (image.storages[i].kind == TAO_STORAGE_WEIGHT)
      context.buffers[i] = gpu->model->weights + image.storages[i].offset;
  return TAO_OK;
}

/// The caller's tensor of an input or output storage; null for other storages.
const tao_tensor *tensorOf(const tao_storage &storage, const tao_args &args) {
  return storage.kind == TAO_STORAGE_INPUT    ? &args.inputs[storage.index]
         : storage.kind == TAO_STORAGE_OUTPUT ? &args.outputs[storage.index]
                                              : nullptr;
}

uint8_t *dataOf(const tao_tensor &tensor) { return static_cast<uint8_t *>(tensor.data) + tensor.byte_offset; }

/// True when kernels can use the tensor where it lies.
bool isInPlace(const tao_tensor &tensor) {
  return tensor.device.type == TAO_DEVICE_CUDA && reinterpret_cast<uintptr_t>(dataOf(tensor)) % kGpuAlignment == 0;
}

tao_status beginRun(tao_context &context, const tao_args &args) {
  Gpu &gpu = *context.gpu;
  const tao_image &image = *context.image;
  const tao_gpu_device &device = *gpu.model->device;
  int64_t needed = 0;
  for (int32_t i = 0; i < image.num_storages; ++i) {
    const tao_tensor *tensor = tensorOf(image.storages[i], args);
    if (tensor && !isInPlace(*tensor))
      needed += alignUp(context.expr(image.storages[i].size_expr), kAlignment);
  }
  if (!gpu.tensors.grow(device, needed, gpu.shared))
    return fail(context, TAO_ERROR_OUT_OF_MEMORY, "run: no memory on the device for %lld bytes of inputs and outputs",
                (long long)needed);
  if (!gpu.arena.grow(device, context.plan->bytes, gpu.shared))
    return fail(context, TAO_ERROR_OUT_OF_MEMORY, "run: no memory on the device: the arena needs %lld bytes",
                (long long)context.plan->bytes);
  context.arena.place(*context.plan, gpu.arena.base, context.buffers.data());
  int64_t used = 0;
  for (int32_t i = 0; i < image.num_storages; ++i) {
    const tao_storage &storage = image.storages[i];
    const tao_tensor *tensor = tensorOf(storage, args);
    if (!tensor)
      continue;
    int64_t bytes = context.expr(storage.size_expr);
    if (isInPlace(*tensor)) {
      context.buffers[i] = dataOf(*tensor);
      continue;
    }
    context.buffers[i] = gpu.tensors.base + used;
    used += alignUp(bytes, kAlignment);
    if (storage.kind == TAO_STORAGE_INPUT)
      if (tao_status status = copy(context, context.buffers[i], dataOf(*tensor), bytes))
        return status;
  }
  if (!gpu.mayBeSet)
    return TAO_OK;
  tao_status status =
      ask(context, "run", device.clear, static_cast<void *>(gpu.statuses), int64_t(gpu.seen.size() * sizeof(int32_t)));
  gpu.mayBeSet = status != TAO_OK;
  return status;
}

tao_status wait(tao_context &context) {
  Gpu &gpu = *context.gpu;
  if (tao_status status = ask(context, "run", gpu.model->device->synchronize))
    return status;
  if (!gpu.mayBeSet)
    return TAO_OK;
  if (tao_status status = copy(context, gpu.seen.data(), gpu.statuses, gpu.seen.size() * int64_t(sizeof(int32_t))))
    return status;
  for (int64_t i = 0; i < gpu.seen.size(); ++i) {
    const tao_gpu_launch *launch = gpu.checked[i];
    int32_t status = gpu.seen[i];
    if (!launch || status == 0)
      continue;
    const char *reason = status > 0 && status <= launch->num_failures ? launch->failures[status - 1] : "failed";
    return fail(context, TAO_ERROR_RUNTIME, "kernel '%s': %s", context.kernelName(launch->kernel), reason);
  }
  gpu.mayBeSet = false;
  return TAO_OK;
}

tao_status endRun(tao_context &context, const tao_args &args) {
  if (tao_status status = wait(context))
    return status;
  const tao_image &image = *context.image;
  for (int32_t i = 0; i < image.num_storages; ++i) {
    const tao_storage &storage = image.storages[i];
    if (storage.kind != TAO_STORAGE_OUTPUT)
      continue;
    const tao_tensor &tensor = args.outputs[storage.index];
    if (tao_status status = copy(context, dataOf(tensor), context.buffers[i], context.expr(storage.size_expr)))
      return status;
  }
  return TAO_OK;
}

} // namespace

constinit const GpuHooks gpuHooks = {openGpu, closeGpu, beginRun, wait, endRun, copy};

} // namespace tao::rt

using namespace tao::rt;

extern "C" int32_t tao_rt_gpu_launch(tao_context *context, const tao_gpu_launch *launch) {
  Timer timer(*context, launch->kernel);
  Gpu &gpu = *context->gpu;
  int64_t blocks = context->expr(launch->blocks);
  if (blocks <= 0)
    return TAO_OK;
  int32_t count = launch->num_reads + launch->num_writes;
  auto *buffers = static_cast<tao_gpu_buffer *>(alloca(size_t(count + 1) * sizeof(tao_gpu_buffer)));
  auto *dims = static_cast<int64_t *>(alloca(size_t(launch->num_dims + 1) * sizeof(int64_t)));
  auto **args = static_cast<void **>(alloca(size_t(count + launch->num_dims + 1) * sizeof(void *)));
  for (int32_t i = 0; i < count; ++i) {
    int32_t storage = launch->buffers[i];
    int64_t bytes = context->expr(context->image->storages[storage].size_expr);
    buffers[i] = bytes > 0 ? tao_gpu_buffer{context->buffers[storage], bytes} : tao_gpu_buffer{gpu.nothing, kOverread};
    args[i] = &buffers[i].address;
  }
  for (int32_t i = 0; i < launch->num_dims; ++i) {
    dims[i] = context->expr(launch->dims[i]);
    args[count + i] = &dims[i];
  }
  buffers[count] = {gpu.statuses + launch->kernel, int64_t(sizeof(int32_t))};
  args[count + launch->num_dims] = &buffers[count].address;
  if (launch->num_failures > 0) {
    gpu.checked[launch->kernel] = launch;
    gpu.mayBeSet = true;
  }
  tao_gpu_call call = {launch->function, launch->num_reads, launch->num_writes, blocks, buffers, args};
  char message[512] = "";
  const tao_gpu_device &device = *gpu.model->device;
  if (tao_status status = device.launch(device.self, gpu.model->kernels, &call, message, sizeof(message)))
    return fail(*context, status, "kernel '%s': %s", context->kernelName(launch->kernel), message);
  // A time is that of the kernel, and not that of asking for it.
  return context->timing ? wait(*context) : TAO_OK;
}
