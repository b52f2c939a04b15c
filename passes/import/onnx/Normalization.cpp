// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Softmax and the normalisations, as primitives. Half types are computed in f32; means are subtracted before squares are
// summed, and maxima before exponentials, so that f32 suffices.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"

using namespace mlir;

namespace tao {

namespace {
SmallVector<int64_t> range(int64_t from, int64_t to) { return llvm::to_vector(llvm::seq<int64_t>(from, to)); }

/// A vector of per-channel numbers, shaped to broadcast along dim `axis` of a tensor of rank `rank`.
Value perChannel(NodeImport &n, Value vector, int64_t axis, int64_t rank) {
  Dims dims(rank, 1);
  dims[axis] = n.dimsOf(vector)[0];
  return n.reshape(vector, dims);
}

/// Checks that input `index` is a vector of as many elements as dim `axis` of input 0.
LogicalResult expectChannels(NodeImport &n, size_t index, int64_t axis) {
  if (failed(n.expectRank(index, 1, 1)))
    return failure();
  n.unify(n.dims(0)[axis], n.dims(index)[0], "the number of channels");
  return n.hasError() ? failure() : success();
}

/// Before version 13 everything from the axis on is one dim.
std::optional<SmallVector<int64_t>> getSoftmaxAxes(NodeImport &n) {
  if (failed(n.expectFloat(0)))
    return std::nullopt;
  int64_t rank = n.rank(0);
  // For a scalar, the only dim there could be.
  int64_t axis = rank == 0 ? 0 : n.axis(n.intAttr("axis", n.since < 13 ? 1 : -1), rank);
  n.ignoreAttr("axis");
  if (n.hasError())
    return std::nullopt;
  return range(axis, n.since < 13 ? rank : std::min(axis + 1, rank));
}

LogicalResult importSoftmax(NodeImport &n) {
  auto axes = getSoftmaxAxes(n);
  if (!axes)
    return failure();
  Value x = n.widen(n.value(0));
  Value e = n.exp(n.sub(x, n.reduce(ReduceKind::Max, x, *axes, true)));
  n.setResult(0, n.cast(n.div(e, n.sum(e, *axes)), n.elementType(0)));
  return success();
}

LogicalResult importLogSoftmax(NodeImport &n) {
  auto axes = getSoftmaxAxes(n);
  if (!axes)
    return failure();
  Value x = n.widen(n.value(0));
  Value shifted = n.sub(x, n.reduce(ReduceKind::Max, x, *axes, true));
  n.setResult(0, n.cast(n.sub(shifted, n.log(n.sum(n.exp(shifted), *axes))), n.elementType(0)));
  return success();
}

/// One where the largest element is, the first of them if there are several; zero elsewhere.
LogicalResult importHardmax(NodeImport &n) {
  auto axes = getSoftmaxAxes(n);
  if (!axes)
    return failure();
  if (n.rank(0) == 0)
    return n.unsupported("scalars");
  // Several axes are one after a reshape.
  Dims dims = n.dims(0), flat(dims.begin(), dims.begin() + axes->front());
  flat.push_back(getNumElements(ArrayRef(dims).slice(axes->front(), axes->size())));
  flat.append(dims.begin() + axes->front() + axes->size(), dims.end());
  int64_t axis = axes->front();
  Dims dropped = flat, ones = flat;
  dropped.erase(dropped.begin() + axis);
  ones[axis] = 1;
  Type index = n.builder().getI64Type();
  Value best = ArgReduceOp::create(n.builder(), n.location, getTensorType(dropped, index), ReduceKind::Max,
                                   n.reshape(n.value(0), flat), axis, /*select_last=*/false);
  Value hit = n.compare(CmpPredicate::Eq, n.iota(flat, axis, index), n.reshape(best, ones));
  n.setResult(0, n.reshape(n.cast(hit, n.elementType(0)), dims));
  return success();
}

/// The type in which a normalisation's first stage is computed: that of the input, or f32 for a half type.
Value stash(NodeImport &n, Value x) {
  int64_t type = n.intAttr("stash_type", 1);
  if (type != 1 && type != 11 && type != 10 && type != 16)
    (void)n.badNode("attribute 'stash_type' is " + llvm::Twine(type));
  return type == 11 ? n.cast(x, n.builder().getF64Type()) : n.widen(x);
}

/// Inputs of one float type and an axis from which on dims are normalised.
std::optional<SmallVector<int64_t>> getNormalizedAxes(NodeImport &n) {
  if (failed(n.expectFloat(0)) || failed(n.expectRank(0, 1, n.context.options.maxRank)))
    return std::nullopt;
  int64_t axis = n.axis(n.intAttr("axis", -1), n.rank(0));
  for (size_t index : {1, 2})
    if (n.hasInput(index) && !n.hasError())
      (void)n.expectBroadcast(n.dims(index), n.dims(0), index == 1 ? "the scale" : "the bias");
  return n.hasError() ? std::nullopt : std::optional(range(axis, n.rank(0)));
}

LogicalResult importLayerNormalization(NodeImport &n) {
  auto axes = getNormalizedAxes(n);
  if (!axes)
    return failure();
  Value x = stash(n, n.value(0));
  Value mean = n.mean(x, *axes), centered = n.sub(x, mean);
  Value variance = n.mean(n.mul(centered, centered), *axes);
  Value inverse = n.rsqrt(n.add(variance, n.floatAttr("epsilon", 1e-5)));
  Value y = n.mul(n.mul(centered, inverse), n.cast(n.value(1), n.typeOf(x)));
  if (n.hasInput(2))
    y = n.add(y, n.cast(n.value(2), n.typeOf(x)));
  n.setResult(0, n.cast(y, n.elementType(0)));
  n.setResult(1, mean);
  n.setResult(2, inverse);
  return n.hasError() ? failure() : success();
}

LogicalResult importRmsNormalization(NodeImport &n) {
  auto axes = getNormalizedAxes(n);
  if (!axes)
    return failure();
  Value x = stash(n, n.value(0));
  Value inverse = n.rsqrt(n.add(n.mean(n.mul(x, x), *axes), n.floatAttr("epsilon", 1e-5)));
  // The result has the scale's type.
  n.setResult(0, n.cast(n.mul(n.mul(x, inverse), n.cast(n.value(1), n.typeOf(x))), n.elementType(1)));
  return n.hasError() ? failure() : success();
}

LogicalResult importInstanceNormalization(NodeImport &n) {
  n.ignoreAttr("consumed_inputs");
  int64_t rank = n.rank(0);
  if (failed(n.expectFloat(0)) || failed(n.expectRank(0, 2, n.context.options.maxRank)) ||
      failed(expectChannels(n, 1, 1)) || failed(expectChannels(n, 2, 1)))
    return failure();
  SmallVector<int64_t> axes = range(2, rank);
  Value x = n.widen(n.value(0)), centered = n.sub(x, n.mean(x, axes));
  Value inverse = n.rsqrt(n.add(n.mean(n.mul(centered, centered), axes), n.floatAttr("epsilon", 1e-5)));
  Value scale = perChannel(n, n.widen(n.value(1)), 1, rank), bias = perChannel(n, n.widen(n.value(2)), 1, rank);
  n.setResult(0, n.cast(n.add(n.mul(n.mul(centered, inverse), scale), bias), n.elementType(0)));
  return success();
}

/// Scale and bias are per group in version 18, per channel since 21.
LogicalResult importGroupNormalization(NodeImport &n) {
  n.requireAttr("num_groups");
  int64_t groups = n.intAttr("num_groups", 1), rank = n.rank(0);
  if (groups < 1)
    return n.badNode("attribute 'num_groups' is " + llvm::Twine(groups));
  if (failed(n.expectFloat(0)) || failed(n.expectRank(0, 2, n.context.options.maxRank - 1)))
    return failure();
  Dims dims = n.dims(0), split = {dims[0], groups};
  auto perGroup = dims[1].exactDiv(groups);
  if (!perGroup)
    return n.mismatch(dims[1].str() + " channels cannot be split into " + llvm::Twine(groups) + " groups");
  split.push_back(*perGroup);
  split.append(dims.begin() + 2, dims.end());
  SmallVector<int64_t> axes = range(2, rank + 1);
  Value x = n.reshape(stash(n, n.value(0)), split), centered = n.sub(x, n.mean(x, axes));
  Value inverse = n.rsqrt(n.add(n.mean(n.mul(centered, centered), axes), n.floatAttr("epsilon", 1e-5)));
  Value y = n.mul(centered, inverse);
  if (n.since < 21) {
    for (size_t index : {1, 2})
      if (failed(n.expectRank(index, 1, 1)) || n.unify(n.dims(index)[0], groups, "the number of groups") != groups)
        return n.mismatch("scale and bias must have one element per group");
    Value scale = n.cast(n.value(1), n.typeOf(x)), bias = n.cast(n.value(2), n.typeOf(x));
    y = n.add(n.mul(y, perChannel(n, scale, 1, rank + 1)), perChannel(n, bias, 1, rank + 1));
    n.setResult(0, n.cast(n.reshape(y, dims), n.elementType(0)));
    return n.hasError() ? failure() : success();
  }
  if (failed(expectChannels(n, 1, 1)) || failed(expectChannels(n, 2, 1)))
    return failure();
  Value scale = n.cast(n.value(1), n.typeOf(x)), bias = n.cast(n.value(2), n.typeOf(x));
  y = n.reshape(y, dims);
  y = n.add(n.mul(y, perChannel(n, scale, 1, rank)), perChannel(n, bias, 1, rank));
  n.setResult(0, n.cast(y, n.elementType(0)));
  return n.hasError() ? failure() : success();
}

/// x * s + t with s and t per channel, which fold to constants; in training mode mean and variance are the batch's.
LogicalResult importBatchNormalization(NodeImport &n) {
  n.ignoreAttr("consumed_inputs");
  int64_t rank = n.rank(0);
  bool trains = n.since < 7 ? !n.intAttr("is_test", 0) : n.since >= 14 && n.intAttr("training_mode", 0);
  double epsilon = n.floatAttr("epsilon", 1e-5), momentum = n.floatAttr("momentum", 0.9);
  if (n.since < 9 && !n.intAttr("spatial", 1))
    return n.unsupportedAttribute("spatial=0");
  if (trains && n.since < 14)
    return n.unsupportedAttribute("training mode before version 14");
  if (failed(n.expectFloat(0)) || failed(n.expectRank(0, 1, n.context.options.maxRank)))
    return failure();
  int64_t channel = rank > 1 ? 1 : 0; // a vector has one channel, which broadcasts
  for (size_t index : {1, 2, 3, 4})
    if (rank > 1 ? failed(expectChannels(n, index, channel)) : failed(n.expectRank(index, 1, 1)))
      return failure();

  Value x = n.widen(n.value(0)), mean = n.widen(n.value(3)), variance = n.widen(n.value(4));
  Type type = n.typeOf(x);
  if (trains) {
    if (rank < 2)
      return n.unsupported("training mode on vectors");
    SmallVector<int64_t> axes = range(0, rank);
    axes.erase(axes.begin() + 1);
    Value ownMean = n.mean(x, axes), centered = n.sub(x, ownMean);
    Value ownVariance = n.mean(n.mul(centered, centered), axes, false);
    ownMean = n.reshape(ownMean, n.dimsOf(ownVariance));
    auto blend = [&](Value running, Value own) {
      return n.add(n.mul(n.cast(running, type), momentum), n.mul(own, 1 - momentum));
    };
    n.setResult(1, n.cast(blend(mean, ownMean), n.elementType(3)));
    n.setResult(2, n.cast(blend(variance, ownVariance), n.elementType(4)));
    mean = ownMean;
    variance = ownVariance;
  }
  // Scale and shift in the type of x: statistics may have a wider one.
  Value scale = n.mul(n.cast(n.widen(n.value(1)), type), n.rsqrt(n.add(n.cast(variance, type), epsilon)));
  Value shift = n.sub(n.cast(n.widen(n.value(2)), type), n.mul(n.cast(mean, type), scale));
  Value y = n.add(n.mul(x, perChannel(n, scale, channel, rank)), perChannel(n, shift, channel, rank));
  n.setResult(0, n.cast(y, n.elementType(0)));
  return success();
}

LogicalResult importLpNormalization(NodeImport &n) {
  if (failed(n.expectFloat(0)))
    return failure();
  int64_t axis = n.axis(n.intAttr("axis", -1), n.rank(0)), p = n.intAttr("p", 2);
  if (p != 1 && p != 2)
    return n.badNode("attribute 'p' must be 1 or 2, is " + llvm::Twine(p));
  if (n.hasError())
    return failure();
  Value x = n.widen(n.value(0));
  Value norm = p == 1 ? n.sum(n.abs(x), axis) : n.sqrt(n.sum(n.mul(x, x), axis));
  // A vector of zeros stays one.
  Value isZero = n.compare(CmpPredicate::Eq, norm, 0.0);
  Value safe = n.select(isZero, n.scalar(1.0, n.typeOf(x)), norm);
  n.setResult(0, n.cast(n.div(x, safe), n.elementType(0)));
  return success();
}

LogicalResult importMeanVarianceNormalization(NodeImport &n) {
  if (failed(n.expectFloat(0)))
    return failure();
  SmallVector<int64_t> axes = n.hasAttr("axes") ? n.intsAttr("axes") : SmallVector<int64_t>{0, 2, 3};
  axes = n.axes(axes, n.rank(0));
  if (n.hasError())
    return failure();
  Value x = n.widen(n.value(0)), centered = n.sub(x, n.mean(x, axes));
  Value deviation = n.sqrt(n.mean(n.mul(centered, centered), axes));
  n.setResult(0, n.cast(n.div(centered, n.add(deviation, 1e-9)), n.elementType(0)));
  return success();
}

/// x / (bias + alpha / size * sum of squares over neighbouring channels) ^ beta.
LogicalResult importLrn(NodeImport &n) {
  n.requireAttr("size");
  int64_t size = n.intAttr("size", 1), rank = n.rank(0);
  double alpha = n.floatAttr("alpha", 1e-4), beta = n.floatAttr("beta", 0.75), bias = n.floatAttr("bias", 1);
  if (size < 1)
    return n.badNode("attribute 'size' is " + llvm::Twine(size));
  if (failed(n.expectFloat(0)) || failed(n.expectRank(0, 2, n.context.options.maxRank)))
    return failure();
  Value x = n.widen(n.value(0));
  SmallVector<int64_t> window(rank, 1), ones(rank, 1), low(rank, 0);
  window[1] = size;
  low[1] = (size - 1) / 2;
  Value squares = n.mul(x, x);
  Value sums = ReduceWindowOp::create(n.builder(), n.location, x.getType(), ReduceKind::Sum, squares, window, ones, ones, low);
  Value base = n.add(n.mul(sums, alpha / static_cast<double>(size)), bias);
  n.setResult(0, n.cast(n.div(x, n.binary<PowOp>(base, beta)), n.elementType(0)));
  return success();
}
} // namespace

void addNormalizationOps(OpTable &table) {
  table.on("Softmax", {1, 11, 13}, importSoftmax);
  table.on("LogSoftmax", {1, 11, 13}, importLogSoftmax);
  table.on("Hardmax", {1, 11, 13}, importHardmax);
  table.on("LayerNormalization", {17}, importLayerNormalization);
  table.on("RMSNormalization", {23}, importRmsNormalization);
  table.on("InstanceNormalization", {1, 6, 22}, importInstanceNormalization);
  table.on("GroupNormalization", {18, 21}, importGroupNormalization);
  table.on("BatchNormalization", {6, 7, 9, 14, 15}, importBatchNormalization, "training mode since 14");
  table.on("LpNormalization", {1, 22}, importLpNormalization);
  table.on("MeanVarianceNormalization", {9, 13}, importMeanVarianceNormalization);
  table.on("LRN", {1, 13}, importLrn);
}

} // namespace tao
