// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels that are written here rather than generated: loops whose accesses depend on data or on what came before.
// See tao_routine_kind in model_abi.h. Results do not depend on how tasks are spread over threads.
#include "tao/model_abi.h"

#include <algorithm>
#include <string.h>

namespace {

/// Integers add and multiply modulo 2^width.
int32_t plus(int32_t a, int32_t b) { return int32_t(uint32_t(a) + uint32_t(b)); }
int64_t plus(int64_t a, int64_t b) { return int64_t(uint64_t(a) + uint64_t(b)); }
int32_t times(int32_t a, int32_t b) { return int32_t(uint32_t(a) * uint32_t(b)); }
int64_t times(int64_t a, int64_t b) { return int64_t(uint64_t(a) * uint64_t(b)); }
template <typename T> T plus(T a, T b) { return a + b; }
template <typename T> T times(T a, T b) { return a * b; }
/// NaN wins, as in generated code.
template <typename T> T larger(T a, T b) { return a != a || a > b ? a : b; }
template <typename T> T smaller(T a, T b) { return a != a || a < b ? a : b; }

template <typename T, typename Combine> void combineRow(T *row, const T *update, int64_t width, Combine combine) {
  for (int64_t i = 0; i < width; ++i)
    row[i] = combine(row[i], update[i]);
}

/// Task t of TAO_SCATTER_TASKS owns a run of rows and looks through all updates for them.
template <typename T> struct Scatter {
  static void run(void *const *buffers, const int64_t *dims, int64_t begin, int64_t end, int32_t *status) {
    const T *data = static_cast<const T *>(buffers[0]), *updates = static_cast<const T *>(buffers[2]);
    const int64_t *rows = static_cast<const int64_t *>(buffers[1]);
    T *result = static_cast<T *>(buffers[3]);
    int64_t combine = dims[2], numRows = dims[4], width = dims[5], count = dims[6];
    bool isNumber = dims[7];
    // In halves, so that the product stays far from the limit of 64 bits.
    auto firstRow = [&](int64_t task) {
      return numRows / TAO_SCATTER_TASKS * task + numRows % TAO_SCATTER_TASKS * task / TAO_SCATTER_TASKS;
    };
    int64_t first = firstRow(begin), last = firstRow(end);
    if (isNumber)
      std::fill(result + first * width, result + last * width, data[0]);
    else if (result != data && last > first && width > 0)
      memcpy(result + first * width, data + first * width, size_t((last - first) * width) * sizeof(T));
    for (int64_t i = 0; i < count; ++i) {
      int64_t row = rows[i];
      if (row < 0 || row >= numRows) {
        *status = 1;
        return;
      }
      if (row >= first && row < last)
        apply(result + row * width, updates + i * width, width, combine);
    }
  }

  static void apply(T *row, const T *update, int64_t width, int64_t combine) {
    switch (combine) {
    case 1:
      return combineRow(row, update, width, [](T a, T b) { return plus(a, b); });
    case 2:
      return combineRow(row, update, width, [](T a, T b) { return times(a, b); });
    case 3:
      return combineRow(row, update, width, [](T a, T b) { return larger(a, b); });
    case 4:
      return combineRow(row, update, width, [](T a, T b) { return smaller(a, b); });
    default:
      if (width > 0)
        memcpy(row, update, size_t(width) * sizeof(T));
    }
  }
};

/// The k best of each row in a heap whose top is the worst of them; at last the heap is sorted.
template <typename T> struct TopK {
  static void run(void *const *buffers, const int64_t *dims, int64_t begin, int64_t end, int32_t *) {
    int64_t largest = dims[2], width = dims[5], count = dims[6];
    for (int64_t row = begin; row < end; ++row) {
      const T *values = static_cast<const T *>(buffers[0]) + row * width;
      int64_t *best = static_cast<int64_t *>(buffers[1]) + row * count;
      auto isLarger = [&](T a, T b) { return a > b || (a != a && b == b); };
      auto isBetter = [&](int64_t a, int64_t b) {
        T x = values[a], y = values[b];
        if (largest ? isLarger(x, y) : isLarger(y, x))
          return true;
        return !(largest ? isLarger(y, x) : isLarger(x, y)) && a < b;
      };
      int64_t kept = std::min(count, width);
      for (int64_t i = 0; i < kept; ++i)
        best[i] = i;
      std::make_heap(best, best + kept, isBetter);
      for (int64_t i = kept; i < width && kept > 0; ++i)
        if (isBetter(i, best[0])) {
          std::pop_heap(best, best + kept, isBetter);
          best[kept - 1] = i;
          std::push_heap(best, best + kept, isBetter);
        }
      std::sort_heap(best, best + kept, isBetter);
    }
  }
};

template <typename T> struct CumSum {
  static void run(void *const *buffers, const int64_t *dims, int64_t begin, int64_t end, int32_t *) {
    bool exclusive = dims[2], reverse = dims[3];
    int64_t width = dims[5];
    for (int64_t row = begin; row < end; ++row) {
      const T *values = static_cast<const T *>(buffers[0]) + row * width;
      T *sums = static_cast<T *>(buffers[1]) + row * width;
      T sum = 0;
      for (int64_t step = 0; step < width; ++step) {
        int64_t at = reverse ? width - 1 - step : step;
        T next = plus(sum, values[at]);
        sums[at] = exclusive ? sum : next;
        sum = next;
      }
    }
  }
};

/// Elements that are only moved go as the integer of their width.
template <template <typename> class Routine>
void runOnNumbers(void *const *buffers, const int64_t *dims, int64_t begin, int64_t end, int32_t *status) {
  switch (dims[1]) {
  case TAO_ROUTINE_F32:
    return Routine<float>::run(buffers, dims, begin, end, status);
  case TAO_ROUTINE_F64:
    return Routine<double>::run(buffers, dims, begin, end, status);
  case TAO_ROUTINE_I32:
    return Routine<int32_t>::run(buffers, dims, begin, end, status);
  default:
    return Routine<int64_t>::run(buffers, dims, begin, end, status);
  }
}

} // namespace

extern "C" void tao_rt_routine(void *const *buffers, const int64_t *dims, int64_t begin, int64_t end, int32_t *status) {
  switch (dims[0]) {
  case TAO_ROUTINE_SCATTER:
    if (dims[1] == TAO_ROUTINE_BITS8)
      return Scatter<uint8_t>::run(buffers, dims, begin, end, status);
    if (dims[1] == TAO_ROUTINE_BITS16)
      return Scatter<uint16_t>::run(buffers, dims, begin, end, status);
    return runOnNumbers<Scatter>(buffers, dims, begin, end, status);
  case TAO_ROUTINE_TOP_K:
    return runOnNumbers<TopK>(buffers, dims, begin, end, status);
  default:
    return runOnNumbers<CumSum>(buffers, dims, begin, end, status);
  }
}
