// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parts of a library call that the library does not do: dense f32 copies of operands it refuses as they lie, and
// sums over nothing.
#include "Problem.h"

#include <math.h>

namespace tao::rt {
namespace {

float loadElement(const uint8_t *base, int64_t index, int32_t dtype) {
  if (dtype == TAO_LIB_F32) {
    float value;
    memcpy(&value, base + index * 4, 4);
    return value;
  }
  uint16_t half;
  memcpy(&half, base + index * 2, 2);
  uint32_t bits = uint32_t(half) << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

void storeElement(uint8_t *base, int64_t index, int32_t dtype, float value) {
  if (dtype == TAO_LIB_F32) {
    memcpy(base + index * 4, &value, 4);
    return;
  }
  uint32_t bits;
  memcpy(&bits, &value, 4);
  // To nearest, ties to even; a NaN keeps its payload's upper bits and stays a NaN.
  uint32_t rounded = value != value ? (bits >> 16) | 0x40 : (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  auto half = uint16_t(rounded);
  memcpy(base + index * 2, &half, 2);
}

/// Element index of row `row` of a view, a row being all of its last dimension.
int64_t rowStart(const View &view, int64_t row) {
  int64_t index = 0;
  for (int32_t d = view.rank - 2; d >= 0; --d) {
    index += row % view.dims[d] * view.strides[d];
    row /= view.dims[d];
  }
  return index;
}

struct CopyState {
  const View *view;
  uint8_t *base;
  float *dense;
};

void gatherRows(void *arg, int64_t begin, int64_t end) {
  auto *state = static_cast<CopyState *>(arg);
  const View &view = *state->view;
  int64_t width = view.dims[view.rank - 1], stride = view.strides[view.rank - 1];
  for (int64_t row = begin; row < end; ++row) {
    int64_t start = rowStart(view, row);
    float *out = state->dense + row * width;
    for (int64_t i = 0; i < width; ++i)
      out[i] = loadElement(state->base, start + i * stride, view.storedDtype);
  }
}

void scatterRows(void *arg, int64_t begin, int64_t end) {
  auto *state = static_cast<CopyState *>(arg);
  const View &view = *state->view;
  int64_t width = view.dims[view.rank - 1], stride = view.strides[view.rank - 1];
  for (int64_t row = begin; row < end; ++row) {
    int64_t start = rowStart(view, row);
    const float *in = state->dense + row * width;
    for (int64_t i = 0; i < width; ++i)
      storeElement(state->base, start + i * stride, view.storedDtype, in[i]);
  }
}

void copyRows(tao_context &context, const View &view, float *dense, TaskBody body) {
  int64_t width = view.dims[view.rank - 1];
  if (view.elements() == 0)
    return;
  CopyState state = {&view, addressOf(context, view), dense};
  context.threads.parallelFor(view.elements() / width, body, &state);
}

float applyEltwise(const PostOp &op, float x) {
  switch (op.kind) {
  case TAO_POST_RELU:
    return x > 0 ? x : op.alpha * x;
  case TAO_POST_CLIP:
    return fminf(fmaxf(x, op.alpha), op.beta);
  case TAO_POST_TANH:
    return tanhf(x);
  case TAO_POST_LOGISTIC:
    return 1 / (1 + expf(-x));
  case TAO_POST_GELU_ERF:
    return 0.5f * x * (1 + erff(x * 0.70710678f));
  case TAO_POST_GELU_TANH:
    return 0.5f * x * (1 + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
  case TAO_POST_SWISH:
    return x / (1 + expf(-op.alpha * x));
  case TAO_POST_LINEAR:
    return op.alpha * x + op.beta;
  case TAO_POST_EXP:
    return expf(x);
  case TAO_POST_ABS:
    return fabsf(x);
  case TAO_POST_SQRT:
    return sqrtf(x);
  default:
    return x;
  }
}

struct FillState {
  tao_context *context;
  const Problem *problem;
};

void fillRows(void *arg, int64_t begin, int64_t end) {
  auto *state = static_cast<FillState *>(arg);
  const Problem &problem = *state->problem;
  const View &dst = problem.dst;
  int32_t last = dst.rank - 1;
  for (int64_t row = begin; row < end; ++row) {
    for (int64_t i = 0; i < dst.dims[last]; ++i) {
      float value = 0;
      for (int32_t p = 0; p < problem.numPostOps; ++p) {
        const PostOp &op = problem.postOps[p];
        if (!op.binary) {
          value = applyEltwise(op, value);
          continue;
        }
        int64_t index = rowStart(op.operand, row) + i * op.operand.strides[last];
        float operand = loadElement(addressOf(*state->context, op.operand), index, op.operand.storedDtype);
        value = op.kind == TAO_POST_ADD ? value + operand : value * operand;
      }
      storeElement(addressOf(*state->context, dst), rowStart(dst, row) + i * dst.strides[last], dst.storedDtype, value);
    }
  }
}

} // namespace

void gatherView(tao_context &context, const View &view, float *dense) { copyRows(context, view, dense, gatherRows); }

void scatterView(tao_context &context, const float *dense, const View &view) {
  copyRows(context, view, const_cast<float *>(dense), scatterRows);
}

void fillEmptySum(tao_context &context, const Problem &problem) {
  int64_t width = problem.dst.dims[problem.dst.rank - 1];
  if (problem.dst.elements() == 0)
    return;
  FillState state = {&context, &problem};
  context.threads.parallelFor(problem.dst.elements() / width, fillRows, &state);
}

} // namespace tao::rt
