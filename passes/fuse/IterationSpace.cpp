// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See IterationSpace.h.
#include "passes/fuse/IterationSpace.h"

using namespace mlir;

namespace tao {

IterationSpace IterationSpace::of(Operation *root) {
  IterationSpace space;
  if (auto reduce = dyn_cast<ReduceOp>(root)) {
    space.dims = tao::getDims(reduce.getInput());
    space.reduced.assign(reduce.getDims().begin(), reduce.getDims().end());
    llvm::sort(space.reduced);
  } else if (auto reduce = dyn_cast<ArgReduceOp>(root)) {
    space.dims = tao::getDims(reduce.getInput());
    space.reduced = {static_cast<int64_t>(reduce.getDim())};
  } else {
    space.dims = tao::getDims(root->getResult(0));
    space.isPrivate = isa<ReduceWindowOp>(root);
  }
  return space;
}

bool IterationSpace::canShareWith(const IterationSpace &other) const {
  if (isPrivate || other.isPrivate || dims != other.dims)
    return false;
  if (reduced == other.reduced)
    return true;
  if (!reduced.empty() && !other.reduced.empty())
    return false;
  ArrayRef<int64_t> gone = reduced.empty() ? other.reduced : reduced;
  // Sorted, so the innermost dims are the last numbers.
  int64_t kept = dims.size() - gone.size();
  return kept > 0 && gone.front() == kept;
}

void IterationSpace::join(const IterationSpace &other) {
  if (reduced.empty())
    reduced = other.reduced;
}

} // namespace tao
