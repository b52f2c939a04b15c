// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Moves ops out of loops whose operands do not change in them. Before: bodies as import left them. After: each op of a
// loop's body depends on its arguments, may fail, or is control flow. Inner loops come first, so an op may move far.
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"
#include "passes/simplify/Passes.h"
#include "passes/simplify/Patterns.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_HOISTINVARIANTS
#include "passes/simplify/Passes.h.inc"

namespace {
struct HoistInvariantsPass : impl::HoistInvariantsBase<HoistInvariantsPass> {
  void runOnOperation() override {
    getOperation().walk([&](LoopOp loop) {
      auto isOutside = [&](Value value, Region *region) { return !region->isAncestor(value.getParentRegion()); };
      auto mayMove = [](Operation *op, Region *) {
        return isPure(op) && !isControlFlow(op) && !isa<GatherOp, GatherElementsOp, GatherNdOp, YieldOp>(op);
      };
      auto move = [&](Operation *op, Region *) {
        op->moveBefore(loop);
        ++numHoisted;
      };
      moveLoopInvariantCode({&loop.getBody()}, isOutside, mayMove, move);
    });
  }
};
} // namespace
} // namespace tao
