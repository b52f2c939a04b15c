/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Between tao-run and libtao-compiler.so: compiling a file in process. The compiler is loaded only when it is needed
 * and through this one C function, so that tao-run starts fast and links neither LLVM nor protobuf.
 */
#ifndef TAO_JIT_H
#define TAO_JIT_H

#include "runtime/include/tao/model_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The runtime's functions that generated code calls: they are part of tao-run, not of the compiler. */
typedef struct tao_jit_runtime {
  int32_t (*launch)(tao_context *, const tao_launch *);
  int32_t (*pack)(tao_context *, const tao_pack *);
  int32_t (*matmul)(tao_context *, const tao_matmul *);
  int32_t (*conv)(tao_context *, const tao_conv *);
  int32_t (*copy)(tao_context *, const tao_copy *);
  tao_kernel_fn routine;
  int32_t (*loop)(tao_context *, const tao_loop *);
  int32_t (*branch)(tao_context *, const tao_branch *);
  int32_t (*gpu_launch)(tao_context *, const tao_gpu_launch *);
} tao_jit_runtime;

/* What a test file expects of one output: equality, or closeness |got - expected| <= atol + rtol * |expected|. NaN
 * equals NaN. Shapes must be equal. */
enum { TAO_JIT_CHECK_EQ = 0, TAO_JIT_CHECK_CLOSE = 1 };
typedef struct tao_jit_check {
  int32_t output;
  int32_t kind;
  double atol, rtol;
  const tao_tensor *expected;
  const char *location; /* "file.mlir:12:3" */
} tao_jit_check;

/* One function of the file, compiled (image) or to be interpreted. */
typedef struct tao_jit_model {
  const char *name;
  const tao_model_info *info;
  const tao_image *image; /* NULL: to be interpreted */
  /* Runs the reference interpreter; used when image is NULL. Fills in data, shape and the rest of every output, whose
   * memory stays valid until the next call or release. Returns a tao_status, with *message set on failure. */
  int32_t (*interpret)(void *self, const tao_tensor *inputs, tao_tensor *outputs, const char **message);
  void *self;
  int32_t num_inputs; /* values given by the file: all of the model's inputs, or 0 */
  const tao_tensor *inputs;
  int32_t num_checks;
  const tao_jit_check *checks;
  const char *expected_failure; /* the run must fail with a message that contains this; NULL: it must not fail */
} tao_jit_model;

typedef struct tao_jit_result {
  int32_t num_models;
  const tao_jit_model *models;
  void *handle; /* owns all of the above */
  void (*release)(void *handle);
  const char *diagnostics; /* text for stderr, "" if none; set on failure too */
} tao_jit_result;

/* Compiles the file at path. argv are options of the compiler, without the program's name; "--interpret" asks for
 * models to be interpreted. Returns an exit code: 0 ok, 1 the model, 2 usage, 3 internal, 4 input/output. `result` must
 * be released in every case (release may be NULL then). */
typedef int (*tao_compiler_jit_fn)(const char *path, int argc, const char *const *argv, const tao_jit_runtime *runtime,
                                   tao_jit_result *result);
#define TAO_COMPILER_JIT_SYMBOL "tao_compiler_jit"

#ifdef __cplusplus
}
#endif
#endif /* TAO_JIT_H */
