// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pass algebra: all value-preserving patterns to a fixed point. The patterns' own files say what each does.
#include "passes/simplify/Passes.h"
#include "passes/simplify/Patterns.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_ALGEBRA
#include "passes/simplify/Passes.h.inc"

namespace {
using namespace simplify;

struct AlgebraPass : impl::AlgebraBase<AlgebraPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateAlgebraPatterns(patterns);
    populateMovementPatterns(patterns);
    populateBroadcastPatterns(patterns);
    populateReductionPatterns(patterns);
    populateContractPatterns(patterns);
    populateTransposeSinkingPatterns(patterns, SinkPolicy::Neutral);
    populateTransposeWindowPatterns(patterns, SinkPolicy::Neutral);
    applyToFixedPoint(getOperation(), std::move(patterns));
    getOperation().walk([&](Operation *op) { numOps += isa<TaoDialect>(op->getDialect()); });
  }
};
} // namespace
} // namespace tao
