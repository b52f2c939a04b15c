// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loading the driver; see DriverApi.h.
#include "DriverApi.h"

#include <dlfcn.h>
#include <stdio.h>

namespace tao::rt {

bool DriverApi::load(char *message, size_t bytes) {
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) {
    const char *reason = dlerror();
    snprintf(message, bytes,
             "the model was compiled for NVIDIA GPUs, and their driver cannot be loaded: %s; one compiled with "
             "--emulate runs on a CPU by tao-run --emulate",
             reason ? reason : "not found");
    return false;
  }
#define TAO_CUDA_LOOKUP(name, symbol, parameters)                                                                      \
  name = reinterpret_cast<decltype(name)>(dlsym(library, symbol));                                                     \
  if (!name) {                                                                                                         \
    snprintf(message, bytes, "libcuda.so.1 lacks the function " symbol);                                               \
    return false;                                                                                                      \
  }
  TAO_CUDA_FUNCTIONS(TAO_CUDA_LOOKUP)
#undef TAO_CUDA_LOOKUP
  if (CuResult error = init(0)) {
    snprintf(message, bytes, "the driver of NVIDIA GPUs does not start: %s", errorText(error));
    return false;
  }
  return true;
}

const char *DriverApi::errorText(CuResult error) const {
  const char *text = nullptr;
  return getErrorString(error, &text) == 0 && text ? text : "unknown error";
}

} // namespace tao::rt
