// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluation of ops that move elements: broadcast, reshape, transpose, slice, pad, concat, and the generators iota and
// size.
#include "passes/interp/Evaluate.h"

using namespace mlir;

namespace tao::interp {

namespace {

/// result[i..] = in[offset + sum i * strides].
HostTensor readStrided(const OpCall &call, ArrayRef<int64_t> strides, int64_t offset) {
  HostTensor result = call.makeResult();
  SmallVector<int64_t> own = getStrides(call.shape);
  visitStorage(result, call.operand(0), [&](auto &out, const auto &in) {
    forEachRow<2>(call.shape, {own, SmallVector<int64_t>(strides)}, {0, offset},
                  [&](std::array<int64_t, 2> at, int64_t count, std::array<int64_t, 2> step) {
                    for (int64_t i = 0; i < count; ++i)
                      out[at[0] + i] = in[at[1] + i * step[1]];
                  });
  });
  return result;
}

/// result[offset + sum i * strides] = in[i..].
void writeStrided(HostTensor &result, const HostTensor &in, ArrayRef<int64_t> shape, ArrayRef<int64_t> inStrides,
                  int64_t inOffset, ArrayRef<int64_t> outStrides, int64_t outOffset) {
  visitStorage(result, in, [&](auto &out, const auto &from) {
    forEachRow<2>(shape, {SmallVector<int64_t>(outStrides), SmallVector<int64_t>(inStrides)}, {outOffset, inOffset},
                  [&](std::array<int64_t, 2> at, int64_t count, std::array<int64_t, 2> step) {
                    for (int64_t i = 0; i < count; ++i)
                      out[at[0] + i * step[0]] = from[at[1] + i * step[1]];
                  });
  });
}

Evaluated evaluateBroadcast(BroadcastOp op, const OpCall &call) {
  SmallVector<int64_t> own = getStrides(call.operand(0).shape), strides(call.shape.size(), 0);
  for (auto [i, dim] : llvm::enumerate(op.getDims()))
    if (call.operand(0).shape[i] != 1)
      strides[dim] = own[i];
  return readStrided(call, strides, 0);
}

Evaluated evaluateReshape(const OpCall &call) {
  HostTensor result = call.operand(0);
  int64_t count = 1;
  for (int64_t extent : call.shape)
    count *= extent;
  if (count != result.size())
    return call.fail("input has " + Twine(result.size()) + " elements, result " + Twine(count));
  result.shape = call.shape;
  return result;
}

Evaluated evaluateTranspose(TransposeOp op, const OpCall &call) {
  SmallVector<int64_t> own = getStrides(call.operand(0).shape), strides;
  for (int64_t source : op.getPerm())
    strides.push_back(own[source]);
  return readStrided(call, strides, 0);
}

Evaluated evaluateSlice(SliceOp op, const OpCall &call) {
  const HostTensor &in = call.operand(0);
  SmallVector<int64_t> own = getStrides(in.shape), strides;
  int64_t offset = 0;
  for (auto [dim, text] : llvm::enumerate(op.getStarts().getAsValueRange<StringAttr>())) {
    std::optional<int64_t> start = call.sizes.evaluate(*SymExpr::parse(text));
    if (!start)
      return call.fail("start " + text + " has no value");
    int64_t step = op.getSteps()[dim], last;
    if (call.shape[dim] > 0 &&
        (llvm::MulOverflow(call.shape[dim] - 1, step, last) || llvm::AddOverflow(last, *start, last) || *start < 0 ||
         *start >= in.shape[dim] || last < 0 || last >= in.shape[dim]))
      return call.fail("reads outside dim " + Twine(dim) + " of extent " + Twine(in.shape[dim]));
    strides.push_back(own[dim] * step);
    offset += own[dim] * *start;
  }
  return readStrided(call, strides, offset);
}

Evaluated evaluatePad(PadOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  const HostTensor &in = call.operand(0);
  visitStorage(result, call.operand(1),
               [](auto &out, const auto &value) { std::fill(out.begin(), out.end(), value[0]); });
  // Negative padding on either side crops: copy the part of the input that lands inside.
  SmallVector<int64_t> inStrides = getStrides(in.shape), outStrides = getStrides(call.shape), part;
  int64_t inOffset = 0, outOffset = 0;
  for (auto [dim, low] : llvm::enumerate(op.getLow())) {
    int64_t begin = std::max<int64_t>(low, 0), end = std::min(call.shape[dim], in.shape[dim] + low);
    part.push_back(std::max<int64_t>(end - begin, 0));
    inOffset += inStrides[dim] * (begin - low);
    outOffset += outStrides[dim] * begin;
  }
  writeStrided(result, in, part, inStrides, inOffset, outStrides, outOffset);
  return result;
}

Evaluated evaluateConcat(ConcatOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  SmallVector<int64_t> outStrides = getStrides(call.shape);
  int64_t axis = op.getAxis(), begin = 0;
  for (const HostTensor *in : call.operands) {
    writeStrided(result, *in, in->shape, getStrides(in->shape), 0, outStrides, begin * outStrides[axis]);
    begin += in->shape[axis];
  }
  return result;
}

Evaluated evaluateIota(IotaOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  int64_t inner = getStrides(call.shape)[op.getDim()], extent = call.shape[op.getDim()];
  for (int64_t i = 0, e = result.size(); i < e; ++i) {
    int64_t index = i / inner % extent;
    if (result.isFloat())
      result.reals[i] = static_cast<double>(index);
    else
      result.integers[i] = wrapToType(index, result.elementType);
  }
  return result;
}

Evaluated evaluateSize(SizeOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  std::optional<int64_t> value = call.sizes.evaluate(*SymExpr::parse(op.getExpr()));
  if (!value)
    return call.fail("size " + op.getExpr() + " has no value");
  result.integers[0] = *value;
  return result;
}

} // namespace

Evaluated evaluateMovement(const OpCall &call) {
  return llvm::TypeSwitch<Operation *, Evaluated>(call.op)
      .Case([&](BroadcastOp op) { return evaluateBroadcast(op, call); })
      .Case([&](ReshapeOp) { return evaluateReshape(call); })
      .Case([&](TransposeOp op) { return evaluateTranspose(op, call); })
      .Case([&](SliceOp op) { return evaluateSlice(op, call); })
      .Case([&](PadOp op) { return evaluatePad(op, call); })
      .Case([&](ConcatOp op) { return evaluateConcat(op, call); })
      .Case([&](IotaOp op) { return evaluateIota(op, call); })
      .Case([&](SizeOp op) { return evaluateSize(op, call); })
      .Default([&](Operation *) -> Evaluated { return call.fail("has no evaluation"); });
}

} // namespace tao::interp
