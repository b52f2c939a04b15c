// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A stand-in for libtao-compiler.so: whatever file it is given, it "compiles" the sample model, with the checks that
// the file's text asks for. It tests tao-run's side of the interface, and that interface's independence of the
// compiler.
//
// The file holds words: "good" or "wrong" adds a function with checks that hold or do not; "refuse" fails;
// "older" gives an image of another version.
#include "compiler/include/tao/Jit.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

static tao_jit_runtime theRuntime;

// The sample model calls the runtime by these names; here they lead to tao-run's.
extern "C" __attribute__((visibility("hidden"))) int32_t tao_rt_launch(tao_context *context, const tao_launch *launch) {
  return theRuntime.launch(context, launch);
}

extern "C" const tao_image tao_image_data;

namespace {

struct Result {
  float x[8] = {0, 1, 2, 3, 4, 5, 6, NAN};
  float y[8], s[2] = {6, NAN};
  int64_t matrix[2] = {2, 4}, vector[1] = {2};
  tao_tensor input, expectedY, expectedS;
  std::vector<tao_jit_check> good, wrong;
  std::vector<tao_jit_model> models;
  std::string diagnostics;
  float interpreted[10];
  tao_image older;
};

tao_tensor tensor(float *data, int32_t ndim, int64_t *shape) {
  return {data, {TAO_DEVICE_CPU, 0}, ndim, {TAO_FLOAT, 32, 1}, shape, nullptr, 0};
}

int32_t interpret(void *self, const tao_tensor *inputs, tao_tensor *outputs, const char **message) {
  auto *result = static_cast<Result *>(self);
  if (inputs[0].shape[0] != 2) {
    *message = "two rows were expected";
    return TAO_ERROR_INVALID_ARGUMENT;
  }
  auto *x = static_cast<const float *>(inputs[0].data);
  for (int i = 0; i < 8; ++i)
    result->interpreted[i] = 2 * x[i] + 1;
  for (int row = 0; row < 2; ++row)
    result->interpreted[8 + row] = x[row * 4] + x[row * 4 + 1] + x[row * 4 + 2] + x[row * 4 + 3];
  std::memcpy(outputs[0].shape, result->matrix, sizeof(result->matrix));
  std::memcpy(outputs[1].shape, result->vector, sizeof(result->vector));
  outputs[0].data = result->interpreted;
  outputs[1].data = result->interpreted + 8;
  return TAO_OK;
}

} // namespace

extern "C" __attribute__((visibility("default"))) int tao_compiler_jit(const char *path, int argc,
                                                                       const char *const *argv,
                                                                       const tao_jit_runtime *runtime,
                                                                       tao_jit_result *out) {
  theRuntime = *runtime;
  auto *result = new Result;
  out->handle = result;
  out->release = [](void *handle) { delete static_cast<Result *>(handle); };
  bool interpreted = false;
  for (int i = 0; i < argc; ++i) {
    interpreted |= std::strcmp(argv[i], "--interpret") == 0;
    result->diagnostics += std::string("option ") + argv[i] + "\n";
  }
  for (int i = 0; i < 8; ++i)
    result->y[i] = 2 * result->x[i] + 1;
  result->input = tensor(result->x, 2, result->matrix);
  result->expectedY = tensor(result->y, 2, result->matrix);
  result->expectedS = tensor(result->s, 1, result->vector);
  result->good = {{0, TAO_JIT_CHECK_EQ, 0, 0, &result->expectedY, "f.mlir:3:5"},
                  {1, TAO_JIT_CHECK_CLOSE, 1e-6, 0, &result->expectedS, "f.mlir:4:5"}};
  result->wrong = {{0, TAO_JIT_CHECK_EQ, 0, 0, &result->input, "f.mlir:7:5"},
                   {0, TAO_JIT_CHECK_CLOSE, 1e-6, 0, &result->expectedS, "f.mlir:8:5"}};
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    if (word == "refuse") {
      result->diagnostics += "model refused\n";
      out->diagnostics = result->diagnostics.c_str();
      return 1;
    }
    if (word == "older") {
      result->older = tao_image_data;
      result->older.version = TAO_IMAGE_VERSION - 1;
    }
    auto &checks = word == "good" ? result->good : result->wrong;
    result->models.push_back({word == "good" ? "good" : "wrong", tao_image_data.info,
                              interpreted       ? nullptr
                              : word == "older" ? &result->older
                                                : &tao_image_data,
                              interpret, result, 1, &result->input, int32_t(checks.size()), checks.data(), nullptr});
  }
  out->models = result->models.data();
  out->num_models = int32_t(result->models.size());
  out->diagnostics = result->diagnostics.c_str();
  return 0;
}
