// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What contractions and convolutions have in common: views, post-ops; see Problem.h.
#include "Problem.h"

namespace tao::rt {

int64_t dtypeBytes(int32_t dtype) {
  switch (dtype) {
  case TAO_LIB_BF16:
  case TAO_LIB_F16:
    return 2;
  case TAO_LIB_S8:
  case TAO_LIB_U8:
    return 1;
  default:
    return 4;
  }
}

void View::narrow(int32_t d, int64_t begin, int64_t extent) {
  offset += begin * strides[d] * dtypeBytes(storedDtype);
  dims[d] = extent;
}

void View::removeDim(int32_t d) {
  --rank;
  for (int32_t i = d; i < rank; ++i) {
    dims[i] = dims[i + 1];
    strides[i] = strides[i + 1];
  }
}

int64_t Problem::taps() const {
  int64_t taps = 1;
  for (int32_t i = 0; i < spatial; ++i)
    taps *= window[i];
  return taps;
}

int64_t Problem::flops() const {
  return 2 * dst.elements() * (conv ? src.dims[1] / groups * taps() : src.dims[src.rank - 1]);
}

void denseStrides(const int64_t *dims, int32_t rank, int64_t *strides) {
  int64_t next = 1;
  for (int32_t d = rank - 1; d >= 0; --d) {
    strides[d] = next;
    next *= dims[d];
  }
}

bool sameLayout(const View &a, const View &b) {
  for (int32_t d = 0; d < a.rank; ++d)
    if (a.dims[d] != b.dims[d] || (a.dims[d] != 1 && a.strides[d] != b.strides[d]))
      return false;
  return true;
}

bool isVectorAlong(const View &view, int32_t along) {
  for (int32_t d = 0; d < view.rank; ++d)
    if (view.dims[d] != 1 && view.strides[d] != (d == along ? 1 : 0))
      return false;
  return true;
}

bool isScalar(const View &view) {
  for (int32_t d = 0; d < view.rank; ++d)
    if (view.dims[d] != 1 && view.strides[d] != 0)
      return false;
  return true;
}

View makeView(const tao_context &context, const tao_library_operand &operand, int32_t rank, const int64_t *dims) {
  View view = {};
  view.rank = rank;
  view.dtype = view.storedDtype = operand.dtype;
  view.storage = operand.storage;
  view.constant = operand.constant != 0;
  for (int32_t d = 0; d < rank; ++d) {
    view.dims[d] = dims[d];
    view.strides[d] = operand.strides[d] < 0 ? 0 : context.expr(operand.strides[d]);
  }
  return view;
}

bool makePostOps(tao_context &context, int32_t kernel, const tao_post_op *ops, int32_t count, Problem &problem) {
  if (count > kMaxPostOps) {
    fail(context, TAO_ERROR_LIBRARY, "kernel '%s': %d post-ops, more than %d", context.kernelName(kernel), count,
         kMaxPostOps);
    return false;
  }
  problem.kernel = kernel;
  problem.numPostOps = count;
  for (int32_t i = 0; i < count; ++i) {
    PostOp &op = problem.postOps[i] = {};
    op.kind = ops[i].kind;
    op.alpha = ops[i].alpha;
    op.beta = ops[i].beta;
    op.binary = ops[i].kind == TAO_POST_ADD || ops[i].kind == TAO_POST_MUL;
    if (op.binary)
      op.operand = makeView(context, ops[i].operand, problem.dst.rank, problem.dst.dims);
  }
  const View *views[3 + kMaxPostOps] = {&problem.src, &problem.weights, &problem.dst};
  int32_t numViews = 3;
  for (int32_t i = 0; i < count; ++i)
    if (problem.postOps[i].binary)
      views[numViews++] = &problem.postOps[i].operand;
  for (int32_t i = 0; i < numViews; ++i) {
    if (views[i]->dtype == TAO_LIB_F32 || views[i]->dtype == TAO_LIB_BF16)
      continue;
    fail(context, TAO_ERROR_LIBRARY, "kernel '%s': library calls take float32 and bfloat16 operands only",
         context.kernelName(kernel));
    return false;
  }
  return true;
}

} // namespace tao::rt
