// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Merges adjacent dims of memory groups. A boundary is the place between dims d and d + 1 of a value. Ops tie
// boundaries of their operands to boundaries of their result, or block them; boundaries that are tied together vanish
// together when none is blocked. Before and after: groups of the same meaning; only shapes inside groups change, and
// reshapes appear outside.
#include "passes/schedule/GroupSpace.h"
#include "passes/schedule/Passes.h"
#include "llvm/ADT/EquivalenceClasses.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_COLLAPSEDIMS
#include "passes/schedule/Passes.h.inc"

namespace {
int64_t rankOf(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }

/// The boundaries of one group.
class Boundaries {
public:
  explicit Boundaries(stitch::GroupOp group) {
    for (Value argument : group.getBody().getArguments())
      addValue(argument);
    for (Operation &op : group.getBody().front().without_terminator()) {
      for (Value result : op.getResults())
        addValue(result);
      visit(&op);
    }
    tieRoots(group);
  }
  bool isMerged(Value value, int64_t boundary) const {
    return !blocked.contains(classes.getLeaderValue(number(value, boundary)));
  }

private:
  void addValue(Value value) {
    first[value] = next;
    for (int64_t i = 0; i + 1 < rankOf(value); ++i)
      classes.insert(next++);
  }
  int64_t number(Value value, int64_t boundary) const { return first.lookup(value) + boundary; }
  void tie(Value a, int64_t i, Value c, int64_t j) {
    int64_t x = classes.getLeaderValue(number(a, i)), y = classes.getLeaderValue(number(c, j));
    bool stop = blocked.contains(x) || blocked.contains(y);
    classes.unionSets(x, y);
    if (stop)
      blocked.insert(classes.getLeaderValue(x));
  }
  void block(Value value, int64_t boundary) { blocked.insert(classes.getLeaderValue(number(value, boundary))); }
  void blockAll(Value value) {
    for (int64_t i = 0; i + 1 < rankOf(value); ++i)
      block(value, i);
  }
  /// Ties boundaries given where each result dim comes from: source[i] is an operand dim, or -1 for none. Neighbours
  /// that both come from nowhere merge freely; operand boundaries that no neighbours of the result match are blocked.
  void tieThrough(Value operand, Value result, ArrayRef<int64_t> source) {
    SmallVector<bool> matched(std::max<int64_t>(0, rankOf(operand) - 1), false);
    for (int64_t i = 0; i + 1 < static_cast<int64_t>(source.size()); ++i) {
      if (source[i] < 0 && source[i + 1] < 0)
        continue;
      if (source[i] >= 0 && source[i + 1] == source[i] + 1) {
        tie(operand, source[i], result, i);
        matched[source[i]] = true;
      } else {
        block(result, i);
      }
    }
    for (auto [i, match] : llvm::enumerate(matched))
      if (!match)
        block(operand, i);
  }
  void visit(Operation *op);
  void tieRoots(stitch::GroupOp group);

  DenseMap<Value, int64_t> first;
  llvm::EquivalenceClasses<int64_t> classes;
  llvm::DenseSet<int64_t> blocked;
  int64_t next = 0;
};

void Boundaries::visit(Operation *op) {
  Value result = op->getResult(0);
  if (isElementwise(op)) {
    for (Value operand : op->getOperands())
      for (int64_t i = 0; i + 1 < rankOf(operand); ++i)
        tie(operand, i, result, i);
    return;
  }
  if (auto transpose = dyn_cast<TransposeOp>(op))
    return tieThrough(transpose.getInput(), result, transpose.getPerm());
  if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
    SmallVector<int64_t> source(rankOf(result), -1);
    auto in = getDims(broadcast.getInput()), out = getDims(result);
    bool repeatsUnit = false;
    for (auto [i, dim] : llvm::enumerate(broadcast.getDims())) {
      source[dim] = i;
      repeatsUnit |= in[i] != out[dim];
    }
    if (repeatsUnit) {
      blockAll(broadcast.getInput());
      return blockAll(result);
    }
    return tieThrough(broadcast.getInput(), result, source);
  }
  if (auto reduce = dyn_cast<ReduceOp>(op)) {
    Value input = reduce.getInput();
    SmallVector<int64_t> position(rankOf(input), -1);
    int64_t kept = 0;
    for (int64_t d = 0; d < rankOf(input); ++d)
      if (!llvm::is_contained(reduce.getDims(), d))
        position[d] = kept++;
    SmallVector<bool> matched(std::max<int64_t>(0, kept - 1), false);
    for (int64_t d = 0; d + 1 < rankOf(input); ++d) {
      if (position[d] >= 0 && position[d + 1] >= 0) {
        tie(input, d, result, position[d]);
        matched[position[d]] = true;
      } else if ((position[d] < 0) != (position[d + 1] < 0)) {
        block(input, d);
      }
    }
    for (auto [i, match] : llvm::enumerate(matched))
      if (!match)
        block(result, i);
    return;
  }
  if (auto gather = dyn_cast<GatherOp>(op)) {
    int64_t axis = gather.getAxis(), count = rankOf(gather.getIndices());
    SmallVector<int64_t> fromData, fromIndices;
    for (int64_t i = 0; i < rankOf(result); ++i) {
      bool inside = i >= axis && i < axis + count;
      fromIndices.push_back(inside ? i - axis : -1);
      // Two steps past a gap, so that dims on both sides of the axis are never neighbours.
      fromData.push_back(inside ? -1 : i < axis ? i : i - count + 1);
    }
    auto tieDims = [&](Value operand, ArrayRef<int64_t> source) {
      for (int64_t i = 0; i + 1 < rankOf(result); ++i) {
        if (source[i] >= 0 && source[i + 1] == source[i] + 1)
          tie(operand, source[i], result, i);
        else if ((source[i] >= 0) != (source[i + 1] >= 0))
          block(result, i);
      }
    };
    tieDims(gather.getData(), fromData);
    tieDims(gather.getIndices(), fromIndices);
    if (count == 0 && axis > 0 && axis < rankOf(result))
      block(result, axis - 1);
    if (axis > 0)
      block(gather.getData(), axis - 1);
    if (axis + 1 < rankOf(gather.getData()))
      block(gather.getData(), axis);
    return;
  }
  // Slices, pads and concatenations move along some dims and leave the others alone.
  SmallVector<bool> untouched;
  auto out = getDims(result);
  if (auto slice = dyn_cast<SliceOp>(op)) {
    auto in = getDims(slice.getInput());
    for (auto [d, start] : llvm::enumerate(slice.getStarts().getAsValueRange<StringAttr>()))
      untouched.push_back(start == "0" && slice.getSteps()[d] == 1 && in[d] == out[d]);
  } else if (auto pad = dyn_cast<PadOp>(op)) {
    auto in = getDims(pad.getInput());
    for (auto [d, low] : llvm::enumerate(pad.getLow()))
      untouched.push_back(low == 0 && in[d] == out[d]);
  } else if (auto concat = dyn_cast<ConcatOp>(op)) {
    for (int64_t d = 0; d < rankOf(result); ++d)
      untouched.push_back(d != static_cast<int64_t>(concat.getAxis()));
  } else {
    for (Value operand : op->getOperands())
      blockAll(operand);
    return blockAll(result);
  }
  for (Value operand : op->getOperands())
    for (int64_t i = 0; i + 1 < rankOf(operand); ++i) {
      tie(operand, i, result, i);
      if (!untouched[i] || !untouched[i + 1])
        block(operand, i);
    }
}

/// The roots share one iteration space and must keep doing so.
void Boundaries::tieRoots(stitch::GroupOp group) {
  auto space = getGroupSpace(group);
  if (failed(space))
    return;
  Value leader;
  for (size_t i = 0; i < group.getNumResults(); ++i) {
    Operation *root = getRoot(group, i);
    Value value = isReduceRoot(root) ? root->getOperand(0) : group.getBody().front().getTerminator()->getOperand(i);
    if (!leader)
      leader = value;
    for (int64_t d = 0; d + 1 < rankOf(value); ++d)
      tie(leader, d, value, d);
  }
}

/// Rewrites one group for the boundaries that vanish.
class Collapser {
public:
  Collapser(stitch::GroupOp group, const Boundaries &boundaries) : group(group), boundaries(boundaries) {}

  /// Number of dims that went away.
  int64_t run() {
    int64_t removed = 0;
    Block &block = group.getBody().front();
    auto plan = [&](Value value) {
      SmallVector<int64_t> position; // of each old dim among the new ones
      int64_t current = 0;
      for (int64_t d = 0; d < rankOf(value); ++d) {
        if (d > 0 && !boundaries.isMerged(value, d - 1))
          ++current;
        position.push_back(current);
      }
      if (!position.empty())
        removed += rankOf(value) - (position.back() + 1);
      positions[value] = std::move(position);
    };
    for (Value argument : block.getArguments())
      plan(argument);
    for (Operation &op : block.without_terminator())
      plan(op.getResult(0));
    if (removed == 0)
      return 0;

    OpBuilder b(group);
    for (auto [argument, operand] : llvm::zip(block.getArguments(), group.getInputsMutable())) {
      Type type = newType(argument);
      if (type == argument.getType())
        continue;
      operand.set(ReshapeOp::create(b, group.getLoc(), type, operand.get()));
    }
    for (Operation &op : block.without_terminator())
      rewriteAttributes(&op);
    SmallVector<Type> types;
    for (Operation &op : block.without_terminator())
      types.push_back(newType(op.getResult(0)));
    for (BlockArgument argument : block.getArguments())
      argument.setType(newType(argument));
    for (auto [op, type] : llvm::zip(block.without_terminator(), types))
      op.getResult(0).setType(type);
    b.setInsertionPointAfter(group);
    for (auto [result, yielded] : llvm::zip(group.getResults(), block.getTerminator()->getOperands())) {
      Type old = result.getType();
      if (old == yielded.getType())
        continue;
      result.setType(yielded.getType());
      auto reshape = ReshapeOp::create(b, group.getLoc(), old, result);
      result.replaceAllUsesExcept(reshape, reshape);
    }
    return removed;
  }

private:
  Type newType(Value value) {
    auto tensor = cast<RankedTensorType>(value.getType());
    SmallVector<SymExpr> dims;
    for (auto [position, dim] : llvm::zip(positions[value], getDims(tensor))) {
      if (position == static_cast<int64_t>(dims.size()))
        dims.push_back(dim);
      else
        dims.back() = dims.back() * dim;
    }
    return getTensorType(dims, tensor.getElementType());
  }
  /// New numbers of a list of old dims, each once, in order of appearance.
  SmallVector<int64_t> renumber(Value value, ArrayRef<int64_t> dims) {
    SmallVector<int64_t> result;
    for (int64_t d : dims)
      if (result.empty() || result.back() != positions[value][d])
        result.push_back(positions[value][d]);
    return result;
  }
  /// One entry per new dim, from the first old dim that falls into it: merged dims are untouched ones.
  template <typename T> SmallVector<T> pickFirst(Value value, ArrayRef<T> entries) {
    SmallVector<T> result;
    for (auto [d, entry] : llvm::enumerate(entries))
      if (positions[value][d] == static_cast<int64_t>(result.size()))
        result.push_back(entry);
    return result;
  }
  void rewriteAttributes(Operation *op) {
    Value result = op->getResult(0);
    OpBuilder b(op);
    if (auto transpose = dyn_cast<TransposeOp>(op)) {
      transpose.setPerm(renumber(transpose.getInput(), transpose.getPerm()));
    } else if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
      broadcast.setDims(renumber(result, broadcast.getDims()));
    } else if (auto reduce = dyn_cast<ReduceOp>(op)) {
      SmallVector<int64_t> dims(reduce.getDims());
      llvm::sort(dims);
      reduce.setDims(renumber(reduce.getInput(), dims));
    } else if (auto gather = dyn_cast<GatherOp>(op)) {
      gather.setAxis(positions[gather.getData()][gather.getAxis()]);
    } else if (auto concat = dyn_cast<ConcatOp>(op)) {
      concat.setAxis(positions[result][concat.getAxis()]);
    } else if (auto pad = dyn_cast<PadOp>(op)) {
      pad.setLow(pickFirst<int64_t>(result, pad.getLow()));
    } else if (auto slice = dyn_cast<SliceOp>(op)) {
      SmallVector<StringRef> starts = llvm::to_vector(slice.getStarts().getAsValueRange<StringAttr>());
      slice.setStartsAttr(b.getStrArrayAttr(pickFirst<StringRef>(result, starts)));
      slice.setSteps(pickFirst<int64_t>(result, slice.getSteps()));
    }
  }

  stitch::GroupOp group;
  const Boundaries &boundaries;
  DenseMap<Value, SmallVector<int64_t>> positions;
};

struct CollapseDims : impl::CollapseDimsBase<CollapseDims> {
  void runOnOperation() override {
    SmallVector<stitch::GroupOp> groups;
    getOperation().walk([&](stitch::GroupOp group) {
      std::optional<stitch::Plan> plan = stitch::Plan::fromAttr(group.getPlan());
      // A placement numbers the dims; once it exists they stay.
      if (plan->kind == stitch::PlanKind::Memory && plan->regions.empty())
        groups.push_back(group);
    });
    for (stitch::GroupOp group : groups) {
      Boundaries boundaries(group);
      numCollapsed += Collapser(group, boundaries).run();
    }
  }
};
} // namespace
} // namespace tao
