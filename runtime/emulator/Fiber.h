// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fibers: call stacks that take turns on one CPU thread. A switch saves the registers that a call preserves, and no
// more. Sanitizers are told of every switch. A fiber never moves to another CPU thread.
#ifndef TAO_RUNTIME_EMULATOR_FIBER_H
#define TAO_RUNTIME_EMULATOR_FIBER_H

#include <cstddef>
#include <cstdint>

namespace tao::emu {

/// One side of a switch: a fiber, or the CPU thread that resumes fibers.
struct Fiber {
  void *stackPointer = nullptr; ///< while it does not run
  void *low = nullptr;          ///< its stack, as the address sanitizer wants it
  size_t bytes = 0;
  void *fakeStack = nullptr; ///< address sanitizer
  void *context = nullptr;   ///< thread sanitizer
};

/// Memory for the stacks of many fibers. Untouched pages cost nothing.
class Stacks {
public:
  Stacks() = default;
  Stacks(const Stacks &) = delete;
  Stacks &operator=(const Stacks &) = delete;
  ~Stacks();

  /// Room for `count` stacks of at least `bytes` bytes; false if the system refuses.
  bool reserve(size_t count, size_t bytes);
  /// Makes `fiber`, of stack `index`, call `entry(argument)` when it is first resumed. `entry` must not return.
  void prepare(Fiber &fiber, size_t index, void (*entry)(void *), void *argument);

private:
  void release();

  char *memory = nullptr;
  size_t stride = 0;
  size_t count = 0;
};

/// What the calling CPU thread resumes fibers from.
void enterFibers(Fiber &self);
/// Frees what a sanitizer keeps for a fiber that will not run any more. Its stack may then be prepared again.
void retire(Fiber &fiber);

/// From `from`, which runs, to `to`; comes back when somebody switches to `from`.
void switchFiber(Fiber &from, Fiber &to);
/// The first thing that a fiber does, who was first resumed from `from`, and what it does instead of returning.
void beginFiber(Fiber &from);
[[noreturn]] void endFiber(Fiber &self, Fiber &to);

} // namespace tao::emu

#endif // TAO_RUNTIME_EMULATOR_FIBER_H
