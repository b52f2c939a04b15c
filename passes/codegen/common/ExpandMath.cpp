// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Replaces math ops on f32 by the polynomials of FloatMath, and bf16 conversions by integer arithmetic.
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/codegen/Passes.h"
#include "passes/codegen/common/FloatMath.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_EXPANDMATH
#include "passes/codegen/Passes.h.inc"

namespace {
Value expand(Operation *op, FloatMath &m) {
  ValueRange x = op->getOperands();
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<math::ExpOp>([&](math::ExpOp exp) {
        bool isRough = arith::bitEnumContainsAll(exp.getFastmath(), arith::FastMathFlags::afn);
        return isRough ? m.expFlushed(x[0]) : m.exp(x[0]);
      })
      .Case<math::ExpM1Op>([&](auto) { return m.expm1(x[0]); })
      .Case<math::LogOp>([&](auto) { return m.log(x[0]); })
      .Case<math::Log1pOp>([&](auto) { return m.log1p(x[0]); })
      .Case<math::TanhOp>([&](auto) { return m.tanh(x[0]); })
      .Case<math::ErfOp>([&](auto) { return m.erf(x[0]); })
      .Case<math::SinOp>([&](auto) { return m.sin(x[0]); })
      .Case<math::CosOp>([&](auto) { return m.cos(x[0]); })
      .Case<math::PowFOp>([&](auto) { return m.pow(x[0], x[1]); })
      .Default([](Operation *) { return Value(); });
}

/// Integers become bf16 by way of f32, whose rounding the patterns below know.
template <typename Op> void widen(Op op) {
  Type type = op.getType(), element = getElementTypeOrSelf(type);
  if (!element.isBF16())
    return;
  OpBuilder b(op);
  Type wide = b.getF32Type();
  if (auto vector = dyn_cast<VectorType>(type))
    wide = vector.clone(wide);
  Value value = Op::create(b, op.getLoc(), wide, op.getIn());
  op.replaceAllUsesWith(Value(arith::TruncFOp::create(b, op.getLoc(), type, value)));
  op.erase();
}

struct ExpandMath : impl::ExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    SmallVector<Operation *> candidates;
    getOperation()->walk([&](Operation *op) {
      if (isa_and_nonnull<math::MathDialect>(op->getDialect()) && op->getNumResults() == 1 &&
          getElementTypeOrSelf(op->getResult(0).getType()).isF32())
        candidates.push_back(op);
    });
    for (Operation *op : candidates) {
      OpBuilder b(op);
      FloatMath math(b, op->getLoc(), op->getResult(0).getType());
      if (Value value = expand(op, math)) {
        op->replaceAllUsesWith(ValueRange{value});
        op->erase();
        ++numExpanded;
      }
    }
    getOperation()->walk([](Operation *op) {
      llvm::TypeSwitch<Operation *>(op).Case<arith::SIToFPOp, arith::UIToFPOp>([](auto o) { widen(o); });
    });
    // Few CPUs convert bf16; without this, LLVM calls a function that the C library does not have.
    RewritePatternSet patterns(&getContext());
    arith::populateExpandBFloat16Patterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
} // namespace tao
