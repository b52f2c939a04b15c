// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the compiler would emit for the sample model that the programs of this folder run, written by hand:
//
//   x: float32 [batch, 4]   ->   y = 2 x + 1: float32 [batch, 4],   s = sum of each row of x: float32 [batch]
//
// Linked with the runtime as model.so is: against libc and libm alone.
#include "tao/model_abi.h"

namespace {

enum Expr { Four, Batch, Elements, MatrixBytes, VectorBytes, NumExprs };
enum Storage { X, Y, S, NumStorages };

void eval(const int64_t *symbols, int64_t *exprs) {
  exprs[Four] = 4;
  exprs[Batch] = symbols[0];
  exprs[Elements] = symbols[0] * 4;
  exprs[MatrixBytes] = symbols[0] * 16;
  exprs[VectorBytes] = symbols[0] * 4;
}

void scale(void *const *buffers, const int64_t *, int64_t begin, int64_t end, int32_t *) {
  auto *x = static_cast<const float *>(buffers[0]);
  auto *y = static_cast<float *>(buffers[1]);
  for (int64_t i = begin; i < end; ++i)
    y[i] = 2 * x[i] + 1;
}

void sumRows(void *const *buffers, const int64_t *dims, int64_t begin, int64_t end, int32_t *) {
  auto *x = static_cast<const float *>(buffers[0]);
  auto *s = static_cast<float *>(buffers[1]);
  for (int64_t row = begin; row < end; ++row) {
    float sum = 0;
    for (int64_t i = 0; i < dims[0]; ++i)
      sum += x[row * dims[0] + i];
    s[row] = sum;
  }
}

constexpr tao_dtype f32 = {TAO_FLOAT, 32, 1};
const tao_dim matrixDims[] = {{-1, "batch"}, {4, "4"}};
const tao_dim vectorDims[] = {{-1, "batch"}};
const tao_value_info inputs[] = {{"x", f32, 2, matrixDims, -1}};
const tao_value_info outputs[] = {{"y", f32, 2, matrixDims, -1}, {"s", f32, 1, vectorDims, -1}};
const char *const symbols[] = {"batch"};
const tao_kernel_info kernels[] = {{"scale", TAO_KERNEL_MEMORY, "mul\nadd"}, {"sum_rows", TAO_KERNEL_MEMORY, "sum"}};

const tao_model_info info = {sizeof(tao_model_info),
                             "sample",
                             "by hand",
                             "cpu",
                             "x86-64",
                             "sse2",
                             1,
                             2,
                             1,
                             2,
                             inputs,
                             outputs,
                             symbols,
                             kernels,
                             0,
                             0,
                             ""};

const tao_symbol_binding bindings[] = {{0, 0}};
const int32_t inputDims[] = {Batch, Four};
const int32_t outputDims[] = {Batch, Four, Batch};
const tao_storage storages[] = {{TAO_STORAGE_INPUT, 0, MatrixBytes, 0, 0, -1},
                                {TAO_STORAGE_OUTPUT, 0, MatrixBytes, 0, 0, -1},
                                {TAO_STORAGE_OUTPUT, 1, VectorBytes, 0, 0, -1}};

const int32_t scaleBuffers[] = {X, Y}, sumBuffers[] = {X, S}, sumDims[] = {Four};
const tao_launch scaleLaunch = {scale, 0, 2, 0, 0, scaleBuffers, nullptr, Elements, MatrixBytes, nullptr, 0};
const tao_launch sumLaunch = {sumRows, 1, 2, 1, 0, sumBuffers, sumDims, Batch, MatrixBytes, nullptr, 0};

int32_t hostProgram(tao_context *context) {
  if (int32_t status = tao_rt_launch(context, &scaleLaunch))
    return status;
  return tao_rt_launch(context, &sumLaunch);
}

} // namespace

extern "C" __attribute__((visibility("hidden"))) const tao_image tao_image_data = {
    TAO_IMAGE_VERSION, &info, NumExprs, 0,        NumStorages, 0, 2,           bindings, inputDims,
    outputDims,        eval,  nullptr,  storages, nullptr,     0, hostProgram, 0,        nullptr};
