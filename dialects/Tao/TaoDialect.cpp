// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of the tensor dialect, its size encoding and helpers on tensor types.
#include "dialects/Tao/TaoDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "dialects/Tao/TaoDialect.cpp.inc"
#include "dialects/Tao/TaoEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Tao/TaoAttrs.cpp.inc"
#include "dialects/Tao/TaoInterfaces.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Tao/TaoOps.cpp.inc"

namespace tao {

void TaoDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Tao/TaoAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Tao/TaoOps.cpp.inc"
      >();
}

Operation *TaoDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, elements);
}

LogicalResult DimsAttr::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<StringAttr> exprs) {
  for (StringAttr text : exprs) {
    std::optional<SymExpr> expr = SymExpr::parse(text.getValue());
    if (!expr)
      return emitError() << "malformed size expression '" << text.getValue() << "'";
    if (expr->str() != text.getValue())
      return emitError() << "size expression '" << text.getValue() << "' is not canonical; write '" << expr->str()
                         << "'";
    if (expr->isConstant())
      return emitError() << "size expression '" << text.getValue() << "' is a constant; write it as the extent";
  }
  return success();
}

LogicalResult DimsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                                       function_ref<InFlightDiagnostic()> emitError) const {
  size_t dynamic = llvm::count(shape, ShapedType::kDynamic);
  if (dynamic != getExprs().size())
    return emitError() << "tensor has " << dynamic << " dynamic extents but " << getExprs().size()
                       << " size expressions";
  return success();
}

bool hasDims(RankedTensorType type) { return type.hasStaticShape() || isa_and_nonnull<DimsAttr>(type.getEncoding()); }

SmallVector<SymExpr> getDims(RankedTensorType type) {
  SmallVector<SymExpr> dims;
  auto encoding = dyn_cast_or_null<DimsAttr>(type.getEncoding());
  size_t next = 0;
  for (int64_t extent : type.getShape()) {
    if (!ShapedType::isDynamic(extent)) {
      dims.push_back(extent);
      continue;
    }
    assert(encoding && "verified tensors have a size for each dynamic extent");
    dims.push_back(*SymExpr::parse(encoding.getExprs()[next++].getValue()));
  }
  return dims;
}

RankedTensorType getTensorType(ArrayRef<SymExpr> dims, Type elementType) {
  SmallVector<int64_t> shape;
  SmallVector<StringAttr> exprs;
  for (const SymExpr &dim : dims) {
    if (auto value = dim.constant()) {
      shape.push_back(*value);
      continue;
    }
    shape.push_back(ShapedType::kDynamic);
    exprs.push_back(StringAttr::get(elementType.getContext(), dim.str()));
  }
  Attribute encoding = exprs.empty() ? Attribute() : DimsAttr::get(elementType.getContext(), exprs);
  return RankedTensorType::get(shape, elementType, encoding);
}

SymExpr getNumElements(ArrayRef<SymExpr> dims) {
  SymExpr product = 1;
  for (const SymExpr &dim : dims)
    product = product * dim;
  return product;
}

int64_t getElementBytes(Type elementType) { return llvm::divideCeil(elementType.getIntOrFloatBitWidth(), 8); }

OpClass getElementwiseClass(Operation *op) {
  return llvm::TypeSwitch<Operation *, OpClass>(op)
#define TAO_UNARY(Op, cost, ...) .Case<Op>([](auto) { return OpClass::cost; })
#define TAO_BINARY(Op, cost, ...) .Case<Op>([](auto) { return OpClass::cost; })
#include "dialects/Tao/Elementwise.def"
      .Case<CmpOp, SelectOp, CastOp, IsNanOp>([](auto) { return OpClass::Light; })
      .Default([](auto) { return OpClass::Opaque; });
}

bool isControlFlow(Operation *op) { return isa_and_nonnull<LoopOp, IfOp, RunLoopOp, RunIfOp>(op); }

RankedTensorType getRowType(RankedTensorType type) {
  SmallVector<SymExpr> dims = getDims(type);
  return getTensorType(ArrayRef(dims).drop_front(), type.getElementType());
}

bool isElementwise(Operation *op) { return getElementwiseClass(op) != OpClass::Opaque; }

} // namespace tao
