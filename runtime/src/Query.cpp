// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one symbol that a model.so exports. This file alone refers to the image that the compiler emits, so that programs
// which embed the runtime without an image can link the rest.
#include "Context.h"
#include "InProcess.h"

extern "C" __attribute__((visibility("hidden"))) const tao_image tao_image_data;

namespace {

using namespace tao::rt;

constinit Model theModel = {.image = &tao_image_data, .weightsMapped = true};
thread_local char createMessage[kMessageBytes];

tao_status create(const tao_create_options *options, tao_context **context) {
  tao_status status = TAO_ERROR_INVALID_ARGUMENT;
  createMessage[0] = 0;
  if (!context) {
    appendMessage(createMessage, "create: no place for the context was given");
    return status;
  }
  *context = createContext(theModel, options, status, createMessage);
  return *context ? TAO_OK : status;
}

const char *lastError(const tao_context *context) { return context ? context->message : createMessage; }

// Its info is known only to the linker, so it is filled in by the first query; every query writes the same values.
constinit tao_model_table theTable = {
    sizeof(tao_model_table), TAO_ABI_VERSION, nullptr, create, outputShapes, runContext, destroyContext, lastError};

} // namespace

extern "C" __attribute__((visibility("default"))) const tao_model_table *tao_model_query(uint32_t abiVersion) {
  if (abiVersion != TAO_ABI_VERSION || tao_image_data.version != TAO_IMAGE_VERSION)
    return nullptr;
  __atomic_store_n(&theTable.info, tao_image_data.info, __ATOMIC_RELAXED);
  return &theTable;
}
