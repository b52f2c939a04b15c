// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory in which the tasks of a kernel keep values between their phases. There is a piece for each worker, so that it
// stays in the cache of the core. Whoever runs tasks takes a free piece and gives it back: this works for threads that
// have no number, such as those of the host's pool.
#ifndef TAO_RUNTIME_SCRATCH_H
#define TAO_RUNTIME_SCRATCH_H

#include "Support.h"

#include <atomic>

namespace tao::rt {

class Scratch {
public:
  Scratch() = default;
  Scratch(const Scratch &) = delete;
  ~Scratch() { release(); }

  /// Makes room for `workers` pieces of `bytes`; false when memory is short. Never called while tasks run.
  [[nodiscard]] bool reserve(int64_t bytes, int32_t workers);

  /// A piece that is nobody else's until it is given back. Waits while there is none, which cannot last: there are as
  /// many as workers.
  void *take();
  void give(void *piece);

private:
  /// Stands before each piece.
  struct alignas(kAlignment) Header {
    std::atomic<uint32_t> isTaken;
  };
  Header &header(int64_t i) { return *reinterpret_cast<Header *>(base + i * stride); }
  void release() { free(base); }

  uint8_t *base = nullptr;
  int64_t stride = 0;
  int32_t count = 0;
};

} // namespace tao::rt

#endif // TAO_RUNTIME_SCRATCH_H
