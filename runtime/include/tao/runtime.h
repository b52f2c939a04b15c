/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loading a compiled model (model.so) from a program. A thin convenience over dlopen: everything a loaded model can do
 * is in the table of model_abi.h, and a program may as well call dlopen itself. Link with tao_loader.
 */
#ifndef TAO_RUNTIME_H
#define TAO_RUNTIME_H

#include "tao/model_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tao_model tao_model;

typedef enum tao_load_status {
  TAO_LOAD_OK = 0,
  TAO_LOAD_UNREADABLE = 1,   /* no such file, no permission, not a file */
  TAO_LOAD_NOT_A_MODEL = 2,  /* read, but not a whole shared library of this machine that exports tao_model_query */
  TAO_LOAD_OTHER_VERSION = 3 /* a model whose interface is of another version */
} tao_load_status;

/* Loads a model. A path without '/' is taken in the current folder. On failure *model is NULL, and up to message_bytes
 * of the reason, which names the path, are written to message unless it is NULL. Thread safe. */
tao_load_status tao_model_load(const char *path, tao_model **model, char *message, size_t message_bytes);

/* All contexts of the model must have been destroyed. NULL is ignored. */
void tao_model_unload(tao_model *model);

/* Valid until unload. */
const tao_model_table *tao_model_table_of(const tao_model *model);
const tao_model_info *tao_model_info_of(const tao_model *model);

/* Bytes of one element. */
size_t tao_dtype_bytes(tao_dtype dtype);

/* "float32", "bfloat16", "int64", "uint8", "bool", ...; "?" for a type that models do not use. */
const char *tao_dtype_name(tao_dtype dtype);

#ifdef __cplusplus
}
#endif
#endif /* TAO_RUNTIME_H */
