// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Moves merging reshapes out of chains of fusible ops. Before: reshapes anywhere. After: a merging reshape between two
// fusible ops remains only where it commutes with neither side. Splitting reshapes stay: kernels compute them.
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/Passes.h"
#include "passes/fuse/Reshapes.h"
#include <set>

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_MOVERESHAPES
#include "passes/fuse/Passes.h.inc"

namespace {

/// Ops that planners put inside kernels beside others.
bool isFusible(Operation *op) { return op && isa<IndexMapOpInterface>(op) && !isa<ContractOp, ConvOp, ReshapeOp>(op); }

/// True for values that are in memory whatever the planner does, so that a reshape of them is a view.
bool isStored(Value value) {
  Operation *op = value.getDefiningOp();
  if (!isFusible(op) || cast<IndexMapOpInterface>(op).getOpClass() == OpClass::Reduction)
    return true;
  if (isHeavy(op) && !llvm::all_equal(value.getUsers()))
    return true;
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    if (auto reshape = dyn_cast<ReshapeOp>(user))
      return llvm::any_of(reshape->getUsers(), [](Operation *reader) { return !isFusible(reader); });
    return !isFusible(user);
  });
}

/// Rebuilds the producers of a value in another shape, up to stored values. One object checks (`builder` null) or
/// builds.
class Hoister {
public:
  explicit Hoister(OpBuilder *builder) : builder(builder) {}

  /// `value` in `shape`; `readers` are the ops that will read the new value instead. Null when it cannot be; when only
  /// checking, `value` itself stands for success.
  Value hoist(Value value, ArrayRef<SymExpr> shape, const llvm::SmallPtrSetImpl<Operation *> &readers, int depth = 0) {
    if (ArrayRef<SymExpr>(getDims(value)) == shape)
      return value;
    Operation *op = value.getDefiningOp();
    if (auto reshape = dyn_cast_if_present<ReshapeOp>(op))
      return hoist(reshape.getInput(), shape, only(op), depth + 1);
    if (depth > kMaxDepth)
      return {};
    if (isStored(value) || isSplatConstant(value)) {
      if (!builder)
        return value;
      if (canViewAs(value, shape))
        return viewAs(*builder, value.getLoc(), value, shape);
      // A broadcast that is stored: its copy in memory can be viewed in any shape.
      return ReshapeOp::create(*builder, value.getLoc(),
                               getTensorType(shape, cast<RankedTensorType>(value.getType()).getElementType()), value);
    }
    if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
      auto form = reshapeBroadcast(broadcast, shape);
      return form ? hoistMovement(broadcast, *form, shape, depth) : Value();
    }
    if (!allReadBy(value, readers))
      return {};
    if (auto transpose = dyn_cast<TransposeOp>(op)) {
      auto form = reshapeTranspose(transpose, shape);
      return form ? hoistMovement(transpose, *form, shape, depth) : Value();
    }
    return isElementwise(op) ? hoistElementwise(op, shape, readers, depth) : Value();
  }

private:
  static constexpr int kMaxDepth = 8;
  static constexpr size_t kMaxOps = 128;
  static bool allReadBy(Value value, const llvm::SmallPtrSetImpl<Operation *> &readers) {
    return llvm::all_of(value.getUsers(), [&](Operation *user) { return readers.contains(user); });
  }
  static llvm::SmallPtrSet<Operation *, 8> only(Operation *op) {
    llvm::SmallPtrSet<Operation *, 8> set;
    set.insert(op);
    return set;
  }

  template <typename Op> Value hoistMovement(Op op, const MovedForm &form, ArrayRef<SymExpr> shape, int depth) {
    Value operand = hoist(op.getInput(), form.operandDims, only(op), depth + 1);
    if (!operand || !builder)
      return operand;
    Type element = cast<RankedTensorType>(op.getType()).getElementType();
    return Op::create(*builder, op.getLoc(), getTensorType(shape, element), operand, form.dims);
  }

  /// A whole dag of elementwise ops at once, since its values may have several readers inside.
  Value hoistElementwise(Operation *root, ArrayRef<SymExpr> shape, const llvm::SmallPtrSetImpl<Operation *> &readers,
                         int depth) {
    auto later = [](Operation *a, Operation *b) { return b->isBeforeInBlock(a); };
    std::set<Operation *, decltype(later)> pending(later);
    llvm::SmallPtrSet<Operation *, 8> region(readers.begin(), readers.end());
    SmallVector<Operation *> ops;
    llvm::SetVector<Value> leaves;
    pending.insert(root);
    while (!pending.empty()) {
      Operation *op = *pending.begin();
      pending.erase(pending.begin());
      bool inside =
          isElementwise(op) && allReadBy(op->getResult(0), region) && (op == root || !isStored(op->getResult(0)));
      if (!inside) {
        leaves.insert(op->getResult(0));
        continue;
      }
      region.insert(op);
      ops.push_back(op);
      if (ops.size() > kMaxOps)
        return {};
      for (Value operand : op->getOperands())
        if (Operation *producer = operand.getDefiningOp())
          pending.insert(producer);
        else
          leaves.insert(operand);
    }
    IRMapping mapping;
    for (Value leaf : leaves) {
      // An elementwise leaf that is not stored has readers elsewhere: it would have to be computed in both shapes.
      if (!isStored(leaf) && isElementwise(leaf.getDefiningOp()))
        return {};
      Value moved = hoist(leaf, shape, region, depth + 1);
      if (!moved)
        return {};
      mapping.map(leaf, moved);
    }
    if (!builder)
      return root->getResult(0);
    for (Operation *op : llvm::reverse(ops)) {
      auto operands = llvm::map_to_vector(op->getOperands(), [&](Value v) { return mapping.lookup(v); });
      mapping.map(op->getResult(0), cloneElementwise(*builder, op, operands, shape)->getResult(0));
    }
    return mapping.lookup(root->getResult(0));
  }

  OpBuilder *builder;
};

struct MoveReshapesPass : impl::MoveReshapesBase<MoveReshapesPass> {
  void runOnOperation() override {
    getOperation().walk([&](ReshapeOp op) { worklist.insert(op); });
    // Readers first: a reshape that moves up may meet others on its way and swallow them.
    while (!worklist.empty()) {
      auto reshape = cast<ReshapeOp>(worklist.pop_back_val());
      bool isView = isStored(reshape.getInput()) || llvm::none_of(reshape->getUsers(), isFusible);
      if (isView || isSplittingReshape(reshape))
        continue;
      Operation *dead = reshape, *reader = *reshape->getUsers().begin();
      if (hoist(reshape)) {
        ++numMoved;
      } else if (ReshapeOp below = sink(reshape)) {
        ++numMoved;
        worklist.insert(below);
        dead = reader;
      }
      eraseDead(dead);
    }
  }

  /// Ops left behind would count as readers of what they read.
  void eraseDead(Operation *root) {
    llvm::SetVector<Operation *> pending;
    pending.insert(root);
    while (!pending.empty()) {
      Operation *op = pending.pop_back_val();
      if (!op->use_empty() || !isPure(op))
        continue;
      for (Value operand : op->getOperands())
        if (operand.getDefiningOp())
          pending.insert(operand.getDefiningOp());
      worklist.remove(op);
      op->erase();
    }
  }

  bool hoist(ReshapeOp reshape) {
    SmallVector<SymExpr> shape = tao::getDims(reshape.getResult());
    llvm::SmallPtrSet<Operation *, 8> readers;
    readers.insert(reshape);
    if (!Hoister(nullptr).hoist(reshape.getInput(), shape, readers))
      return false;
    OpBuilder builder(reshape);
    reshape.getResult().replaceAllUsesWith(Hoister(&builder).hoist(reshape.getInput(), shape, readers));
    return true;
  }

  /// reader(reshape(x), others) => reshape(reader(x, others in x's shape)).
  ReshapeOp sink(ReshapeOp reshape) {
    if (reshape.getResult().use_empty() || !llvm::all_equal(reshape->getUsers()))
      return {};
    Operation *reader = *reshape->getUsers().begin();
    if (!isElementwise(reader))
      return {};
    SmallVector<SymExpr> shape = tao::getDims(reshape.getInput());
    llvm::SmallPtrSet<Operation *, 8> readers;
    readers.insert(reader);
    for (Value operand : reader->getOperands())
      if (operand != reshape.getResult() && !Hoister(nullptr).hoist(operand, shape, readers))
        return {};
    OpBuilder builder(reader);
    auto operands = llvm::map_to_vector(reader->getOperands(), [&](Value operand) {
      return operand == reshape.getResult() ? reshape.getInput() : Hoister(&builder).hoist(operand, shape, readers);
    });
    Value result = cloneElementwise(builder, reader, operands, shape)->getResult(0);
    auto below = ReshapeOp::create(builder, reshape.getLoc(), reader->getResult(0).getType(), result);
    reader->getResult(0).replaceAllUsesWith(below.getResult());
    return below;
  }

  llvm::SetVector<Operation *> worklist;
};
} // namespace
} // namespace tao
