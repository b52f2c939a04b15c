// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gives each reader of a broadcast single number a broadcast of its own. Before: equal broadcasts are one op, so that a
// learning rate ties the updates of all parameters together, and a group of them looks like one part. After: only the
// number is shared, and every part computes or reads it by itself.
#include "dialects/Tao/TaoDialect.h"
#include "mlir/IR/Builders.h"
#include "passes/fuse/Passes.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_UNSHARENUMBERS
#include "passes/fuse/Passes.h.inc"

namespace {
struct UnshareNumbersPass : impl::UnshareNumbersBase<UnshareNumbersPass> {
  void runOnOperation() override {
    auto broadcasts = llvm::to_vector(getOperation().getOps<BroadcastOp>());
    for (BroadcastOp broadcast : broadcasts) {
      if (!getNumElements(getDims(broadcast.getInput())).isConstant(1))
        continue;
      llvm::SetVector<Operation *> readers(broadcast->getUsers().begin(), broadcast->getUsers().end());
      for (Operation *reader : readers.getArrayRef().drop_front(std::min<size_t>(1, readers.size()))) {
        OpBuilder builder(broadcast);
        Value copy = builder.clone(*broadcast)->getResult(0);
        reader->replaceUsesOfWith(broadcast.getResult(), copy);
        ++numCopies;
      }
    }
  }
};
} // namespace
} // namespace tao
