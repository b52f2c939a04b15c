/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The sample model through the C interface, from C11 and with nothing but dlopen: what a host in any language relies
 * on. Usage: abi_c model.so
 */
#define _GNU_SOURCE
#include "tao/model_abi.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define EXPECT(condition)                                                                                              \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);                                    \
      ++failures;                                                                                                      \
    }                                                                                                                  \
  } while (0)

static const tao_dtype float32 = {TAO_FLOAT, 32, 1};
static const tao_dtype int64 = {TAO_INT, 64, 1};

/* Tensors of one run, with room for the shapes. */
typedef struct run_data {
  int64_t x_shape[2], y_shape[2], s_shape[1];
  tao_tensor x, y[2];
} run_data;

static void set_up(run_data *run, int64_t rows, float *x) {
  memset(run, 0, sizeof(*run));
  run->x_shape[0] = rows;
  run->x_shape[1] = 4;
  run->x.data = x;
  run->x.device.type = TAO_DEVICE_CPU;
  run->x.ndim = 2;
  run->x.dtype = float32;
  run->x.shape = run->x_shape;
  run->y[0].shape = run->y_shape;
  run->y[1].shape = run->s_shape;
}

static void give_output(tao_tensor *tensor, int32_t ndim, void *data) {
  tensor->data = data;
  tensor->device.type = TAO_DEVICE_CPU;
  tensor->ndim = ndim;
  tensor->dtype = float32;
}

static tao_status run_model(const tao_model_table *table, tao_context *context, run_data *run,
                            const tao_run_options *options) {
  tao_args args = {sizeof(args), &run->x, run->y};
  return table->run(context, &args, options);
}

static void expect_numbers(const run_data *run, int64_t rows, const float *x) {
  const float *y = (const float *)((const char *)run->y[0].data + run->y[0].byte_offset);
  const float *s = (const float *)((const char *)run->y[1].data + run->y[1].byte_offset);
  EXPECT(run->y_shape[0] == rows && run->y_shape[1] == 4 && run->s_shape[0] == rows);
  for (int64_t i = 0; i < rows; ++i) {
    float sum = 0;
    for (int64_t j = 0; j < 4; ++j) {
      EXPECT(y[i * 4 + j] == 2 * x[i * 4 + j] + 1);
      sum += x[i * 4 + j];
    }
    EXPECT(s[i] == sum);
  }
}

static float *make_rows(int64_t rows, float scale) {
  float *x = aligned_alloc(64, (size_t)(rows * 16 + 63) / 64 * 64 + 64);
  for (int64_t i = 0; i < rows * 4; ++i)
    x[i] = (float)(i % 97) * scale;
  return x;
}

static void test_info(const tao_model_info *info) {
  EXPECT(info->size >= sizeof(tao_model_info));
  EXPECT(info->num_inputs == 1 && info->num_outputs == 2 && info->num_symbols == 1);
  EXPECT(strcmp(info->inputs[0].name, "x") == 0 && info->inputs[0].ndim == 2);
  EXPECT(info->inputs[0].dims[0].value == -1 && strcmp(info->inputs[0].dims[0].expr, info->symbols[0]) == 0);
  EXPECT(info->inputs[0].dims[1].value == 4);
  EXPECT(strcmp(info->outputs[0].name, "y") == 0 && strcmp(info->outputs[1].name, "s") == 0);
  EXPECT(info->num_kernels > 0 && info->kernels[0].name[0] != 0);
  EXPECT(strcmp(info->target, "cpu") == 0);
}

/* Outputs of the context, of the caller, and any number of rows in one model. */
static void test_outputs(const tao_model_table *table, tao_context *context) {
  static const int64_t sizes[] = {1, 5, 1000, 0, 3, 5};
  for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); ++k) {
    int64_t rows = sizes[k];
    float *x = make_rows(rows, 0.5f);
    run_data run;
    set_up(&run, rows, x);
    EXPECT(run_model(table, context, &run, NULL) == TAO_OK);
    expect_numbers(&run, rows, x);

    int64_t shapes[3];
    EXPECT(table->output_shapes(context, &run.x, shapes) == TAO_OK);
    EXPECT(shapes[0] == rows && shapes[1] == 4 && shapes[2] == rows);

    float *own = make_rows(2 * rows + 16, 0);
    give_output(&run.y[0], 2, own);
    give_output(&run.y[1], 1, own);
    run.y[1].byte_offset = (uint64_t)rows * 16;
    EXPECT(run_model(table, context, &run, NULL) == TAO_OK);
    EXPECT(run.y[0].data == own);
    expect_numbers(&run, rows, x);
    free(own);
    free(x);
  }
}

static void test_messages(const tao_model_table *table, tao_context *context) {
  float *x = make_rows(4, 1);
  run_data run;
  set_up(&run, 4, x);
  run.x_shape[1] = 3;
  EXPECT(run_model(table, context, &run, NULL) == TAO_ERROR_INVALID_ARGUMENT);
  EXPECT(strcmp(table->last_error(context), "input 'x': dimension 1 is 3, expected 4") == 0);
  set_up(&run, 4, x);
  run.x.dtype = int64;
  EXPECT(run_model(table, context, &run, NULL) == TAO_ERROR_INVALID_ARGUMENT);
  EXPECT(strcmp(table->last_error(context), "input 'x' has dtype int64, expected float32") == 0);
  set_up(&run, 4, x);
  run.x.ndim = 1;
  EXPECT(run_model(table, context, &run, NULL) == TAO_ERROR_INVALID_ARGUMENT);
  EXPECT(strcmp(table->last_error(context), "input 'x' has rank 1, expected 2") == 0);
  set_up(&run, -4, x);
  EXPECT(run_model(table, context, &run, NULL) == TAO_ERROR_INVALID_ARGUMENT);
  set_up(&run, 4, NULL);
  EXPECT(run_model(table, context, &run, NULL) == TAO_ERROR_INVALID_ARGUMENT);
  EXPECT(table->run(context, NULL, NULL) == TAO_ERROR_INVALID_ARGUMENT);

  tao_create_options options = {sizeof(options), -1, 0, NULL};
  tao_context *none = NULL;
  EXPECT(table->create(&options, &none) == TAO_ERROR_INVALID_ARGUMENT && none == NULL);
  EXPECT(strstr(table->last_error(NULL), "num_threads") != NULL);
  set_up(&run, 4, x);
  EXPECT(run_model(table, context, &run, NULL) == TAO_OK); /* a refusal leaves the context usable */
  expect_numbers(&run, 4, x);
  free(x);
}

/* The host's allocator and thread pool. */
static void *allocate(void *self, int32_t output, size_t bytes) {
  ((size_t *)self)[output] = bytes;
  return aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);
}

typedef struct part {
  void (*body)(void *, int64_t, int64_t);
  void *arg;
  int64_t begin, end;
} part;

static void *run_part(void *p) {
  part *self = p;
  self->body(self->arg, self->begin, self->end);
  return NULL;
}

static void parallel_for(void *self, int64_t n, void (*body)(void *, int64_t, int64_t), void *arg) {
  pthread_t threads[8];
  part parts[8];
  int64_t count = n < 8 ? n : 8;
  ++*(int *)self;
  for (int64_t i = 0; i < count; ++i) {
    parts[i] = (part){body, arg, n * i / count, n * (i + 1) / count};
    pthread_create(&threads[i], NULL, run_part, &parts[i]);
  }
  for (int64_t i = 0; i < count; ++i)
    pthread_join(threads[i], NULL);
}

static void test_host(const tao_model_table *table, tao_context *context) {
  const int64_t rows = 100000;
  float *x = make_rows(rows, 0.25f);
  size_t asked[2] = {0, 0};
  int calls = 0;
  tao_allocator allocator = {asked, allocate};
  tao_thread_pool pool = {&calls, 4, parallel_for};
  tao_run_options options;
  memset(&options, 0, sizeof(options));
  options.size = sizeof(options);
  options.allocator = &allocator;
  options.pool = &pool;
  run_data run;
  set_up(&run, rows, x);
  EXPECT(run_model(table, context, &run, &options) == TAO_OK);
  expect_numbers(&run, rows, x);
  EXPECT(asked[0] == (size_t)rows * 16 && asked[1] == (size_t)rows * 4);
  EXPECT(calls > 0);
  free(run.y[0].data);
  free(run.y[1].data);
  free(x);
}

/* Two contexts at once, on two threads. */
static const tao_model_table *shared_table;

static void *run_many(void *scale) {
  tao_context *context = NULL;
  EXPECT(shared_table->create(NULL, &context) == TAO_OK);
  for (int64_t rows = 1; rows < 300; rows += 7) {
    float *x = make_rows(rows, *(float *)scale);
    run_data run;
    set_up(&run, rows, x);
    EXPECT(run_model(shared_table, context, &run, NULL) == TAO_OK);
    expect_numbers(&run, rows, x);
    free(x);
  }
  shared_table->destroy(context);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: abi_c model.so\n");
    return 2;
  }
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  tao_model_query_fn query = (tao_model_query_fn)(uintptr_t)dlsym(library, TAO_MODEL_QUERY_SYMBOL);
  EXPECT(query != NULL);
  if (!query)
    return 1;
  EXPECT(query(TAO_ABI_VERSION + 1) == NULL);
  const tao_model_table *table = query(TAO_ABI_VERSION);
  EXPECT(table != NULL && table->size >= sizeof(tao_model_table) && table->abi_version == TAO_ABI_VERSION);
  test_info(table->info);
  tao_context *context = NULL;
  tao_create_options options = {sizeof(options), 2, 0, NULL};
  EXPECT(table->create(&options, &context) == TAO_OK);
  test_outputs(table, context);
  test_messages(table, context);
  test_host(table, context);
  table->destroy(context);
  table->destroy(NULL);

  shared_table = table;
  pthread_t threads[2];
  float scales[2] = {0.5f, 2.0f};
  for (int i = 0; i < 2; ++i)
    pthread_create(&threads[i], NULL, run_many, &scales[i]);
  for (int i = 0; i < 2; ++i)
    pthread_join(threads[i], NULL);
  dlclose(library);
  return failures == 0 ? 0 : 1;
}
