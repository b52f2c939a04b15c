// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of NVIDIA's driver that the runtime calls, looked up in libcuda.so.1 when a model for GPUs first needs
// them: a model.so loads on machines without a driver, and is built without the toolkit's headers. Types and numbers
// are those of the driver's stable interface.
#ifndef TAO_RUNTIME_GPU_DRIVERAPI_H
#define TAO_RUNTIME_GPU_DRIVERAPI_H

#include <stddef.h>
#include <stdint.h>

namespace tao::rt {

using CuResult = int; // 0: success
using CuDevice = int;
using CuContext = void *;
using CuModule = void *;
using CuFunction = void *;
using CuStream = void *;
using CuPointer = unsigned long long;

enum { kCuComputeMajor = 75, kCuComputeMinor = 76 }; // CUdevice_attribute
enum { kCuMaxDynamicShared = 8 };                    // CUfunction_attribute
enum { kCuAttachGlobal = 1 };                        // CUmemAttach_flags
enum { kCuOutOfMemory = 2 };                         // CUresult

/// name, the symbol's name, parameters
#define TAO_CUDA_FUNCTIONS(X)                                                                                          \
  X(init, "cuInit", (unsigned flags))                                                                                  \
  X(getErrorString, "cuGetErrorString", (CuResult error, const char **text))                                           \
  X(deviceGetCount, "cuDeviceGetCount", (int *count))                                                                  \
  X(deviceGet, "cuDeviceGet", (CuDevice * device, int ordinal))                                                        \
  X(deviceGetName, "cuDeviceGetName", (char *name, int bytes, CuDevice device))                                        \
  X(deviceGetAttribute, "cuDeviceGetAttribute", (int *value, int attribute, CuDevice device))                          \
  X(primaryRetain, "cuDevicePrimaryCtxRetain", (CuContext * context, CuDevice device))                                 \
  X(primaryRelease, "cuDevicePrimaryCtxRelease_v2", (CuDevice device))                                                 \
  X(push, "cuCtxPushCurrent_v2", (CuContext context))                                                                  \
  X(pop, "cuCtxPopCurrent_v2", (CuContext * context))                                                                  \
  X(synchronize, "cuCtxSynchronize", ())                                                                               \
  X(allocate, "cuMemAlloc_v2", (CuPointer * memory, size_t bytes))                                                     \
  X(allocateManaged, "cuMemAllocManaged", (CuPointer * memory, size_t bytes, unsigned flags))                          \
  X(release, "cuMemFree_v2", (CuPointer memory))                                                                       \
  X(copy, "cuMemcpy", (CuPointer to, CuPointer from, size_t bytes))                                                    \
  X(set, "cuMemsetD8_v2", (CuPointer memory, unsigned char value, size_t bytes))                                       \
  X(moduleLoad, "cuModuleLoadData", (CuModule * module, const void *image))                                            \
  X(moduleUnload, "cuModuleUnload", (CuModule module))                                                                 \
  X(moduleGetFunction, "cuModuleGetFunction", (CuFunction * function, CuModule module, const char *name))              \
  X(functionSetAttribute, "cuFuncSetAttribute", (CuFunction function, int attribute, int value))                       \
  X(launch, "cuLaunchKernel",                                                                                          \
    (CuFunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,            \
     unsigned blockZ, unsigned shared, CuStream stream, void **args, void **extra))

struct DriverApi {
#define TAO_CUDA_MEMBER(name, symbol, parameters) CuResult(*name) parameters;
  TAO_CUDA_FUNCTIONS(TAO_CUDA_MEMBER)
#undef TAO_CUDA_MEMBER

  /// Looks all of them up and starts the driver; false with a message.
  bool load(char *message, size_t bytes);
  const char *errorText(CuResult error) const;
};

} // namespace tao::rt

#endif // TAO_RUNTIME_GPU_DRIVERAPI_H
