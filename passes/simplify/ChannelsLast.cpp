// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gives convolutions their channels last. Before: convolutions [n, c, spatial..]. After: [n, spatial.., c], and the
// transposes that this needs have sunk until they cancel; a network of convolutions keeps one at its entry and at most
// one at its exit.
//
//   conv(x) => transpose(conv(transpose x) channels_last)
#include "passes/simplify/Passes.h"
#include "passes/simplify/Patterns.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_CHANNELSLAST
#include "passes/simplify/Passes.h.inc"

namespace {
using namespace simplify;

struct ChannelsLastPass : impl::ChannelsLastBase<ChannelsLastPass> {
  void runOnOperation() override {
    SmallVector<ConvOp> convs;
    getOperation().walk([&](ConvOp op) {
      if (!op.getChannelsLast())
        convs.push_back(op);
    });
    for (ConvOp conv : convs)
      rewrite(conv);
    numConvs += convs.size();
    if (!convs.empty())
      applyToFixedPoint(getOperation(), patterns());
    getOperation().walk([&](TransposeOp) { ++numTransposes; });
  }

private:
  static void rewrite(ConvOp conv) {
    int64_t rank = typeOf(conv).getRank();
    SmallVector<int64_t> toLast{0};
    for (int64_t dim = 2; dim < rank; ++dim)
      toLast.push_back(dim);
    toLast.push_back(1);
    OpBuilder builder(conv);
    Value input = makeTranspose(builder, conv.getLoc(), conv.getInput(), toLast);
    RankedTensorType type = getTensorType(permute<SymExpr>(getDims(conv.getResult()), toLast), elementOf(conv));
    Value result = ConvOp::create(builder, conv.getLoc(), type, input, conv.getWeights(), conv.getStrides(),
                                  conv.getDilations(), conv.getPadLow(), conv.getGroups(), /*channels_last=*/true);
    conv.replaceAllUsesWith(makeTranspose(builder, conv.getLoc(), result, invertPermutation(toLast)));
    conv.erase();
  }

  RewritePatternSet patterns() {
    RewritePatternSet patterns(&getContext());
    populateTransposeSinkingPatterns(patterns, SinkPolicy::Aggressive);
    populateTransposeWindowPatterns(patterns, SinkPolicy::Aggressive);
    // Transposes disappear into unit dims, broadcasts and contractions.
    populateMovementPatterns(patterns);
    populateBroadcastPatterns(patterns);
    populateContractPatterns(patterns);
    return patterns;
  }
};

} // namespace
} // namespace tao
