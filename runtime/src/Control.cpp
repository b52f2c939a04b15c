// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops and branches of the host program. Bodies are host programs of their own; what changes from one iteration to the
// next is only the addresses of storages.
#include "Context.h"

using namespace tao::rt;

/// Reads the byte that a loop or branch depends on.
static tao_status readCondition(tao_context &context, int32_t storage, bool &condition) {
  uint8_t byte = 0;
  if (context.gpu) {
    // A condition of a failed launch is none.
    if (tao_status status = gpuHooks.wait(context))
      return status;
    if (tao_status status = gpuHooks.copy(context, &byte, context.buffers[storage], 1))
      return status;
  } else {
    byte = *static_cast<const uint8_t *>(context.buffers[storage]);
  }
  condition = byte != 0;
  return TAO_OK;
}

extern "C" int32_t tao_rt_loop(tao_context *context, const tao_loop *loop) {
  auto **buffers = reinterpret_cast<uint8_t **>(context->buffers.data());
  const tao_storage *storages = context->image->storages;
  int64_t trips = loop->trips >= 0 ? context->expr(loop->trips) : INT64_MAX;
  for (int32_t i = 0; i < loop->num_followers; ++i)
    buffers[loop->followers[i].storage] = buffers[loop->followers[i].start];
  for (int64_t trip = 0; trip < trips; ++trip) {
    if (loop->condition >= 0) {
      bool goesOn = false;
      if (tao_status status = readCondition(*context, loop->condition, goesOn))
        return status;
      if (!goesOn)
        break;
    }
    for (int32_t i = 0; i < loop->num_views; ++i) {
      const tao_loop_view &view = loop->views[i];
      const tao_storage &storage = storages[view.storage];
      int64_t row = view.reversed ? trips - 1 - trip : trip;
      buffers[view.storage] = buffers[storage.index] + row * context->expr(storage.size_expr);
    }
    if (int32_t status = loop->body(context))
      return status;
    for (int32_t i = 0; i < loop->num_swaps; ++i) {
      uint8_t *&current = buffers[loop->swaps[2 * i]], *&next = buffers[loop->swaps[2 * i + 1]];
      uint8_t *old = current;
      current = next;
      next = old;
    }
    for (int32_t i = 0; i < loop->num_followers; ++i)
      buffers[loop->followers[i].storage] = buffers[loop->followers[i].row];
  }
  return TAO_OK;
}

extern "C" int32_t tao_rt_branch(tao_context *context, const tao_branch *branch) {
  bool condition = false;
  if (tao_status status = readCondition(*context, branch->condition, condition))
    return status;
  return condition ? branch->on_true(context) : branch->on_false(context);
}
