// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --emulate: GPU kernels run in the emulator, and what it has to say goes to the standard error.
#ifndef TAO_RUN_EMULATION_H
#define TAO_RUN_EMULATION_H

#include "Options.h"
#include "tao/model_abi.h"

namespace tao::run {

class Emulation {
public:
  /// Without --emulate there is no device.
  explicit Emulation(const Options &options);
  ~Emulation();
  Emulation(const Emulation &) = delete;

  const tao_gpu_device *getDevice() const { return device; }
  /// After all runs: throws when the emulator had faults to report.
  void finish(bool verbose) const;

private:
  const tao_gpu_device *device = nullptr;
  int64_t numShown = 0;
};

} // namespace tao::run

#endif // TAO_RUN_EMULATION_H
