// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A convolution as a sum over the positions of its window: per position, a strided slice of the padded input times a
// slice of the weights, summed over the group's input channels.
//
//   x  [n, g, ic, spatial..]  <- the input, padded, channels first, its channels split into groups
//   y  [n, g, oc, spatial..]  =  sum over positions p, reduce sum over ic of x[.., p + i * stride] * w[g, oc, ic, p]
#include "passes/simplify/ExpandConv.h"
#include "passes/simplify/Patterns.h"

using namespace mlir;

namespace tao::simplify {

namespace {

Value makeSlice(OpBuilder &builder, Location loc, Value value, ArrayRef<SymExpr> dims, ArrayRef<int64_t> starts,
                ArrayRef<int64_t> steps) {
  SmallVector<Attribute> texts;
  for (int64_t start : starts)
    texts.push_back(builder.getStringAttr(std::to_string(start)));
  return SliceOp::create(builder, loc, getTensorType(dims, elementOf(value)), value, builder.getArrayAttr(texts),
                         steps);
}

Value makeCast(OpBuilder &builder, Location loc, Value value, Type element) {
  if (elementOf(value) == element)
    return value;
  return CastOp::create(builder, loc, withElement(value, element), value);
}

class ConvExpander {
public:
  ConvExpander(OpBuilder &builder, ConvOp op)
      : builder(builder), op(op), loc(op.getLoc()), spatial(typeOf(op).getRank() - 2),
        groups(static_cast<int64_t>(op.getGroups())), out(getDims(op.getResult())), window(getDims(op.getWeights())) {
    if (op.getChannelsLast()) {
      std::rotate(out.begin() + 1, out.end() - 1, out.end());
      for (int64_t i = 0; i < spatial; ++i)
        toFirst.push_back(i + 1);
      toFirst.insert(toFirst.begin(), {0, spatial + 1});
    }
    outPerGroup = *window[0].exactDiv(groups);
  }

  Value expand() {
    Value input = makeCast(builder, loc, op.getInput(), elementOf(op));
    weights = makeCast(builder, loc, op.getWeights(), elementOf(op));
    if (op.getChannelsLast())
      input = makeTranspose(builder, loc, input, toFirst);
    padInput(input);
    SmallVector<int64_t> position(spatial, 0);
    Value sum;
    bool more = true;
    while (more) {
      Value term = makeTerm(position);
      sum = sum ? AddOp::create(builder, loc, sum, term).getResult() : term;
      int64_t dim = spatial - 1;
      for (; dim >= 0; --dim) {
        if (++position[dim] < *window[2 + dim].constant())
          break;
        position[dim] = 0;
      }
      more = dim >= 0;
    }
    Value result = makeReshape(builder, loc, sum, out);
    return op.getChannelsLast() ? makeTranspose(builder, loc, result, invertPermutation(toFirst)) : result;
  }

private:
  /// Extents after padding: what the last position of the window reaches to, or the input's where that is more. A dim
  /// that the window does not reach to its end needs no padding there.
  void padInput(Value input) {
    SmallVector<SymExpr> dims = getDims(input), padded = dims;
    SmallVector<int64_t> low(spatial + 2, 0);
    for (int64_t i = 0; i < spatial; ++i) {
      low[2 + i] = op.getPadLow()[i];
      SymExpr reach = (out[2 + i] - 1) * op.getStrides()[i] + (window[2 + i] - 1) * op.getDilations()[i] + 1;
      padded[2 + i] = SymExpr::max(reach, dims[2 + i] + low[2 + i]);
    }
    if (padded != dims || llvm::any_of(low, [](int64_t amount) { return amount != 0; })) {
      Value zero = makeSplat(builder, loc, RankedTensorType::get({}, elementOf(input)), 0);
      input = PadOp::create(builder, loc, getTensorType(padded, elementOf(input)), input, zero, low);
    }
    grouped = padded;
    grouped[1] = window[1];
    grouped.insert(grouped.begin() + 1, SymExpr(groups));
    x = makeReshape(builder, loc, input, grouped);
  }

  /// The products of one window position, summed over the input channels: [n, g, oc, spatial..].
  Value makeTerm(ArrayRef<int64_t> position) {
    // The part of x under this position for all outputs: [n, g, ic, out..].
    SmallVector<SymExpr> dims(grouped);
    SmallVector<int64_t> starts(spatial + 3, 0), steps(spatial + 3, 1);
    for (int64_t i = 0; i < spatial; ++i) {
      dims[3 + i] = out[2 + i];
      starts[3 + i] = position[i] * op.getDilations()[i];
      steps[3 + i] = op.getStrides()[i];
    }
    Value part = makeSlice(builder, loc, x, dims, starts, steps);
    // The weights of this position: [g, oc, ic].
    SmallVector<SymExpr> one(window);
    SmallVector<int64_t> weightStarts(spatial + 2, 0);
    for (int64_t i = 0; i < spatial; ++i) {
      one[2 + i] = 1;
      weightStarts[2 + i] = position[i];
    }
    Value factor = makeSlice(builder, loc, weights, one, weightStarts, SmallVector<int64_t>(spatial + 2, 1));
    factor = makeReshape(builder, loc, factor, {SymExpr(groups), outPerGroup, window[1]});
    // [n, g, oc, ic, out..]
    SmallVector<SymExpr> loops{out[0], SymExpr(groups), outPerGroup, window[1]};
    loops.append(out.begin() + 2, out.end());
    SmallVector<int64_t> partDims{0, 1, 3};
    for (int64_t i = 0; i < spatial; ++i)
      partDims.push_back(4 + i);
    Value product = MulOp::create(builder, loc, makeBroadcast(builder, loc, part, loops, partDims),
                                  makeBroadcast(builder, loc, factor, loops, {1, 2, 3}));
    loops.erase(loops.begin() + 3);
    return ReduceOp::create(builder, loc, getTensorType(loops, elementOf(product)), ReduceKind::Sum, product,
                            ArrayRef<int64_t>{3});
  }

  OpBuilder &builder;
  ConvOp op;
  Location loc;
  int64_t spatial, groups;
  SmallVector<SymExpr> out, window; // result [n, oc, spatial..]; weights [oc, ic, window..]
  SmallVector<int64_t> toFirst;     // from channels last
  SymExpr outPerGroup;
  Value x, weights;
  SmallVector<SymExpr> grouped; // dims of x
};

} // namespace

FailureOr<Value> expandConv(OpBuilder &builder, ConvOp op, int64_t maxWindow) {
  int64_t positions = 1;
  SmallVector<SymExpr> weights = getDims(op.getWeights());
  for (const SymExpr &extent : llvm::drop_begin(weights, 2)) {
    auto value = extent.constant();
    if (!value || llvm::MulOverflow(positions, *value, positions) || positions > maxWindow) {
      op.emitError() << "a convolution of " << elementOf(op) << " needs a static window of at most " << maxWindow
                     << " positions; cast it to f32";
      return failure();
    }
  }
  return ConvExpander(builder, op).expand();
}

} // namespace tao::simplify
