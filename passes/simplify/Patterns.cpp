// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the patterns of phase simplify share; see Patterns.h.
#include "passes/simplify/Patterns.h"
#include "dialects/Tao/ConstantData.h"

using namespace mlir;

namespace tao::simplify {

void applyToFixedPoint(func::FuncOp function, RewritePatternSet patterns) {
  int64_t numOps = 0;
  function.walk([&](Operation *) { ++numOps; });
  // Each pattern removes work or moves an op strictly down, so the fixed point is reached; the bound is for our
  // mistakes, which must not hang the compiler. What is there when it stops is as correct as any other state.
  GreedyRewriteConfig config;
  config.setUseTopDownTraversal(true)
      .setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled)
      .setMaxIterations(64)
      .setMaxNumRewrites(1000 + 64 * numOps);
  if (failed(applyPatternsGreedily(function, std::move(patterns), config)))
    function.emitWarning() << "simplification stopped before its fixed point";
}

std::optional<double> getSplat(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<BroadcastOp, ReshapeOp, TransposeOp>(op))
      break;
    value = op->getOperand(0);
  }
  auto constant = value.getDefiningOp<ConstantOp>();
  if (!constant)
    return std::nullopt;
  auto splat = dyn_cast<SplatElementsAttr>(constant.getValue());
  if (!splat)
    return std::nullopt;
  Type element = splat.getElementType();
  if (isa<FloatType>(element))
    return splat.getSplatValue<APFloat>().convertToDouble();
  APInt number = splat.getSplatValue<APInt>();
  return element.isUnsignedInteger() || element.isInteger(1) ? static_cast<double>(number.getZExtValue())
                                                             : static_cast<double>(number.getSExtValue());
}

static bool isConstantExpr(Value value, int depth) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (isa<ConstantOp>(op))
    return true;
  if (depth == 0 || !isa<TaoDialect>(op->getDialect()) || !isPure(op) || op->getNumOperands() == 0 || isControlFlow(op))
    return false;
  return llvm::all_of(op->getOperands(), [&](Value operand) { return isConstantExpr(operand, depth - 1); });
}
bool isConstantExpr(Value value) { return isConstantExpr(value, /*depth=*/6); }

Value makeSplat(OpBuilder &builder, Location loc, RankedTensorType type, double number) {
  Type element = type.getElementType();
  auto scalar = RankedTensorType::get({}, element);
  Attribute value;
  if (auto floating = dyn_cast<FloatType>(element))
    value = FloatAttr::get(floating, number);
  else
    value = IntegerAttr::get(element, static_cast<int64_t>(number));
  if (type.hasStaticShape())
    return ConstantOp::create(builder, loc, cast<ElementsAttr>(DenseElementsAttr::get(type, value)));
  Value constant = ConstantOp::create(builder, loc, cast<ElementsAttr>(DenseElementsAttr::get(scalar, value)));
  return BroadcastOp::create(builder, loc, type, constant, ArrayRef<int64_t>());
}

SmallVector<int64_t> invertPermutation(ArrayRef<int64_t> perm) {
  SmallVector<int64_t> inverse(perm.size());
  for (auto [i, source] : llvm::enumerate(perm))
    inverse[source] = i;
  return inverse;
}

Value makeTranspose(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> perm) {
  if (llvm::equal(perm, llvm::seq<int64_t>(0, perm.size())))
    return value;
  SmallVector<SymExpr> dims = permute<SymExpr>(getDims(value), perm);
  return TransposeOp::create(builder, loc, getTensorType(dims, elementOf(value)), value, perm);
}

Value makeReshape(OpBuilder &builder, Location loc, Value value, ArrayRef<SymExpr> dims) {
  RankedTensorType type = getTensorType(dims, elementOf(value));
  return type == value.getType() ? value : ReshapeOp::create(builder, loc, type, value).getResult();
}

Value makeBroadcast(OpBuilder &builder, Location loc, Value value, ArrayRef<SymExpr> dims,
                    ArrayRef<int64_t> positions) {
  RankedTensorType type = getTensorType(dims, elementOf(value));
  return type == value.getType() ? value : BroadcastOp::create(builder, loc, type, value, positions).getResult();
}

Value cloneElementwise(OpBuilder &builder, Operation *op, ArrayRef<Value> operands) {
  RankedTensorType type = withElement(operands.front(), elementOf(op->getResult(0)));
  OperationState state(op->getLoc(), op->getName(), operands, TypeRange(type),
                       op->getDiscardableAttrDictionary().getValue());
  state.propertiesAttr = op->getPropertiesAsAttribute();
  return builder.create(state)->getResult(0);
}

} // namespace tao::simplify
