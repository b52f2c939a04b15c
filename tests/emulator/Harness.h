// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What kernels written by hand need to look like kernels: arrays whose loads and stores are checked, and a launch to
// fill in. The i-th buffer of a launch is its i-th argument; numbers come after the buffers.
#ifndef TAO_TESTS_EMULATOR_HARNESS_H
#define TAO_TESTS_EMULATOR_HARNESS_H

#include "Emulator.h"

#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace tao::emu::test {

/// The source ops that kernels of tests name; also their sites.
enum Site : uint32_t {
  kLoad,
  kStore,
  kStage,
  kFetch,
  kBarrier1,
  kBarrier2,
  kBarrier3,
  kShuffle,
  kCount,
  kFinish,
  kNumSites
};

constexpr uint32_t kAllLanes = 0xffffffff;

template <typename T> class Array {
public:
  Array(tao_emu_thread *thread, T *data, uint32_t how, uint32_t buffer)
      : thread(thread), data(data), how(how), buffer(buffer) {}

  template <typename V = T> V load(int64_t i, uint32_t site = kLoad) const {
    V value;
    std::memcpy(&value, thread->api->access(thread, data + i, sizeof(V), how, buffer, site), sizeof(V));
    return value;
  }
  template <typename V = T> void store(int64_t i, const std::common_type_t<V> &value, uint32_t site = kStore) const {
    std::memcpy(thread->api->access(thread, data + i, sizeof(V), how | TAO_EMU_STORE, buffer, site), &value, sizeof(V));
  }
  T atomic(int64_t i, uint32_t operation, T value, uint32_t type, uint32_t order = TAO_EMU_RELAXED, T compare = {},
           uint32_t site = kCount) const {
    uint64_t bits = 0, expected = 0;
    std::memcpy(&bits, &value, sizeof(T));
    std::memcpy(&expected, &compare, sizeof(T));
    bits = thread->api->atomic(thread, data + i, bits, expected, operation, type, order, how, buffer, site);
    std::memcpy(&value, &bits, sizeof(T));
    return value;
  }

private:
  tao_emu_thread *thread;
  T *data;
  uint32_t how, buffer;
};

/// A GPU thread as a kernel sees it.
struct Gpu {
  tao_emu_thread *thread;
  void *const *args;

  int64_t tid() const { return thread->thread_id[0]; }
  int64_t bid() const { return thread->block_id[0]; }
  int64_t dim() const { return thread->block_dim[0]; }
  int64_t global() const { return bid() * dim() + tid(); }

  template <typename T> Array<T> buffer(uint32_t i) const { return {thread, *static_cast<T *const *>(args[i]), 0, i}; }
  template <typename T> Array<T> shared(uint64_t offset = 0, uint32_t slot = TAO_EMU_ANY_BUFFER) const {
    return {thread, reinterpret_cast<T *>(static_cast<char *>(thread->shared) + offset), TAO_EMU_SHARED, slot};
  }
  int64_t number(uint32_t i) const { return *static_cast<const int64_t *>(args[i]); }

  void barrier(uint32_t site = kBarrier1) const { thread->api->barrier(thread, site); }
  void gridBarrier(uint32_t site = kBarrier1) const { thread->api->grid_barrier(thread, site); }
  void fence() const { thread->api->fence(thread, kFinish); }
  template <typename T>
  T shuffle(T value, uint32_t mode, uint32_t offset, uint32_t width = 32, uint32_t mask = kAllLanes,
            bool *valid = nullptr) const {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    tao_emu_shuffled result = thread->api->shuffle(thread, bits, mode, offset, width, mask, kShuffle);
    std::memcpy(&value, &result.value, sizeof(T));
    if (valid)
      *valid = result.valid != 0;
    return value;
  }
  template <typename T> T warpSum(T value, uint32_t width = 32) const {
    for (uint32_t offset = width / 2; offset; offset /= 2)
      value = T(value + shuffle(value, TAO_EMU_XOR, offset, width));
    return value;
  }
};

struct Report {
  uint32_t kind;
  std::string buffer, text;
  int64_t offset;
  uint32_t numSides;
  tao_emu_side sides[2];
};

class Launch {
public:
  Launch(tao_emu_kernel kernel, uint32_t grid, uint32_t block);

  template <typename T> Launch &buffer(std::vector<T> &data, const char *name, uint32_t flags = 0) {
    return memory(data.data(), data.size() * sizeof(T), name, flags);
  }
  Launch &memory(void *data, uint64_t bytes, const char *name, uint32_t flags = 0);
  Launch &number(int64_t value);
  Launch &shared(uint64_t bytes);
  Launch &slot(uint64_t offset, uint64_t bytes, const char *name);
  Launch &cooperative();

  /// Returns the faults reported; fails the test if it cannot run.
  std::vector<Report> run(uint64_t seed, uint32_t numThreads = 1);

  tao_emu_launch launch = {};
  tao_emu_result result = {};

private:
  std::vector<tao_emu_buffer> buffers;
  std::vector<tao_emu_slot> slots;
  std::vector<int64_t> numbers;
};

/// Of each report its kind, sorted: what a test expects.
std::vector<uint32_t> kinds(const std::vector<Report> &reports);
/// All texts, for the message of a failure.
std::string texts(const std::vector<Report> &reports);

/// Schedules that every kernel is tried with: in order, and some at random.
constexpr uint64_t kSeeds[] = {0, 1, 2, 3, 4, 5, 6, 7};

} // namespace tao::emu::test

#endif // TAO_TESTS_EMULATOR_HARNESS_H
