// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The two objects of the runtime. A Model stands for one image; it is shared by threads and holds what all contexts
// share. A tao_context is one thread's use of it: sizes, buffers, threads and the last error.
#ifndef TAO_RUNTIME_CONTEXT_H
#define TAO_RUNTIME_CONTEXT_H

#include "Arena.h"
#include "Scratch.h"
#include "Support.h"
#include "Threads.h"
#include "gpu/Gpu.h"
#include "tao/model_abi.h"

namespace tao::rt {

/// What the contexts of one model share in a library shim, such as packed weights. Made by the first library call,
/// freed with the last context. Reached through a pointer so that an image without library calls does not carry the
/// shim.
struct LibraryModel;
/// What one context keeps in a library shim: primitives and scratch.
struct LibraryContext;
/// The kernels and weights of a model on one GPU.
struct GpuModel;

struct Model {
  const tao_image *image = nullptr;
  /// The weights lie in a file that is mapped read-only, so pages may be dropped and come back unchanged.
  bool weightsMapped = false;
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  int64_t numContexts = 0;         // guarded by lock
  LibraryModel *library = nullptr; // guarded by lock until set
  void (*releaseLibrary)(LibraryModel *) = nullptr;
  GpuModel *gpus = nullptr; // guarded by lock; one for each device that contexts use
};

/// An output that the context allocated because the caller did not.
struct OwnedOutput {
  void *data;
  int64_t capacity;
};

/// Bytes of an input or output.
struct MemoryRange {
  const uint8_t *begin, *end;
  bool isOutput;
};

constexpr int64_t kMessageBytes = 8192;

/// A new context of `model`; null with `message` (of kMessageBytes) and `status` set on failure.
tao_context *createContext(Model &model, const tao_create_options *options, tao_status &status, char *message);
void destroyContext(tao_context *context);

/// The functions of the table that take a context are the same for every model.
tao_status outputShapes(tao_context *context, const tao_tensor *inputs, int64_t *shapes);
tao_status runContext(tao_context *context, const tao_args *args, const tao_run_options *options);

/// Appends a line to the context's message and returns `status`.
__attribute__((format(printf, 3, 4))) tao_status fail(tao_context &context, tao_status status, const char *format, ...);

/// Appends to a message of kMessageBytes, never beyond its end.
__attribute__((format(printf, 2, 3))) void appendMessage(char *message, const char *format, ...);

/// Nanoseconds of a monotonic clock.
int64_t nowNs();

/// Missing features of the comma separated list, comma separated in `missing`; false when there are any.
bool cpuHasFeatures(const char *features, char *missing, size_t missingBytes);

/// Arguments.cpp: checks the inputs and brings symbols, exprs and plan of the context up to their shapes.
tao_status bindInputs(tao_context &context, const tao_tensor *inputs, bool withData);
/// Arguments.cpp: checks the outputs, allocates those without data, writes their shapes.
tao_status bindOutputs(tao_context &context, const tao_tensor *inputs, tao_tensor *outputs,
                       const tao_allocator *allocator);

/// What a step that the CPU runs does first: launches on a GPU have happened, and the memory is the CPU's.
tao_status takeFromGpu(tao_context &context);

} // namespace tao::rt

struct tao_context {
  tao::rt::Model *model = nullptr;
  const tao_image *image = nullptr;

  // Sizes of the current shape. `bound` is false until they are valid.
  bool bound = false;
  tao::rt::Array<int64_t> symbols, newSymbols, exprs;
  tao::rt::Arena arena;
  const tao::rt::ArenaPlan *plan = nullptr;

  /// Base address of every storage, valid during a run.
  tao::rt::Array<void *> buffers;
  tao::rt::Array<tao::rt::OwnedOutput> ownedOutputs;
  /// Room for a look at whether outputs overlap anything.
  tao::rt::Array<tao::rt::MemoryRange> ranges;
  tao::rt::Array<bool> isUpdated; // inputs that an output is in place of

  tao::rt::Threads threads;
  tao::rt::Scratch scratch;
  tao::rt::LibraryContext *library = nullptr;
  void (*releaseLibrary)(tao::rt::LibraryContext *) = nullptr;

  tao::rt::Gpu *gpu = nullptr; // of a model for GPUs
  int32_t gpuNumber = -1;      // of the GPU whose memory tensors may lie in

  tao_timing_fn timing = nullptr;
  void *timingUser = nullptr;

  char message[tao::rt::kMessageBytes] = {};

  int64_t expr(int32_t number) const { return exprs[number]; }
  const char *kernelName(int32_t kernel) const {
    return kernel >= 0 && kernel < image->info->num_kernels ? image->info->kernels[kernel].name : "?";
  }
};

#endif // TAO_RUNTIME_CONTEXT_H
