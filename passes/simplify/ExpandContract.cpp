// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rewrites contractions and convolutions that no library computes. After: those left are f32 or bf16 and sum over
// something.
//
//   f16: cast(contract(cast a, cast b)) in f32
//   others: reduce sum(mul(broadcast a, broadcast b)); convolutions in ExpandConv.cpp
#include "passes/simplify/ExpandConv.h"
#include "passes/simplify/Passes.h"
#include "passes/simplify/Patterns.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_EXPANDCONTRACT
#include "passes/simplify/Passes.h.inc"

namespace {
using namespace simplify;

Value makeCast(OpBuilder &builder, Location loc, Value value, Type element) {
  if (elementOf(value) == element)
    return value;
  return CastOp::create(builder, loc, withElement(value, element), value);
}

/// The sum of products as broadcasts to the loop nest, a product and a reduction.
Value expandContract(OpBuilder &builder, ContractOp op) {
  SmallVector<AffineMap> maps = op.getIndexMaps(); // loops: the result's dims in order, then the summed ones
  int64_t loops = maps[0].getNumDims(), rank = typeOf(op).getRank();
  SmallVector<SymExpr> extents(loops);
  for (unsigned i : {0u, 1u})
    for (auto [expr, extent] : llvm::zip(maps[i].getResults(), getDims(op->getOperand(i))))
      extents[cast<AffineDimExpr>(expr).getPosition()] = extent;
  Value operands[2];
  for (unsigned i : {0u, 1u}) {
    SmallVector<std::pair<int64_t, int64_t>> placed; // loop, operand dim
    for (auto [dim, expr] : llvm::enumerate(maps[i].getResults()))
      placed.push_back({cast<AffineDimExpr>(expr).getPosition(), static_cast<int64_t>(dim)});
    llvm::sort(placed);
    Value operand = makeCast(builder, op.getLoc(), op->getOperand(i), elementOf(op));
    operand = makeTranspose(builder, op.getLoc(), operand, llvm::to_vector(llvm::make_second_range(placed)));
    operands[i] =
        makeBroadcast(builder, op.getLoc(), operand, extents, llvm::to_vector(llvm::make_first_range(placed)));
  }
  Value product = MulOp::create(builder, op.getLoc(), operands[0], operands[1]);
  SmallVector<int64_t> summed = llvm::to_vector(llvm::seq<int64_t>(rank, loops));
  if (summed.empty())
    return product;
  return ReduceOp::create(builder, op.getLoc(), op.getType(), ReduceKind::Sum, product, summed);
}

struct ExpandContractPass : impl::ExpandContractBase<ExpandContractPass> {
  using ExpandContractBase::ExpandContractBase;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<ContractOp, ConvOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops)
      if (failed(legalize(op)))
        return signalPassFailure();
  }

private:
  LogicalResult legalize(Operation *op) {
    Type in = elementOf(op->getOperand(0)), out = elementOf(op->getResult(0));
    auto isFast = [&](Type type) { return type.isF32() || (type.isBF16() && !upcastBf16); };
    if (isEmptySum(op)) {
      OpBuilder builder(op);
      op->getResult(0).replaceAllUsesWith(makeSplat(builder, op->getLoc(), typeOf(op->getResult(0)), 0));
      op->erase();
      ++numExpanded;
      return success();
    }
    if (isFast(in) && (out == in || out.isF32()))
      return success();
    if ((in.isF16() || in.isBF16() || in.isF32()) && (out.isF16() || out.isBF16() || out.isF32()))
      return upcast(op);
    OpBuilder builder(op);
    FailureOr<Value> expanded = isa<ContractOp>(op) ? expandContract(builder, cast<ContractOp>(op))
                                                    : expandConv(builder, cast<ConvOp>(op), maxWindow);
    if (failed(expanded))
      return failure();
    op->getResult(0).replaceAllUsesWith(*expanded);
    op->erase();
    ++numExpanded;
    return success();
  }

  /// Nothing to add up, although the result may have elements; libraries differ on that.
  static bool isEmptySum(Operation *op) {
    return llvm::any_of(op->getOperands(), [](Value operand) {
      return typeOf(operand).hasStaticShape() && typeOf(operand).getNumElements() == 0;
    });
  }

  LogicalResult upcast(Operation *op) {
    OpBuilder builder(op);
    Type f32 = builder.getF32Type();
    for (OpOperand &operand : op->getOpOperands())
      operand.set(makeCast(builder, op->getLoc(), operand.get(), f32));
    Value result = op->getResult(0);
    Type narrow = elementOf(result);
    if (narrow != f32) {
      result.setType(withElement(result, f32));
      builder.setInsertionPointAfter(op);
      Value cast = makeCast(builder, op->getLoc(), result, narrow);
      result.replaceAllUsesExcept(cast, cast.getDefiningOp());
    }
    ++numUpcast;
    return success();
  }
};

} // namespace
} // namespace tao
