// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Iteration spaces of groups; see GroupSpace.h.
#include "passes/schedule/GroupSpace.h"

using namespace mlir;

namespace tao {

Operation *getRoot(stitch::GroupOp group, size_t i) {
  return group.getBody().front().getTerminator()->getOperand(i).getDefiningOp();
}

bool isReduceRoot(Operation *root) { return isa_and_nonnull<ReduceOp, ArgReduceOp>(root); }

SmallVector<int64_t> getReducedDims(Operation *root) {
  if (auto arg = dyn_cast<ArgReduceOp>(root))
    return {static_cast<int64_t>(arg.getDim())};
  SmallVector<int64_t> dims(cast<ReduceOp>(root).getDims());
  llvm::sort(dims);
  return dims;
}

FailureOr<GroupSpace> getGroupSpace(stitch::GroupOp group, std::string *reason) {
  auto fail = [&](const char *why) -> FailureOr<GroupSpace> {
    if (reason)
      *reason = why;
    return failure();
  };
  GroupSpace space;
  size_t count = group.getNumResults();
  for (size_t i = 0; i < count; ++i)
    if (isReduceRoot(getRoot(group, i))) {
      space.dominant = i;
      space.reduceRoot = true;
      break;
    }
  Operation *root = getRoot(group, space.dominant);
  if (!space.reduceRoot) {
    space.extents = getDims(group.getResult(space.dominant));
    space.numParallel = space.extents.size();
    for (Value result : group.getResults())
      if (getDims(result) != space.extents)
        return fail("its results differ in shape");
    return space;
  }
  auto input = getDims(root->getOperand(0));
  SmallVector<int64_t> reduced = getReducedDims(root);
  for (int64_t d = 0; d < static_cast<int64_t>(input.size()); ++d)
    if (!llvm::is_contained(reduced, d))
      space.inputDims.push_back(d);
  space.numParallel = space.inputDims.size();
  llvm::append_range(space.inputDims, reduced);
  for (int64_t d : space.inputDims)
    space.extents.push_back(input[d]);
  for (size_t i = 0; i < count; ++i) {
    Operation *other = getRoot(group, i);
    if (isReduceRoot(other)) {
      if (getDims(other->getOperand(0)) != input || getReducedDims(other) != reduced)
        return fail("its reductions differ in shape or reduced dims");
    } else if (getDims(group.getResult(i)) != input) {
      return fail("a result has neither the shape of the reductions nor that of their input");
    }
  }
  return space;
}

} // namespace tao
