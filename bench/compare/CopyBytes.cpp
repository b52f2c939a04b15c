// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The least that a memory-bound model can do: read its inputs once and write its outputs once, on as many threads as
// the engine beside it. Where there are more bytes of one than of the other, the rest is only read or only written.
// Copying and filling are the C library's, which bypasses the caches for large blocks.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

namespace {

/// Threads that sleep between runs; the caller is one of them.
class Team {
public:
  explicit Team(unsigned count) : size(count) {
    for (unsigned index = 1; index < count; ++index)
      helpers.emplace_back([this, index] { serve(index); });
  }

  ~Team() {
    stopped = true;
    nextRun();
    for (std::thread &helper : helpers)
      helper.join();
  }

  void run(const char *from, size_t read, char *to, size_t written) {
    source = from;
    target = to;
    readBytes = read;
    writtenBytes = written;
    pending.store(size - 1);
    nextRun();
    work(0);
    while (unsigned left = pending.load())
      pending.wait(left);
  }

private:
  void nextRun() {
    generation.fetch_add(1);
    generation.notify_all();
  }

  void serve(unsigned index) {
    for (unsigned seen = 0;;) {
      generation.wait(seen);
      ++seen;
      if (stopped)
        return;
      work(index);
      if (pending.fetch_sub(1) == 1)
        pending.notify_one();
    }
  }

  /// One thread's share, in whole cache lines.
  std::pair<size_t, size_t> share(size_t begin, size_t end, unsigned index) const {
    constexpr size_t line = 64;
    size_t step = (end - begin + size * line - 1) / (size * line) * line;
    size_t first = std::min(end, begin + index * step);
    return {first, std::min(end, first + step)};
  }

  void work(unsigned index) {
    size_t both = std::min(readBytes, writtenBytes);
    auto [begin, end] = share(0, both, index);
    std::memcpy(target + begin, source + begin, end - begin);
    auto [setBegin, setEnd] = share(both, writtenBytes, index);
    std::memset(target + setBegin, 1, setEnd - setBegin);
    auto [sumBegin, sumEnd] = share(both, readBytes, index);
    uint64_t sum = 0;
    for (size_t at = sumBegin; at + sizeof(uint64_t) <= sumEnd; at += sizeof(uint64_t)) {
      uint64_t word;
      std::memcpy(&word, source + at, sizeof word);
      sum += word;
    }
    sink.fetch_add(sum, std::memory_order_relaxed); // or the compiler drops the loop
  }

  unsigned size;
  std::vector<std::thread> helpers;
  std::atomic<unsigned> generation{0}, pending{0};
  std::atomic<uint64_t> sink{0};
  std::atomic<bool> stopped{false};
  const char *source = nullptr;
  char *target = nullptr;
  size_t readBytes = 0, writtenBytes = 0;
};

} // namespace

extern "C" {

void *bench_copy_create(unsigned threads) { return new Team(threads); }

void bench_copy_run(void *team, const void *from, size_t read, void *to, size_t written) {
  static_cast<Team *>(team)->run(static_cast<const char *>(from), read, static_cast<char *>(to), written);
}

void bench_copy_destroy(void *team) { delete static_cast<Team *>(team); }

} // extern "C"
