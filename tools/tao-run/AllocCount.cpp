// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counting allocations; see AllocCount.h.
#include "AllocCount.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <link.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define TAO_OTHER_MALLOC 1
#endif
#endif

namespace tao::run {
namespace {

std::atomic<bool> counting{false};
std::atomic<int64_t> countAll{0}, countOwn{0};
uintptr_t ownBegin = 0, ownEnd = 0;

#ifndef TAO_OTHER_MALLOC
void note(void *caller) {
  if (!counting.load(std::memory_order_relaxed))
    return;
  countAll.fetch_add(1, std::memory_order_relaxed);
  auto address = reinterpret_cast<uintptr_t>(caller);
  if (address >= ownBegin && address < ownEnd)
    countOwn.fetch_add(1, std::memory_order_relaxed);
}
#endif

/// Sets the bounds when the module that dl_iterate_phdr shows holds the address.
int findModule(dl_phdr_info *info, size_t, void *address) {
  uintptr_t low = UINTPTR_MAX, high = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto &segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD)
      continue;
    uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    low = begin < low ? begin : low;
    high = begin + segment.p_memsz > high ? begin + segment.p_memsz : high;
  }
  auto wanted = reinterpret_cast<uintptr_t>(address);
  if (wanted < low || wanted >= high)
    return 0;
  ownBegin = low;
  ownEnd = high;
  return 1;
}

} // namespace

bool allocCountAvailable() {
#ifdef TAO_OTHER_MALLOC
  return false;
#else
  return true;
#endif
}

void watchModuleOf(const void *address) { dl_iterate_phdr(findModule, const_cast<void *>(address)); }

void startAllocCount() {
  countAll = 0;
  countOwn = 0;
  counting = true;
}

AllocCount stopAllocCount() {
  counting = false;
  return {countAll, countOwn};
}

} // namespace tao::run

#ifndef TAO_OTHER_MALLOC

using tao::run::note;

// The names under which glibc exports its own versions for this purpose.
extern "C" {
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

// Those of a sanitizer's runtime that was preloaded for a model compiled with --sanitize=address; null otherwise. It
// must hand out all memory, or none, and free is its own.
[[gnu::weak]] void *__interceptor_malloc(size_t bytes);
[[gnu::weak]] void *__interceptor_calloc(size_t count, size_t bytes);
[[gnu::weak]] void *__interceptor_realloc(void *old, size_t bytes);
[[gnu::weak]] void *__interceptor_memalign(size_t alignment, size_t bytes);

static void *allocateAligned(size_t alignment, size_t bytes) {
  return __interceptor_memalign ? __interceptor_memalign(alignment, bytes) : __libc_memalign(alignment, bytes);
}

void *malloc(size_t bytes) {
  note(__builtin_return_address(0));
  return __interceptor_malloc ? __interceptor_malloc(bytes) : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
  note(__builtin_return_address(0));
  return __interceptor_calloc ? __interceptor_calloc(count, bytes) : __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes) {
  note(__builtin_return_address(0));
  return __interceptor_realloc ? __interceptor_realloc(old, bytes) : __libc_realloc(old, bytes);
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
  note(__builtin_return_address(0));
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0)
    return EINVAL;
  void *p = allocateAligned(alignment, bytes);
  if (!p)
    return ENOMEM;
  *result = p;
  return 0;
}

void *aligned_alloc(size_t alignment, size_t bytes) {
  note(__builtin_return_address(0));
  return allocateAligned(alignment, bytes);
}

void *memalign(size_t alignment, size_t bytes) {
  note(__builtin_return_address(0));
  return allocateAligned(alignment, bytes);
}

void *mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset) {
  note(__builtin_return_address(0));
  return reinterpret_cast<void *>(syscall(SYS_mmap, address, bytes, protection, flags, fd, offset));
}

void *mmap64(void *address, size_t bytes, int protection, int flags, int fd, off64_t offset) {
  note(__builtin_return_address(0));
  return reinterpret_cast<void *>(syscall(SYS_mmap, address, bytes, protection, flags, fd, offset));
}
} // extern "C"

#endif
