// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A contraction or convolution with all sizes known, free of oneDNN's types: what is computed, on which views of
// memory. It can be simplified, cut into independent pieces, and given to a primitive.
#ifndef TAO_RUNTIME_ONEDNN_PROBLEM_H
#define TAO_RUNTIME_ONEDNN_PROBLEM_H

#include "../Context.h"

namespace tao::rt {

constexpr int32_t kMaxPostOps = 16;

/// A strided view of a storage, or of a dense f32 copy of it in scratch memory.
struct View {
  int32_t rank;
  int32_t dtype;       // as the library sees it
  int32_t storedDtype; // as it lies in the storage or in scratch
  int32_t storage;
  bool constant;
  int64_t dims[TAO_MAX_RANK];
  int64_t strides[TAO_MAX_RANK]; // elements; 0 along broadcast dimensions
  int64_t offset;                // bytes from the start of the storage or scratch
  bool staged;                   // in scratch; for constant weights: to be packed, as f32, before use

  int64_t elements() const {
    int64_t count = 1;
    for (int32_t d = 0; d < rank; ++d)
      count *= dims[d];
    return count;
  }
  bool broadcasts(int32_t d) const { return strides[d] == 0 && dims[d] != 1; }
  /// Narrows dimension d to [begin, begin + extent).
  void narrow(int32_t d, int64_t begin, int64_t extent);
  void removeDim(int32_t d);
};

struct PostOp {
  int32_t kind;
  float alpha, beta;
  bool binary;  // has an operand
  View operand; // over the dimensions of dst
  bool isSumSoFar; // the operand is the result of the slices before, wherever that is; see splitDepth
};

struct Problem {
  int32_t kernel;
  bool conv;
  // Matmul: src [batch.., m, k], weights [batch.., k, n], dst [batch.., m, n].
  // Conv: src [n, c, spatial..], weights [(groups,) oc, ic, window..], dst [n, c, spatial..].
  View src, weights, dst;
  // The weights of all pieces when this is a piece of a matmul's columns: they are packed together.
  bool isColumnPiece = false;
  View allWeights;
  int64_t firstColumn;
  int32_t numPostOps;
  PostOp postOps[kMaxPostOps];
  // Convolution only.
  int32_t spatial;
  int64_t groups;
  bool channelsLast;
  int64_t window[3], stride[3], dilation[3], padLow[3], padHigh[3];

  /// Positions of a convolution's window.
  int64_t taps() const;
  int64_t flops() const;
};

int64_t dtypeBytes(int32_t libraryDtype);
/// Row-major strides of `dims` into `strides`.
void denseStrides(const int64_t *dims, int32_t rank, int64_t *strides);
/// Dense strides over [n, c, spatial..] for memory that is [n, spatial.., c] or [n, c, spatial..].
void activationStrides(View &view, bool channelsLast);
/// Equal strides along every dimension whose extent is not 1.
bool sameLayout(const View &a, const View &b);
/// One element after the other along `d`, and the same one along all others.
bool isVectorAlong(const View &view, int32_t d);
/// The same element everywhere.
bool isScalar(const View &view);

/// The sizes of a call, evaluated: two calls of one slot with equal keys can use the same plan.
bool matmulKey(const tao_context &context, const tao_matmul &call, Array<int64_t> &key);
bool convKey(const tao_context &context, const tao_conv &call, Array<int64_t> &key);

/// False with a message in the context when the call is of a form that the shim does not take.
bool makeMatmul(tao_context &context, const tao_matmul &call, Problem &problem);
bool makeConv(tao_context &context, const tao_conv &call, Problem &problem);
bool makePostOps(tao_context &context, int32_t kernel, const tao_post_op *ops, int32_t count, Problem &problem);
View makeView(const tao_context &context, const tao_library_operand &operand, int32_t rank, const int64_t *dims);

/// Merges batch dimensions into the rows while the right operand is the same for all of them and the views allow it.
void mergeBatchIntoRows(Problem &problem);
/// Whether that is worth a dense copy of the left operand. Milliseconds of 50 x 8 rows, 1280 x 1280, the left operand
/// lying as 8 x 50, Zen 3, one thread: 25.2 as 50 products, 12.9 and a copy of 0.2 as one.
bool worthDenseRows(const Problem &problem);

/// Whether the pieces of a product, one per thread, are made here although the library has a team of its own.
bool splitsOutsideLibrary(const Problem &problem);

/// Cuts a problem into at most `wanted` pieces that can be computed at once. Returns their number; 1 leaves it whole.
int32_t splitMatmul(const Problem &problem, int32_t wanted, Problem *pieces);
int32_t splitConv(const Problem &problem, int32_t wanted, Problem *pieces);
/// The most slices that a sum is cut into.
constexpr int32_t kMaxSlices = 32;

/// Cuts a convolution along its input channels into at most kMaxSlices convolutions, each of which adds the result of
/// the one before to its own. So no chain of additions is long: the library adds everything in one, and its rounding
/// error grows with the length. Returns their number; 1 leaves it whole.
int32_t splitDepth(const Problem &problem, Problem *slices);

/// Cuts a convolution into its groups, each one without groups.
void splitGroups(const Problem &problem, Problem *pieces);

/// Copies a view to a dense f32 buffer and back, on all threads.
void gatherView(tao_context &context, const View &view, float *dense);
void scatterView(tao_context &context, const float *dense, const View &view);

/// Computes a contraction or convolution over nothing: zeros, then the post-ops.
void fillEmptySum(tao_context &context, const Problem &problem);

/// Address of a view that is not staged.
inline uint8_t *addressOf(const tao_context &context, const View &view) {
  return static_cast<uint8_t *>(context.buffers[view.storage]) + view.offset;
}

} // namespace tao::rt

#endif // TAO_RUNTIME_ONEDNN_PROBLEM_H
