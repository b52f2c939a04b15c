// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory that the threads of a block share, as the plan interpreter sees it: every byte knows what was written there,
// by whom, and in which epoch. Barriers begin epochs. Accesses that nothing orders are errors.
#ifndef TAO_TESTS_FUSE_PLANMEMORY_H
#define TAO_TESTS_FUSE_PLANMEMORY_H

#include "ElementEval.h"
#include <string>
#include <vector>

namespace tao {

class PlanMemory {
public:
  explicit PlanMemory(int64_t bytes) : records(1), bytes(bytes, 0) {}
  void barrier() { ++epoch; }

  /// What an element is: the number of its buffer, and its place in the value.
  using Key = std::pair<int64_t, int64_t>;
  /// An empty text, or what is wrong with the access.
  std::string write(int64_t address, int64_t size, Key key, Number number, int64_t thread);
  std::string read(int64_t address, int64_t size, Key key, Number &number, int64_t thread);

private:
  struct Record {
    Key key{-1, -1};
    Number number;
    int64_t epoch = -1, readEpoch = -1;
    llvm::SmallVector<int64_t, 2> writers, readers; // of these epochs
  };
  bool isInside(int64_t address, int64_t size) const {
    return address >= 0 && address + size <= static_cast<int64_t>(bytes.size());
  }
  std::vector<Record> records; // the first one is of bytes never written
  std::vector<uint32_t> bytes; // the number of each byte's record
  int64_t epoch = 0;
};

} // namespace tao
#endif
