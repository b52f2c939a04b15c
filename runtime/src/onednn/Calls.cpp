// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The library calls of a host program. Each looks up its plan by the sizes of the call, makes it when the shape is new,
// and runs it. A shape that is known costs no allocation.
#include "Library.h"

using namespace tao::rt;

namespace {

void releaseModel(LibraryModel *model) {
  for (PackedWeights &packed : model->packed)
    free(packed.data);
  model->api.dnnl_engine_destroy(model->engine);
  destroy(model);
}

void releaseContext(LibraryContext *library) {
  for (Slot &slot : library->slots)
    for (int32_t i = 0; i < slot.numPlans; ++i)
      destroyPlan(library->model->api, slot.plans[i]);
  free(library->scratch);
  destroy(library);
}

/// The library of the model, loaded by whichever context calls first.
LibraryModel *openLibrary(tao_context &context, int32_t kernel) {
  Model &model = *context.model;
  Lock lock(model.lock);
  if (model.library)
    return model.library;
  auto *library = make<LibraryModel>();
  char message[512] = "out of memory";
  if (!library || !library->api.load(message, sizeof(message)) ||
      library->api.dnnl_engine_create(&library->engine, dnnl_cpu, 0) != dnnl_success) {
    fail(context, TAO_ERROR_LIBRARY, "kernel '%s': %s", context.kernelName(kernel), message);
    destroy(library);
    return nullptr;
  }
  model.library = library;
  model.releaseLibrary = releaseModel;
  return library;
}

LibraryContext *libraryOf(tao_context &context, int32_t kernel) {
  if (context.library)
    return context.library;
  LibraryModel *model = openLibrary(context, kernel);
  if (!model)
    return nullptr;
  auto *library = make<LibraryContext>();
  if (!library || !library->slots.resize(context.image->num_slots)) {
    destroy(library);
    fail(context, TAO_ERROR_OUT_OF_MEMORY, "kernel '%s': out of memory", context.kernelName(kernel));
    return nullptr;
  }
  library->model = model;
  context.library = library;
  context.releaseLibrary = releaseContext;
  return library;
}

bool growScratch(LibraryContext &library, int64_t bytes) {
  if (bytes <= library.scratchCapacity)
    return true;
  free(library.scratch);
  library.scratchCapacity = 0;
  library.scratch = static_cast<uint8_t *>(allocateAligned(bytes));
  if (!library.scratch)
    return false;
  library.scratchCapacity = bytes;
  return true;
}

struct PieceRun {
  tao_context *context;
  Plan *plan;
  const OpenMp *openMp; // set when pieces run in the host's pool
  std::atomic<int32_t> status;
};

dnnl_status_t execute(const tao_context &context, Call &call, dnnl_stream_t stream) {
  const LibraryContext &library = *context.library;
  const DnnlApi &api = library.model->api;
  dnnl_status_t status = dnnl_success;
  for (int32_t i = 0; i < call.numArguments && status == dnnl_success; ++i) {
    Argument &argument = call.arguments[i];
    if (argument.place == Argument::Fixed)
      continue;
    uint8_t *base = argument.place == Argument::Scratch ? library.scratch
                                                        : static_cast<uint8_t *>(context.buffers[argument.storage]);
    status = api.dnnl_memory_set_data_handle(argument.memory, base + argument.offset);
  }
  return status == dnnl_success ? api.dnnl_primitive_execute(call.primitive, stream, call.numArguments, call.values)
                                : status;
}

void runPieces(void *arg, int64_t begin, int64_t end) {
  auto *run = static_cast<PieceRun *>(arg);
  tao_context &context = *run->context;
  SingleThread single(run->openMp);
  for (int64_t p = begin; p < end; ++p) {
    Piece &piece = run->plan->pieces[p];
    dnnl_status_t status = dnnl_success;
    for (int64_t c = 0; c < piece.calls.size() && status == dnnl_success; ++c)
      status = execute(context, piece.calls[c], piece.stream);
    if (status != dnnl_success)
      run->status.store(status, std::memory_order_relaxed);
  }
}

int32_t runPlan(tao_context &context, int32_t kernel, Plan &plan) {
  if (plan.nothing)
    return TAO_OK;
  if (plan.emptySum) {
    fillEmptySum(context, plan.problem);
    return TAO_OK;
  }
  uint8_t *scratch = context.library->scratch;
  for (const CopyStep &copy : plan.copies)
    if (!copy.out)
      gatherView(context, copy.view, reinterpret_cast<float *>(scratch + copy.scratchOffset));
  PieceRun run = {&context, &plan, plan.alone ? context.threads.openMp() : nullptr, {dnnl_success}};
  if (plan.numPieces == 1)
    runPieces(&run, 0, 1);
  else
    context.threads.parallelFor(plan.numPieces, runPieces, &run);
  if (int32_t status = run.status.load())
    return fail(context, status == dnnl_out_of_memory ? TAO_ERROR_OUT_OF_MEMORY : TAO_ERROR_LIBRARY,
                "kernel '%s': oneDNN failed with status %d", context.kernelName(kernel), status);
  for (const CopyStep &copy : plan.copies)
    if (copy.out)
      scatterView(context, reinterpret_cast<float *>(scratch + copy.scratchOffset), copy.view);
  return TAO_OK;
}

/// The slot's plan for the key in library.key; null when there is none yet.
Plan *findPlan(const tao_context &context, LibraryContext &library, Slot &slot) {
  for (int32_t i = 0; i < slot.numPlans; ++i) {
    Plan &plan = *slot.plans[i];
    if (plan.key.size() == library.key.size() && plan.numThreads == context.threads.count() &&
        plan.onHost == context.threads.usesHost() &&
        memcmp(plan.key.data(), library.key.data(), size_t(plan.key.size()) * sizeof(int64_t)) == 0) {
      plan.lastUse = ++library.clock;
      return &plan;
    }
  }
  return nullptr;
}

/// Makes room in the slot and puts the plan there. False when memory is short.
bool keepPlan(const tao_context &context, LibraryContext &library, Slot &slot, Plan *plan) {
  if (!plan->key.resize(library.key.size()) || !growScratch(library, plan->scratchBytes))
    return false;
  memcpy(plan->key.data(), library.key.data(), size_t(library.key.size()) * sizeof(int64_t));
  plan->numThreads = context.threads.count();
  plan->onHost = context.threads.usesHost();
  plan->lastUse = ++library.clock;
  if (slot.numPlans < kRememberedShapes) {
    slot.plans[slot.numPlans++] = plan;
    return true;
  }
  int32_t oldest = 0;
  for (int32_t i = 1; i < slot.numPlans; ++i)
    if (slot.plans[i]->lastUse < slot.plans[oldest]->lastUse)
      oldest = i;
  destroyPlan(library.model->api, slot.plans[oldest]);
  slot.plans[oldest] = plan;
  return true;
}

/// A call of fewer operations than this runs on the calling thread: some ten microseconds.
constexpr int64_t kMinTeamFlops = 1 << 20;

template <typename Call>
int32_t runCall(tao_context &context, const Call &call,
                bool (*makeKey)(const tao_context &, const Call &, Array<int64_t> &),
                bool (*makeProblem)(tao_context &, const Call &, Problem &)) {
  if (tao_status status = takeFromGpu(context))
    return status;
  int64_t begin = context.timing ? nowNs() : 0;
  LibraryContext *library = libraryOf(context, call.kernel);
  if (!library)
    return TAO_ERROR_LIBRARY;
  Slot &slot = library->slots[call.slot];
  if (!makeKey(context, call, library->key))
    return fail(context, TAO_ERROR_OUT_OF_MEMORY, "kernel '%s': out of memory", context.kernelName(call.kernel));
  Plan *plan = findPlan(context, *library, slot);
  if (!plan) {
    Problem problem;
    if (!makeProblem(context, call, problem))
      return TAO_ERROR_LIBRARY;
    // Waking a team for a few microseconds of work costs more than it gains, above all on a busy machine.
    bool alone = context.threads.usesHost() || problem.flops() < kMinTeamFlops || splitsOutsideLibrary(problem);
    {
      SingleThread single(alone ? context.threads.openMp() : nullptr);
      plan = makePlan(context, problem);
    }
    if (!plan)
      return TAO_ERROR_LIBRARY;
    plan->alone |= alone;
    if (!keepPlan(context, *library, slot, plan)) {
      fail(context, TAO_ERROR_OUT_OF_MEMORY, "kernel '%s': no memory for %lld bytes of scratch",
           context.kernelName(call.kernel), (long long)plan->scratchBytes);
      destroyPlan(library->model->api, plan);
      return TAO_ERROR_OUT_OF_MEMORY;
    }
  }
  int32_t status = runPlan(context, call.kernel, *plan);
  if (context.timing)
    context.timing(context.timingUser, call.kernel, begin, nowNs());
  return status;
}

} // namespace

extern "C" int32_t tao_rt_matmul(tao_context *context, const tao_matmul *call) {
  return runCall(*context, *call, matmulKey, makeMatmul);
}

extern "C" int32_t tao_rt_conv(tao_context *context, const tao_conv *call) {
  return runCall(*context, *call, convKey, makeConv);
}
