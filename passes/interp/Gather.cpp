// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluation of ops that index by data. An index outside its extent is an error.
#include "passes/interp/Evaluate.h"

using namespace mlir;

namespace tao::interp {

static int64_t product(ArrayRef<int64_t> extents) {
  int64_t count = 1;
  for (int64_t extent : extents)
    count *= extent;
  return count;
}

static LogicalResult checkIndex(const OpCall &call, int64_t index, int64_t extent) {
  if (index >= 0 && index < extent)
    return success();
  return call.fail("index " + Twine(index) + " is out of range for extent " + Twine(extent));
}

static Evaluated evaluateGatherAxis(GatherOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  const HostTensor &data = call.operand(0), &indices = call.operand(1);
  ArrayRef<int64_t> shape = data.shape;
  int64_t axis = op.getAxis(), extent = shape[axis];
  int64_t outer = product(shape.take_front(axis)), inner = product(shape.drop_front(axis + 1)), count = indices.size();
  for (int64_t index : indices.integers)
    if (failed(checkIndex(call, index, extent)))
      return failure();
  visitStorage(result, data, [&](auto &out, const auto &in) {
    auto to = out.begin();
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t j = 0; j < count; ++j)
        to = std::copy_n(in.begin() + (o * extent + indices.integers[j]) * inner, inner, to);
  });
  return result;
}

static Evaluated evaluateGatherElements(GatherElementsOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  const HostTensor &data = call.operand(0), &indices = call.operand(1);
  int64_t axis = op.getAxis();
  SmallVector<int64_t> strides = getStrides(data.shape), index(call.shape.size(), 0);
  int64_t at = 0;
  if (result.size() == 0)
    return result;
  do {
    int64_t from = 0;
    for (auto [dim, i] : llvm::enumerate(index)) {
      int64_t coordinate = static_cast<int64_t>(dim) == axis ? indices.integers[at] : i;
      if (failed(checkIndex(call, coordinate, data.shape[dim])))
        return failure();
      from += coordinate * strides[dim];
    }
    visitStorage(result, data, [&](auto &out, const auto &in) { out[at] = in[from]; });
    ++at;
  } while (nextIndex(index, call.shape));
  return result;
}

static Evaluated evaluateGatherNd(GatherNdOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  const HostTensor &data = call.operand(0), &indices = call.operand(1);
  int64_t batchDims = op.getBatchDims(), depth = indices.shape.back();
  ArrayRef<int64_t> dataShape = data.shape, indexShape = indices.shape;
  int64_t batches = product(dataShape.take_front(batchDims));
  int64_t points = product(indexShape.drop_front(batchDims).drop_back());
  int64_t inner = product(dataShape.drop_front(batchDims + depth)), perBatch = product(dataShape.drop_front(batchDims));
  SmallVector<int64_t> strides = getStrides(dataShape);
  int64_t at = 0;
  for (int64_t point = 0; point < batches * points; ++point) {
    int64_t from = point / points * perBatch;
    for (int64_t d = 0; d < depth; ++d) {
      int64_t coordinate = indices.integers[point * depth + d];
      if (failed(checkIndex(call, coordinate, dataShape[batchDims + d])))
        return failure();
      from += coordinate * strides[batchDims + d];
    }
    visitStorage(result, data,
                 [&](auto &out, const auto &in) { std::copy_n(in.begin() + from, inner, out.begin() + at); });
    at += inner;
  }
  return result;
}

Evaluated evaluateGather(const OpCall &call) {
  if (auto op = dyn_cast<GatherOp>(call.op))
    return evaluateGatherAxis(op, call);
  if (auto op = dyn_cast<GatherElementsOp>(call.op))
    return evaluateGatherElements(op, call);
  return evaluateGatherNd(cast<GatherNdOp>(call.op), call);
}

} // namespace tao::interp
