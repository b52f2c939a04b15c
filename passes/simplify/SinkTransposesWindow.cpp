// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Transposes sink through ops that have one attribute entry per dim, and through reductions:
//
//   pad, slice, reduce_window (transpose x) => transpose(the op on x, its entries permuted)
//   reduce, arg_reduce (transpose x)        => transpose(reduction of x over the matching dims), often no transpose
//   reshape(transpose x)                    => transpose(reshape x)   when it only splits dims of x
//   reshape(transpose x)                    => transpose(reshape(transpose x))   when it only merges dims: the inner
//   one
//                                              orders what is merged, as in a shuffle of channels, the outer one sinks
#include "passes/simplify/SinkTransposes.h"

using namespace mlir;

namespace tao::simplify {

namespace {

/// The type of a value whose transpose by `perm` has the type of `result`.
RankedTensorType untransposedType(Value result, ArrayRef<int64_t> perm) {
  return getTensorType(permute<SymExpr>(getDims(result), invertPermutation(perm)), elementOf(result));
}

template <typename Op> struct SinkPattern : OpRewritePattern<Op> {
  SinkPattern(MLIRContext *context, SinkPolicy policy) : OpRewritePattern<Op>(context), policy(policy) {}
  SinkPolicy policy;
};

struct SinkThroughPad : SinkPattern<PadOp> {
  using SinkPattern::SinkPattern;
  LogicalResult matchAndRewrite(PadOp op, PatternRewriter &rewriter) const override {
    TransposeOp transpose = getSinkable(op, op.getInput(), policy);
    if (!transpose)
      return failure();
    SmallVector<int64_t> perm(transpose.getPerm()), low = permute<int64_t>(op.getLow(), invertPermutation(perm));
    Value result =
        PadOp::create(rewriter, op.getLoc(), untransposedType(op, perm), transpose.getInput(), op.getValue(), low);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), result, perm);
    return success();
  }
};

struct SinkThroughSlice : SinkPattern<SliceOp> {
  using SinkPattern::SinkPattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    TransposeOp transpose = getSinkable(op, op.getInput(), policy);
    if (!transpose)
      return failure();
    SmallVector<int64_t> perm(transpose.getPerm()), inverse = invertPermutation(perm);
    ArrayAttr starts = rewriter.getArrayAttr(permute<Attribute>(op.getStarts().getValue(), inverse));
    Value result = SliceOp::create(rewriter, op.getLoc(), untransposedType(op, perm), transpose.getInput(), starts,
                                   permute<int64_t>(op.getSteps(), inverse));
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), result, perm);
    return success();
  }
};

struct SinkThroughWindow : SinkPattern<ReduceWindowOp> {
  using SinkPattern::SinkPattern;
  LogicalResult matchAndRewrite(ReduceWindowOp op, PatternRewriter &rewriter) const override {
    TransposeOp transpose = getSinkable(op, op.getInput(), policy);
    if (!transpose)
      return failure();
    SmallVector<int64_t> perm(transpose.getPerm()), inverse = invertPermutation(perm);
    Value result =
        ReduceWindowOp::create(rewriter, op.getLoc(), untransposedType(op, perm), op.getKind(), transpose.getInput(),
                               permute<int64_t>(op.getWindow(), inverse), permute<int64_t>(op.getStrides(), inverse),
                               permute<int64_t>(op.getDilations(), inverse), permute<int64_t>(op.getPadLow(), inverse));
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), result, perm);
    return success();
  }
};

/// The dims of x that survive reducing `dims` of transpose(x, perm), in the order in which the reduction has them.
/// Ranks them: entry i says which dim of the reduced x is dim i of the reduced transpose.
SmallVector<int64_t> getReducedPerm(ArrayRef<int64_t> perm, ArrayRef<int64_t> dims) {
  SmallVector<int64_t> kept;
  for (auto [i, source] : llvm::enumerate(perm))
    if (!llvm::is_contained(dims, static_cast<int64_t>(i)))
      kept.push_back(source);
  SmallVector<int64_t> ranks;
  for (int64_t source : kept)
    ranks.push_back(llvm::count_if(kept, [&](int64_t other) { return other < source; }));
  return ranks;
}

/// The transpose below a reduction of `dims`, which may stay for other readers when none is needed after the reduction.
TransposeOp getReducible(Operation *op, ArrayRef<int64_t> dims, SinkPolicy policy) {
  auto transpose = op->getOperand(0).getDefiningOp<TransposeOp>();
  if (transpose && llvm::is_sorted(getReducedPerm(transpose.getPerm(), dims)))
    return transpose;
  return getSinkable(op, op->getOperand(0), policy);
}

struct SinkThroughReduce : SinkPattern<ReduceOp> {
  using SinkPattern::SinkPattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    TransposeOp transpose = getReducible(op, op.getDims(), policy);
    if (!transpose)
      return failure();
    SmallVector<int64_t> perm = getReducedPerm(transpose.getPerm(), op.getDims());
    SmallVector<int64_t> dims = permute<int64_t>(transpose.getPerm(), op.getDims());
    llvm::sort(dims);
    Value result =
        ReduceOp::create(rewriter, op.getLoc(), untransposedType(op, perm), op.getKind(), transpose.getInput(), dims);
    rewriter.replaceOp(op, makeTranspose(rewriter, op.getLoc(), result, perm));
    return success();
  }
};

struct SinkThroughArgReduce : SinkPattern<ArgReduceOp> {
  using SinkPattern::SinkPattern;
  LogicalResult matchAndRewrite(ArgReduceOp op, PatternRewriter &rewriter) const override {
    auto dim = static_cast<int64_t>(op.getDim());
    TransposeOp transpose = getReducible(op, {dim}, policy);
    if (!transpose)
      return failure();
    SmallVector<int64_t> perm = getReducedPerm(transpose.getPerm(), {dim});
    Value result = ArgReduceOp::create(rewriter, op.getLoc(), untransposedType(op, perm), op.getKind(),
                                       transpose.getInput(), transpose.getPerm()[dim], op.getSelectLast());
    rewriter.replaceOp(op, makeTranspose(rewriter, op.getLoc(), result, perm));
    return success();
  }
};

/// The dims of `split` that each dim of `whole` becomes, when a reshape only splits; unit dims go to the dim before
/// them.
std::optional<SmallVector<SmallVector<int64_t>>> getSplitting(ArrayRef<SymExpr> whole, ArrayRef<SymExpr> split) {
  SmallVector<SmallVector<int64_t>> groups;
  size_t next = 0;
  for (const SymExpr &dim : whole) {
    if (dim.isConstant(0))
      return std::nullopt;
    SymExpr product = 1;
    SmallVector<int64_t> group;
    while (next < split.size() && (group.empty() || product != dim)) {
      product = product * split[next];
      group.push_back(next++);
    }
    if (product != dim)
      return std::nullopt;
    groups.push_back(group);
  }
  if (groups.empty())
    return std::nullopt;
  for (; next < split.size() && split[next].isConstant(1); ++next)
    groups.back().push_back(next);
  return next == split.size() ? std::optional(groups) : std::nullopt;
}

struct SinkThroughSplit : SinkPattern<ReshapeOp> {
  using SinkPattern::SinkPattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    TransposeOp transpose = getSinkable(op, op.getInput(), policy);
    if (!transpose)
      return failure();
    SmallVector<SymExpr> out = getDims(op.getResult());
    auto groups = getSplitting(getDims(op.getInput()), out);
    if (!groups)
      return failure();
    // Lay the groups out in the order that the dims have above the transpose.
    SmallVector<int64_t> order, inverse = invertPermutation(transpose.getPerm());
    for (int64_t group : inverse)
      order.append((*groups)[group].begin(), (*groups)[group].end());
    Value reshaped = makeReshape(rewriter, op.getLoc(), transpose.getInput(), permute<SymExpr>(out, order));
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), reshaped, invertPermutation(order));
    return success();
  }
};

struct SinkThroughMerge : SinkPattern<ReshapeOp> {
  using SinkPattern::SinkPattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    TransposeOp transpose = getSinkable(op, op.getInput(), policy);
    SmallVector<SymExpr> out = getDims(op.getResult());
    auto groups = transpose ? getSplitting(out, getDims(op.getInput())) : std::nullopt;
    if (!groups || policy != SinkPolicy::Aggressive)
      return failure();
    // The merged dims in the order in which x ends them, so that whoever has its innermost dim stays innermost.
    auto lastSource = [&](int64_t group) {
      int64_t last = -1;
      for (int64_t dim : (*groups)[group])
        last = std::max(last, transpose.getPerm()[dim]);
      return last;
    };
    auto order = llvm::to_vector(llvm::seq<int64_t>(0, out.size()));
    llvm::sort(order, [&](int64_t a, int64_t b) { return lastSource(a) < lastSource(b); });
    bool merges = llvm::any_of(*groups, [](const auto &group) { return group.size() > 1; });
    if (!merges || llvm::is_sorted(order))
      return failure();
    SmallVector<int64_t> innerPerm;
    for (int64_t group : order)
      llvm::append_range(innerPerm, permute<int64_t>(transpose.getPerm(), (*groups)[group]));
    Value inner = makeTranspose(rewriter, op.getLoc(), transpose.getInput(), innerPerm);
    Value merged = makeReshape(rewriter, op.getLoc(), inner, permute<SymExpr>(out, order));
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), merged, invertPermutation(order));
    return success();
  }
};

} // namespace

void populateTransposeWindowPatterns(RewritePatternSet &patterns, SinkPolicy policy) {
  patterns.add<SinkThroughPad, SinkThroughSlice, SinkThroughWindow, SinkThroughReduce, SinkThroughArgReduce,
               SinkThroughSplit, SinkThroughMerge>(patterns.getContext(), policy);
}

} // namespace tao::simplify
