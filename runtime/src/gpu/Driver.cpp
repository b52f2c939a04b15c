// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A GPU as a device: the driver's primary context, in its default stream, where everything happens in order. Memory
// that the CPU uses as well is managed memory.
#include "../Context.h"
#include "DriverApi.h"
#include "Gpu.h"

#include <stdio.h>

namespace tao::rt {
namespace {

/// One GPU in use.
struct Driver {
  tao_gpu_device device;
  DriverApi api;
  int32_t number;
  CuDevice handle = 0;
  CuContext context = nullptr;
  int major = 0, minor = 0;
  char name[128] = "";
  int64_t numUsers = 0; // guarded by lock, as is the list
  Driver *next = nullptr;
};

struct Kernels {
  const tao_gpu_image *image;
  CuModule *modules; // [image->num_kernels]
  CuFunction *functions;
};

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
constinit Driver *drivers = nullptr;

/// Makes the GPU's context the thread's own while it lives.
class Current {
public:
  explicit Current(const Driver &driver) : api(driver.api), error(api.push(driver.context)) {}
  ~Current() {
    CuContext old;
    if (!error)
      api.pop(&old);
  }
  Current(const Current &) = delete;

private:
  const DriverApi &api;

public:
  const CuResult error;
};

const Driver &self(void *pointer) { return *static_cast<const Driver *>(pointer); }

/// A status of the driver's result, with a message when it is an error.
tao_status check(const Driver &driver, CuResult error, const char *what, char *message, size_t bytes) {
  if (!error)
    return TAO_OK;
  snprintf(message, bytes, "%s on GPU %d (%s): %s", what, driver.number, driver.name, driver.api.errorText(error));
  return error == kCuOutOfMemory ? TAO_ERROR_OUT_OF_MEMORY : TAO_ERROR_DEVICE;
}

CuPointer address(const void *memory) { return reinterpret_cast<CuPointer>(memory); }

void *allocate(void *pointer, int64_t size, int32_t shared) {
  const Driver &driver = self(pointer);
  Current current(driver);
  CuPointer memory = 0;
  auto bytes = size_t(maxOf<int64_t>(size, 1));
  CuResult error = current.error;
  if (!error)
    error = shared ? driver.api.allocateManaged(&memory, bytes, kCuAttachGlobal) : driver.api.allocate(&memory, bytes);
  return error ? nullptr : reinterpret_cast<void *>(memory);
}

void release(void *pointer, void *memory) {
  Current current(self(pointer));
  if (!current.error)
    self(pointer).api.release(address(memory));
}

tao_status copy(void *pointer, void *to, const void *from, int64_t size, char *message, size_t bytes) {
  const Driver &driver = self(pointer);
  Current current(driver);
  CuResult error = current.error;
  if (!error)
    error = driver.api.copy(address(to), address(from), size_t(size));
  return check(driver, error, "copying memory", message, bytes);
}

tao_status clear(void *pointer, void *memory, int64_t size, char *message, size_t bytes) {
  const Driver &driver = self(pointer);
  Current current(driver);
  CuResult error = current.error;
  if (!error && size > 0)
    error = driver.api.set(address(memory), 0, size_t(size));
  return check(driver, error, "clearing memory", message, bytes);
}

tao_status synchronize(void *pointer, char *message, size_t bytes) {
  const Driver &driver = self(pointer);
  Current current(driver);
  return check(driver, current.error ? current.error : driver.api.synchronize(), "running kernels", message, bytes);
}

//===-- Kernels ---------------------------------------------------------------------------------------------------===//

/// The code of a kernel for this GPU: machine code of the newest architecture that it runs, else PTX.
const tao_gpu_code *findCode(const Driver &driver, const tao_gpu_code_table &table, int32_t kernel) {
  const tao_gpu_code *best = nullptr;
  int32_t own = driver.major * 10 + driver.minor;
  for (int64_t i = 0; i < table.num_codes; ++i) {
    const tao_gpu_code &code = table.codes[i];
    bool runs = code.kernel == kernel && code.arch <= own && (code.is_ptx || code.arch / 10 == driver.major);
    if (runs && (!best || best->is_ptx > code.is_ptx || (best->is_ptx == code.is_ptx && best->arch < code.arch)))
      best = &code;
  }
  return best;
}

/// "sm_80, sm_90, and all from sm_80 up": what there is code for.
void listCode(const tao_gpu_code_table &table, char *text, size_t bytes) {
  size_t used = 0;
  text[0] = 0;
  for (int64_t i = 0; i < table.num_codes && table.codes[i].kernel == 0 && used + 1 < bytes; ++i) {
    const tao_gpu_code &code = table.codes[i];
    int written = snprintf(text + used, bytes - used, code.is_ptx ? "%sall from sm_%d up" : "%ssm_%d",
                           used == 0 ? "" : ", ", code.arch);
    used += size_t(maxOf(written, 0));
  }
  if (used == 0)
    snprintf(text, bytes, "none");
}

tao_status loadOne(const Driver &driver, const tao_gpu_image &image, int32_t number, Kernels &kernels, char *message,
                   size_t bytes) {
  const tao_gpu_kernel &kernel = image.kernels[number];
  const tao_gpu_code *code = findCode(driver, *image.code, number);
  if (!code) {
    char known[256];
    listCode(*image.code, known, sizeof(known));
    snprintf(message, bytes, "GPU %d (%s) is of sm_%d%d, and the model has code for: %s", driver.number, driver.name,
             driver.major, driver.minor, known);
    return TAO_ERROR_DEVICE;
  }
  char what[256];
  snprintf(what, sizeof(what), "loading the kernel '%s'", kernel.name);
  CuResult error = driver.api.moduleLoad(&kernels.modules[number], code->data);
  if (error)
    kernels.modules[number] = nullptr;
  if (!error)
    error = driver.api.moduleGetFunction(&kernels.functions[number], kernels.modules[number], kernel.name);
  if (!error && kernel.asks_for_them)
    error = driver.api.functionSetAttribute(kernels.functions[number], kCuMaxDynamicShared, kernel.shared_bytes);
  return check(driver, error, what, message, bytes);
}

void unload(void *pointer, void *loaded) {
  auto *kernels = static_cast<Kernels *>(loaded);
  Current current(self(pointer));
  for (int32_t i = 0; i < kernels->image->num_kernels; ++i)
    if (!current.error && kernels->modules[i])
      self(pointer).api.moduleUnload(kernels->modules[i]);
  free(kernels->modules);
  free(kernels->functions);
  destroy(kernels);
}

tao_status load(void *pointer, const tao_gpu_image *image, void **loaded, char *message, size_t bytes) {
  const Driver &driver = self(pointer);
  auto *kernels = make<Kernels>();
  auto count = size_t(image->num_kernels);
  if (kernels) {
    kernels->image = image;
    kernels->modules = static_cast<CuModule *>(calloc(count, sizeof(CuModule)));
    kernels->functions = static_cast<CuFunction *>(calloc(count, sizeof(CuFunction)));
  }
  if (!kernels || !kernels->modules || !kernels->functions) {
    if (kernels) {
      free(kernels->modules);
      free(kernels->functions);
      destroy(kernels);
    }
    snprintf(message, bytes, "out of memory");
    return TAO_ERROR_OUT_OF_MEMORY;
  }
  tao_status status;
  {
    Current current(driver);
    status = check(driver, current.error, "loading kernels", message, bytes);
    for (int32_t i = 0; status == TAO_OK && i < image->num_kernels; ++i)
      status = loadOne(driver, *image, i, *kernels, message, bytes);
  }
  if (status == TAO_OK)
    *loaded = kernels;
  else
    unload(pointer, kernels);
  return status;
}

tao_status launch(void *pointer, void *loaded, const tao_gpu_call *call, char *message, size_t bytes) {
  const Driver &driver = self(pointer);
  const auto &kernels = *static_cast<const Kernels *>(loaded);
  const tao_gpu_kernel &kernel = kernels.image->kernels[call->function];
  if (call->blocks > INT32_MAX) {
    snprintf(message, bytes, "%lld blocks are more than a launch can have", (long long)call->blocks);
    return TAO_ERROR_DEVICE;
  }
  Current current(driver);
  CuResult error = current.error;
  if (!error)
    error =
        driver.api.launch(kernels.functions[call->function], unsigned(call->blocks), 1, 1, unsigned(kernel.threads), 1,
                          1, kernel.asks_for_them ? unsigned(kernel.shared_bytes) : 0, nullptr, call->args, nullptr);
  return check(driver, error, "a launch", message, bytes);
}

//===-- GPUs ------------------------------------------------------------------------------------------------------===//

/// Finds the GPU and makes its context; false with a message.
bool start(Driver &driver, char *message, size_t bytes) {
  if (!driver.api.load(message, bytes))
    return false;
  int count = 0;
  CuResult error = driver.api.deviceGetCount(&count);
  if (!error && driver.number >= count) {
    snprintf(message, bytes, "there is no GPU %d: the driver has %d", driver.number, count);
    return false;
  }
  if (!error)
    error = driver.api.deviceGet(&driver.handle, driver.number);
  if (!error)
    error = driver.api.deviceGetName(driver.name, sizeof(driver.name), driver.handle);
  if (!error)
    error = driver.api.deviceGetAttribute(&driver.major, kCuComputeMajor, driver.handle);
  if (!error)
    error = driver.api.deviceGetAttribute(&driver.minor, kCuComputeMinor, driver.handle);
  if (!error)
    error = driver.api.primaryRetain(&driver.context, driver.handle);
  return check(driver, error, "starting", message, bytes) == TAO_OK;
}

} // namespace

const tao_gpu_device *openDriver(int32_t number, char *message) {
  Lock guard(lock);
  for (Driver *each = drivers; each; each = each->next)
    if (each->number == number) {
      ++each->numUsers;
      return &each->device;
    }
  auto *driver = make<Driver>();
  if (!driver) {
    appendMessage(message, "create: out of memory");
    return nullptr;
  }
  driver->number = number;
  char reason[1024];
  if (!start(*driver, reason, sizeof(reason))) {
    appendMessage(message, "create: %s", reason);
    destroy(driver);
    return nullptr;
  }
  driver->device = {sizeof(tao_gpu_device), driver, allocate, release, copy, clear, load, unload, launch, synchronize};
  driver->numUsers = 1;
  driver->next = drivers;
  drivers = driver;
  return &driver->device;
}

void closeDriver(const tao_gpu_device *device) {
  Lock guard(lock);
  auto *driver = static_cast<Driver *>(device->self);
  if (--driver->numUsers > 0)
    return;
  Driver **link = &drivers;
  while (*link != driver)
    link = &(*link)->next;
  *link = driver->next;
  driver->api.primaryRelease(driver->handle);
  destroy(driver);
}

} // namespace tao::rt
