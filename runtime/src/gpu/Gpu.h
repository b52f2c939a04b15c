// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a context of a model for GPUs has besides: a device, memory on it, and what launches leave there. Models for
// CPUs do not carry the code; it is reached through gpuHooks, which is null there.
#ifndef TAO_RUNTIME_GPU_GPU_H
#define TAO_RUNTIME_GPU_GPU_H

#include "tao/model_abi.h"
#include <stddef.h>
#include <stdint.h>

namespace tao::rt {

struct Gpu;

struct GpuHooks {
  /// Gives the context its device, with kernels and weights on it; a message and a status when that fails.
  tao_status (*open)(tao_context &context, const tao_gpu_device *device, int32_t number, char *message);
  void (*close)(tao_context &context);
  /// Before the program: moves inputs to the device, and gives all storages their addresses there. Inputs and outputs
  /// have been bound.
  tao_status (*begin)(tao_context &context, const tao_args &args);
  /// Waits until all launches have happened. Fails when a check of theirs has.
  tao_status (*wait)(tao_context &context);
  /// After the program: waits, and moves outputs to where the caller wants them.
  tao_status (*end)(tao_context &context, const tao_args &args);
  tao_status (*copy)(tao_context &context, void *to, const void *from, int64_t bytes);
};

/// Defined where the function is that launches kernels, which only images of models for GPUs refer to.
extern __attribute__((weak, visibility("hidden"))) const GpuHooks gpuHooks;

/// The device of a real GPU, or null with a message of kMessageBytes. Each must be closed as often as it was opened.
const tao_gpu_device *openDriver(int32_t number, char *message);
void closeDriver(const tao_gpu_device *device);

} // namespace tao::rt

#endif // TAO_RUNTIME_GPU_GPU_H
