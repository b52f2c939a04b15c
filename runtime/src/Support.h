// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The few building blocks of the runtime. It becomes part of every model.so, which is linked against libc and libm
// alone: so nothing here, nor in any file of this folder, may need a symbol of the C++ library.
#ifndef TAO_RUNTIME_SUPPORT_H
#define TAO_RUNTIME_SUPPORT_H

#include <new>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

namespace tao::rt {

/// Every buffer starts on a cache line, which is also the width of the widest vector.
constexpr int64_t kAlignment = 64;

/// No size in bytes above this is believed: it is the address space of a process.
constexpr int64_t kMaxBytes = int64_t(1) << 47;

constexpr int64_t alignUp(int64_t value, int64_t alignment) { return (value + alignment - 1) / alignment * alignment; }
constexpr int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
template <typename T> constexpr T minOf(T a, T b) { return b < a ? b : a; }
template <typename T> constexpr T maxOf(T a, T b) { return a < b ? b : a; }

/// Never returns null for zero bytes.
inline void *allocateAligned(int64_t bytes) {
  void *p = nullptr;
  if (bytes < 0 || bytes > kMaxBytes || posix_memalign(&p, kAlignment, size_t(maxOf<int64_t>(bytes, 1))) != 0)
    return nullptr;
  return p;
}

/// A growable array of plain values. Growth reports failure instead of throwing; elements start zeroed.
template <typename T> class Array {
public:
  Array() = default;
  Array(const Array &) = delete;
  Array &operator=(const Array &) = delete;
  ~Array() { free(elements); }

  [[nodiscard]] bool resize(int64_t newCount) {
    if (newCount > capacity) {
      int64_t newCapacity = maxOf(newCount, capacity * 2);
      T *grown = static_cast<T *>(realloc(static_cast<void *>(elements), size_t(newCapacity) * sizeof(T)));
      if (!grown)
        return false;
      elements = grown;
      capacity = newCapacity;
    }
    if (newCount > count)
      memset(static_cast<void *>(elements + count), 0, size_t(newCount - count) * sizeof(T));
    count = newCount;
    return true;
  }
  [[nodiscard]] bool push(const T &value) {
    if (!resize(count + 1))
      return false;
    elements[count - 1] = value;
    return true;
  }
  void erase(int64_t index) {
    memmove(static_cast<void *>(elements + index), elements + index + 1, size_t(count - index - 1) * sizeof(T));
    --count;
  }
  void clear() { count = 0; }
  /// Gives the memory back.
  void release() {
    free(elements);
    elements = nullptr;
    count = capacity = 0;
  }
  int64_t size() const { return count; }
  bool empty() const { return count == 0; }
  T *data() { return elements; }
  const T *data() const { return elements; }
  T &operator[](int64_t i) { return elements[i]; }
  const T &operator[](int64_t i) const { return elements[i]; }
  T *begin() { return elements; }
  T *end() { return elements + count; }
  const T *begin() const { return elements; }
  const T *end() const { return elements + count; }

private:
  T *elements = nullptr;
  int64_t count = 0, capacity = 0;
};

class Lock {
public:
  explicit Lock(pthread_mutex_t &mutex) : mutex(mutex) { pthread_mutex_lock(&mutex); }
  ~Lock() { pthread_mutex_unlock(&mutex); }
  Lock(const Lock &) = delete;

private:
  pthread_mutex_t &mutex;
};

/// Makes one object with malloc; null when memory is short.
template <typename T> T *make() {
  void *p = allocateAligned(sizeof(T));
  return p ? ::new (p) T() : nullptr;
}
template <typename T> void destroy(T *object) {
  if (!object)
    return;
  object->~T();
  free(object);
}

} // namespace tao::rt

#endif // TAO_RUNTIME_SUPPORT_H
