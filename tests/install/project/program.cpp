// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loads a model and runs it on {1, 2, 3}.
#include <cstdio>
#include <tao/runtime.h>

int main(int, char **argv) {
  char message[512];
  tao_model *model = nullptr;
  if (tao_model_load(argv[1], &model, message, sizeof(message)) != TAO_LOAD_OK) {
    fprintf(stderr, "%s\n", message);
    return 1;
  }
  const tao_model_table *table = tao_model_table_of(model);
  tao_context *context = nullptr;
  if (table->create(nullptr, &context) != TAO_OK) {
    fprintf(stderr, "%s\n", table->last_error(nullptr));
    return 1;
  }
  float values[] = {1, 2, 3}, results[3] = {};
  int64_t shape[] = {3}, resultShape[] = {3};
  tao_tensor x = {values, {TAO_DEVICE_CPU, 0}, 1, {TAO_FLOAT, 32, 1}, shape, nullptr, 0};
  tao_tensor y = {results, {TAO_DEVICE_CPU, 0}, 1, {TAO_FLOAT, 32, 1}, resultShape, nullptr, 0};
  tao_args args = {sizeof(args), &x, &y};
  if (table->run(context, &args, nullptr) != TAO_OK) {
    fprintf(stderr, "%s\n", table->last_error(context));
    return 1;
  }
  printf("y = %g %g %g\n", results[0], results[1], results[2]);
  table->destroy(context);
  tao_model_unload(model);
  return 0;
}
