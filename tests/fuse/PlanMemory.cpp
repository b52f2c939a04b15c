// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlanMemory.h.
#include "PlanMemory.h"
#include "llvm/ADT/STLExtras.h"
#include <cstring>

namespace tao {

static bool isSame(const Number &a, const Number &b) {
  return a.integer == b.integer && (std::memcmp(&a.real, &b.real, sizeof a.real) == 0 || a.real == b.real);
}

static bool hasOther(llvm::ArrayRef<int64_t> threads, int64_t thread) {
  return llvm::any_of(threads, [&](int64_t other) { return other != thread; });
}

std::string PlanMemory::write(int64_t address, int64_t size, Key key, Number number, int64_t thread) {
  if (!isInside(address, size))
    return "writes outside of memory";
  Record &first = records[bytes[address]];
  bool isAgain = first.key == key && first.epoch == epoch;
  for (int64_t i = 0; i < size; ++i) {
    const Record &old = records[bytes[address + i]];
    if (isAgain && bytes[address + i] != bytes[address])
      isAgain = false;
    bool repeats = old.key == key && isSame(old.number, number);
    if (old.epoch == epoch && !repeats && hasOther(old.writers, thread))
      return "writes bytes that another thread writes";
    if (old.readEpoch == epoch && !repeats && hasOther(old.readers, thread))
      return "writes bytes that another thread reads";
  }
  if (isAgain) {
    // Threads that repeat each other's work.
    if (!llvm::is_contained(first.writers, thread))
      first.writers.push_back(thread);
    first.number = number;
    return "";
  }
  for (int64_t i = 0; i < size; ++i)
    bytes[address + i] = records.size();
  records.push_back({key, number, epoch, -1, {thread}, {}});
  return "";
}

std::string PlanMemory::read(int64_t address, int64_t size, Key key, Number &number, int64_t thread) {
  if (!isInside(address, size))
    return "reads outside of memory";
  Record &record = records[bytes[address]];
  for (int64_t i = 1; i < size; ++i)
    if (bytes[address + i] != bytes[address])
      return "reads bytes of two elements";
  if (record.key != key)
    return record.epoch < 0 ? "reads what nobody wrote" : "reads bytes that hold something else";
  if (record.epoch == epoch && !llvm::is_contained(record.writers, thread))
    return "reads what another thread writes";
  if (record.readEpoch != epoch)
    record.readers.clear();
  record.readEpoch = epoch;
  if (!llvm::is_contained(record.readers, thread))
    record.readers.push_back(thread);
  number = record.number;
  return "";
}

} // namespace tao
