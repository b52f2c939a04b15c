// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Device.h. A launch tells the emulator what it may expect of each buffer: what is only read must not be written,
// and of what is only written nothing may be read before.
#include "Device.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <string>
#include <vector>

namespace {

struct EmulatedDevice {
  tao_gpu_device device;
  tao_emu_device_options options;
  std::mutex mutex; // of the counts and the reporter
  tao_emu_device_counts counts = {};
};

EmulatedDevice &self(void *pointer) { return *static_cast<EmulatedDevice *>(pointer); }

/// What nobody has written is a NaN of every type of float.
constexpr int kPoison = 0xff;
constexpr size_t kAlignment = 256;

void *allocate(void *, int64_t size, int32_t) {
  void *memory = nullptr;
  size_t bytes = size > 0 ? size_t(size) : 1;
  if (posix_memalign(&memory, kAlignment, bytes) != 0)
    return nullptr;
  return memset(memory, kPoison, bytes);
}

void release(void *, void *memory) { free(memory); }

tao_status copy(void *, void *to, const void *from, int64_t size, char *, size_t) {
  memmove(to, from, size_t(size));
  return TAO_OK;
}

tao_status clear(void *, void *memory, int64_t size, char *, size_t) {
  memset(memory, 0, size_t(size));
  return TAO_OK;
}

/// Launches happen at once.
tao_status synchronize(void *, char *, size_t) { return TAO_OK; }

tao_status load(void *, const tao_gpu_image *image, void **loaded, char *message, size_t bytes) {
  for (int32_t i = 0; i < image->num_kernels; ++i)
    if (!image->kernels[i].emulated) {
      snprintf(message, bytes, "the model was compiled without --emulate: the emulator cannot run its kernels");
      return TAO_ERROR_DEVICE;
    }
  *loaded = const_cast<tao_gpu_image *>(image);
  return TAO_OK;
}

void unload(void *, void *) {}

bool overlap(const tao_gpu_buffer &x, const tao_gpu_buffer &y) {
  auto *a = static_cast<const char *>(x.address), *b = static_cast<const char *>(y.address);
  return a < b + y.bytes && b < a + x.bytes;
}

/// The call's buffers as the emulator wants them. `names` holds what they are called.
std::vector<tao_emu_buffer> describe(const tao_gpu_call &call, std::vector<std::string> &names) {
  int32_t count = call.num_reads + call.num_writes;
  for (int32_t i = 0; i < count; ++i)
    names.push_back(i < call.num_reads ? "input " + std::to_string(i) : "output " + std::to_string(i - call.num_reads));
  names.push_back("status");
  std::vector<tao_emu_buffer> buffers;
  for (int32_t i = 0; i <= count; ++i) {
    bool isRead = i < call.num_reads, isAlone = i < count;
    for (int32_t j = isRead ? call.num_reads : 0; j < (isRead ? count : call.num_reads); ++j)
      isAlone = isAlone && !overlap(call.buffers[i], call.buffers[j]);
    uint32_t flags = !isAlone ? 0u : isRead ? uint32_t(TAO_EMU_READ_ONLY) : uint32_t(TAO_EMU_FRESH);
    buffers.push_back({call.buffers[i].address, uint64_t(call.buffers[i].bytes), names[size_t(i)].c_str(), flags});
  }
  return buffers;
}

void report(void *context, const tao_emu_report *report) {
  EmulatedDevice &device = self(context);
  std::lock_guard<std::mutex> guard(device.mutex);
  if (device.options.reporter)
    device.options.reporter(device.options.reporter_context, report);
}

tao_status launch(void *pointer, void *loaded, const tao_gpu_call *call, char *message, size_t bytes) {
  EmulatedDevice &device = self(pointer);
  const tao_gpu_kernel &kernel = static_cast<const tao_gpu_image *>(loaded)->kernels[call->function];
  if (call->blocks > int64_t(INT32_MAX)) {
    snprintf(message, bytes, "%lld blocks are more than a launch can have", static_cast<long long>(call->blocks));
    return TAO_ERROR_DEVICE;
  }
  uint64_t number;
  {
    std::lock_guard<std::mutex> guard(device.mutex);
    number = device.counts.num_launches++;
  }
  std::vector<std::string> names;
  std::vector<tao_emu_buffer> buffers = describe(*call, names);
  std::vector<tao_emu_slot> slots;
  for (int32_t i = 0; i < kernel.num_slots; ++i)
    slots.push_back({uint64_t(kernel.slots[i].offset), uint64_t(kernel.slots[i].bytes), kernel.slots[i].name});
  tao_emu_launch launch = {};
  launch.size = sizeof(launch);
  launch.name = kernel.name;
  launch.kernel = reinterpret_cast<tao_emu_kernel>(kernel.emulated);
  launch.args = call->args;
  launch.grid[0] = uint32_t(call->blocks);
  launch.block[0] = uint32_t(kernel.threads);
  launch.grid[1] = launch.grid[2] = launch.block[1] = launch.block[2] = 1;
  launch.shared_bytes = uint64_t(kernel.shared_bytes);
  launch.buffers = buffers.data();
  launch.num_buffers = uint32_t(buffers.size());
  launch.slots = slots.data();
  launch.num_slots = uint32_t(slots.size());
  launch.sites = kernel.sites;
  launch.num_sites = uint32_t(kernel.num_sites);
  launch.num_threads = device.options.num_threads;
  // Weyl's sequence: never 0 for a seed that is not.
  launch.seed = device.options.seed == 0 ? 0 : (device.options.seed + number * 0x9e3779b97f4a7c15u) | 1u;
  launch.reporter = report;
  launch.reporter_context = &device;
  tao_emu_result result = {};
  const char *error = nullptr;
  int32_t failed = tao_emu_run(&launch, &result, &error);
  std::lock_guard<std::mutex> guard(device.mutex);
  device.counts.num_reports += result.num_reports;
  device.counts.num_faults += result.num_faults;
  device.counts.num_switches += result.num_switches;
  if (!failed)
    return TAO_OK;
  snprintf(message, bytes, "the emulator cannot run it: %s", error ? error : "unknown reason");
  return TAO_ERROR_DEVICE;
}

} // namespace

extern "C" {

const tao_gpu_device *tao_emu_device_create(const tao_emu_device_options *options) {
  auto *device = new (std::nothrow) EmulatedDevice;
  if (!device)
    return nullptr;
  device->options = *options;
  device->device = {sizeof(tao_gpu_device), device, allocate, release, copy, clear, load, unload, launch, synchronize};
  return &device->device;
}

void tao_emu_device_destroy(const tao_gpu_device *device) {
  if (device)
    delete static_cast<EmulatedDevice *>(device->self);
}

void tao_emu_device_count(const tao_gpu_device *device, tao_emu_device_counts *counts) {
  EmulatedDevice &emulated = self(device->self);
  std::lock_guard<std::mutex> guard(emulated.mutex);
  *counts = emulated.counts;
}

} // extern "C"
