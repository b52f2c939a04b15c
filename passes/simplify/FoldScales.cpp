// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Moves constant factors after a convolution or contraction into its constant weights. After: between such an op and
// the first op that is no constant per-channel arithmetic there is at most one addition of a constant.
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

/// A constant that repeats along the result dims that are not in `dims`. Finding one builds nothing.
struct ChannelConstant {
  Value source;                // a constant, possibly with unit dims
  std::optional<double> splat; // or one number
  SmallVector<int64_t> dims;   // result dims of source's other dims, increasing

  Value build(OpBuilder &builder, Location loc) const {
    if (splat)
      return makeSplat(builder, loc, RankedTensorType::get({}, elementOf(source)), *splat);
    SmallVector<SymExpr> kept;
    for (const SymExpr &dim : getDims(source))
      if (!dim.isConstant(1))
        kept.push_back(dim);
    return makeReshape(builder, loc, source, kept);
  }
};

std::optional<ChannelConstant> getChannelConstant(Value operand) {
  if (std::optional<double> splat = getSplat(operand))
    return ChannelConstant{operand, splat, {}};
  auto broadcast = operand.getDefiningOp<BroadcastOp>();
  if (!broadcast || !isConstantExpr(broadcast.getInput()))
    return std::nullopt;
  // Along a unit dim of its own the constant repeats as well.
  SmallVector<int64_t> dims;
  for (auto [i, dim] : llvm::enumerate(getDims(broadcast.getInput())))
    if (!dim.isConstant(1))
      dims.push_back(broadcast.getDims()[i]);
  return ChannelConstant{broadcast.getInput(), std::nullopt, dims};
}

/// The operand of a convolution or contraction that holds constant weights, and where each result dim is in it (-1:
/// nowhere).
struct Weights {
  Operation *op;
  unsigned operand;
  SmallVector<int64_t> resultDims;

  bool covers(ArrayRef<int64_t> dims) const {
    return llvm::all_of(dims, [&](int64_t dim) { return resultDims[dim] >= 0; });
  }
};

/// Weights with other readers are left alone: they would have to be kept twice.
std::optional<Weights> getWeights(Value value) {
  Operation *op = value.getDefiningOp();
  if (!isa_and_nonnull<ConvOp, ContractOp>(op) || !value.hasOneUse() || !isFloatTensor(value))
    return std::nullopt;
  if (elementOf(op->getOperand(0)) != elementOf(value))
    return std::nullopt;
  Weights weights{op, 1, SmallVector<int64_t>(typeOf(value).getRank(), -1)};
  if (auto conv = dyn_cast<ConvOp>(op)) {
    weights.resultDims[conv.getChannelsLast() ? typeOf(value).getRank() - 1 : 1] = 0;
    bool isOwn = isConstantExpr(conv.getWeights()) && conv.getWeights().hasOneUse();
    return isOwn ? std::optional(weights) : std::nullopt;
  }
  SmallVector<AffineMap> maps = llvm::to_vector(cast<ContractOp>(op).getMaps().getAsValueRange<AffineMapAttr>());
  for (unsigned operand : {1u, 0u}) {
    if (!isConstantExpr(op->getOperand(operand)) || !op->getOperand(operand).hasOneUse())
      continue;
    weights.operand = operand;
    for (auto [dim, expr] : llvm::enumerate(maps[2].getResults()))
      if (auto position = maps[operand].getResultPosition(expr))
        weights.resultDims[dim] = *position;
    return weights;
  }
  return std::nullopt;
}

/// `constant` as a value of the shape of `shapeOf`, where position[d] is the place of result dim d.
Value spread(OpBuilder &builder, Location loc, Value constant, ArrayRef<int64_t> dims, Value shapeOf,
             ArrayRef<int64_t> positions) {
  SmallVector<std::pair<int64_t, int64_t>> placed;
  for (auto [i, dim] : llvm::enumerate(dims))
    placed.push_back({positions[dim], static_cast<int64_t>(i)});
  llvm::sort(placed);
  Value ordered = makeTranspose(builder, loc, constant, llvm::to_vector(llvm::make_second_range(placed)));
  return makeBroadcast(builder, loc, ordered, getDims(shapeOf), llvm::to_vector(llvm::make_first_range(placed)));
}
/// The same where the dims keep their places.
Value spread(OpBuilder &builder, Location loc, Value constant, ArrayRef<int64_t> dims, Value shapeOf) {
  return spread(builder, loc, constant, dims, shapeOf,
                llvm::to_vector(llvm::seq<int64_t>(0, typeOf(shapeOf).getRank())));
}

/// Two channel constants combine when one of them is a number or both vary along the same dims.
bool canCombine(const ChannelConstant &a, const ChannelConstant &b) {
  return a.dims == b.dims || a.dims.empty() || b.dims.empty();
}
/// `like` applied to both, and the dims along which that varies.
std::pair<Value, SmallVector<int64_t>> combine(OpBuilder &builder, Operation *like, const ChannelConstant &lhs,
                                               const ChannelConstant &rhs) {
  Value a = lhs.build(builder, like->getLoc()), b = rhs.build(builder, like->getLoc());
  if (lhs.dims.empty() && !rhs.dims.empty())
    a = makeBroadcast(builder, like->getLoc(), a, getDims(b), {});
  if (rhs.dims.empty() && !lhs.dims.empty())
    b = makeBroadcast(builder, like->getLoc(), b, getDims(a), {});
  return {cloneElementwise(builder, like, {a, b}), lhs.dims.empty() ? rhs.dims : lhs.dims};
}

/// P * c and P / c.
template <typename Op> struct ScaleWeights : OpRewritePattern<Op> {
  ScaleWeights(MLIRContext *context, Pass::Statistic &count) : OpRewritePattern<Op>(context), count(count) {}
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    std::optional<Weights> weights = getWeights(op.getLhs());
    std::optional<ChannelConstant> scale = getChannelConstant(op.getRhs());
    if (!weights || !scale || !weights->covers(scale->dims))
      return failure();
    Value old = weights->op->getOperand(weights->operand), number = scale->build(rewriter, op.getLoc());
    Value factor = spread(rewriter, op.getLoc(), number, scale->dims, old, weights->resultDims);
    Value scaled = cloneElementwise(rewriter, op, {old, factor});
    // The constants may come after the old op, so a new one takes its place here.
    Operation *copy = rewriter.clone(*weights->op);
    copy->setOperand(weights->operand, scaled);
    rewriter.replaceOp(op, copy->getResults());
    rewriter.eraseOp(weights->op);
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
    std::optional<Weights> weights = sum && sum->hasOneUse() ? getWeights(sum.getLhs()) : std::nullopt;
    if (!weights)
      return failure();
    std::optional<ChannelConstant> scale = getChannelConstant(op.getRhs()), bias = getChannelConstant(sum.getRhs());
    if (!scale || !bias || !weights->covers(scale->dims) || !canCombine(*bias, *scale))
      return failure();
    auto [scaledBias, dims] = combine(rewriter, op, *bias, *scale);
    Value product = cloneElementwise(rewriter, op, {sum.getLhs(), op.getRhs()});
    rewriter.replaceOpWithNewOp<AddOp>(op, product, spread(rewriter, op.getLoc(), scaledBias, dims, product));
    return success();
  }
};

/// P - b => P + (-b), and the same after another addition.
struct SubtractionToAddition : OpRewritePattern<SubOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SubOp op, PatternRewriter &rewriter) const override {
    auto sum = op.getLhs().getDefiningOp<AddOp>();
    std::optional<ChannelConstant> bias = getChannelConstant(op.getRhs());
    if (!bias || (!getWeights(op.getLhs()) && !(sum && sum->hasOneUse() && getWeights(sum.getLhs()))))
      return failure();
    Value negated = NegOp::create(rewriter, op.getLoc(), bias->build(rewriter, op.getLoc()));
    rewriter.replaceOpWithNewOp<AddOp>(op, op.getLhs(),
                                       spread(rewriter, op.getLoc(), negated, bias->dims, op.getLhs()));
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
    std::optional<ChannelConstant> first = getChannelConstant(sum.getRhs()), second = getChannelConstant(op.getRhs());
    if (!first || !second || !canCombine(*first, *second))
      return failure();
    auto [bias, dims] = combine(rewriter, op, *first, *second);
    rewriter.replaceOpWithNewOp<AddOp>(op, sum.getLhs(), spread(rewriter, op.getLoc(), bias, dims, op));
    return success();
  }
};

struct FoldScalesPass : impl::FoldScalesBase<FoldScalesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ScaleWeights<MulOp>, ScaleWeights<DivOp>>(&getContext(), numScales);
    patterns.add<Distribute<MulOp>, Distribute<DivOp>, SubtractionToAddition, MergeBiases>(&getContext());
    applyToFixedPoint(getOperation(), std::move(patterns));
  }
};

} // namespace
} // namespace tao
