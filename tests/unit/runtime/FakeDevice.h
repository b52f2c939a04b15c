// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A device for tests of the runtime. Its memory is pages that the CPU cannot touch while no call of the device runs,
// unless they are shared, so that whoever mixes up the two memories ends by a signal. Kernels are functions of the
// test.
#ifndef TAO_TESTS_RUNTIME_FAKEDEVICE_H
#define TAO_TESTS_RUNTIME_FAKEDEVICE_H

#include "tao/model_abi.h"

#include <map>
#include <string>
#include <vector>

namespace tao::test {

/// What tao_gpu_kernel::emulated is here: called once per launch. `args` as of cuLaunchKernel.
using FakeKernel = void (*)(void **args, int64_t blocks);

class FakeDevice {
public:
  FakeDevice();
  ~FakeDevice();
  FakeDevice(const FakeDevice &) = delete;

  const tao_gpu_device *get() const { return &device; }
  /// The calls so far, such as "allocate", "copy", "launch double".
  std::vector<std::string> calls;
  /// The call of this number, counted from 0, fails; -1: none does.
  int64_t failing = -1;
  int64_t numLoaded = 0;
  size_t numAllocations() const { return memory.size(); }

private:
  struct Piece {
    size_t bytes;
    bool shared;
  };
  /// Makes memory accessible while it lives, and counts the call.
  class Call;
  static FakeDevice &self(void *pointer) { return *static_cast<FakeDevice *>(pointer); }
  bool owns(const void *address, int64_t bytes) const;
  void protect(int mode);
  tao_status fail(char *message, size_t bytes) const;

  tao_gpu_device device;
  std::map<char *, Piece> memory;
};

} // namespace tao::test

#endif // TAO_TESTS_RUNTIME_FAKEDEVICE_H
