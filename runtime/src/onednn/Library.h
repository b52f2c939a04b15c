// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The state of the oneDNN shim. Per model: the loaded library, an engine, the packed weights. Per context: a stream,
// scratch memory, and for each call of the host program the plans of the last few shapes.
#ifndef TAO_RUNTIME_ONEDNN_LIBRARY_H
#define TAO_RUNTIME_ONEDNN_LIBRARY_H

#include "Api.h"
#include "Problem.h"

namespace tao::rt {

/// A constant operand in the layout that a primitive asked for.
struct PackedWeights {
  View source;
  dnnl_memory_desc_t layout;
  void *data;
};

struct LibraryModel {
  DnnlApi api;
  dnnl_engine_t engine = nullptr;
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  Array<PackedWeights> packed; // guarded by lock
};

/// One argument of a primitive and where it lies.
struct Argument {
  enum Place { Storage, Scratch, Fixed };
  Place place;
  int32_t storage;
  int64_t offset; // bytes, into storage or scratch
  void *fixed;
  dnnl_memory_t memory;
};

constexpr int32_t kMaxArguments = 5 + kMaxPostOps;

/// A primitive with its arguments.
struct Call {
  dnnl_primitive_t primitive = nullptr;
  int32_t numArguments = 0;
  Argument arguments[kMaxArguments];
  dnnl_exec_arg_t values[kMaxArguments];
};

/// Primitives that run one after the other: the one that computes, between the changes of layout that it needs. Pieces
/// of one plan run at the same time, so nothing is shared between them.
struct Piece {
  dnnl_stream_t stream = nullptr;
  Array<Call> calls;
};

/// A view that is copied to scratch before the primitive runs, or from it afterwards.
struct CopyStep {
  View view;
  int64_t scratchOffset;
  bool out;
};

/// How one call is computed for one shape.
struct Plan {
  Array<int64_t> key;
  int32_t numThreads = 0;
  bool onHost = false;
  bool alone = false; // computed by the calling thread, or by pieces that run at once, never by the library's team
  uint64_t lastUse = 0;
  bool emptySum = false; // fill instead of calling the library
  bool nothing = false;  // the result has no elements
  Problem problem;       // for emptySum
  Array<CopyStep> copies;
  Piece *pieces = nullptr;
  int32_t numPieces = 0;
  int64_t scratchBytes = 0;
};

struct Slot {
  Plan *plans[kRememberedShapes];
  int32_t numPlans;
};

struct LibraryContext {
  LibraryModel *model = nullptr;
  Array<Slot> slots;
  Array<int64_t> key;
  uint64_t clock = 0;
  uint8_t *scratch = nullptr;
  int64_t scratchCapacity = 0;
};

/// While a primitive is made or runs inside the host's pool, it must use the calling thread alone. The setting belongs
/// to the thread, which is the host's, so it is put back.
class SingleThread {
public:
  explicit SingleThread(const OpenMp *openMp) : openMp(openMp) {
    if (openMp) {
      saved = openMp->maxThreads();
      openMp->setNumThreads(1);
    }
  }
  ~SingleThread() {
    if (openMp)
      openMp->setNumThreads(saved);
  }

private:
  const OpenMp *openMp;
  int saved = 1;
};

/// How a problem is given to the library; which is best depends on the machine, see Plan.cpp. RelaidConv brings the
/// activations into a layout that suits the library better, and back.
enum class Form { Matmul, PackedMatmul, PointwiseConv, Conv, RelaidConv };

/// What became of an attempt to make a primitive.
enum class Outcome { Made, Refused, Failed };

/// Makes the primitive for a problem. Refused leaves nothing behind; Failed has put a message into the context. When
/// `onlyFast` is set, implementations that are known to be slow are refused.
Outcome makePiece(tao_context &context, const Problem &problem, Form form, bool onlyFast, int64_t &scratchBytes,
                  Piece &piece);
void destroyPiece(const DnnlApi &api, Piece &piece);

/// The constant view in the given layout, packed once per model. Null when memory is short or the library refuses.
void *packWeights(tao_context &context, const View &view, const dnnl_memory_desc_t &viewLayout,
                  const dnnl_memory_desc_t &layout);

/// Where the columns from `first` on of a constant view begin when all of it is packed as `part`, the layout that a
/// primitive for some of the columns asked for. The view's dimension `column` counts them. Null also when these columns
/// do not lie together in that layout.
void *packColumns(tao_context &context, const View &view, int32_t column, int64_t first,
                  const dnnl_memory_desc_t &part);

/// The plan of a call for the current shape: found, or made. Null with a message on failure.
Plan *makePlan(tao_context &context, const Problem &problem);
void destroyPlan(const DnnlApi &api, Plan *plan);

/// A memory descriptor of a view, broadcast dimensions having extent 1. False when its strides cannot be expressed.
bool describe(const DnnlApi &api, const View &view, dnnl_memory_desc_t &desc);

} // namespace tao::rt

#endif // TAO_RUNTIME_ONEDNN_LIBRARY_H
