// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scalar algebra on elementwise ops. None of it reassociates floating point arithmetic.
//
//   c + x                     => x + c            constants, also broadcast ones, stand on the right of commutative ops
//   x + 0, x - 0, x * 1, ...  => x                with the constant behind a broadcast; plain ones are folders
//   x * -1, 0 - x             => -x               the latter for integers
//   x / c                     => x * (1/c)        when 1/c is exact, that is, every c a power of two
//   1 / x                     => reciprocal(x)
//   pow(x, 2 | 3)             => x*x, x*x*x
//   pow(x, 0.5 | -0.5 | -1)   => sqrt, rsqrt, reciprocal
//   reciprocal(sqrt(x))       => rsqrt(x)
//   -(-x), ~(~x)              => x
//   a - (-b), a + (-b)        => a + b, a - b
//   (-a) * (-b)               => a * b;  |(-x)| => |x|, ||x|| => |x|
//   ~(a < b)                  => a >= b           integers; for floats only == and !=, because of NaN
//   select(~c, a, b)          => select(c, b, a)
//   cast(cast(x))             => cast(x)          when the inner cast loses nothing
#include "passes/simplify/Patterns.h"

using namespace mlir;

namespace tao::simplify {

namespace {

bool isSplatOf(Value value, double number) { return getSplat(value) == number; }

struct ConstantsRight : RewritePattern {
  ConstantsRight(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isElementwise(op) || !op->hasTrait<OpTrait::IsCommutative>() || !isConstantExpr(op->getOperand(0)) ||
        isConstantExpr(op->getOperand(1)))
      return failure();
    Value lhs = op->getOperand(0), rhs = op->getOperand(1);
    rewriter.modifyOpInPlace(op, [&] { op->setOperands({rhs, lhs}); });
    return success();
  }
};

/// The folders' identities where broadcasts hide the constant.
template <typename Op, int identity> struct DropIdentity : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!isSplatOf(op.getRhs(), identity) || elementOf(op).isInteger(1))
      return failure();
    rewriter.replaceOp(op, op.getLhs());
    return success();
  }
};

struct MulByMinusOne : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MulOp op, PatternRewriter &rewriter) const override {
    if (auto lhs = op.getLhs().getDefiningOp<NegOp>(), rhs = op.getRhs().getDefiningOp<NegOp>(); lhs && rhs) {
      rewriter.replaceOpWithNewOp<MulOp>(op, lhs.getInput(), rhs.getInput());
      return success();
    }
    if (!isSplatOf(op.getRhs(), -1) || elementOf(op).isUnsignedInteger())
      return failure();
    rewriter.replaceOpWithNewOp<NegOp>(op, op.getLhs());
    return success();
  }
};

/// 1/c of a constant whose every element has an exact reciprocal; null otherwise.
ElementsAttr getExactReciprocal(ElementsAttr value) {
  auto dense = dyn_cast<DenseFPElementsAttr>(value);
  if (!dense)
    return {};
  bool exact = true;
  auto reciprocal = [&](const APFloat &element) {
    APFloat inverse(element.getSemantics());
    exact &= element.getExactInverse(&inverse);
    return inverse.bitcastToAPInt();
  };
  if (dense.isSplat()) {
    APInt bits = reciprocal(dense.getSplatValue<APFloat>());
    if (!exact)
      return {};
    return cast<ElementsAttr>(DenseElementsAttr::get(
        dense.getType(), APFloat(cast<FloatType>(dense.getElementType()).getFloatSemantics(), bits)));
  }
  auto result = dense.mapValues(dense.getElementType(), reciprocal);
  return exact ? cast<ElementsAttr>(result) : ElementsAttr();
}

struct SimplifyDiv : OpRewritePattern<DivOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DivOp op, PatternRewriter &rewriter) const override {
    if (!isFloatTensor(op))
      return failure();
    if (isSplatOf(op.getLhs(), 1)) {
      rewriter.replaceOpWithNewOp<ReciprocalOp>(op, op.getRhs());
      return success();
    }
    // The constant may be behind broadcasts; those are rebuilt over its reciprocal.
    SmallVector<Operation *> movement;
    Value root = op.getRhs();
    while (isa_and_nonnull<BroadcastOp, ReshapeOp, TransposeOp>(root.getDefiningOp())) {
      movement.push_back(root.getDefiningOp());
      root = movement.back()->getOperand(0);
    }
    auto constant = root.getDefiningOp<ConstantOp>();
    ElementsAttr reciprocal = constant ? getExactReciprocal(constant.getValue()) : ElementsAttr();
    if (!reciprocal)
      return failure();
    Value factor = ConstantOp::create(rewriter, constant.getLoc(), reciprocal);
    for (Operation *step : llvm::reverse(movement)) {
      IRMapping mapping;
      mapping.map(step->getOperand(0), factor);
      factor = rewriter.clone(*step, mapping)->getResult(0);
    }
    rewriter.replaceOpWithNewOp<MulOp>(op, op.getLhs(), factor);
    return success();
  }
};

struct SimplifyPow : OpRewritePattern<PowOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PowOp op, PatternRewriter &rewriter) const override {
    std::optional<double> exponent = getSplat(op.getRhs());
    Value x = op.getLhs();
    if (!exponent)
      return failure();
    if (*exponent == 2 || *exponent == 3) {
      Value product = MulOp::create(rewriter, op.getLoc(), x, x);
      if (*exponent == 3)
        product = MulOp::create(rewriter, op.getLoc(), product, x);
      rewriter.replaceOp(op, product);
      return success();
    }
    if (!isFloatTensor(op))
      return failure();
    if (*exponent == 0.5)
      rewriter.replaceOpWithNewOp<SqrtOp>(op, x);
    else if (*exponent == -0.5)
      rewriter.replaceOpWithNewOp<RsqrtOp>(op, x);
    else if (*exponent == -1)
      rewriter.replaceOpWithNewOp<ReciprocalOp>(op, x);
    else
      return failure();
    return success();
  }
};

struct ReciprocalOfSqrt : OpRewritePattern<ReciprocalOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReciprocalOp op, PatternRewriter &rewriter) const override {
    auto sqrt = op.getInput().getDefiningOp<SqrtOp>();
    if (!sqrt)
      return failure();
    rewriter.replaceOpWithNewOp<RsqrtOp>(op, sqrt.getInput());
    return success();
  }
};

template <typename Op> struct CancelPair : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().template getDefiningOp<Op>();
    if (!inner)
      return failure();
    rewriter.replaceOp(op, inner.getInput());
    return success();
  }
};

/// a + (-b) and a - (-b).
template <typename Op, typename Opposite> struct AbsorbNegation : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (auto negated = op.getRhs().template getDefiningOp<NegOp>()) {
      rewriter.replaceOpWithNewOp<Opposite>(op, op.getLhs(), negated.getInput());
      return success();
    }
    auto negated = op.getLhs().template getDefiningOp<NegOp>();
    if (!negated || !std::is_same_v<Op, AddOp>)
      return failure();
    rewriter.replaceOpWithNewOp<Opposite>(op, op.getRhs(), negated.getInput());
    return success();
  }
};

struct IntegerZeroMinus : OpRewritePattern<SubOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SubOp op, PatternRewriter &rewriter) const override {
    if (isFloatTensor(op) || !isSplatOf(op.getLhs(), 0))
      return failure();
    rewriter.replaceOpWithNewOp<NegOp>(op, op.getRhs());
    return success();
  }
};

struct SimplifyAbs : OpRewritePattern<AbsOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AbsOp op, PatternRewriter &rewriter) const override {
    Operation *inner = op.getInput().getDefiningOp();
    if (!isa_and_nonnull<AbsOp, NegOp>(inner))
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op->setOperand(0, inner->getOperand(0)); });
    return success();
  }
};

struct NotOfCmp : OpRewritePattern<NotOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(NotOp op, PatternRewriter &rewriter) const override {
    auto cmp = op.getInput().getDefiningOp<CmpOp>();
    if (!cmp)
      return failure();
    static constexpr CmpPredicate kNegated[] = {CmpPredicate::Ne, CmpPredicate::Eq, CmpPredicate::Ge,
                                                CmpPredicate::Gt, CmpPredicate::Le, CmpPredicate::Lt};
    bool isEquality = cmp.getPredicate() == CmpPredicate::Eq || cmp.getPredicate() == CmpPredicate::Ne;
    if (isFloatTensor(cmp.getLhs()) && !isEquality)
      return failure();
    rewriter.replaceOpWithNewOp<CmpOp>(op, op.getType(), kNegated[static_cast<unsigned>(cmp.getPredicate())],
                                       cmp.getLhs(), cmp.getRhs());
    return success();
  }
};

struct SelectOfNot : OpRewritePattern<SelectOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SelectOp op, PatternRewriter &rewriter) const override {
    auto negated = op.getCondition().getDefiningOp<NotOp>();
    if (!negated)
      return failure();
    rewriter.replaceOpWithNewOp<SelectOp>(op, negated.getInput(), op.getOnFalse(), op.getOnTrue());
    return success();
  }
};

/// True when every value of `from` exists in `to` and comes back from any further cast as if `to` had not been.
bool isLosslessCast(Type from, Type to) {
  auto fromFloat = dyn_cast<FloatType>(from), toFloat = dyn_cast<FloatType>(to);
  if (fromFloat && toFloat) {
    const llvm::fltSemantics &a = fromFloat.getFloatSemantics(), &b = toFloat.getFloatSemantics();
    return APFloat::semanticsPrecision(a) <= APFloat::semanticsPrecision(b) &&
           APFloat::semanticsMinExponent(a) >= APFloat::semanticsMinExponent(b) &&
           APFloat::semanticsMaxExponent(a) <= APFloat::semanticsMaxExponent(b);
  }
  if (from.isInteger(1))
    return !to.isInteger(1);
  if (fromFloat || toFloat || to.isInteger(1))
    return false;
  unsigned fromWidth = from.getIntOrFloatBitWidth(), toWidth = to.getIntOrFloatBitWidth();
  return from.isUnsignedInteger() ? fromWidth < toWidth : !to.isUnsignedInteger() && fromWidth <= toWidth;
}

struct CastOfCast : OpRewritePattern<CastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CastOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<CastOp>();
    if (!inner || !isLosslessCast(elementOf(inner.getInput()), elementOf(inner)))
      return failure();
    rewriter.replaceOpWithNewOp<CastOp>(op, op.getType(), inner.getInput());
    return success();
  }
};

} // namespace

void populateAlgebraPatterns(RewritePatternSet &patterns) {
  patterns.add<ConstantsRight, DropIdentity<AddOp, 0>, DropIdentity<SubOp, 0>, DropIdentity<MulOp, 1>,
               DropIdentity<DivOp, 1>, DropIdentity<PowOp, 1>, MulByMinusOne, SimplifyDiv, SimplifyPow,
               ReciprocalOfSqrt, CancelPair<NegOp>, CancelPair<NotOp>, AbsorbNegation<AddOp, SubOp>,
               AbsorbNegation<SubOp, AddOp>, IntegerZeroMinus, SimplifyAbs, NotOfCmp, SelectOfNot, CastOfCast>(
      patterns.getContext());
}

} // namespace tao::simplify
