// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folders: identities that hold without looking at more than splat constants. Evaluation of constant tensors is a pass
// (passes/simplify), so that its cost and limits are in one place.
#include "dialects/Tao/TaoDialect.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace tao {

namespace {
/// True when `attribute` is a splat of `value`.
bool isSplat(Attribute attribute, double value) {
  auto splat = dyn_cast_or_null<SplatElementsAttr>(attribute);
  if (!splat)
    return false;
  if (isa<FloatType>(splat.getElementType()))
    return splat.getSplatValue<APFloat>().convertToDouble() == value;
  return splat.getSplatValue<APInt>().getSExtValue() == static_cast<int64_t>(value);
}

/// x + 0, x - 0, x * 1, x / 1, x ^ 1 are x. (-0 + 0 is 0, which compares equal to -0.)
OpFoldResult foldIdentity(Operation *op, ArrayRef<Attribute> operands) {
  Value x = op->getOperand(0);
  if (isa<AddOp, SubOp>(op) && isSplat(operands[1], 0))
    return x;
  if (isa<MulOp, DivOp, PowOp>(op) && isSplat(operands[1], 1))
    return x;
  if (isa<CastOp>(op) && x.getType() == op->getResult(0).getType())
    return x;
  if (isa<MaxOp, MinOp, AndOp, OrOp>(op) && x == op->getOperand(1))
    return x;
  return {};
}
} // namespace

#define TAO_FOLD(Op)                                                                                                   \
  OpFoldResult Op::fold(FoldAdaptor adaptor) { return foldIdentity(*this, adaptor.getOperands()); }
#define TAO_UNARY(Op, ...) TAO_FOLD(Op)
#define TAO_BINARY(Op, ...) TAO_FOLD(Op)
#include "dialects/Tao/Elementwise.def"

OpFoldResult CmpOp::fold(FoldAdaptor) { return {}; }
OpFoldResult IsNanOp::fold(FoldAdaptor) { return {}; }
OpFoldResult CastOp::fold(FoldAdaptor adaptor) { return foldIdentity(*this, adaptor.getOperands()); }
OpFoldResult SelectOp::fold(FoldAdaptor adaptor) {
  if (getOnTrue() == getOnFalse())
    return getOnTrue();
  if (auto condition = dyn_cast_or_null<SplatElementsAttr>(adaptor.getCondition()))
    return condition.getSplatValue<bool>() ? getOnTrue() : getOnFalse();
  return {};
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

OpFoldResult SizeOp::fold(FoldAdaptor) {
  std::optional<int64_t> value = SymExpr::parse(getExpr())->constant();
  if (!value)
    return {};
  return DenseElementsAttr::get(cast<ShapedType>(getType()), *value);
}

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getInput());
  auto type = cast<RankedTensorType>(getType());
  if (splat && type.hasStaticShape())
    return SplatElementsAttr::get(type, splat.getSplatValue<Attribute>());
  return {};
}
OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto inner = getInput().getDefiningOp<ReshapeOp>()) {
    setOperand(inner.getInput());
    return getResult();
  }
  auto type = cast<RankedTensorType>(getType());
  if (auto dense = dyn_cast_or_null<DenseElementsAttr>(adaptor.getInput()); dense && type.hasStaticShape())
    return dense.reshape(type);
  return {};
}
OpFoldResult TransposeOp::fold(FoldAdaptor) {
  if (llvm::equal(getPerm(), llvm::seq<int64_t>(0, getPerm().size())))
    return getInput();
  auto inner = getInput().getDefiningOp<TransposeOp>();
  if (!inner)
    return {};
  SmallVector<int64_t> perm;
  for (int64_t source : getPerm())
    perm.push_back(inner.getPerm()[source]);
  setPerm(perm);
  setOperand(inner.getInput());
  return getResult();
}
OpFoldResult SliceOp::fold(FoldAdaptor) {
  bool whole = getInput().getType() == getType() && llvm::all_of(getSteps(), [](int64_t step) { return step == 1; }) &&
               llvm::all_of(getStarts().getAsValueRange<StringAttr>(), [](StringRef start) { return start == "0"; });
  return whole ? OpFoldResult(getInput()) : OpFoldResult();
}
OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getInputs().size() == 1 ? OpFoldResult(getInputs().front()) : OpFoldResult();
}

} // namespace tao
