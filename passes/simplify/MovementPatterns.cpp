// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Movement that cancels or becomes a cheaper movement.
//
//   transpose that moves only unit dims     => reshape
//   slice(slice(x))                         => slice(x)
//   slice(concat(.., x, ..)) within x       => slice(x)
//   concat of a concat, of empty tensors    => concat of the parts
//   pad by nothing                          => x
//   gather at one constant index            => slice and reshape
#include "dialects/Tao/ConstantData.h"
#include "passes/interp/HostTensor.h"
#include "passes/simplify/Patterns.h"

using namespace mlir;

namespace tao::simplify {

namespace {

ArrayAttr makeStarts(OpBuilder &builder, ArrayRef<SymExpr> starts) {
  SmallVector<Attribute> texts;
  for (const SymExpr &start : starts)
    texts.push_back(builder.getStringAttr(start.str()));
  return builder.getArrayAttr(texts);
}

SmallVector<SymExpr> getStarts(SliceOp op) {
  SmallVector<SymExpr> starts;
  for (StringRef text : op.getStarts().getAsValueRange<StringAttr>())
    starts.push_back(*SymExpr::parse(text));
  return starts;
}

struct TransposeOfUnitDims : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    SmallVector<SymExpr> dims = getDims(op.getInput());
    int64_t previous = -1;
    for (int64_t source : op.getPerm()) {
      if (dims[source].isConstant(1))
        continue;
      if (source < previous)
        return failure();
      previous = source;
    }
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getInput());
    return success();
  }
};

struct SliceOfSlice : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<SliceOp>();
    if (!inner)
      return failure();
    SmallVector<SymExpr> starts = getStarts(inner);
    SmallVector<int64_t> steps(inner.getSteps());
    for (auto [dim, start] : llvm::enumerate(getStarts(op))) {
      starts[dim] = starts[dim] + start * steps[dim];
      if (llvm::MulOverflow(steps[dim], op.getSteps()[dim], steps[dim]))
        return failure();
    }
    rewriter.replaceOpWithNewOp<SliceOp>(op, op.getType(), inner.getInput(), makeStarts(rewriter, starts), steps);
    return success();
  }
};

struct SliceOfConcat : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto concat = op.getInput().getDefiningOp<ConcatOp>();
    if (!concat)
      return failure();
    int64_t axis = concat.getAxis();
    SmallVector<SymExpr> starts = getStarts(op);
    SymExpr first = starts[axis], last = first + (getDims(op.getResult())[axis] - 1) * op.getSteps()[axis];
    if (op.getSteps()[axis] < 0)
      std::swap(first, last);
    SymExpr begin = 0;
    for (Value input : concat.getInputs()) {
      SymExpr end = begin + getDims(input)[axis];
      if ((first - begin).isAtLeast(0) && (end - last).isAtLeast(1)) {
        starts[axis] = starts[axis] - begin;
        rewriter.replaceOpWithNewOp<SliceOp>(op, op.getType(), input, makeStarts(rewriter, starts), op.getSteps());
        return success();
      }
      begin = end;
    }
    return failure();
  }
};

struct FlattenConcat : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatOp op, PatternRewriter &rewriter) const override {
    SmallVector<Value> inputs;
    for (Value input : op.getInputs()) {
      auto inner = input.getDefiningOp<ConcatOp>();
      if (getDims(input)[op.getAxis()].isConstant(0))
        continue;
      if (inner && inner.getAxis() == op.getAxis() && inner->hasOneUse())
        inputs.append(inner.getInputs().begin(), inner.getInputs().end());
      else
        inputs.push_back(input);
    }
    if (inputs.empty() || inputs == llvm::to_vector(op.getInputs()))
      return failure();
    rewriter.replaceOpWithNewOp<ConcatOp>(op, op.getType(), inputs, op.getAxis());
    return success();
  }
};

struct PadByNothing : OpRewritePattern<PadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PadOp op, PatternRewriter &rewriter) const override {
    if (op.getType() != op.getInput().getType() || llvm::any_of(op.getLow(), [](int64_t low) { return low != 0; }))
      return failure();
    rewriter.replaceOp(op, op.getInput());
    return success();
  }
};

struct GatherOfOneIndex : OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatherOp op, PatternRewriter &rewriter) const override {
    auto indices = op.getIndices().getDefiningOp<ConstantOp>();
    if (!indices || typeOf(indices).getNumElements() != 1)
      return failure();
    int64_t index = HostTensor::fromAttribute(indices.getValue()).integers[0];
    SmallVector<SymExpr> dims = getDims(op.getData());
    int64_t axis = op.getAxis();
    // An index that is out of range, or may be, has to fail when the model runs.
    if (index < 0 || !dims[axis].isAtLeast(index + 1))
      return failure();
    SmallVector<SymExpr> starts(dims.size(), 0);
    starts[axis] = index;
    dims[axis] = 1;
    SmallVector<int64_t> steps(dims.size(), 1);
    Value slice = SliceOp::create(rewriter, op.getLoc(), getTensorType(dims, elementOf(op.getData())), op.getData(),
                                  makeStarts(rewriter, starts), steps);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), slice);
    return success();
  }
};

} // namespace

void populateMovementPatterns(RewritePatternSet &patterns) {
  patterns.add<TransposeOfUnitDims, SliceOfSlice, SliceOfConcat, FlattenConcat, PadByNothing, GatherOfOneIndex>(
      patterns.getContext());
}

} // namespace tao::simplify
