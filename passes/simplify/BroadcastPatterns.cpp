// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Broadcasts. They come out with operands free of unit dims, as late as possible, so that work happens before
// repetition.
//
//   broadcast(x with unit dims)             => broadcast(reshape x)
//   broadcast(broadcast(x))                 => broadcast(x)
//   broadcast that repeats nothing          => reshape
//   f(broadcast a, broadcast b, splat ...)  => broadcast(f(a, b, ...))   when the broadcasts place their operands alike
//   transpose(broadcast x)                  => broadcast x elsewhere, its own dims transposed when they change order
#include "passes/simplify/Patterns.h"

using namespace mlir;

namespace tao::simplify {

namespace {

struct DropUnitDims : OpRewritePattern<BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BroadcastOp op, PatternRewriter &rewriter) const override {
    SmallVector<SymExpr> kept;
    SmallVector<int64_t> positions;
    for (auto [i, dim] : llvm::enumerate(tao::getDims(op.getInput())))
      if (!dim.isConstant(1)) {
        kept.push_back(dim);
        positions.push_back(op.getDims()[i]);
      }
    if (kept.size() == op.getDims().size())
      return failure();
    Value input = makeReshape(rewriter, op.getLoc(), op.getInput(), kept);
    rewriter.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), input, positions);
    return success();
  }
};

struct BroadcastOfBroadcast : OpRewritePattern<BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BroadcastOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<BroadcastOp>();
    if (!inner)
      return failure();
    SmallVector<int64_t> positions = permute<int64_t>(op.getDims(), inner.getDims());
    rewriter.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), inner.getInput(), positions);
    return success();
  }
};

struct BroadcastOfNothing : OpRewritePattern<BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BroadcastOp op, PatternRewriter &rewriter) const override {
    for (auto [i, dim] : llvm::enumerate(tao::getDims(op.getResult())))
      if (!dim.isConstant(1) && !llvm::is_contained(op.getDims(), static_cast<int64_t>(i)))
        return failure();
    for (auto [i, dim] : llvm::enumerate(tao::getDims(op.getInput())))
      if (dim != tao::getDims(op.getResult())[op.getDims()[i]])
        return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getInput());
    return success();
  }
};

struct ElementwiseOfBroadcasts : RewritePattern {
  ElementwiseOfBroadcasts(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isElementwise(op))
      return failure();
    BroadcastOp first;
    for (Value operand : op->getOperands()) {
      auto broadcast = operand.getDefiningOp<BroadcastOp>();
      if (!broadcast) {
        if (!getSplat(operand))
          return failure();
        continue;
      }
      if (!first || first.getDims().empty())
        first = broadcast;
    }
    if (!first)
      return failure();
    auto matches = [&](Value operand) {
      auto broadcast = operand.getDefiningOp<BroadcastOp>();
      return broadcast && broadcast.getDims() == first.getDims() &&
             tao::getDims(broadcast.getInput()) == tao::getDims(first.getInput());
    };
    for (Value operand : op->getOperands())
      if (!matches(operand) && !getSplat(operand))
        return failure();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(matches(operand)
                             ? operand.getDefiningOp<BroadcastOp>().getInput()
                             : makeSplat(rewriter, op->getLoc(), withElement(first.getInput(), elementOf(operand)),
                                         *getSplat(operand)));
    Value result = cloneElementwise(rewriter, op, operands);
    rewriter.replaceOpWithNewOp<BroadcastOp>(op, op->getResult(0).getType(), result, first.getDims());
    return success();
  }
};

struct TransposeOfBroadcast : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto broadcast = op.getInput().getDefiningOp<BroadcastOp>();
    if (!broadcast)
      return failure();
    SmallVector<int64_t> inverse = invertPermutation(op.getPerm());
    SmallVector<std::pair<int64_t, int64_t>> placed; // position in the result, operand dim
    for (auto [i, dim] : llvm::enumerate(broadcast.getDims()))
      placed.push_back({inverse[dim], static_cast<int64_t>(i)});
    llvm::sort(placed);
    SmallVector<int64_t> positions = llvm::to_vector(llvm::make_first_range(placed));
    SmallVector<int64_t> perm = llvm::to_vector(llvm::make_second_range(placed));
    Value input = makeTranspose(rewriter, op.getLoc(), broadcast.getInput(), perm);
    rewriter.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), input, positions);
    return success();
  }
};

} // namespace

void populateBroadcastPatterns(RewritePatternSet &patterns) {
  patterns.add<DropUnitDims, BroadcastOfBroadcast, BroadcastOfNothing, ElementwiseOfBroadcasts, TransposeOfBroadcast>(
      patterns.getContext());
}

} // namespace tao::simplify
