// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts the memory allocations of the whole process, libraries included: malloc and its kin, and mmap. The counting
// versions are defined in the executable, which is where every library's calls are bound to first.
#ifndef TAO_RUN_ALLOCCOUNT_H
#define TAO_RUN_ALLOCCOUNT_H

#include <cstdint>

namespace tao::run {

struct AllocCount {
  int64_t all = 0;
  int64_t own = 0; // called directly from the watched module
};

/// False in builds with AddressSanitizer, which replaces malloc itself; counts are then zero.
bool allocCountAvailable();

/// Watches the shared object, or the executable, that `address` lies in.
void watchModuleOf(const void *address);

/// Counting starts from zero and goes on until stopped. Counts the calls of all threads.
void startAllocCount();
AllocCount stopAllocCount();

} // namespace tao::run

#endif // TAO_RUN_ALLOCCOUNT_H
