// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Repetition.h.
#include "passes/fuse/stitch/Repetition.h"
#include "dialects/Tao/TaoDialect.h"
#include "llvm/ADT/DenseMap.h"

using namespace mlir;

namespace tao {

int64_t countTaps(Operation *op) {
  auto window = dyn_cast<ReduceWindowOp>(op);
  int64_t taps = 1;
  if (window)
    for (int64_t extent : window.getWindow())
      taps *= extent;
  return taps;
}

SmallVector<double> countRepetitions(ArrayRef<Operation *> ops, const stitch::PlanRegion &region, SizeEstimate sizes) {
  llvm::SmallDenseMap<Operation *, size_t> positions;
  for (auto [i, op] : llvm::enumerate(region.ops))
    positions[ops[op]] = i;
  // At its own indices an op is computed once, however many read it there; for each window
  // and gather that reads it, anew. A concatenation computes all its operands at each of its points, and selects.
  SmallVector<double> own(region.ops.size(), 0), shifted(region.ops.size(), 0);
  for (int64_t dominant : region.dominants)
    own[positions.lookup(ops[dominant])] = 1;
  for (size_t i = region.ops.size(); i-- > 0;) {
    Operation *reader = ops[region.ops[i]];
    for (Value operand : reader->getOperands()) {
      auto it = positions.find(operand.getDefiningOp());
      if (it == positions.end())
        continue;
      int64_t taps = countTaps(reader);
      if (taps > 1 || isa<ConcatOp, GatherOp, GatherElementsOp, GatherNdOp>(reader)) {
        double points = sizes(getNumElements(getDims(reader->getResult(0))));
        double overlap = points * static_cast<double>(taps) / sizes(getNumElements(getDims(operand)));
        shifted[it->second] += (own[i] + shifted[i]) * std::max(overlap, 1.0);
      } else {
        own[it->second] = std::max(own[it->second], own[i]);
        shifted[it->second] = std::max(shifted[it->second], shifted[i]);
      }
    }
  }
  for (auto [total, more] : llvm::zip(own, shifted))
    total = std::max(total + more, 1.0);
  return own;
}

} // namespace tao
