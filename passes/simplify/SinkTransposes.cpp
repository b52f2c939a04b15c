// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Transposes sink towards the results of a function, through elementwise ops and concat here, until they cancel, fold
// into a contraction, or meet an op that stops them:
//
//   f(transpose a, transpose b, splat, ...) => transpose(f(a, b, ...))
//
// Each step moves a transpose strictly down the graph, and no pattern moves one up except onto the small operand of a
// broadcast, so sinking ends. Operands that are no transposes may take part when their untransposed form is free:
// constants, broadcasts whose dims keep their order, and values whose inverse transpose exists already. The last holds
// in one direction only, channels first to last, or two such values would be transposed to and fro.
#include "passes/simplify/SinkTransposes.h"

using namespace mlir;

namespace tao::simplify {

TransposeOp getSinkable(Operation *op, Value operand, SinkPolicy policy) {
  auto transpose = operand.getDefiningOp<TransposeOp>();
  // A transposed broadcast becomes a broadcast, and a transposed constant a constant, without sinking.
  if (!transpose || transpose.getInput().getDefiningOp<BroadcastOp>() || isConstantExpr(transpose.getInput()))
    return {};
  bool onlyReader = llvm::all_of(operand.getUsers(), [&](Operation *user) { return user == op; });
  return onlyReader || policy == SinkPolicy::Aggressive ? transpose : TransposeOp();
}

/// True for [0, rank - 1, 1, .. rank - 2] of rank 4 and more: below that, the permutation is its own inverse.
static bool isChannelsFirst(ArrayRef<int64_t> perm) {
  auto rank = static_cast<int64_t>(perm.size());
  if (rank < 4 || perm[0] != 0 || perm[1] != rank - 1)
    return false;
  return llvm::equal(perm.drop_front(2), llvm::seq<int64_t>(1, rank - 1));
}

/// A transpose of `value` from channels first to last that is computed before `op`, when `perm` is that.
static TransposeOp findTranspose(Operation *op, Value value, ArrayRef<int64_t> perm) {
  if (!isChannelsFirst(invertPermutation(perm)))
    return {};
  constexpr int kMaxReaders = 16;
  for (auto [i, user] : llvm::enumerate(value.getUsers())) {
    if (i == kMaxReaders)
      break;
    auto transpose = dyn_cast<TransposeOp>(user);
    if (transpose && transpose.getPerm() == perm && user->getBlock() == op->getBlock() && user->isBeforeInBlock(op))
      return transpose;
  }
  return {};
}

/// Transposing this broadcast by `perm` leaves its own dims in order, so that only the broadcast changes.
static bool keepsOrder(BroadcastOp broadcast, ArrayRef<int64_t> perm) {
  SmallVector<int64_t> inverse = invertPermutation(perm);
  return llvm::is_sorted(permute<int64_t>(inverse, broadcast.getDims()));
}

bool canUntranspose(Operation *op, Value value, ArrayRef<int64_t> perm, SinkPolicy policy) {
  if (auto transpose = getSinkable(op, value, policy); transpose && transpose.getPerm() == perm)
    return true;
  if (isConstantExpr(value))
    return true;
  SmallVector<int64_t> inverse = invertPermutation(perm);
  if (auto broadcast = value.getDefiningOp<BroadcastOp>(); broadcast && keepsOrder(broadcast, inverse))
    return true;
  return findTranspose(op, value, inverse) != nullptr;
}

Value untranspose(PatternRewriter &rewriter, Operation *op, Value value, ArrayRef<int64_t> perm) {
  if (auto transpose = value.getDefiningOp<TransposeOp>(); transpose && transpose.getPerm() == perm)
    return transpose.getInput();
  SmallVector<int64_t> inverse = invertPermutation(perm);
  if (std::optional<double> splat = getSplat(value)) {
    SmallVector<SymExpr> dims = permute<SymExpr>(getDims(value), inverse);
    return makeSplat(rewriter, value.getLoc(), getTensorType(dims, elementOf(value)), *splat);
  }
  if (TransposeOp existing = findTranspose(op, value, inverse))
    return existing;
  return makeTranspose(rewriter, value.getLoc(), value, inverse);
}

namespace {

struct SinkThroughElementwise : RewritePattern {
  SinkThroughElementwise(MLIRContext *context, SinkPolicy policy)
      : RewritePattern(MatchAnyOpTypeTag(), 1, context), policy(policy) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isElementwise(op))
      return failure();
    for (Value operand : op->getOperands())
      if (TransposeOp transpose = getSinkable(op, operand, policy))
        return sink(op, SmallVector<int64_t>(transpose.getPerm()), rewriter);
    return failure();
  }

private:
  LogicalResult sink(Operation *op, ArrayRef<int64_t> perm, PatternRewriter &rewriter) const {
    for (Value operand : op->getOperands())
      if (!canUntranspose(op, operand, perm, policy))
        return failure();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(untranspose(rewriter, op, operand, perm));
    Value result = cloneElementwise(rewriter, op, operands);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op->getResult(0).getType(), result, perm);
    return success();
  }
  SinkPolicy policy;
};

struct SinkThroughConcat : OpRewritePattern<ConcatOp> {
  SinkThroughConcat(MLIRContext *context, SinkPolicy policy) : OpRewritePattern(context), policy(policy) {}
  LogicalResult matchAndRewrite(ConcatOp op, PatternRewriter &rewriter) const override {
    TransposeOp first;
    for (Value input : op.getInputs())
      if (!first)
        first = getSinkable(op, input, policy);
    if (!first)
      return failure();
    SmallVector<int64_t> perm(first.getPerm());
    for (Value input : op.getInputs())
      if (!canUntranspose(op, input, perm, policy))
        return failure();
    SmallVector<Value> inputs;
    for (Value input : op.getInputs())
      inputs.push_back(untranspose(rewriter, op, input, perm));
    SmallVector<SymExpr> dims = permute<SymExpr>(getDims(op.getResult()), invertPermutation(perm));
    Value result =
        ConcatOp::create(rewriter, op.getLoc(), getTensorType(dims, elementOf(op)), inputs, perm[op.getAxis()]);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), result, perm);
    return success();
  }
  SinkPolicy policy;
};

} // namespace

void populateTransposeSinkingPatterns(RewritePatternSet &patterns, SinkPolicy policy) {
  patterns.add<SinkThroughElementwise, SinkThroughConcat>(patterns.getContext(), policy);
}

} // namespace tao::simplify
