// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gathers. Negative indices, which ONNX counts from the end, are normalised here.
#include "dialects/Tao/ConstantData.h"
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"

using namespace mlir;

namespace tao {

namespace {
LogicalResult expectIndices(NodeImport &n, size_t index) {
  Type type = n.elementType(index);
  if (type.isSignlessInteger(64) || type.isSignlessInteger(32))
    return success();
  return n.mismatch("indices must be int32 or int64, are " + typeText(type));
}

/// Negative indices into a dim of `extent`, as they count from its end.
Value normalize(NodeImport &n, Value indices, const SymExpr &extent) {
  Value size = n.size(extent, n.typeOf(indices));
  return n.select(n.compare(CmpPredicate::Lt, indices, 0.0), n.add(indices, size), indices);
}

/// Indices into one dim: constants are checked and normalised at once, others when the model runs.
Value getIndices(NodeImport &n, size_t index, const SymExpr &extent) {
  Tensor &tensor = n.input(index);
  auto limit = extent.constant();
  if (!tensor.constant)
    return normalize(n, n.value(index), extent);
  SmallVector<int64_t> values = getIntegers(tensor.constant);
  bool negative = false;
  for (int64_t &value : values) {
    if (limit && (value < -*limit || value >= *limit)) {
      (void)n.mismatch("index " + llvm::Twine(value) + " is out of range for extent " + extent.str());
      return n.value(index);
    }
    negative |= value < 0;
  }
  if (!negative)
    return n.value(index);
  if (!limit)
    return normalize(n, n.value(index), extent);
  std::vector<char> bytes;
  int64_t width = getElementBytes(tensor.elementType);
  for (int64_t value : values) {
    int64_t normal = value < 0 ? value + *limit : value;
    const char *start = reinterpret_cast<const char *>(&normal); // little-endian, as all of tao's targets are
    bytes.insert(bytes.end(), start, start + width);
  }
  return n.constant(getConstant(getTensorType(tensor.dims, tensor.elementType), std::move(bytes)));
}

/// Elements of a vector of sizes at constant positions.
bool gatherContent(NodeImport &n) {
  const std::vector<SymExpr> *positions = n.content(1), *elements = n.content(0);
  auto isNumber = [](const SymExpr &position) { return position.isConstant(); };
  if (n.rank(0) != 1 || !positions || !elements || !llvm::all_of(*positions, isNumber))
    return false;
  auto count = static_cast<int64_t>(elements->size());
  std::vector<SymExpr> result;
  for (const SymExpr &position : *positions) {
    int64_t at = *position.constant();
    if (at < -count || at >= count)
      return false; // the general path reports it
    result.push_back((*elements)[at < 0 ? at + count : at]);
  }
  n.setContent(0, n.dims(1), n.elementType(0), std::move(result));
  return true;
}

LogicalResult importGather(NodeImport &n) {
  int64_t axis = n.axis(n.intAttr("axis", 0), n.rank(0));
  if (n.hasError() || failed(expectIndices(n, 1)))
    return failure();
  if (gatherContent(n))
    return success();
  Dims dims = TensorBuilder::replaceDim(n.dims(0), axis, n.dims(1));
  if (failed(n.checkDims(dims)))
    return failure();
  Value indices = getIndices(n, 1, n.dims(0)[axis]);
  if (n.hasError())
    return failure();
  // One constant index is a slice, which fuses and reads nothing else.
  auto number = n.numbers(1);
  if (number && number->size() == 1 && n.dims(0)[axis].isConstant()) {
    auto at = static_cast<int64_t>(number->front());
    at += at < 0 ? *n.dims(0)[axis].constant() : 0;
    n.setResult(0, n.reshape(n.sliceAxis(n.value(0), axis, at, 1), dims));
    return success();
  }
  n.setResult(0, n.gather(n.value(0), indices, axis));
  return success();
}

LogicalResult importGatherElements(NodeImport &n) {
  int64_t axis = n.axis(n.intAttr("axis", 0), n.rank(0));
  if (n.hasError() || failed(expectIndices(n, 1)))
    return failure();
  if (n.rank(0) != n.rank(1))
    return n.mismatch("data and indices must have one rank");
  for (int64_t dim = 0; dim < n.rank(0); ++dim)
    if (dim != axis)
      n.requireAtLeast(n.dims(0)[dim] - n.dims(1)[dim], 0, "indices must not reach beyond the data outside the axis");
  Value indices = getIndices(n, 1, n.dims(0)[axis]);
  if (n.hasError())
    return failure();
  RankedTensorType type = getTensorType(n.dims(1), n.elementType(0));
  n.setResult(0, GatherElementsOp::create(n.builder(), n.location, type, n.value(0), indices, axis));
  return success();
}

LogicalResult importGatherNd(NodeImport &n) {
  int64_t batch = n.intAttr("batch_dims", 0);
  if (failed(expectIndices(n, 1)) || failed(n.expectRank(0, 1, n.context.options.maxRank)) ||
      failed(n.expectRank(1, 1, n.context.options.maxRank)))
    return failure();
  auto depth = n.dims(1).back().constant();
  if (!depth)
    return n.unsupported("coordinates whose number depends on sizes");
  if (batch < 0 || batch >= n.rank(1) || *depth < 1 || batch + *depth > n.rank(0))
    return n.mismatch("coordinates of " + llvm::Twine(*depth) + " after " + llvm::Twine(batch) +
                      " batch dims do not fit the data");
  Dims data = n.dims(0), result(n.dims(1).begin(), n.dims(1).end() - 1);
  for (int64_t dim = 0; dim < batch; ++dim)
    n.unify(data[dim], n.dims(1)[dim], "batch dims of data and indices");
  result.append(data.begin() + batch + *depth, data.end());
  if (failed(n.checkDims(result)))
    return failure();

  // Each coordinate counts from the end of its own dim.
  SmallVector<Value> extents;
  Type type = n.elementType(1);
  for (int64_t i = 0; i < *depth; ++i)
    extents.push_back(n.reshape(n.size(data[batch + i], type), {1}));
  Value indices = n.value(1);
  Value shifted = n.add(indices, n.concat(extents, 0));
  indices = n.select(n.compare(CmpPredicate::Lt, indices, 0.0), shifted, indices);
  Dims spelled = data;
  for (int64_t dim = 0; dim < batch; ++dim)
    spelled[dim] = n.dims(1)[dim];
  n.setResult(0, GatherNdOp::create(n.builder(), n.location, getTensorType(result, n.elementType(0)),
                                    n.retype(n.value(0), spelled), indices, batch));
  return success();
}
} // namespace

void addIndexingOps(OpTable &table) {
  table.on("Gather", {1, 11, 13}, importGather);
  table.on("GatherElements", {11, 13}, importGatherElements);
  table.on("GatherND", {11, 12, 13}, importGatherNd);
}

} // namespace tao
