// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions of what repeats or is already reduced, and padding that windows can do themselves.
//
//   reduce over no dims or unit dims                  => reshape
//   reduce(reduce(x))                                 => reduce(x)          of one kind
//   reduce sum|max|min of dims that a broadcast added => broadcast(x) * n, broadcast(x)
//   conv(pad 0), reduce_window sum(pad 0), max(pad -inf) => the op's own padding
//   reduce_window(concat(x, y))                       => concat(reduce_window(x), reduce_window(y))  along other dims
#include "passes/interp/HostTensor.h"
#include "passes/simplify/Patterns.h"
#include <cmath>

using namespace mlir;

namespace tao::simplify {

namespace {

struct ReduceOfUnitDims : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    SmallVector<SymExpr> dims = tao::getDims(op.getInput()), kept;
    SmallVector<int64_t> reduced;
    for (auto [i, dim] : llvm::enumerate(dims)) {
      bool isReduced = llvm::is_contained(op.getDims(), static_cast<int64_t>(i));
      if (isReduced && dim.isConstant(1))
        continue;
      if (isReduced)
        reduced.push_back(kept.size());
      kept.push_back(dim);
    }
    if (!op.getDims().empty() && reduced.size() == op.getDims().size())
      return failure();
    Value input = makeReshape(rewriter, op.getLoc(), op.getInput(), kept);
    if (!reduced.empty())
      input = ReduceOp::create(rewriter, op.getLoc(), op.getType(), op.getKind(), input, reduced);
    rewriter.replaceOp(op, input);
    return success();
  }
};

struct ReduceOfReduce : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<ReduceOp>();
    if (!inner || inner.getKind() != op.getKind() || !inner->hasOneUse())
      return failure();
    SmallVector<int64_t> dims(inner.getDims()), keptByInner;
    for (int64_t dim = 0; dim < typeOf(inner.getInput()).getRank(); ++dim)
      if (!llvm::is_contained(inner.getDims(), dim))
        keptByInner.push_back(dim);
    for (int64_t dim : op.getDims())
      dims.push_back(keptByInner[dim]);
    llvm::sort(dims);
    rewriter.replaceOpWithNewOp<ReduceOp>(op, op.getType(), op.getKind(), inner.getInput(), dims);
    return success();
  }
};

struct ReduceOfBroadcast : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  /// A small float type may not have the number of repetitions, and would scale by another one.
  static bool holds(Type element, const SymExpr &repeats) {
    auto number = static_cast<double>(*repeats.constant());
    auto type = dyn_cast<FloatType>(element);
    return !type || roundToType(number, type) == number;
  }
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    auto broadcast = op.getInput().getDefiningOp<BroadcastOp>();
    if (!broadcast || op.getKind() == ReduceKind::Prod)
      return failure();
    SmallVector<SymExpr> dims = tao::getDims(broadcast.getResult());
    // Split the reduced dims into those that only repeat and the rest.
    SmallVector<int64_t> rest;
    SymExpr repeats = 1;
    SmallVector<bool> dropped(dims.size(), false);
    for (int64_t dim : op.getDims()) {
      bool repeated = !llvm::is_contained(broadcast.getDims(), dim) && dims[dim].isAtLeast(1) &&
                      (op.getKind() != ReduceKind::Sum || dims[dim].isConstant());
      dropped[dim] = repeated;
      if (repeated)
        repeats = repeats * dims[dim];
      else
        rest.push_back(dim);
    }
    if (rest.size() == op.getDims().size() || (op.getKind() == ReduceKind::Sum && !holds(elementOf(op), repeats)))
      return failure();
    SmallVector<int64_t> newIndex;
    SmallVector<SymExpr> kept;
    for (auto [i, dim] : llvm::enumerate(dims)) {
      newIndex.push_back(kept.size());
      if (!dropped[i])
        kept.push_back(dim);
    }
    SmallVector<int64_t> positions = permute<int64_t>(newIndex, broadcast.getDims());
    Value value = makeBroadcast(rewriter, op.getLoc(), broadcast.getInput(), kept, positions);
    if (op.getKind() == ReduceKind::Sum) {
      Value factor = makeSplat(rewriter, op.getLoc(), typeOf(value), static_cast<double>(*repeats.constant()));
      value = MulOp::create(rewriter, op.getLoc(), value, factor);
    }
    if (!rest.empty())
      value =
          ReduceOp::create(rewriter, op.getLoc(), op.getType(), op.getKind(), value, permute<int64_t>(newIndex, rest));
    rewriter.replaceOp(op, value);
    return success();
  }
};

/// Non-negative low padding per dim when `pad` only adds elements, outside `untouched`.
std::optional<SmallVector<int64_t>> getPadding(PadOp pad, ArrayRef<int64_t> untouched) {
  SmallVector<SymExpr> in = getDims(pad.getInput()), out = getDims(pad.getResult());
  for (auto [dim, low] : llvm::enumerate(pad.getLow())) {
    SymExpr high = out[dim] - in[dim] - low;
    bool touched = low != 0 || !high.isConstant(0);
    if (low < 0 || !high.isAtLeast(0) || (touched && llvm::is_contained(untouched, static_cast<int64_t>(dim))))
      return std::nullopt;
  }
  return SmallVector<int64_t>(pad.getLow());
}

struct ConvOfPad : OpRewritePattern<ConvOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvOp op, PatternRewriter &rewriter) const override {
    auto pad = op.getInput().getDefiningOp<PadOp>();
    if (!pad || getSplat(pad.getValue()) != 0.0)
      return failure();
    int64_t rank = typeOf(op).getRank(), channel = op.getChannelsLast() ? rank - 1 : 1;
    auto padding = getPadding(pad, {0, channel});
    if (!padding)
      return failure();
    SmallVector<int64_t> low(op.getPadLow());
    for (int64_t i = 0; i < rank - 2; ++i)
      low[i] += (*padding)[i + (op.getChannelsLast() ? 1 : 2)];
    rewriter.modifyOpInPlace(op, [&] {
      op.getInputMutable().assign(pad.getInput());
      op.setPadLow(low);
    });
    return success();
  }
};

struct WindowOfPad : OpRewritePattern<ReduceWindowOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceWindowOp op, PatternRewriter &rewriter) const override {
    auto pad = op.getInput().getDefiningOp<PadOp>();
    std::optional<double> value = pad ? getSplat(pad.getValue()) : std::nullopt;
    bool isIdentity = (op.getKind() == ReduceKind::Sum && value == 0.0) ||
                      (op.getKind() == ReduceKind::Max && value == -INFINITY) ||
                      (op.getKind() == ReduceKind::Min && value == INFINITY);
    auto padding = isIdentity ? getPadding(pad, {}) : std::nullopt;
    if (!padding)
      return failure();
    SmallVector<int64_t> low(op.getPadLow());
    for (auto [sum, more] : llvm::zip(low, *padding))
      sum += more;
    rewriter.modifyOpInPlace(op, [&] {
      op.getInputMutable().assign(pad.getInput());
      op.setPadLow(low);
    });
    return success();
  }
};

/// Otherwise each position of the window would ask again which part of the concat an element comes from; and pooling
/// mostly leaves less to put together.
struct WindowOfConcat : OpRewritePattern<ReduceWindowOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceWindowOp op, PatternRewriter &rewriter) const override {
    auto concat = op.getInput().getDefiningOp<ConcatOp>();
    if (!concat || !concat->hasOneUse())
      return failure();
    int64_t axis = concat.getAxis();
    SmallVector<SymExpr> dims = getDims(op.getResult());
    if (op.getWindow()[axis] != 1 || op.getStrides()[axis] != 1 || op.getPadLow()[axis] != 0 ||
        dims[axis] != getDims(concat.getResult())[axis])
      return failure();
    SmallVector<Value> parts;
    for (Value input : concat.getInputs()) {
      dims[axis] = getDims(input)[axis];
      parts.push_back(ReduceWindowOp::create(rewriter, op.getLoc(), getTensorType(dims, elementOf(op)), op.getKind(),
                                             input, op.getWindow(), op.getStrides(), op.getDilations(),
                                             op.getPadLow()));
    }
    rewriter.replaceOpWithNewOp<ConcatOp>(op, op.getType(), parts, axis);
    return success();
  }
};

} // namespace

void populateReductionPatterns(RewritePatternSet &patterns) {
  patterns.add<ReduceOfUnitDims, ReduceOfReduce, ReduceOfBroadcast, ConvOfPad, WindowOfPad, WindowOfConcat>(
      patterns.getContext());
}

} // namespace tao::simplify
