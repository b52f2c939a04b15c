// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See OpLevels.h.
#include "passes/fuse/OpLevels.h"
#include "dialects/Stitch/StitchDialect.h"
#include "dialects/Tao/TaoDialect.h"

using namespace mlir;

namespace tao {

bool isContractionLike(Operation *op) { return isa<stitch::GroupOp>(op) || isControlFlow(op); }

OpLevels::OpLevels(func::FuncOp func) {
  Block &block = func.getBody().front();
  for (Operation &op : block) {
    int64_t level = 0;
    for (Value operand : op.getOperands())
      if (Operation *producer = operand.getDefiningOp())
        level = std::max(level, levels.lookup(producer) + (isContractionLike(producer) ? 1 : 0));
    levels[&op] = level;
  }
  for (Operation &op : llvm::reverse(block)) {
    if (!isa<IndexMapOpInterface>(op) || op.use_empty())
      continue;
    bool canWait = llvm::all_of(op.getUsers(), [](Operation *user) { return isa<IndexMapOpInterface>(user); });
    int64_t first = std::numeric_limits<int64_t>::max();
    for (Operation *user : op.getUsers())
      first = std::min(first, levels.lookup(user));
    if (canWait)
      levels[&op] = std::max(levels.lookup(&op), first);
  }
}

bool OpLevels::isReadAtOneLevel(Operation *op) const {
  std::optional<int64_t> level;
  for (Operation *user : op->getUsers()) {
    if (!isa<IndexMapOpInterface>(user) || (level && *level != get(user)))
      return false;
    level = get(user);
  }
  return true;
}

} // namespace tao
