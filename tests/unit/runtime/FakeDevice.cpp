// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See FakeDevice.h.
#include "FakeDevice.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace tao::test {

class FakeDevice::Call {
public:
  Call(FakeDevice &device, const std::string &what)
      : device(device), fails(int64_t(device.calls.size()) == device.failing) {
    device.calls.push_back(what);
    device.protect(PROT_READ | PROT_WRITE);
  }
  ~Call() { device.protect(PROT_NONE); }
  Call(const Call &) = delete;

private:
  FakeDevice &device;

public:
  const bool fails;
};

void FakeDevice::protect(int mode) {
  for (auto &[begin, piece] : memory)
    if (!piece.shared)
      mprotect(begin, piece.bytes, mode);
}

bool FakeDevice::owns(const void *address, int64_t bytes) const {
  auto *at = static_cast<const char *>(address);
  return std::any_of(memory.begin(), memory.end(), [&](const auto &entry) {
    return at >= entry.first && at + bytes <= entry.first + entry.second.bytes;
  });
}

tao_status FakeDevice::fail(char *message, size_t bytes) const {
  snprintf(message, bytes, "the device says no");
  return TAO_ERROR_DEVICE;
}

FakeDevice::FakeDevice() {
  device.size = sizeof(device);
  device.self = this;
  device.allocate = [](void *pointer, int64_t size, int32_t shared) -> void * {
    FakeDevice &device = self(pointer);
    Call call(device, "allocate");
    if (call.fails)
      return nullptr;
    size_t bytes = (size_t(std::max<int64_t>(size, 1)) + 4095) / 4096 * 4096;
    auto *pages = static_cast<char *>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    memset(pages, 0x55, bytes);
    device.memory[pages] = {bytes, shared != 0};
    return pages;
  };
  device.release = [](void *pointer, void *address) {
    FakeDevice &device = self(pointer);
    auto piece = device.memory.find(static_cast<char *>(address));
    if (piece == device.memory.end())
      abort();
    munmap(piece->first, piece->second.bytes);
    device.memory.erase(piece);
  };
  device.copy = [](void *pointer, void *to, const void *from, int64_t size, char *message, size_t bytes) {
    FakeDevice &device = self(pointer);
    Call call(device, "copy");
    if (call.fails)
      return device.fail(message, bytes);
    memmove(to, from, size_t(size));
    return TAO_OK;
  };
  device.clear = [](void *pointer, void *address, int64_t size, char *message, size_t bytes) {
    FakeDevice &device = self(pointer);
    Call call(device, "clear");
    if (call.fails || !device.owns(address, size))
      return device.fail(message, bytes);
    memset(address, 0, size_t(size));
    return TAO_OK;
  };
  device.load = [](void *pointer, const tao_gpu_image *image, void **loaded, char *message, size_t bytes) {
    FakeDevice &device = self(pointer);
    Call call(device, "load");
    if (call.fails)
      return device.fail(message, bytes);
    ++device.numLoaded;
    *loaded = const_cast<tao_gpu_image *>(image);
    return TAO_OK;
  };
  device.unload = [](void *pointer, void *) { --self(pointer).numLoaded; };
  device.launch = [](void *pointer, void *loaded, const tao_gpu_call *what, char *message, size_t bytes) {
    FakeDevice &device = self(pointer);
    const tao_gpu_kernel &kernel = static_cast<tao_gpu_image *>(loaded)->kernels[what->function];
    Call call(device, std::string("launch ") + kernel.name);
    if (call.fails)
      return device.fail(message, bytes);
    for (int32_t i = 0; i <= what->num_reads + what->num_writes; ++i)
      if (!device.owns(what->buffers[i].address, what->buffers[i].bytes)) {
        snprintf(message, bytes, "buffer %d is not on the device", i);
        return TAO_ERROR_DEVICE;
      }
    reinterpret_cast<FakeKernel>(kernel.emulated)(what->args, what->blocks);
    return TAO_OK;
  };
  device.synchronize = [](void *pointer, char *message, size_t bytes) {
    FakeDevice &device = self(pointer);
    Call call(device, "synchronize");
    return call.fails ? device.fail(message, bytes) : TAO_OK;
  };
}

FakeDevice::~FakeDevice() {
  for (auto &[begin, piece] : memory)
    munmap(begin, piece.bytes);
}

} // namespace tao::test
