// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PostOps.h. Activations of several primitives are in Activations.cpp.
#include "passes/fuse/PostOps.h"
#include "passes/fuse/GroupBuilder.h"
#include <cmath>
#include <limits>
#include <set>

using namespace mlir;

namespace tao {

StringRef getPostOpName(tao_post_op_kind kind) {
  static constexpr const char *names[] = {"relu",  "clip", "tanh", "logistic", "gelu", "gelu_tanh", "swish",
                                          "scale", "add",  "mul",  "exp",      "abs",  "sqrt"};
  return names[kind];
}

bool isLibraryCapable(Operation *op) {
  if (!isa<ContractOp, ConvOp>(op))
    return false;
  Type in = cast<RankedTensorType>(op->getOperand(0).getType()).getElementType();
  Type out = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  if (!in.isF32() && !in.isBF16() && !in.isF16())
    return false;
  if (out != in && !out.isF32())
    return false;
  if (auto conv = dyn_cast<ConvOp>(op))
    return conv.getStrides().size() <= 3;

  auto contract = cast<ContractOp>(op);
  SmallVector<AffineMap> maps = llvm::to_vector(contract.getMaps().getAsValueRange<AffineMapAttr>());
  if (maps[0].getNumDims() > TAO_MAX_RANK)
    return false;
  // The summed dims where they stand in an operand; empty when they are not next to one another.
  auto summed = [&](AffineMap map) -> std::optional<SmallVector<unsigned>> {
    SmallVector<unsigned> loops;
    std::optional<size_t> last;
    for (auto [position, expr] : llvm::enumerate(map.getResults())) {
      if (maps[2].isFunctionOfDim(cast<AffineDimExpr>(expr).getPosition()))
        continue;
      if (last && *last + 1 != position)
        return std::nullopt;
      last = position;
      loops.push_back(cast<AffineDimExpr>(expr).getPosition());
    }
    return loops;
  };
  auto lhs = summed(maps[0]), rhs = summed(maps[1]);
  return lhs && rhs && *lhs == *rhs;
}

Value stripMovement(Value value, SmallVectorImpl<Operation *> *passed) {
  while (isa_and_nonnull<BroadcastOp, TransposeOp>(value.getDefiningOp())) {
    if (passed)
      passed->push_back(value.getDefiningOp());
    value = value.getDefiningOp()->getOperand(0);
  }
  return value;
}

namespace {
/// Result dims of a contraction along which the library can apply a vector: the channel of a convolution; for a
/// contraction the trailing dims that only one operand has.
SmallVector<int64_t> getVectorDims(Operation *contraction) {
  int64_t rank = cast<RankedTensorType>(contraction->getResult(0).getType()).getRank();
  if (auto conv = dyn_cast<ConvOp>(contraction))
    return {conv.getChannelsLast() ? rank - 1 : 1};
  auto contract = cast<ContractOp>(contraction);
  SmallVector<AffineMap> maps = llvm::to_vector(contract.getMaps().getAsValueRange<AffineMapAttr>());
  auto owner = [&](int64_t dim) {
    unsigned loop = maps[2].getDimPosition(dim);
    return (maps[0].isFunctionOfDim(loop) ? 1 : 0) + (maps[1].isFunctionOfDim(loop) ? 2 : 0);
  };
  SmallVector<int64_t> dims;
  for (int64_t dim = rank - 1; dim >= 0 && owner(dim) != 3 && owner(dim) == owner(rank - 1); --dim)
    dims.insert(dims.begin(), dim);
  return dims;
}

/// Fills in what a full-shaped operand is below its broadcasts; false when the library has no fast form for its
/// pattern. Fast are: the whole result's shape as it lies in memory, one number, and a vector along getVectorDims.
bool traceOperand(PostOp &post, Value full, Operation *contraction) {
  auto type = cast<RankedTensorType>(full.getType());
  SmallVector<int64_t> dims = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  Value value = full;
  bool permuted = false;
  while (Operation *op = value.getDefiningOp()) {
    if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
      SmallVector<SymExpr> in = tao::getDims(broadcast.getInput());
      for (int64_t &dim : dims) {
        auto it = llvm::find(broadcast.getDims(), dim);
        bool repeats = it == broadcast.getDims().end() || in[it - broadcast.getDims().begin()].isConstant(1);
        dim = repeats ? -1 : it - broadcast.getDims().begin();
      }
      value = broadcast.getInput();
    } else if (auto transpose = dyn_cast<TransposeOp>(op)) {
      for (int64_t &dim : dims)
        dim = dim < 0 ? dim : transpose.getPerm()[dim];
      permuted = true;
      value = transpose.getInput();
    } else {
      break;
    }
  }
  post.operand = value;
  post.dims = dims;
  // Behind a reshape the answer waits until the post-op has moved above it.
  if (isa<ReshapeOp>(contraction))
    return true;

  SmallVector<int64_t> varying;
  SmallVector<SymExpr> extents = getDims(full);
  for (auto [d, dim] : llvm::enumerate(dims))
    if (dim >= 0 && !extents[d].isConstant(1))
      varying.push_back(d);
  if (varying.empty())
    return true;
  auto ascending = llvm::map_range(varying, [&](int64_t d) { return dims[d]; });
  if (permuted && !llvm::is_sorted(ascending))
    return false;
  bool isWhole = llvm::all_of(llvm::enumerate(dims),
                              [&](auto pair) { return pair.value() >= 0 || extents[pair.index()].isConstant(1); });
  SmallVector<int64_t> vectorDims = getVectorDims(contraction);
  llvm::erase_if(vectorDims, [&](int64_t d) { return extents[d].isConstant(1); });
  return isWhole || varying == vectorDims;
}

/// A post-op of one primitive that reads x once.
std::optional<PostOp> matchSingle(Operation *op, Value x, Operation *contraction) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  if (op->getNumOperands() == 1)
    return llvm::TypeSwitch<Operation *, std::optional<PostOp>>(op)
        .Case<TanhOp>([](auto) { return PostOp{TAO_POST_TANH}; })
        .Case<LogisticOp>([](auto) { return PostOp{TAO_POST_LOGISTIC}; })
        .Case<ExpOp>([](auto) { return PostOp{TAO_POST_EXP}; })
        .Case<AbsOp>([](auto) { return PostOp{TAO_POST_ABS}; })
        .Case<SqrtOp>([](auto) { return PostOp{TAO_POST_SQRT}; })
        .Case<NegOp>([](auto) { return PostOp{TAO_POST_LINEAR, -1, 0}; })
        .Default(std::nullopt);
  if (op->getNumOperands() != 2 || op->getOperand(0) == op->getOperand(1))
    return std::nullopt;
  bool isLeft = op->getOperand(0) == x;
  Value other = op->getOperand(isLeft ? 1 : 0);
  if (auto splat = getSplat(other)) {
    auto number = static_cast<float>(*splat);
    return llvm::TypeSwitch<Operation *, std::optional<PostOp>>(op)
        .Case<AddOp>([&](auto) { return PostOp{TAO_POST_LINEAR, 1, number}; })
        .Case<SubOp>(
            [&](auto) { return isLeft ? PostOp{TAO_POST_LINEAR, 1, -number} : PostOp{TAO_POST_LINEAR, -1, number}; })
        .Case<MulOp>([&](auto) { return PostOp{TAO_POST_LINEAR, number, 0}; })
        .Case<DivOp>([&](auto) -> std::optional<PostOp> {
          if (!isLeft || number == 0)
            return std::nullopt;
          return PostOp{TAO_POST_LINEAR, static_cast<float>(1 / *splat), 0};
        })
        .Case<MaxOp>(
            [&](auto) { return number == 0 ? PostOp{TAO_POST_RELU} : PostOp{TAO_POST_CLIP, number, infinity}; })
        .Case<MinOp>([&](auto) { return PostOp{TAO_POST_CLIP, -infinity, number}; })
        .Default(std::nullopt);
  }
  PostOp post{isa<AddOp>(op) ? TAO_POST_ADD : TAO_POST_MUL};
  if (!isa<AddOp, MulOp>(op) || !traceOperand(post, other, contraction))
    return std::nullopt;
  return post;
}

/// Follows all readers of x until they meet again in one value that is an activation of x. At most 16 ops.
std::optional<PostOpStage> matchRegion(Value x) {
  auto before = [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); };
  std::set<Operation *, decltype(before)> pending(before);
  auto addUsers = [&](Value value) {
    for (Operation *user : value.getUsers())
      if (user->getBlock() == x.getParentBlock() && isElementwise(user))
        pending.insert(user);
      else
        return false;
    return true;
  };
  if (!addUsers(x))
    return std::nullopt;
  PostOpStage stage;
  while (!pending.empty() && stage.ops.size() < 16) {
    Operation *op = *pending.begin();
    pending.erase(pending.begin());
    stage.ops.push_back(op);
    stage.result = op->getResult(0);
    if (pending.empty() && stage.result.getType() == x.getType())
      if (auto post = matchActivation(x, stage.result)) {
        stage.post = *post;
        return stage;
      }
    if (!addUsers(stage.result))
      return std::nullopt;
  }
  return std::nullopt;
}
} // namespace

std::optional<PostOpStage> matchPostOp(Value x, Operation *contraction) {
  if (x.use_empty())
    return std::nullopt;
  if (x.hasOneUse()) {
    Operation *op = *x.getUsers().begin();
    if (op->getNumResults() == 1 && op->getResult(0).getType() == x.getType())
      if (auto post = matchSingle(op, x, contraction))
        return PostOpStage{*post, {op}, op->getResult(0)};
    return std::nullopt;
  }
  return matchRegion(x);
}

/// Two post-ops as one: relu6 comes as max and min, scales and shifts one after the other.
static std::optional<PostOp> mergePostOps(const PostOp &first, const PostOp &second) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  if (first.kind == TAO_POST_LINEAR && second.kind == TAO_POST_LINEAR) {
    PostOp merged{TAO_POST_LINEAR, first.alpha * second.alpha, first.beta * second.alpha + second.beta};
    bool isFinite = std::isfinite(merged.alpha) && std::isfinite(merged.beta);
    return isFinite ? std::optional(merged) : std::nullopt;
  }
  bool isRelu = first.kind == TAO_POST_RELU && first.alpha == 0;
  if (second.kind != TAO_POST_CLIP || (first.kind != TAO_POST_CLIP && !isRelu))
    return std::nullopt;
  float low = isRelu ? 0 : first.alpha, high = isRelu ? infinity : first.beta;
  // min(max(min(max(x, a), b), c), d) is one clip when [a, b] and [c, d] overlap.
  if (low > second.beta || second.alpha > high)
    return std::nullopt;
  return PostOp{TAO_POST_CLIP, std::max(low, second.alpha), std::min(high, second.beta)};
}

bool appendPostOp(SmallVectorImpl<PostOp> &chain, const PostOp &post) {
  if (!chain.empty())
    if (auto merged = mergePostOps(chain.back(), post)) {
      PostOp last = chain.pop_back_val();
      if (appendPostOp(chain, *merged))
        return true;
      chain.push_back(last);
      return false;
    }
  // oneDNN 2.6 gives several elementwise post-ops of one kind the parameters of one of them.
  bool isAmbiguous = llvm::any_of(chain, [&](const PostOp &other) {
    return !post.operand && other.kind == post.kind && (other.alpha != post.alpha || other.beta != post.beta);
  });
  if (isAmbiguous || chain.size() == kMaxPostOps)
    return false;
  chain.push_back(post);
  return true;
}

std::optional<PostOpChain> analyzePostOps(stitch::GroupOp group) {
  Block &block = group.getBody().front();
  PostOpChain chain;
  size_t accounted = 0, total = 0;
  for (Operation &op : block.without_terminator()) {
    if (isa<ContractOp, ConvOp>(op)) {
      if (chain.contraction || !isLibraryCapable(&op))
        return std::nullopt;
      chain.contraction = &op;
      ++accounted;
    }
    if (isa<BroadcastOp, TransposeOp, ConstantOp>(op))
      continue;
    ++total;
  }
  auto yield = cast<stitch::YieldOp>(block.getTerminator());
  if (!chain.contraction || yield.getValues().size() != 1)
    return std::nullopt;
  Value value = chain.contraction->getResult(0);
  while (value != yield.getValues()[0]) {
    auto stage = matchPostOp(value, chain.contraction);
    if (!stage)
      return std::nullopt;
    accounted += stage->ops.size();
    if (stage->post.operand && !isa<BlockArgument>(stage->post.operand))
      return std::nullopt;
    if (!appendPostOp(chain.ops, stage->post))
      return std::nullopt;
    value = stage->result;
  }
  bool readsArguments = llvm::all_of(chain.contraction->getOperands(), [](Value v) { return isa<BlockArgument>(v); });
  if (accounted != total || !readsArguments)
    return std::nullopt;
  return chain;
}

} // namespace tao
