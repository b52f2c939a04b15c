// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A convolution's problem: evaluated, and cut for a pool of threads.
#include "Problem.h"

namespace tao::rt {

bool convKey(const tao_context &context, const tao_conv &call, Array<int64_t> &key) {
  key.clear();
  bool ok = true;
  auto addExpr = [&](int32_t number) { ok &= key.push(number < 0 ? -1 : context.expr(number)); };
  for (int32_t number : {call.n, call.ic, call.oc, call.groups})
    addExpr(number);
  for (int32_t i = 0; i < call.spatial; ++i) {
    addExpr(call.in[i]);
    addExpr(call.out[i]);
  }
  for (int32_t i = 0; i < call.num_post_ops; ++i)
    if (call.post_ops[i].kind == TAO_POST_ADD || call.post_ops[i].kind == TAO_POST_MUL)
      for (int32_t d = 0; d < call.spatial + 2; ++d)
        addExpr(call.post_ops[i].operand.strides[d]);
  return ok;
}

void activationStrides(View &view, bool channelsLast) {
  denseStrides(view.dims, view.rank, view.strides);
  if (!channelsLast)
    return;
  int64_t channels = view.dims[1], next = channels;
  for (int32_t d = view.rank - 1; d >= 2; --d) {
    view.strides[d] = next;
    next *= view.dims[d];
  }
  view.strides[1] = 1;
}

/// The high pad that makes the window's last position the output's last, whatever the model's rounding left over.
static int64_t highPad(const Problem &problem, int32_t i) {
  int64_t range = (problem.window[i] - 1) * problem.dilation[i] + 1;
  return (problem.dst.dims[2 + i] - 1) * problem.stride[i] + range - problem.src.dims[2 + i] - problem.padLow[i];
}

bool makeConv(tao_context &context, const tao_conv &call, Problem &problem) {
  int32_t rank = call.spatial + 2;
  int64_t n = context.expr(call.n), ic = context.expr(call.ic), oc = context.expr(call.oc);
  problem.conv = true;
  problem.spatial = call.spatial;
  problem.groups = context.expr(call.groups);
  problem.channelsLast = call.channels_last != 0;
  if (problem.groups < 1 || ic % problem.groups != 0 || oc % problem.groups != 0) {
    fail(context, TAO_ERROR_LIBRARY, "kernel '%s': %lld input and %lld output channels in %lld groups",
         context.kernelName(call.kernel), (long long)ic, (long long)oc, (long long)problem.groups);
    return false;
  }
  int64_t in[TAO_MAX_RANK] = {n, ic}, out[TAO_MAX_RANK] = {n, oc};
  int64_t kernel[TAO_MAX_RANK];
  int32_t kernelRank = 0;
  if (problem.groups > 1)
    kernel[kernelRank++] = problem.groups;
  kernel[kernelRank++] = oc / problem.groups;
  kernel[kernelRank++] = ic / problem.groups;
  for (int32_t i = 0; i < call.spatial; ++i) {
    in[2 + i] = context.expr(call.in[i]);
    out[2 + i] = context.expr(call.out[i]);
    kernel[kernelRank++] = problem.window[i] = call.window[i];
    problem.stride[i] = call.stride[i];
    problem.dilation[i] = call.dilation[i];
    problem.padLow[i] = call.pad_low[i];
  }
  auto view = [](const tao_library_operand &operand, int32_t viewRank, const int64_t *dims) {
    View result = {};
    result.rank = viewRank;
    result.dtype = result.storedDtype = operand.dtype;
    result.storage = operand.storage;
    result.constant = operand.constant != 0;
    memcpy(result.dims, dims, size_t(viewRank) * sizeof(int64_t));
    denseStrides(result.dims, viewRank, result.strides);
    return result;
  };
  problem.src = view(call.src, rank, in);
  problem.weights = view(call.weights, kernelRank, kernel);
  problem.dst = view(call.dst, rank, out);
  activationStrides(problem.src, problem.channelsLast);
  activationStrides(problem.dst, problem.channelsLast);
  for (int32_t i = 0; i < call.spatial; ++i) {
    problem.padHigh[i] = highPad(problem, i);
    // A negative pad crops: the view starts or ends inside the input.
    if (problem.padLow[i] < 0) {
      problem.src.narrow(2 + i, -problem.padLow[i], problem.src.dims[2 + i] + problem.padLow[i]);
      problem.padLow[i] = 0;
    }
    if (problem.padHigh[i] < 0 && problem.padHigh[i] <= -problem.stride[i]) {
      problem.src.dims[2 + i] += problem.padHigh[i];
      problem.padHigh[i] = 0;
    }
  }
  return makePostOps(context, call.kernel, call.post_ops, call.num_post_ops, problem);
}

namespace {

/// Narrows everything that runs along dimension d of dst.
void narrowDst(Problem &piece, int32_t d, int64_t begin, int64_t extent) {
  piece.dst.narrow(d, begin, extent);
  for (int32_t i = 0; i < piece.numPostOps; ++i)
    if (piece.postOps[i].binary)
      piece.postOps[i].operand.narrow(d, begin, extent);
}

/// Narrows to output rows [begin, end) of the outermost spatial dimension and the input rows they need. False when they
/// need none, being computed from padding alone.
bool narrowRows(Problem &piece, int64_t begin, int64_t end) {
  int64_t range = (piece.window[0] - 1) * piece.dilation[0] + 1;
  int64_t first = begin * piece.stride[0] - piece.padLow[0],
          last = (end - 1) * piece.stride[0] - piece.padLow[0] + range;
  int64_t low = maxOf<int64_t>(first, 0), high = minOf(last, piece.src.dims[2]);
  if (high <= low)
    return false;
  piece.src.narrow(2, low, high - low);
  narrowDst(piece, 2, begin, end - begin);
  piece.padLow[0] = low - first;
  piece.padHigh[0] = last - high;
  return true;
}

/// Whether a post-op, all before it being so too, adds a bias or what the result replaces.
bool isAddedFirst(const Problem &problem, int32_t number) {
  const PostOp &op = problem.postOps[number];
  if (op.kind != TAO_POST_ADD)
    return false;
  return op.operand.storage == problem.dst.storage || (number == 0 && isVectorAlong(op.operand, 1));
}

} // namespace

int32_t splitConv(const Problem &problem, int32_t wanted, Problem *pieces) {
  int64_t batch = problem.dst.dims[0], channels = problem.dst.dims[1], rows = problem.dst.dims[2];
  // Each way leaves every piece dense in memory, which the fast kernels ask for: images; with one image and channels
  // last, rows; with one image and channels first, output channels.
  enum { Images, Rows, Channels } way = Images;
  int64_t count = minOf<int64_t>(wanted, batch);
  if (batch == 1 && problem.channelsLast) {
    way = Rows;
    count = minOf<int64_t>(wanted, rows);
  } else if (batch == 1 && problem.groups == 1) {
    way = Channels;
    count = minOf<int64_t>(wanted, channels / 8);
  }
  if (count <= 1)
    return 1;
  int64_t extent = way == Images ? batch : way == Rows ? rows : channels;
  for (int64_t p = 0; p < count; ++p) {
    int64_t begin = extent * p / count, end = extent * (p + 1) / count;
    Problem &piece = pieces[p] = problem;
    if (way == Rows && !narrowRows(piece, begin, end))
      return 1;
    if (way == Channels)
      piece.weights.narrow(0, begin, end - begin);
    if (way == Images)
      piece.src.narrow(0, begin, end - begin);
    if (way != Rows)
      narrowDst(piece, way == Images ? 0 : 1, begin, end - begin);
  }
  return int32_t(count);
}

int32_t splitDepth(const Problem &problem, Problem *slices) {
  constexpr int64_t kMinDepth = 1536, kChain = 768, kChannelBlock = 8;
  int64_t channels = problem.src.dims[1], depth = channels * problem.taps();
  if (depth < kMinDepth || problem.groups > 1 || problem.numPostOps == kMaxPostOps || problem.dst.staged ||
      problem.src.dtype != TAO_LIB_F32 || problem.dst.dtype != TAO_LIB_F32)
    return 1;
  int64_t count = minOf<int64_t>((depth + kChain - 1) / kChain, kMaxSlices);
  int64_t extent = alignUp((channels + count - 1) / count, kChannelBlock);
  count = (channels + extent - 1) / extent;
  PostOp sumSoFar = {};
  sumSoFar.kind = TAO_POST_ADD;
  sumSoFar.binary = sumSoFar.isSumSoFar = true;
  for (int64_t s = 0; s < count; ++s) {
    Problem &slice = slices[s] = problem;
    int64_t begin = s * extent, size = minOf(extent, channels - begin);
    slice.src.narrow(1, begin, size);
    slice.weights.narrow(1, begin, size);
    slice.allWeights.narrow(1, begin, size);
    // The slices before are added where the sum would be complete: behind a bias and what the result replaces, which
    // the library has in its accumulators from the start.
    slice.numPostOps = 0;
    int32_t next = 0, numPostOps = s == count - 1 ? problem.numPostOps : 0;
    for (; next < numPostOps && isAddedFirst(problem, next); ++next)
      slice.postOps[slice.numPostOps++] = problem.postOps[next];
    if (s > 0)
      slice.postOps[slice.numPostOps++] = sumSoFar;
    for (; next < numPostOps; ++next)
      slice.postOps[slice.numPostOps++] = problem.postOps[next];
  }
  return int32_t(count);
}

void splitGroups(const Problem &problem, Problem *pieces) {
  int64_t in = problem.src.dims[1] / problem.groups, out = problem.dst.dims[1] / problem.groups;
  for (int64_t group = 0; group < problem.groups; ++group) {
    Problem &piece = pieces[group] = problem;
    piece.groups = 1;
    piece.src.narrow(1, group * in, in);
    piece.weights.narrow(0, group, 1);
    piece.weights.removeDim(0);
    narrowDst(piece, 1, group * out, out);
  }
}

} // namespace tao::rt
