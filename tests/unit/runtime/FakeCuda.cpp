// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A libcuda.so.1 for tests: the driver's functions on memory of the CPU. TAO_FAKE_CUDA in the environment says what
// GPUs it has, as compute capabilities ("80,90"). What was called, with what matters of it, is a line each in
// fakeCudaLog. "Code" is text; launches of a kernel whose code begins with "copy:" copy their first argument's memory
// to the second's.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

extern "C" {
std::vector<std::string> *fakeCudaLog = new std::vector<std::string>;
int64_t fakeCudaFailing = -1; // number of the call that fails
int64_t fakeCudaBalance = 0;  // memory, modules and contexts that are held
}

namespace {
std::map<void *, std::string> modules;
int contexts[64];

std::vector<int> capabilities() {
  std::vector<int> list;
  const char *text = getenv("TAO_FAKE_CUDA");
  for (std::string rest = text ? text : "80"; !rest.empty();) {
    list.push_back(atoi(rest.c_str()));
    size_t comma = rest.find(',');
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
  }
  return list;
}

int log(const std::string &line) {
  fakeCudaLog->push_back(line);
  return int64_t(fakeCudaLog->size()) - 1 == fakeCudaFailing ? 999 : 0;
}
} // namespace

#define FAKE extern "C" __attribute__((visibility("default"))) int
#define CALL(text)                                                                                                     \
  if (int error = log(text))                                                                                           \
  return error

FAKE cuGetErrorString(int error, const char **text) {
  *text = error == 999 ? "made to fail" : error == 2 ? "out of memory" : "other";
  return 0;
}
FAKE cuInit(unsigned) {
  CALL("init");
  return 0;
}
FAKE cuDeviceGetCount(int *count) {
  CALL("count");
  *count = int(capabilities().size());
  return 0;
}
FAKE cuDeviceGet(int *device, int ordinal) {
  CALL("device");
  *device = ordinal;
  return 0;
}
FAKE cuDeviceGetName(char *name, int bytes, int device) {
  CALL("name");
  snprintf(name, size_t(bytes), "Fake %d", device);
  return 0;
}
FAKE cuDeviceGetAttribute(int *value, int attribute, int device) {
  CALL("attribute");
  int capability = capabilities()[size_t(device)];
  *value = attribute == 75 ? capability / 10 : capability % 10;
  return 0;
}
FAKE cuDevicePrimaryCtxRetain(void **context, int device) {
  CALL("retain");
  *context = &contexts[device];
  ++fakeCudaBalance;
  return 0;
}
FAKE cuDevicePrimaryCtxRelease_v2(int) {
  --fakeCudaBalance;
  return 0;
}
FAKE cuCtxPushCurrent_v2(void *) {
  CALL("push");
  return 0;
}
FAKE cuCtxPopCurrent_v2(void **) { return 0; }
FAKE cuCtxSynchronize() {
  CALL("synchronize");
  return 0;
}
static int allocate(unsigned long long *memory, size_t bytes) {
  *memory = reinterpret_cast<unsigned long long>(aligned_alloc(256, (bytes + 255) / 256 * 256));
  ++fakeCudaBalance;
  return 0;
}
FAKE cuMemAlloc_v2(unsigned long long *memory, size_t bytes) {
  CALL("allocate");
  return allocate(memory, bytes);
}
FAKE cuMemAllocManaged(unsigned long long *memory, size_t bytes, unsigned flags) {
  CALL("allocate managed " + std::to_string(flags));
  return allocate(memory, bytes);
}
FAKE cuMemFree_v2(unsigned long long memory) {
  free(reinterpret_cast<void *>(memory));
  --fakeCudaBalance;
  return 0;
}
FAKE cuMemcpy(unsigned long long to, unsigned long long from, size_t bytes) {
  CALL("copy " + std::to_string(bytes));
  memmove(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from), bytes);
  return 0;
}
FAKE cuMemsetD8_v2(unsigned long long memory, unsigned char value, size_t bytes) {
  CALL("set");
  memset(reinterpret_cast<void *>(memory), value, bytes);
  return 0;
}
FAKE cuModuleLoadData(void **module, const void *image) {
  CALL(std::string("load ") + static_cast<const char *>(image));
  *module = new char;
  modules[*module] = static_cast<const char *>(image);
  ++fakeCudaBalance;
  return 0;
}
FAKE cuModuleUnload(void *module) {
  modules.erase(module);
  delete static_cast<char *>(module);
  --fakeCudaBalance;
  return 0;
}
FAKE cuModuleGetFunction(void **function, void *module, const char *name) {
  CALL(std::string("function ") + name);
  *function = module;
  return 0;
}
FAKE cuFuncSetAttribute(void *, int attribute, int value) {
  CALL("function attribute " + std::to_string(attribute) + " " + std::to_string(value));
  return 0;
}
FAKE cuLaunchKernel(void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
                    unsigned blockZ, unsigned shared, void *, void **args, void **) {
  auto text = [](unsigned number) { return std::to_string(number) + " "; };
  CALL("launch " + text(gridX) + text(gridY) + text(gridZ) + text(blockX) + text(blockY) + text(blockZ) + text(shared));
  if (modules[function].rfind("copy:", 0) == 0)
    memcpy(*static_cast<void **>(args[1]), *static_cast<void **>(args[0]), size_t(*static_cast<int64_t *>(args[2])));
  return 0;
}
