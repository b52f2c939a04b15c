// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Running an image that lies in memory, without a model.so around it: what a tool that compiles in process uses. The
// table of the model ABI has no place for the image in its `create`, so that one step is a function of its own here;
// all others are taken from tao_in_process_table().
#ifndef TAO_RUNTIME_INPROCESS_H
#define TAO_RUNTIME_INPROCESS_H

#include "tao/model_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tao_in_process_model tao_in_process_model;

/* The image must outlive the model, and the model its contexts. NULL when memory is short or the image is of another
 * version. */
tao_in_process_model *tao_in_process_create(const tao_image *image);
void tao_in_process_destroy(tao_in_process_model *model);

tao_status tao_in_process_create_context(tao_in_process_model *model, const tao_create_options *options,
                                         tao_context **context);

/* output_shapes, run, destroy and last_error for contexts of any in-process model; `create` and `info` are NULL. */
const tao_model_table *tao_in_process_table(void);

#ifdef __cplusplus
}
#endif
#endif /* TAO_RUNTIME_INPROCESS_H */
