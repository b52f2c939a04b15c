// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A contraction's problem: evaluated, brought to the fewest batch dimensions, and cut for a pool of threads.
//
// Fewer dimensions are what makes it fast: [batch, rows, k] x [k, n] becomes one product of batch * rows rows, which
// has a packed kernel, where the batched form has none.
#include "Problem.h"

namespace tao::rt {

bool matmulKey(const tao_context &context, const tao_matmul &call, Array<int64_t> &key) {
  key.clear();
  bool ok = true;
  auto addExpr = [&](int32_t number) { ok &= key.push(number < 0 ? -1 : context.expr(number)); };
  for (int32_t i = 0; i < call.num_batch; ++i)
    addExpr(call.batch[i]);
  addExpr(call.m);
  addExpr(call.n);
  addExpr(call.k);
  int32_t rank = call.num_batch + 2;
  auto addOperand = [&](const tao_library_operand &operand) {
    for (int32_t d = 0; d < rank; ++d)
      addExpr(operand.strides[d]);
  };
  addOperand(call.lhs);
  addOperand(call.rhs);
  addOperand(call.dst);
  for (int32_t i = 0; i < call.num_post_ops; ++i)
    if (call.post_ops[i].kind == TAO_POST_ADD || call.post_ops[i].kind == TAO_POST_MUL)
      addOperand(call.post_ops[i].operand);
  return ok;
}

namespace {

/// All views of a problem, to change their dimensions together.
struct Views {
  View *all[3 + kMaxPostOps];
  int32_t count = 3;

  explicit Views(Problem &problem) : all{&problem.src, &problem.weights, &problem.dst} {
    for (int32_t i = 0; i < problem.numPostOps; ++i)
      if (problem.postOps[i].binary)
        all[count++] = &problem.postOps[i].operand;
  }
};

/// Whether dimensions d and d + 1 of a view are one longer dimension.
bool contiguousPair(const View &view, int32_t d) {
  return view.dims[d] == 1 || view.strides[d] == view.strides[d + 1] * view.dims[d + 1];
}

void mergePair(View &view, int32_t d) {
  // The inner stride means nothing when there is a single element along it.
  if (view.dims[d + 1] == 1)
    view.strides[d + 1] = view.strides[d];
  view.dims[d + 1] *= view.dims[d];
  view.removeDim(d);
}

bool mergeable(const View &view, int32_t d) { return view.dims[d + 1] == 1 || contiguousPair(view, d); }

/// Removes batch dimensions of extent 1 and merges neighbours that are contiguous in every view.
void collapseBatch(Problem &problem) {
  Views views(problem);
  for (int32_t d = 0; d < problem.dst.rank - 2;) {
    if (problem.dst.dims[d] == 1) {
      for (int32_t i = 0; i < views.count; ++i)
        views.all[i]->removeDim(d);
      continue;
    }
    bool pair = d + 1 < problem.dst.rank - 2 && problem.dst.dims[d + 1] != 1;
    for (int32_t i = 0; pair && i < views.count; ++i)
      pair = mergeable(*views.all[i], d);
    if (!pair) {
      ++d;
      continue;
    }
    for (int32_t i = 0; i < views.count; ++i)
      mergePair(*views.all[i], d);
  }
}

} // namespace

void mergeBatchIntoRows(Problem &problem) {
  Views views(problem);
  while (problem.dst.rank > 2) {
    int32_t d = problem.dst.rank - 3;
    bool all = problem.weights.strides[d] == 0;
    for (int32_t i = 0; all && i < views.count; ++i)
      all = views.all[i] == &problem.weights || mergeable(*views.all[i], d);
    if (!all)
      return;
    for (int32_t i = 0; i < views.count; ++i)
      if (views.all[i] != &problem.weights)
        mergePair(*views.all[i], d);
    problem.weights.removeDim(d);
  }
}

namespace {

/// The last batch dimension when it could become rows but for the order in which the left operand lies; -1 otherwise.
int32_t batchThatSrcKeeps(const Problem &problem) {
  int32_t d = problem.dst.rank - 3;
  if (d < 0 || problem.weights.strides[d] != 0 || mergeable(problem.src, d) || !mergeable(problem.dst, d))
    return -1;
  for (int32_t i = 0; i < problem.numPostOps; ++i)
    if (problem.postOps[i].binary && !mergeable(problem.postOps[i].operand, d))
      return -1;
  return d;
}

} // namespace

bool worthDenseRows(const Problem &problem) {
  constexpr int64_t kMinColumns = 128;
  return !problem.conv && problem.weights.constant && problem.dst.dims[problem.dst.rank - 1] >= kMinColumns &&
         batchThatSrcKeeps(problem) >= 0;
}

bool makeMatmul(tao_context &context, const tao_matmul &call, Problem &problem) {
  int32_t batch = call.num_batch;
  int64_t dims[TAO_MAX_RANK];
  for (int32_t i = 0; i < batch; ++i)
    dims[i] = context.expr(call.batch[i]);
  int64_t m = context.expr(call.m), n = context.expr(call.n), k = context.expr(call.k);
  auto view = [&](const tao_library_operand &operand, int64_t rows, int64_t columns) {
    dims[batch] = rows;
    dims[batch + 1] = columns;
    return makeView(context, operand, batch + 2, dims);
  };
  problem.conv = false;
  problem.src = view(call.lhs, m, k);
  problem.weights = view(call.rhs, k, n);
  problem.dst = view(call.dst, m, n);
  if (!makePostOps(context, call.kernel, call.post_ops, call.num_post_ops, problem))
    return false;
  collapseBatch(problem);
  mergeBatchIntoRows(problem);
  return true;
}

/// Fewer rows or columns than this do not make a piece of their own: the kernel's tile is 6 x 16 on AVX2 and larger on
/// AVX-512, and a piece should hold several.
constexpr int64_t kMinRows = 16, kMinColumns = 64;

/// The library distributes its kernels for packed weights by rows. A single row is one piece, for which the team waits,
/// although every thread could stream a share of the weights.
bool splitsOutsideLibrary(const Problem &problem) {
  constexpr int64_t kMinFlops = 1 << 19;
  return !problem.conv && problem.dst.rank == 2 && problem.dst.dims[0] == 1 && problem.weights.constant &&
         problem.flops() >= kMinFlops;
}

int32_t splitMatmul(const Problem &problem, int32_t wanted, Problem *pieces) {
  int32_t rank = problem.dst.rank, row = rank - 2, column = rank - 1;
  int64_t rows = problem.dst.dims[row], columns = problem.dst.dims[column];
  int64_t byBatch = rank > 2 ? minOf<int64_t>(wanted, problem.dst.dims[0]) : 1;
  int64_t byRows = minOf<int64_t>(wanted, rows / kMinRows);
  int64_t byColumns = minOf<int64_t>(wanted, columns / kMinColumns);
  // Batch first, since it needs no sharing; rows before columns, since packed weights are then shared.
  int32_t d = 0;
  int64_t count = byBatch, granule = 1;
  if (byBatch < wanted && byRows > count) {
    d = row;
    count = byRows;
    granule = kMinRows;
  }
  if (byBatch < wanted && byRows < wanted && byColumns > count) {
    d = column;
    count = byColumns;
    granule = kMinColumns;
  }
  if (count <= 1)
    return 1;
  int64_t extent = problem.dst.dims[d], units = ceilDiv(extent, granule);
  for (int64_t p = 0; p < count; ++p) {
    int64_t begin = minOf(extent, units * p / count * granule), end = minOf(extent, units * (p + 1) / count * granule);
    Problem &piece = pieces[p] = problem;
    piece.isColumnPiece = d == column;
    piece.allWeights = problem.weights;
    piece.firstColumn = begin;
    if (d != column)
      piece.src.narrow(d, begin, end - begin);
    if (d != row)
      piece.weights.narrow(d, begin, end - begin);
    piece.dst.narrow(d, begin, end - begin);
    for (int32_t i = 0; i < piece.numPostOps; ++i)
      if (piece.postOps[i].binary)
        piece.postOps[i].operand.narrow(d, begin, end - begin);
  }
  return int32_t(count);
}

} // namespace tao::rt
