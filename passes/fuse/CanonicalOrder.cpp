// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Orders a function's ops by the graph alone: post-order of a depth-first walk from the results, operands left to
// right. Before: any valid order. After: canonical order, assumptions first, no dead ops. Iterative, since chains may
// be long.
#include "passes/fuse/Passes.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_CANONICALORDER
#include "passes/fuse/Passes.h.inc"

namespace {
struct CanonicalOrderPass : impl::CanonicalOrderBase<CanonicalOrderPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    Block &block = getOperation().getBody().front();
    Operation *terminator = block.getTerminator();

    llvm::SetVector<Operation *> order;
    for (Operation &op : block.without_terminator())
      if (!isPure(&op))
        visit(&op, order);
    visit(terminator, order);

    for (Operation *op : order)
      if (op != terminator)
        op->moveBefore(terminator);
    // The dead stand before the living now, still in a valid order among themselves.
    Operation *firstLive = order.front();
    while (firstLive->getPrevNode()) {
      firstLive->getPrevNode()->erase();
      ++numDropped;
    }
  }

  static void visit(Operation *root, llvm::SetVector<Operation *> &order) {
    SmallVector<std::pair<Operation *, unsigned>> stack{{root, 0}};
    while (!stack.empty()) {
      auto &[op, next] = stack.back();
      if (next == op->getNumOperands()) {
        order.insert(op);
        stack.pop_back();
        continue;
      }
      Operation *producer = op->getOperand(next++).getDefiningOp();
      if (producer && !order.contains(producer))
        stack.push_back({producer, 0});
    }
  }
};
} // namespace
} // namespace tao
