// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The state of one reduction, whatever is reduced: what counts as failing, the best candidate, and the budget.
#ifndef TAO_COMPILER_REDUCE_REDUCTION_H
#define TAO_COMPILER_REDUCE_REDUCTION_H

#include "compiler/reduce/FailureTest.h"
#include "compiler/reduce/Reduce.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <chrono>

namespace tao {

class Reduction {
public:
  Reduction(const ReduceOptions &options, ErrorList &errors, llvm::raw_ostream &err);
  ~Reduction();

  /// Sees how the original fails, which candidates must do too, and writes it to the output. False with an error added
  /// when it does not fail, or files cannot be written.
  bool start(llvm::StringRef original, llvm::StringRef size);

  /// True when `candidate` fails as the original does; it then is the best so far, and in the output file. `size`
  /// describes it to the user: "12 nodes". A candidate that was tried before is not tried again.
  bool attempt(llvm::StringRef candidate, llvm::StringRef size);

  /// No more attempts: the budget is spent, the user has interrupted, or the output cannot be written.
  bool isDone() const;

  /// Tries to do without items [begin, end) of `count()` many, in ever smaller ranges, those at the end first. `remove`
  /// makes the attempt; count may change after it.
  void removeRanges(llvm::function_ref<size_t()> count, llvm::function_ref<void(size_t begin, size_t end)> remove);

  /// A path in the folder for temporary files.
  std::string getScratchPath(llvm::StringRef name) const;
  /// The number of candidates that became the best.
  int64_t getProgress() const { return accepted; }
  void finish();

private:
  bool isSameFailure(const Outcome &outcome) const;
  bool write(llvm::StringRef path, llvm::StringRef contents);
  double getSeconds() const;
  void showProgress(bool better);
  void clearLine();

  const ReduceOptions &options;
  ErrorList &errors;
  llvm::raw_ostream &err;
  std::string folder, candidatePath;
  Outcome original;
  std::string originalSize, bestSize;
  llvm::DenseSet<uint64_t> tried;
  int64_t steps = 0, accepted = 0;
  bool onTerminal, lineShown = false;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  double lastShown = 0;
};

} // namespace tao
#endif
