// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a call is computed for one shape: which of the library's ways, in how many pieces, after which copies.
//
// The ways of a product with constant weights, best first. GFLOP/s on a Zen 3 core (AVX2, peak about 110), oneDNN 2.6.3
// against the GEMM of onnxruntime 1.32, one thread, rows x columns x depth:
//
//                         1x384x384  8x768x768  16x3072x768  128x1536x384  1024x768x3072
//   matmul, weights any      21         54          38           55            82
//   inner product, any       22         54          48           55            78
//   1x1 convolution, any     26         90          77           89            77
//   onnxruntime              14         66          52           71            69
//
// The first two have no packed kernel below AVX-512 and fall to a GEMM that packs on every call. With AVX-512 matmul
// has one ("brg"). So: matmul when it packs, else a pointwise convolution, else matmul on the weights as they are.
#include "Library.h"

namespace tao::rt {
namespace {

/// Whether the library reads a matrix as it lies: one of the last two dimensions contiguous, the other one longer.
bool readableMatrix(const View &view) {
  int32_t row = view.rank - 2, column = view.rank - 1;
  if (view.broadcasts(row) || view.broadcasts(column))
    return false;
  if (view.dims[row] == 1 || view.dims[column] == 1)
    return view.dims[column] == 1 || view.strides[column] == 1;
  return (view.strides[column] == 1 && view.strides[row] >= view.dims[column]) ||
         (view.strides[row] == 1 && view.strides[column] >= view.dims[row]);
}

/// Replaces views by dense f32 copies where the library would refuse them, or compute them with a loop nest that takes
/// a hundred times as long.
class Stager {
public:
  Stager(Problem &problem, Plan &plan) : problem(problem), plan(plan) {}

  /// `all` stages what the library has refused; otherwise only what it can never read is.
  bool stage(bool all) {
    bool ok = true;
    if (problem.conv) {
      if (all && problem.src.dtype != TAO_LIB_F32)
        ok &= stageView(problem.src, false);
      if (all && problem.weights.dtype != TAO_LIB_F32)
        ok &= stageView(problem.weights, false);
    } else {
      if (worthDenseRows(problem)) {
        ok &= stageView(problem.src, false);
        mergeBatchIntoRows(problem);
      }
      int32_t batchRank = problem.dst.rank - 2;
      bool expandLhs = false;
      for (int32_t d = 0; d < batchRank; ++d)
        expandLhs |= problem.src.broadcasts(d) && problem.weights.broadcasts(d);
      if (expandLhs || !readableMatrix(problem.src) || (all && problem.src.dtype != TAO_LIB_F32))
        ok &= stageView(problem.src, false);
      if (!readableMatrix(problem.weights) || (all && problem.weights.dtype != TAO_LIB_F32))
        ok &= stageView(problem.weights, false);
    }
    int32_t last = problem.dst.rank - 1;
    bool stageDst = (all && problem.dst.dtype != TAO_LIB_F32) ||
                    (!problem.conv && problem.dst.dims[last] > 1 && problem.dst.strides[last] != 1);
    for (int32_t i = 0; i < problem.numPostOps; ++i)
      if (problem.postOps[i].binary)
        ok &= stageOperand(problem.postOps[i], all || stageDst);
    if (stageDst)
      ok &= stageView(problem.dst, true);
    return ok;
  }

private:
  /// Only three forms are given to the library: laid out as dst, one value per channel or column, one value. It takes
  /// others too, and some of its kernels then read them in dst's layout all the same.
  bool stageOperand(PostOp &op, bool all) {
    const View &operand = op.operand;
    bool replaced = operand.storage == problem.dst.storage;
    bool full = sameLayout(operand, problem.dst);
    bool safe = full || isScalar(operand) || isVectorAlong(operand, problem.conv ? 1 : operand.rank - 1);
    if (replaced) // only a sum may read what it overwrites
      safe = full && op.kind == TAO_POST_ADD && !all;
    return (safe && operand.dtype == TAO_LIB_F32) || stageView(op.operand, false);
  }

  bool stageView(View &view, bool out) {
    if (&view == &problem.weights && view.constant) {
      view.staged = true;
      view.dtype = TAO_LIB_F32;
      return true;
    }
    int64_t offset = plan.scratchBytes;
    bool activation = problem.conv && &view != &problem.weights;
    if (!plan.copies.push({activation && problem.channelsLast ? inMemoryOrder(view) : view, offset, out}))
      return false;
    plan.scratchBytes = alignUp(offset + view.elements() * int64_t(sizeof(float)), 4096);
    if (activation)
      activationStrides(view, problem.channelsLast);
    else
      denseStrides(view.dims, view.rank, view.strides);
    view.dtype = view.storedDtype = TAO_LIB_F32;
    view.staged = true;
    view.offset = offset;
    return true;
  }

  /// [n, c, spatial..] as [n, spatial.., c].
  static View inMemoryOrder(const View &view) {
    View result = view;
    for (int32_t d = 1; d < view.rank; ++d) {
      int32_t from = d + 1 < view.rank ? d + 1 : 1;
      result.dims[d] = view.dims[from];
      result.strides[d] = view.strides[from];
    }
    return result;
  }

  Problem &problem;
  Plan &plan;
};

/// A pointwise convolution takes dense rows, and counts elements in 32 bits.
bool canBePointwise(const Problem &problem) {
  const View &src = problem.src, &dst = problem.dst;
  if (src.rank != 2 || !problem.weights.constant || src.dtype != TAO_LIB_F32 || dst.dtype != TAO_LIB_F32)
    return false;
  int64_t m = src.dims[0], k = src.dims[1], n = dst.dims[1];
  return (k == 1 || src.strides[1] == 1) && (m == 1 || src.strides[0] == k) && (n == 1 || dst.strides[1] == 1) &&
         (m == 1 || dst.strides[0] == n) && m * maxOf(k, n) < INT32_MAX;
}

void dropPieces(tao_context &context, Plan &plan) {
  for (int32_t i = 0; i < plan.numPieces; ++i)
    destroyPiece(context.library->model->api, plan.pieces[i]);
  free(plan.pieces);
  plan.pieces = nullptr;
  plan.numPieces = 0;
}

Outcome makePieces(tao_context &context, const Problem *problems, int32_t count, Form form, bool onlyFast, Plan &plan) {
  plan.pieces = static_cast<Piece *>(calloc(size_t(count), sizeof(Piece)));
  if (!plan.pieces) {
    fail(context, TAO_ERROR_OUT_OF_MEMORY, "kernel '%s': out of memory", context.kernelName(problems->kernel));
    return Outcome::Failed;
  }
  int64_t scratchBefore = plan.scratchBytes;
  plan.numPieces = count;
  for (int32_t i = 0; i < count; ++i) {
    Outcome outcome = makePiece(context, problems[i], form, onlyFast, plan.scratchBytes, plan.pieces[i]);
    if (outcome == Outcome::Made)
      continue;
    dropPieces(context, plan);
    plan.scratchBytes = scratchBefore;
    return outcome;
  }
  return Outcome::Made;
}

/// Whether a convolution should be computed in the library's own, blocked layout, although its operands lie otherwise.
/// With a window, the library's channels-last kernels touch addresses that compete for few cache sets. Time of the
/// blocked kernel over that of the channels-last one, and the same with copies in and out, Zen 3, one thread, 3x3:
///
///   channels, size      64, 56x56   128, 28x28   256, 14x14   512, 7x7   64 to 128, 112x112
///   flops per byte         144          288          576         1152         192
///   blocked                0.96         0.91         0.88        0.94         0.57
///   with copies            0.99         0.93         0.89        0.95         0.58
bool worthRelaying(const Problem &problem) {
  constexpr int64_t kMinFlopsPerByte = 160;
  int64_t bytes = (problem.src.elements() + problem.dst.elements()) * dtypeBytes(problem.src.dtype);
  return problem.taps() > 1 && problem.src.dtype == TAO_LIB_F32 && problem.dst.dtype == TAO_LIB_F32 &&
         problem.flops() / kMinFlopsPerByte >= bytes;
}

/// Tries the ways of computing the pieces, best first.
Outcome tryForms(tao_context &context, const Problem *problems, int32_t count, bool onlyFast, Plan &plan) {
  const Problem &first = problems[0];
  if (first.conv) {
    Outcome outcome = Outcome::Refused;
    if (worthRelaying(first))
      outcome = makePieces(context, problems, count, Form::RelaidConv, /*onlyFast=*/true, plan);
    return outcome == Outcome::Refused ? makePieces(context, problems, count, Form::Conv, onlyFast, plan) : outcome;
  }
  if (first.weights.constant) {
    Outcome outcome = makePieces(context, problems, count, Form::PackedMatmul, true, plan);
    bool pointwise = outcome == Outcome::Refused;
    for (int32_t i = 0; i < count; ++i)
      pointwise = pointwise && canBePointwise(problems[i]);
    if (pointwise)
      outcome = makePieces(context, problems, count, Form::PointwiseConv, true, plan);
    if (outcome != Outcome::Refused)
      return outcome;
  }
  return makePieces(context, problems, count, Form::Matmul, onlyFast, plan);
}

/// A call of fewer operations than this is not cut: the pieces would take about a microsecond each.
constexpr int64_t kMinSplitFlops = 1 << 18;

/// Whether each group is better computed by itself, its channels brought next to one another. The library's grouped
/// kernels for channels-last images, unless depthwise, are slow. Microseconds, pointwise, 4 groups, Zen 3, one thread:
///
///   channels, size          112, 28x28   136, 28x28   272, 14x14   544, 7x7
///   grouped                     309          310          275         450
///   the groups, one by one       87          110           99         108      without copies
bool worthSplittingGroups(const Problem &problem, int32_t threads) {
  constexpr int64_t kMaxGroups = 32;
  return problem.conv && problem.channelsLast && problem.groups > 1 && problem.groups <= kMaxGroups &&
         problem.groups < problem.src.dims[1] && problem.groups < problem.dst.dims[1] &&
         threads <= 2 * problem.groups && problem.src.dtype == TAO_LIB_F32 && problem.dst.dtype == TAO_LIB_F32 &&
         !worthRelaying(problem);
}

Outcome solveGroups(tao_context &context, const Problem &problem, Plan &plan) {
  auto *pieces = static_cast<Problem *>(malloc(size_t(problem.groups) * sizeof(Problem)));
  if (!pieces)
    return Outcome::Refused;
  SingleThread single(context.threads.openMp());
  splitGroups(problem, pieces);
  Outcome outcome = makePieces(context, pieces, int32_t(problem.groups), Form::RelaidConv, /*onlyFast=*/true, plan);
  free(pieces);
  plan.alone = outcome == Outcome::Made;
  return outcome;
}

/// Makes the pieces of a problem, trying first as it is, then with copies, and last with whatever the library has.
Outcome solve(tao_context &context, const Problem &problem, Plan &plan) {
  Outcome outcome = Outcome::Refused;
  if (worthSplittingGroups(problem, context.threads.count()))
    outcome = solveGroups(context, problem, plan);
  for (int attempt = 0; attempt < 3 && outcome == Outcome::Refused; ++attempt) {
    Problem adapted = problem;
    plan.copies.clear();
    plan.scratchBytes = 0;
    if (!Stager(adapted, plan).stage(/*all=*/attempt > 0)) {
      fail(context, TAO_ERROR_OUT_OF_MEMORY, "kernel '%s': out of memory", context.kernelName(problem.kernel));
      return Outcome::Failed;
    }
    bool onlyFast = attempt < 2;
    bool splits = context.threads.usesHost() ? problem.flops() >= kMinSplitFlops : splitsOutsideLibrary(problem);
    int32_t wanted = splits ? context.threads.count() : 1;
    auto *pieces = static_cast<Problem *>(malloc(size_t(wanted) * sizeof(Problem)));
    if (pieces) {
      int32_t count = problem.conv ? splitConv(adapted, wanted, pieces) : splitMatmul(adapted, wanted, pieces);
      if (count > 1)
        outcome = tryForms(context, pieces, count, onlyFast, plan);
      free(pieces);
    }
    if (outcome == Outcome::Refused)
      outcome = tryForms(context, &adapted, 1, onlyFast, plan);
  }
  return outcome;
}

/// One line of what was asked for, to go with a refusal.
void reportRefusal(tao_context &context, const Problem &problem) {
  const dnnl_version_t *version = context.library->model->api.dnnl_version();
  const View &src = problem.src, &dst = problem.dst;
  if (problem.conv)
    fail(context, TAO_ERROR_LIBRARY,
         "kernel '%s': oneDNN %d.%d.%d has no convolution from %lld to %lld channels in %lld groups with these sizes",
         context.kernelName(problem.kernel), version->major, version->minor, version->patch, (long long)src.dims[1],
         (long long)dst.dims[1], (long long)problem.groups);
  else
    fail(context, TAO_ERROR_LIBRARY, "kernel '%s': oneDNN %d.%d.%d has no product of %lld x %lld with %lld x %lld",
         context.kernelName(problem.kernel), version->major, version->minor, version->patch,
         (long long)src.dims[src.rank - 2], (long long)src.dims[src.rank - 1], (long long)src.dims[src.rank - 1],
         (long long)dst.dims[dst.rank - 1]);
}

} // namespace

void destroyPlan(const DnnlApi &api, Plan *plan) {
  if (!plan)
    return;
  for (int32_t i = 0; i < plan->numPieces; ++i)
    destroyPiece(api, plan->pieces[i]);
  free(plan->pieces);
  destroy(plan);
}

Plan *makePlan(tao_context &context, const Problem &problem) {
  Plan *plan = make<Plan>();
  if (!plan) {
    fail(context, TAO_ERROR_OUT_OF_MEMORY, "kernel '%s': out of memory", context.kernelName(problem.kernel));
    return nullptr;
  }
  plan->nothing = problem.dst.elements() == 0;
  plan->emptySum = !plan->nothing && (problem.src.elements() == 0 || problem.weights.elements() == 0);
  if (plan->nothing || plan->emptySum) {
    plan->problem = problem;
    return plan;
  }
  Outcome outcome = solve(context, problem, *plan);
  if (outcome == Outcome::Made)
    return plan;
  if (outcome == Outcome::Refused)
    reportRefusal(context, problem);
  destroyPlan(context.library->model->api, plan);
  return nullptr;
}

} // namespace tao::rt
