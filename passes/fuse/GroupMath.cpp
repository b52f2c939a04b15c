// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Library groups. Before: tao ops. After: each contraction or convolution that the library takes is alone in a group of
// kind library with the longest chain of post-ops that follows it; what the library cannot do stays outside. Routines
// of the runtime are alone in their groups.
//
//   contract -> reshape -> add bias -> gelu      =>      group { contract -> add bias -> gelu } -> reshape
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/Passes.h"
#include "passes/fuse/PostOps.h"
#include "passes/fuse/Reshapes.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_GROUPMATH
#include "passes/fuse/Passes.h.inc"

namespace {
struct GroupMathPass : impl::GroupMathBase<GroupMathPass> {
  using GroupMathBase::GroupMathBase;

  void runOnOperation() override {
    SmallVector<Operation *> contractions, routines;
    bool failedAny = false;
    getOperation().walk([&](Operation *op) {
      if (op->getParentOfType<stitch::GroupOp>())
        return;
      if (isa<RoutineOp>(op))
        return routines.push_back(op);
      if (!isa<ContractOp, ConvOp>(op))
        return;
      if (isLibraryCapable(op))
        return contractions.push_back(op);
      // Phase simplify has rewritten the others.
      op->emitError() << "no library computes this " << op->getName().stripDialect() << " of type "
                      << op->getResult(0).getType();
      failedAny = true;
    });
    if (failedAny)
      return signalPassFailure();
    // Last first: where two contractions meet in an addition, the later one absorbs it, since the other's result is
    // there by then. The order of the walk is canonical.
    for (Operation *contraction : llvm::reverse(contractions))
      group(contraction);
    for (Operation *routine : routines)
      wrap({routine}, routine->getResult(0));
  }

  static bool isCurve(tao_post_op_kind kind) {
    return kind == TAO_POST_TANH || kind == TAO_POST_GELU_ERF || kind == TAO_POST_GELU_TANH;
  }

  void group(Operation *contraction) {
    SmallVector<Operation *> ops{contraction};
    Value value = contraction->getResult(0);
    SmallVector<PostOp> chain;
    while (epilogues) {
      std::optional<PostOpStage> stage = matchPostOp(value, contraction);
      if (!stage && succeeded(sinkReshape(value)))
        stage = matchPostOp(value, contraction);
      if (!stage || (!libraryCurves && isCurve(stage->post.kind)) || !appendPostOp(chain, stage->post))
        break;
      // Broadcasts of operands go along: the library repeats by itself. Those that the contraction reads, too, stand in
      // memory in any case.
      SmallVector<Operation *> movement;
      for (Operation *op : stage->ops)
        for (Value operand : op->getOperands()) {
          if (operand == value || llvm::is_contained(stage->ops, operand.getDefiningOp()))
            continue;
          SmallVector<Operation *> passed;
          stripMovement(operand, &passed);
          auto isRead = [&](Operation *moved) {
            return llvm::is_contained(contraction->getOperands(), moved->getResult(0));
          };
          movement.append(passed.begin(), llvm::find_if(passed, isRead));
        }
      for (Operation *op : llvm::reverse(movement))
        if (!llvm::is_contained(ops, op))
          ops.push_back(op);
      llvm::append_range(ops, stage->ops);
      value = stage->result;
      numPostOps += stage->ops.size();
    }

    wrap(ops, value);
  }

  /// Makes a group of `ops` that gives `value`.
  void wrap(ArrayRef<Operation *> ops, Value value) {
    // All operands are there where the last op stands.
    OpBuilder builder(ops.back());
    stitch::Plan plan;
    plan.planner = planner;
    plan.kind = stitch::PlanKind::Library;
    stitch::GroupOp group = createGroup(builder, ops, value, plan);
    ++numGroups;
    value.replaceAllUsesWith(group.getResult(0));
    for (Operation *op : llvm::reverse(ops))
      if (op->use_empty())
        op->erase();
  }

  /// `value` is read by one reshape, which the next post-op follows: moves that post-op above the reshape.
  LogicalResult sinkReshape(Value value) {
    auto reshape = value.hasOneUse() ? dyn_cast<ReshapeOp>(*value.getUsers().begin()) : ReshapeOp();
    std::optional<PostOpStage> stage = reshape ? matchPostOp(reshape.getResult(), reshape) : std::nullopt;
    if (!stage)
      return failure();
    SmallVector<SymExpr> shape = tao::getDims(value);
    auto isInner = [&](Value operand) {
      return operand == reshape.getResult() || llvm::is_contained(stage->ops, operand.getDefiningOp());
    };
    for (Operation *op : stage->ops)
      for (Value operand : op->getOperands())
        if (!isInner(operand) && !canViewAs(operand, shape))
          return failure();

    OpBuilder builder(stage->ops.back());
    IRMapping mapping;
    mapping.map(reshape.getResult(), value);
    for (Operation *op : stage->ops) {
      SmallVector<Value> operands;
      for (Value operand : op->getOperands())
        operands.push_back(isInner(operand) ? mapping.lookup(operand) : viewAs(builder, op->getLoc(), operand, shape));
      mapping.map(op->getResult(0), cloneElementwise(builder, op, operands, shape)->getResult(0));
    }
    Value result = ReshapeOp::create(builder, reshape.getLoc(), stage->result.getType(), mapping.lookup(stage->result));
    stage->result.replaceAllUsesWith(result);
    for (Operation *op : llvm::reverse(stage->ops))
      op->erase();
    reshape.erase();
    return success();
  }
};
} // namespace
} // namespace tao
