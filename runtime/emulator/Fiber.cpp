// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Fiber.h"

#include <cstdlib>
#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TAO_EMU_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define TAO_EMU_TSAN 1
#endif
#endif
#if defined(TAO_EMU_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(TAO_EMU_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

using namespace tao::emu;

#if !defined(__x86_64__)
#error "the emulator's fibers are written for x86-64"
#endif

// tao_emu_switch(save, to): leaves the stack pointer in *save and goes on where `to` was left.
// It jumps there instead of returning: the processor predicts that a return goes where the last call came from, which
// is wrong here each time. tao_emu_enter: where a fresh stack goes on: calls rbx(r12), with the stack pointer as after
// a call.
asm(R"(
  .text
  .p2align 4
  .type tao_emu_switch, @function
tao_emu_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  popq %rcx
  jmpq *%rcx
  .size tao_emu_switch, . - tao_emu_switch
  .p2align 4
  .type tao_emu_enter, @function
tao_emu_enter:
  movq %r12, %rdi
  jmpq *%rbx
  .size tao_emu_enter, . - tao_emu_enter
)");
extern "C" {
void tao_emu_switch(void **save, void *to);
void tao_emu_enter();
}

namespace {

constexpr size_t kPage = 4096;
/// Beyond this number some neighbours go without a guard page between them: a process may have 65,530 mappings.
constexpr size_t kMaxGuards = 8192;

} // namespace

Stacks::~Stacks() { release(); }

void Stacks::release() {
  if (memory)
    munmap(memory, stride * count);
  memory = nullptr;
  count = 0;
}

bool Stacks::reserve(size_t newCount, size_t bytes) {
#if defined(TAO_EMU_ASAN)
  bytes *= 4; // frames with red zones
#endif
  // One page more for the colours of the tops, one for the guard.
  size_t newStride = (bytes + kPage - 1) / kPage * kPage + 2 * kPage;
  if (newCount <= count && newStride <= stride)
    return true;
  release();
  void *mapped = mmap(nullptr, newStride * newCount, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapped == MAP_FAILED)
    return false;
  memory = static_cast<char *>(mapped);
  stride = newStride;
  count = newCount;
  size_t step = (count + kMaxGuards - 1) / kMaxGuards;
  for (size_t i = 0; i < count; i += step)
    if (mprotect(memory + i * stride, kPage, PROT_NONE) != 0)
      return false;
  return true;
}

void Stacks::prepare(Fiber &fiber, size_t index, void (*entry)(void *), void *argument) {
  char *low = memory + index * stride + kPage;
  size_t bytes = stride - kPage;
  // Stacks lie at the same place of their pages. Tops at different cache lines keep a thousand of them from sharing a
  // few sets of the first-level cache.
  char *top = low + bytes - (index * 5 % 64) * 64;
  auto *slots = reinterpret_cast<void **>(top);
  *--slots = nullptr; // what `entry` would return to; below it, the stack pointer is 8 modulo 16
  *--slots = reinterpret_cast<void *>(&tao_emu_enter);
  *--slots = nullptr;                         // rbp
  *--slots = reinterpret_cast<void *>(entry); // rbx
  *--slots = argument;                        // r12
  *--slots = nullptr;                         // r13
  *--slots = nullptr;                         // r14
  *--slots = nullptr;                         // r15
  fiber.stackPointer = slots;
  fiber.low = low;
  fiber.bytes = bytes;
  fiber.fakeStack = nullptr;
#if defined(TAO_EMU_ASAN)
  __asan_unpoison_memory_region(low, bytes); // of frames that an earlier fiber never left
#endif
#if defined(TAO_EMU_TSAN)
  fiber.context = __tsan_create_fiber(0);
#endif
}

void tao::emu::enterFibers(Fiber &self) {
#if defined(TAO_EMU_TSAN)
  self.context = __tsan_get_current_fiber();
#endif
}

void tao::emu::retire(Fiber &fiber) {
#if defined(TAO_EMU_TSAN)
  if (fiber.context)
    __tsan_destroy_fiber(fiber.context);
#endif
  fiber.context = nullptr;
}

void tao::emu::switchFiber(Fiber &from, Fiber &to) {
#if defined(TAO_EMU_ASAN)
  __sanitizer_start_switch_fiber(&from.fakeStack, to.low, to.bytes);
#endif
#if defined(TAO_EMU_TSAN)
  __tsan_switch_to_fiber(to.context, 0);
#endif
  tao_emu_switch(&from.stackPointer, to.stackPointer);
#if defined(TAO_EMU_ASAN)
  __sanitizer_finish_switch_fiber(from.fakeStack, nullptr, nullptr);
#endif
}

void tao::emu::beginFiber(Fiber &from) {
#if defined(TAO_EMU_ASAN)
  const void *low = nullptr;
  __sanitizer_finish_switch_fiber(nullptr, &low, &from.bytes);
  from.low = const_cast<void *>(low);
#endif
}

void tao::emu::endFiber(Fiber &self, Fiber &to) {
#if defined(TAO_EMU_ASAN)
  __sanitizer_start_switch_fiber(nullptr, to.low, to.bytes);
#endif
#if defined(TAO_EMU_TSAN)
  __tsan_switch_to_fiber(to.context, 0);
#endif
  tao_emu_switch(&self.stackPointer, to.stackPointer);
  std::abort(); // a finished fiber is never resumed
}
