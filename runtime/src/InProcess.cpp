// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models made from an image in memory; see InProcess.h.
#include "InProcess.h"

#include "Context.h"

using namespace tao::rt;

struct tao_in_process_model {
  Model model;
};

namespace {

thread_local char createMessage[kMessageBytes];

const char *lastError(const tao_context *context) { return context ? context->message : createMessage; }

constinit const tao_model_table table = {
    sizeof(tao_model_table), TAO_ABI_VERSION, nullptr, nullptr, outputShapes, runContext, destroyContext, lastError};

} // namespace

extern "C" {

tao_in_process_model *tao_in_process_create(const tao_image *image) {
  if (!image || image->version != TAO_IMAGE_VERSION)
    return nullptr;
  auto *result = make<tao_in_process_model>();
  if (result)
    result->model.image = image;
  return result;
}

void tao_in_process_destroy(tao_in_process_model *model) { destroy(model); }

tao_status tao_in_process_create_context(tao_in_process_model *model, const tao_create_options *options,
                                         tao_context **context) {
  tao_status status = TAO_ERROR_INVALID_ARGUMENT;
  createMessage[0] = 0;
  *context = createContext(model->model, options, status, createMessage);
  return *context ? TAO_OK : status;
}

const tao_model_table *tao_in_process_table(void) { return &table; }

} // extern "C"
