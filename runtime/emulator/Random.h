// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pseudo-random numbers for schedules: the same seed gives the same schedule on one CPU thread.
#ifndef TAO_RUNTIME_EMULATOR_RANDOM_H
#define TAO_RUNTIME_EMULATOR_RANDOM_H

#include <cstdint>

namespace tao::emu {

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// Less than `bound`, which is not 0.
  uint32_t below(uint32_t bound) { return uint32_t(((next() >> 32) * bound) >> 32); }

private:
  uint64_t state;
};

} // namespace tao::emu

#endif // TAO_RUNTIME_EMULATOR_RANDOM_H
