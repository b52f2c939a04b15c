// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a problem to primitives of oneDNN: descriptors, post-ops, arguments, changes of layout.
#include "Library.h"

namespace tao::rt {
namespace {

dnnl_data_type_t dnnlType(int32_t dtype) { return dtype == TAO_LIB_BF16 ? dnnl_bf16 : dnnl_f32; }

/// The view of a [rows, columns] matrix as an image of one row: [1, columns, 1, rows], channels last.
View asImage(const View &matrix) {
  View image = matrix;
  image.rank = 4;
  int64_t rows = matrix.dims[0], columns = matrix.dims[1];
  // The stride of a single row says nothing; that of a channels-last image is recognised.
  int64_t rowStride = rows == 1 ? columns : matrix.strides[0], columnStride = matrix.strides[1];
  int64_t dims[] = {1, columns, 1, rows}, strides[] = {0, columnStride, 0, rowStride};
  memcpy(image.dims, dims, sizeof(dims));
  memcpy(image.strides, strides, sizeof(strides));
  image.strides[2] = image.strides[0] = rows * rowStride;
  return image;
}

/// The view of rhs [k, n] as the weights [n, k, 1, 1] of a pointwise convolution.
View asPointwiseWeights(const View &matrix) {
  View weights = matrix;
  weights.rank = 4;
  int64_t dims[] = {matrix.dims[1], matrix.dims[0], 1, 1}, strides[] = {matrix.strides[1], matrix.strides[0], 1, 1};
  memcpy(weights.dims, dims, sizeof(dims));
  memcpy(weights.strides, strides, sizeof(strides));
  return weights;
}

/// The same problem as a convolution with a window of one.
Problem asPointwiseConv(const Problem &matmul) {
  Problem conv = matmul;
  conv.conv = true;
  conv.spatial = 2;
  conv.groups = 1;
  conv.channelsLast = true;
  for (int32_t i = 0; i < 2; ++i) {
    conv.window[i] = conv.stride[i] = conv.dilation[i] = 1;
    conv.padLow[i] = conv.padHigh[i] = 0;
  }
  conv.src = asImage(matmul.src);
  conv.weights = asPointwiseWeights(matmul.weights);
  conv.allWeights = asPointwiseWeights(matmul.allWeights);
  conv.dst = asImage(matmul.dst);
  for (int32_t i = 0; i < conv.numPostOps; ++i)
    if (conv.postOps[i].binary)
      conv.postOps[i].operand = asImage(matmul.postOps[i].operand);
  return conv;
}

/// Memory in a layout.
struct Tensor {
  dnnl_memory_desc_t layout;
  Argument place;
};

/// Which part of a sum a primitive computes; see splitDepth.
struct Slice {
  int32_t number = 0, count = 1;
  Tensor *sums = nullptr; // two places: each slice reads one, where the one before wrote, and writes the other

  bool isFirst() const { return number == 0; }
  bool isLast() const { return number == count - 1; }
  bool isWhole() const { return count == 1; }
  const Tensor &sumSoFar() const { return sums[(number + 1) % 2]; }
  Tensor &sum() const { return sums[number % 2]; }
};

/// Everything that is alive while a primitive is being made; frees what was not handed over.
class PieceMaker {
public:
  PieceMaker(tao_context &context, const Problem &problem, Form form, Piece &piece, const Slice &slice = {})
      : api(context.library->model->api), engine(context.library->model->engine), context(context), problem(problem),
        form(form), piece(piece), slice(slice) {}
  ~PieceMaker() {
    if (primitiveDesc)
      api.dnnl_primitive_desc_destroy(primitiveDesc);
    if (attributes)
      api.dnnl_primitive_attr_destroy(attributes);
    if (chain)
      api.dnnl_post_ops_destroy(chain);
  }

  Outcome make(bool onlyFast, int64_t &scratchBytes);

private:
  /// Whether the operand of a binary operation lies where the result goes.
  bool replacesOperand(const PostOp &op) const {
    return !op.isSumSoFar && !op.operand.staged && !problem.dst.staged && op.operand.storage == problem.dst.storage;
  }
  /// Whether the weights are taken in a layout of the library's choice.
  bool packsWeights() const { return problem.weights.constant && (form != Form::Matmul || problem.weights.staged); }
  /// Whether weights that are not known before are brought into the layout of the library's choice on every call. No
  /// fast convolution takes them as they lie, and they are small against the work.
  bool movesWeights() const { return problem.conv && !problem.weights.constant; }
  bool describeOperands();
  bool askOtherLayout(const View &view, dnnl_memory_desc_t &asked) const;
  bool askDenseLayout(const View &view, dnnl_memory_desc_t &asked) const;
  bool appendPostOps();
  bool appendPostOp(int32_t number);
  bool createDescriptor();
  bool fastEnough() const;
  bool canRelay() const;
  bool addCalls(const Tensor &from, const Tensor &to, int64_t &scratchBytes);
  bool addReorder(const Tensor &from, const Tensor &to);
  bool addPrimitive(const Tensor &from, const Tensor &to, int64_t &scratchBytes);
  bool addArgument(Call &call, int32_t name, const Tensor &tensor);
  static Tensor locate(const dnnl_memory_desc_t &layout, const View &view) {
    return {layout, {view.staged ? Argument::Scratch : Argument::Storage, view.storage, view.offset, nullptr, nullptr}};
  }
  bool sameLayouts(const dnnl_memory_desc_t &a, const dnnl_memory_desc_t &b) const {
    return api.dnnl_memory_desc_equal(&a, &b) != 0;
  }
  /// The tensor, or room for it in scratch memory where the library wants it in another layout.
  Tensor inWantedLayout(const Tensor &tensor, dnnl_query_t what, int64_t &scratchBytes) const;
  const dnnl_memory_desc_t *wantedLayout(dnnl_query_t what) const {
    return api.dnnl_primitive_desc_query_md(primitiveDesc, what, 0);
  }
  Tensor takeScratch(const dnnl_memory_desc_t &layout, int64_t &scratchBytes) const;

  const DnnlApi &api;
  dnnl_engine_t engine;
  tao_context &context;
  const Problem &problem;
  Form form;
  Piece &piece;
  Slice slice;
  int32_t channel = 0; // the dimension of dst that a bias runs along
  int32_t biasOp = -1;
  dnnl_memory_desc_t src, weights, bias, dst, operands[kMaxPostOps];
  dnnl_memory_desc_t askedSrc, askedWeights, askedDst; // the same, or with the layout left open
  bool addsToDst = false;
  int32_t chainPosition[kMaxPostOps]; // of binary operations, in the library's chain
  int32_t chainLength = 0;
  dnnl_primitive_attr_t attributes = nullptr;
  dnnl_post_ops_t chain = nullptr;
  dnnl_primitive_desc_t primitiveDesc = nullptr;
};

dnnl_memory_desc_t anyLayout(const dnnl_memory_desc_t &desc) {
  dnnl_memory_desc_t any = desc;
  any.format_kind = dnnl_format_kind_any;
  memset(&any.format_desc, 0, sizeof(any.format_desc));
  return any;
}

bool PieceMaker::describeOperands() {
  if (!describe(api, problem.src, src) || !describe(api, problem.weights, weights) || !describe(api, problem.dst, dst))
    return false;
  // The library checks that extents are equal or 1; a result that neither operand spans must have been expanded before.
  askedWeights = packsWeights() || movesWeights() ? anyLayout(weights) : weights;
  askedSrc = src;
  askedDst = dst;
  if (form == Form::RelaidConv && !(askOtherLayout(problem.src, askedSrc) && askOtherLayout(problem.dst, askedDst)))
    return false;
  if (slice.isWhole())
    return true;
  if (!slice.isFirst())
    askedDst = slice.sumSoFar().layout;
  return form == Form::RelaidConv || askDenseLayout(problem.src, askedSrc);
}

bool PieceMaker::askDenseLayout(const View &view, dnnl_memory_desc_t &asked) const {
  View dense = view;
  activationStrides(dense, problem.channelsLast);
  return describe(api, dense, asked);
}

/// With a window the library chooses; a pointwise convolution wants its channels dense.
bool PieceMaker::askOtherLayout(const View &view, dnnl_memory_desc_t &asked) const {
  if (problem.taps() > 1) {
    asked = anyLayout(asked);
    return true;
  }
  View dense = view;
  activationStrides(dense, /*channelsLast=*/true);
  return describe(api, dense, asked);
}

dnnl_alg_kind_t eltwiseKind(int32_t kind) {
  switch (kind) {
  case TAO_POST_RELU:
    return dnnl_eltwise_relu;
  case TAO_POST_CLIP:
    return dnnl_eltwise_clip;
  case TAO_POST_TANH:
    return dnnl_eltwise_tanh;
  case TAO_POST_LOGISTIC:
    return dnnl_eltwise_logistic;
  case TAO_POST_GELU_ERF:
    return dnnl_eltwise_gelu_erf;
  case TAO_POST_GELU_TANH:
    return dnnl_eltwise_gelu_tanh;
  case TAO_POST_SWISH:
    return dnnl_eltwise_swish;
  case TAO_POST_LINEAR:
    return dnnl_eltwise_linear;
  case TAO_POST_EXP:
    return dnnl_eltwise_exp;
  case TAO_POST_ABS:
    return dnnl_eltwise_abs;
  case TAO_POST_SQRT:
    return dnnl_eltwise_sqrt;
  default:
    return dnnl_alg_kind_undef;
  }
}

bool PieceMaker::appendPostOp(int32_t number) {
  const PostOp &op = problem.postOps[number];
  if (!op.binary) {
    dnnl_alg_kind_t kind = eltwiseKind(op.kind);
    ++chainLength;
    return kind != dnnl_alg_kind_undef &&
           api.dnnl_post_ops_append_eltwise(chain, 1.0f, kind, op.alpha, op.beta) == dnnl_success;
  }
  const View &operand = op.operand;
  if (replacesOperand(op)) {
    // Adding what the result replaces. Any other use of that memory would read what has been overwritten.
    if (op.kind != TAO_POST_ADD || operand.offset != problem.dst.offset || operand.dtype != problem.dst.dtype ||
        !sameLayout(operand, problem.dst))
      return false;
    ++chainLength;
    addsToDst = true;
    return api.dnnl_post_ops_append_sum(chain, 1.0f) == dnnl_success;
  }
  if (op.isSumSoFar)
    operands[number] = slice.sumSoFar().layout;
  else if (!describe(api, operand, operands[number]))
    return false;
  chainPosition[number] = chainLength++;
  auto kind = op.kind == TAO_POST_ADD ? dnnl_binary_add : dnnl_binary_mul;
  return api.dnnl_post_ops_append_binary(chain, kind, &operands[number]) == dnnl_success;
}

bool PieceMaker::appendPostOps() {
  if (api.dnnl_primitive_attr_create(&attributes) != dnnl_success ||
      api.dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) != dnnl_success ||
      api.dnnl_post_ops_create(&chain) != dnnl_success)
    return false;
  int32_t first = 0;
  if (problem.numPostOps > 0) {
    const PostOp &op = problem.postOps[0];
    if (op.kind == TAO_POST_ADD && !op.isSumSoFar && isVectorAlong(op.operand, channel) && op.operand.dims[channel] > 1 &&
        !replacesOperand(op) && op.operand.dtype == TAO_LIB_F32) {
      biasOp = 0; // a bias costs nothing, a binary operation a little
      first = 1;
    } else if (op.kind == TAO_POST_LINEAR && op.beta == 0 && !problem.conv) {
      // A scale becomes the factor alpha of the product itself.
      if (api.dnnl_primitive_attr_set_output_scales(attributes, 1, 0, &op.alpha) != dnnl_success)
        return false;
      first = 1;
    }
  }
  for (int32_t i = first; i < problem.numPostOps; ++i)
    if (!appendPostOp(i))
      return false;
  return api.dnnl_primitive_attr_set_post_ops(attributes, chain) == dnnl_success;
}

bool PieceMaker::createDescriptor() {
  dnnl_memory_desc_t *biasDesc = nullptr;
  if (biasOp >= 0) {
    View vector = problem.postOps[biasOp].operand;
    if (problem.conv) {
      vector.dims[0] = vector.dims[channel];
      vector.rank = 1;
      vector.strides[0] = 1;
    }
    if (!describe(api, vector, bias))
      return false;
    biasDesc = &bias;
  }
  if (!problem.conv) {
    dnnl_matmul_desc_t desc;
    return api.dnnl_matmul_desc_init(&desc, &src, &askedWeights, biasDesc, &dst) == dnnl_success &&
           api.dnnl_primitive_desc_create(&primitiveDesc, &desc, attributes, engine, nullptr) == dnnl_success;
  }
  dnnl_dims_t dilates;
  for (int32_t i = 0; i < problem.spatial; ++i)
    dilates[i] = problem.dilation[i] - 1; // the library counts skipped elements
  dnnl_convolution_desc_t desc;
  // Direct, not automatic: Winograd would round differently from everyone else.
  return api.dnnl_dilated_convolution_forward_desc_init(&desc, dnnl_forward_inference, dnnl_convolution_direct,
                                                        &askedSrc, &askedWeights, biasDesc, &askedDst, problem.stride,
                                                        dilates, problem.padLow, problem.padHigh) == dnnl_success &&
         api.dnnl_primitive_desc_create(&primitiveDesc, &desc, attributes, engine, nullptr) == dnnl_success;
}

bool PieceMaker::fastEnough() const {
  const char *name = nullptr;
  if (api.dnnl_primitive_desc_query(primitiveDesc, dnnl_query_impl_info_str, 0, &name) != dnnl_success || !name)
    return false;
  if (form == Form::PackedMatmul)
    return strncmp(name, "brg", 3) == 0;
  if (form == Form::PointwiseConv)
    return strstr(name, "1x1") != nullptr;
  return strncmp(name, "ref", 3) != 0;
}

/// Only operands that mean the same in every layout go along: none of the result's shape, except what the result
/// replaces, which is brought into the new layout too.
bool PieceMaker::canRelay() const {
  for (int32_t i = 0; i < problem.numPostOps; ++i) {
    const PostOp &op = problem.postOps[i];
    if (op.binary && i != biasOp && !op.isSumSoFar && !replacesOperand(op) && !isScalar(op.operand))
      return false;
  }
  return true;
}

bool PieceMaker::addArgument(Call &call, int32_t name, const Tensor &tensor) {
  Argument &argument = call.arguments[call.numArguments];
  argument = tensor.place;
  void *data = argument.place == Argument::Fixed ? argument.fixed : nullptr;
  if (api.dnnl_memory_create(&argument.memory, &tensor.layout, engine, data) != dnnl_success)
    return false;
  call.values[call.numArguments++] = {name, argument.memory};
  return true;
}

bool PieceMaker::addReorder(const Tensor &from, const Tensor &to) {
  if (!piece.calls.resize(piece.calls.size() + 1))
    return false;
  Call &call = piece.calls[piece.calls.size() - 1];
  dnnl_primitive_desc_t desc = nullptr;
  if (api.dnnl_reorder_primitive_desc_create(&desc, &from.layout, engine, &to.layout, engine, nullptr) != dnnl_success)
    return false;
  bool made = api.dnnl_primitive_create(&call.primitive, desc) == dnnl_success;
  api.dnnl_primitive_desc_destroy(desc);
  return made && addArgument(call, DNNL_ARG_FROM, from) && addArgument(call, DNNL_ARG_TO, to);
}

bool PieceMaker::addPrimitive(const Tensor &from, const Tensor &to, int64_t &scratchBytes) {
  Tensor factors = locate(weights, problem.weights);
  if (movesWeights()) {
    Tensor given = factors;
    factors = inWantedLayout(given, dnnl_query_weights_md, scratchBytes);
    if (!sameLayouts(factors.layout, given.layout) && !addReorder(given, factors))
      return false;
  }
  if (!piece.calls.resize(piece.calls.size() + 1))
    return false;
  Call &call = piece.calls[piece.calls.size() - 1];
  if (packsWeights()) {
    factors.layout = *api.dnnl_primitive_desc_query_md(primitiveDesc, dnnl_query_weights_md, 0);
    void *packed = nullptr;
    if (problem.isColumnPiece)
      packed = packColumns(context, problem.allWeights, problem.conv ? 0 : problem.weights.rank - 1,
                           problem.firstColumn, factors.layout);
    if (!packed)
      packed = packWeights(context, problem.weights, weights, factors.layout);
    factors.place = {Argument::Fixed, 0, 0, packed, nullptr};
    if (!packed)
      return false;
  }
  if (api.dnnl_primitive_create(&call.primitive, primitiveDesc) != dnnl_success ||
      !addArgument(call, DNNL_ARG_SRC, from) || !addArgument(call, DNNL_ARG_DST, to) ||
      !addArgument(call, DNNL_ARG_WEIGHTS, factors))
    return false;
  for (int32_t i = 0; i < problem.numPostOps; ++i) {
    const PostOp &op = problem.postOps[i];
    if (i == biasOp) {
      if (!addArgument(call, DNNL_ARG_BIAS, locate(bias, op.operand)))
        return false;
    } else if (op.binary && !replacesOperand(op)) {
      int32_t name = DNNL_ARG_ATTR_MULTIPLE_POST_OP(chainPosition[i]) | DNNL_ARG_SRC_1;
      if (!addArgument(call, name, op.isSumSoFar ? slice.sumSoFar() : locate(operands[i], op.operand)))
        return false;
    }
  }
  const dnnl_memory_desc_t *scratchpad = api.dnnl_primitive_desc_query_md(primitiveDesc, dnnl_query_scratchpad_md, 0);
  auto bytes = scratchpad ? int64_t(api.dnnl_memory_desc_get_size(scratchpad)) : 0;
  if (bytes == 0)
    return true;
  Tensor room = {*scratchpad, {Argument::Scratch, 0, scratchBytes, nullptr, nullptr}};
  scratchBytes = alignUp(scratchBytes + bytes, 4096);
  return addArgument(call, DNNL_ARG_SCRATCHPAD, room);
}

Tensor PieceMaker::inWantedLayout(const Tensor &tensor, dnnl_query_t what, int64_t &scratchBytes) const {
  const dnnl_memory_desc_t &wanted = *wantedLayout(what);
  return sameLayouts(wanted, tensor.layout) ? tensor : takeScratch(wanted, scratchBytes);
}

Tensor PieceMaker::takeScratch(const dnnl_memory_desc_t &layout, int64_t &scratchBytes) const {
  Tensor taken = {layout, {Argument::Scratch, 0, scratchBytes, nullptr, nullptr}};
  scratchBytes = alignUp(scratchBytes + int64_t(api.dnnl_memory_desc_get_size(&layout)), 4096);
  return taken;
}

/// The calls that compute `to` from `from`.
bool PieceMaker::addCalls(const Tensor &from, const Tensor &to, int64_t &scratchBytes) {
  if (!piece.stream && api.dnnl_stream_create(&piece.stream, engine, dnnl_stream_default_flags) != dnnl_success)
    return false;
  if (form != Form::RelaidConv && slice.isWhole())
    return addPrimitive(from, to, scratchBytes);
  Tensor in = inWantedLayout(from, dnnl_query_src_md, scratchBytes);
  if (!sameLayouts(in.layout, from.layout) && !addReorder(from, in))
    return false;
  if (!slice.isLast()) {
    if (slice.number < 2)
      slice.sum() = takeScratch(*wantedLayout(dnnl_query_dst_md), scratchBytes);
    return addPrimitive(in, slice.sum(), scratchBytes);
  }
  Tensor out = inWantedLayout(to, dnnl_query_dst_md, scratchBytes);
  bool movesOut = !sameLayouts(out.layout, to.layout);
  return (!movesOut || !addsToDst || addReorder(to, out)) && addPrimitive(in, out, scratchBytes) &&
         (!movesOut || addReorder(out, to));
}

Outcome PieceMaker::make(bool onlyFast, int64_t &scratchBytes) {
  channel = problem.conv ? 1 : problem.dst.rank - 1;
  if (!describeOperands() || !appendPostOps() || (form == Form::RelaidConv && !canRelay()) || !createDescriptor() ||
      (onlyFast && !fastEnough()))
    return Outcome::Refused;
  if (!addCalls(locate(src, problem.src), locate(dst, problem.dst), scratchBytes)) {
    fail(context, TAO_ERROR_OUT_OF_MEMORY, "kernel '%s': out of memory while a library call was prepared",
         context.kernelName(problem.kernel));
    return Outcome::Failed;
  }
  return Outcome::Made;
}

/// The calls of a deep sum, slice by slice. Refused when it is not one, or the library has no fast
/// primitive for a slice.
Outcome makeSlices(tao_context &context, const Problem &problem, Form form, int64_t &scratchBytes, Piece &piece) {
  auto *slices = static_cast<Problem *>(malloc(kMaxSlices * sizeof(Problem)));
  int32_t count = slices ? splitDepth(problem, slices) : 0;
  Outcome outcome = Outcome::Refused;
  int64_t scratchBefore = scratchBytes;
  Tensor sums[2];
  for (int32_t s = 0; s < count && count > 1; ++s) {
    Slice slice = {s, count, sums};
    outcome = PieceMaker(context, slices[s], form, piece, slice).make(/*onlyFast=*/true, scratchBytes);
    if (outcome == Outcome::Made)
      continue;
    destroyPiece(context.library->model->api, piece);
    scratchBytes = scratchBefore;
    break;
  }
  free(slices);
  return outcome;
}

} // namespace

bool describe(const DnnlApi &api, const View &view, dnnl_memory_desc_t &desc) {
  dnnl_dims_t dims, strides;
  int64_t next = 1;
  for (int32_t d = view.rank - 1; d >= 0; --d) {
    dims[d] = view.broadcasts(d) ? 1 : view.dims[d];
    // The stride along a single element is free; the dense one is what implementations recognise.
    strides[d] = dims[d] == 1 && view.strides[d] == 0 ? next : view.strides[d];
    next = maxOf(next, dims[d] * strides[d]);
  }
  // So is that of a single image or batch, which a piece of a larger view has kept.
  if (view.rank > 2 && dims[0] == 1) {
    strides[0] = 1;
    for (int32_t d = 1; d < view.rank; ++d)
      strides[0] = maxOf(strides[0], dims[d] * strides[d]);
  }
  return api.dnnl_memory_desc_init_by_strides(&desc, view.rank, dims, dnnlType(view.dtype), strides) == dnnl_success;
}

Outcome makePiece(tao_context &context, const Problem &problem, Form form, bool onlyFast, int64_t &scratchBytes,
                  Piece &piece) {
  if (form == Form::Matmul || form == Form::PackedMatmul)
    return PieceMaker(context, problem, form, piece).make(onlyFast, scratchBytes);
  Problem conv = form == Form::PointwiseConv ? asPointwiseConv(problem) : problem;
  Outcome outcome = makeSlices(context, conv, form, scratchBytes, piece);
  return outcome == Outcome::Refused ? PieceMaker(context, conv, form, piece).make(onlyFast, scratchBytes) : outcome;
}

void destroyPiece(const DnnlApi &api, Piece &piece) {
  for (Call &call : piece.calls) {
    for (int32_t i = 0; i < call.numArguments; ++i)
      api.dnnl_memory_destroy(call.arguments[i].memory);
    if (call.primitive)
      api.dnnl_primitive_destroy(call.primitive);
  }
  piece.calls.release();
  if (piece.stream)
    api.dnnl_stream_destroy(piece.stream);
  piece.stream = nullptr;
}

} // namespace tao::rt
