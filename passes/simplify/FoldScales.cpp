// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Moves constant factors after a convolution or contraction into its constant weights. After: between such an op and the
// first op that is no constant per-channel arithmetic there is at most one addition of a constant.
//
//   P = conv(x, w) or contract(x, w) with constant w, read once; c, b: constants that vary along dims that w has
//   P * c, P / c        => P with w * c, w / c
//   (P + b) * c         => P * c + b * c          and the same for /
//   P - b               => P + (-b)
//   (P + b) + c         => P + (b + c)
//
// The new weights are products of constants, which fold-constants evaluates next.
#include "passes/simplify/Passes.h"
#include "passes/simplify/Patterns.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_FOLDSCALES
#include "passes/simplify/Passes.h.inc"

namespace {
using namespace simplify;

/// A constant that repeats along the result dims that are not in `dims`.
struct ChannelConstant {
  Value value;
  SmallVector<int64_t> dims;
};

std::optional<ChannelConstant> getChannelConstant(OpBuilder &builder, Value operand) {
  if (std::optional<double> splat = getSplat(operand))
    return ChannelConstant{makeSplat(builder, operand.getLoc(), RankedTensorType::get({}, elementOf(operand)), *splat), {}};
  auto broadcast = operand.getDefiningOp<BroadcastOp>();
  if (!broadcast || !isConstantExpr(broadcast.getInput()))
    return std::nullopt;
  // Along a unit dim of its own the constant repeats as well.
  SmallVector<SymExpr> kept;
  SmallVector<int64_t> dims;
  for (auto [i, dim] : llvm::enumerate(getDims(broadcast.getInput())))
    if (!dim.isConstant(1)) {
      kept.push_back(dim);
      dims.push_back(broadcast.getDims()[i]);
    }
  return ChannelConstant{makeReshape(builder, operand.getLoc(), broadcast.getInput(), kept), dims};
}

/// The operand of a convolution or contraction that holds constant weights, and where each result dim is in it (-1: nowhere).
struct Weights {
  Operation *op;
  unsigned operand;
  SmallVector<int64_t> resultDims;

  bool covers(ArrayRef<int64_t> dims) const {
    return llvm::all_of(dims, [&](int64_t dim) { return resultDims[dim] >= 0; });
  }
};

std::optional<Weights> getWeights(Value value) {
  Operation *op = value.getDefiningOp();
  if (!isa_and_nonnull<ConvOp, ContractOp>(op) || !value.hasOneUse() || !isFloatTensor(value))
    return std::nullopt;
  if (elementOf(op->getOperand(0)) != elementOf(value))
    return std::nullopt;
  Weights weights{op, 1, SmallVector<int64_t>(typeOf(value).getRank(), -1)};
  if (auto conv = dyn_cast<ConvOp>(op)) {
    weights.resultDims[conv.getChannelsLast() ? typeOf(value).getRank() - 1 : 1] = 0;
    return isConstantExpr(conv.getWeights()) ? std::optional(weights) : std::nullopt;
  }
  SmallVector<AffineMap> maps = llvm::to_vector(cast<ContractOp>(op).getMaps().getAsValueRange<AffineMapAttr>());
  for (unsigned operand : {1u, 0u}) {
    if (!isConstantExpr(op->getOperand(operand)))
      continue;
    weights.operand = operand;
    for (auto [dim, expr] : llvm::enumerate(maps[2].getResults()))
      if (auto position = maps[operand].getResultPosition(expr))
        weights.resultDims[dim] = *position;
    return weights;
  }
  return std::nullopt;
}

Value createBinary(OpBuilder &builder, Operation *like, Value lhs, Value rhs) { return cloneElementwise(builder, like, {lhs, rhs}); }

/// `constant` as a value of the shape of `shapeOf`, whose dim positions[d] is result dim d.
Value spread(OpBuilder &builder, Location loc, const ChannelConstant &constant, Value shapeOf, ArrayRef<int64_t> positions) {
  SmallVector<std::pair<int64_t, int64_t>> placed;
  for (auto [i, dim] : llvm::enumerate(constant.dims))
    placed.push_back({positions.empty() ? dim : positions[dim], static_cast<int64_t>(i)});
  llvm::sort(placed);
  Value ordered = makeTranspose(builder, loc, constant.value, llvm::to_vector(llvm::make_second_range(placed)));
  return makeBroadcast(builder, loc, ordered, getDims(shapeOf), llvm::to_vector(llvm::make_first_range(placed)));
}

/// lhs op rhs of two channel constants, when one of them is a scalar or both vary along the same dims.
std::optional<ChannelConstant> combine(OpBuilder &builder, Operation *like, ChannelConstant lhs, ChannelConstant rhs) {
  if (lhs.dims != rhs.dims && !lhs.dims.empty() && !rhs.dims.empty())
    return std::nullopt;
  if (lhs.dims.empty() && !rhs.dims.empty())
    lhs = {makeBroadcast(builder, like->getLoc(), lhs.value, getDims(rhs.value), {}), rhs.dims};
  if (rhs.dims.empty() && !lhs.dims.empty())
    rhs = {makeBroadcast(builder, like->getLoc(), rhs.value, getDims(lhs.value), {}), lhs.dims};
  return ChannelConstant{createBinary(builder, like, lhs.value, rhs.value), lhs.dims};
}

/// P * c and P / c.
template <typename Op> struct ScaleWeights : OpRewritePattern<Op> {
  ScaleWeights(MLIRContext *context, Pass::Statistic &count) : OpRewritePattern<Op>(context), count(count) {}
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    std::optional<Weights> weights = getWeights(op.getLhs());
    if (!weights)
      return failure();
    std::optional<ChannelConstant> scale = getChannelConstant(rewriter, op.getRhs());
    if (!scale || !weights->covers(scale->dims))
      return failure();
    Value old = weights->op->getOperand(weights->operand);
    Value factor = spread(rewriter, op.getLoc(), *scale, old, weights->resultDims);
    Value scaled = createBinary(rewriter, op, old, factor);
    Operation *copy = rewriter.clone(*weights->op);
    copy->setOperand(weights->operand, scaled);
    rewriter.replaceOp(op, copy->getResults());
    ++count;
    return success();
  }
  Pass::Statistic &count;
};

/// (P + b) * c and (P + b) / c.
template <typename Op> struct Distribute : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    auto sum = op.getLhs().template getDefiningOp<AddOp>();
    if (!sum || !sum->hasOneUse())
      return failure();
    std::optional<Weights> weights = getWeights(sum.getLhs());
    if (!weights)
      return failure();
    std::optional<ChannelConstant> scale = getChannelConstant(rewriter, op.getRhs());
    std::optional<ChannelConstant> bias = getChannelConstant(rewriter, sum.getRhs());
    if (!scale || !bias || !weights->covers(scale->dims))
      return failure();
    std::optional<ChannelConstant> scaledBias = combine(rewriter, op, *bias, *scale);
    if (!scaledBias)
      return failure();
    Value product = createBinary(rewriter, op, sum.getLhs(), op.getRhs());
    Value addend = spread(rewriter, op.getLoc(), *scaledBias, product, {});
    rewriter.replaceOpWithNewOp<AddOp>(op, product, addend);
    return success();
  }
};

/// P - b => P + (-b), (P + b) - c => (P + b) + (-c).
struct SubtractionToAddition : OpRewritePattern<SubOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SubOp op, PatternRewriter &rewriter) const override {
    auto sum = op.getLhs().getDefiningOp<AddOp>();
    if (!getWeights(op.getLhs()) && !(sum && sum->hasOneUse() && getWeights(sum.getLhs())))
      return failure();
    std::optional<ChannelConstant> bias = getChannelConstant(rewriter, op.getRhs());
    if (!bias)
      return failure();
    bias->value = NegOp::create(rewriter, op.getLoc(), bias->value);
    rewriter.replaceOpWithNewOp<AddOp>(op, op.getLhs(), spread(rewriter, op.getLoc(), *bias, op.getLhs(), {}));
    return success();
  }
};

/// (P + b) + c.
struct MergeBiases : OpRewritePattern<AddOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AddOp op, PatternRewriter &rewriter) const override {
    auto sum = op.getLhs().getDefiningOp<AddOp>();
    if (!sum || !sum->hasOneUse() || !getWeights(sum.getLhs()))
      return failure();
    std::optional<ChannelConstant> first = getChannelConstant(rewriter, sum.getRhs());
    std::optional<ChannelConstant> second = getChannelConstant(rewriter, op.getRhs());
    std::optional<ChannelConstant> bias = first && second ? combine(rewriter, op, *first, *second) : std::nullopt;
    if (!bias)
      return failure();
    rewriter.replaceOpWithNewOp<AddOp>(op, sum.getLhs(), spread(rewriter, op.getLoc(), *bias, op, {}));
    return success();
  }
};

struct FoldScalesPass : impl::FoldScalesBase<FoldScalesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ScaleWeights<MulOp>, ScaleWeights<DivOp>>(&getContext(), numScales);
    patterns.add<Distribute<MulOp>, Distribute<DivOp>, SubtractionToAddition, MergeBiases>(&getContext());
    if (failed(applyToFixedPoint(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace tao
