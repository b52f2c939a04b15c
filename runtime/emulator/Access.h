// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loads, stores and atomics of GPU threads.
#ifndef TAO_RUNTIME_EMULATOR_ACCESS_H
#define TAO_RUNTIME_EMULATOR_ACCESS_H

#include "Worker.h"

namespace tao::emu {

struct MemoryAccess {
  uintptr_t address = 0;
  uint32_t bytes = 0;
  uint32_t buffer = TAO_EMU_ANY_BUFFER;
  uint32_t site = TAO_EMU_NO_SITE;
  bool isShared = false;
  bool isStore = false;
  bool isAtomic = false;
  bool reads = false; ///< what is there matters
};

/// Reports what is wrong with an access and remembers it. The address to use.
void *checkAccess(Thread &thread, const MemoryAccess &access);

// Functions of tao_emu_api.
void *access(tao_emu_thread *face, const void *address, uint32_t bytes, uint32_t how, uint32_t buffer, uint32_t site);
int64_t index(tao_emu_thread *face, int64_t index, int64_t size, uint32_t site);
uint64_t atomic(tao_emu_thread *face, void *address, uint64_t value, uint64_t compare, uint32_t operation,
                uint32_t type, uint32_t order, uint32_t how, uint32_t buffer, uint32_t site);
void fence(tao_emu_thread *face, uint32_t site);

} // namespace tao::emu

#endif // TAO_RUNTIME_EMULATOR_ACCESS_H
