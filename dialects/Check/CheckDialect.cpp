// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration, syntax and verifiers of the dialect of numeric tests.
#include "dialects/Check/CheckDialect.h"

using namespace mlir;

#include "dialects/Check/CheckDialect.cpp.inc"

namespace tao::check {

void CheckDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Check/CheckOps.cpp.inc"
      >();
}

static ParseResult parseAsType(OpAsmParser &parser, ElementsAttr value, Type &type) {
  if (succeeded(parser.parseOptionalKeyword("as")))
    return parser.parseType(type);
  type = value.getShapedType();
  return success();
}
static void printAsType(OpAsmPrinter &printer, Operation *, ElementsAttr value, Type type) {
  if (type != value.getShapedType())
    printer << "as " << type;
}

/// The extents of a value fit `type`, whose dynamic extents take any.
static LogicalResult verifyFits(Operation *op, ElementsAttr value, Type valueType) {
  auto type = cast<RankedTensorType>(valueType);
  ShapedType literal = value.getShapedType();
  bool fits = literal.hasStaticShape() && literal.getElementType() == type.getElementType() &&
              succeeded(verifyCompatibleShape(literal.getShape(), type.getShape()));
  return fits ? success() : op->emitOpError() << "value of type " << literal << " does not fit " << type;
}

LogicalResult InputOp::verify() { return verifyFits(*this, getValue(), getType()); }
LogicalResult ExpectEqOp::verify() { return verifyFits(*this, getExpected(), getActual().getType()); }
LogicalResult ExpectCloseOp::verify() {
  if (!(getAtol().convertToDouble() >= 0) || !(getRtol().convertToDouble() >= 0))
    return emitOpError() << "tolerances must not be negative";
  return verifyFits(*this, getExpected(), getActual().getType());
}

} // namespace tao::check

#define GET_OP_CLASSES
#include "dialects/Check/CheckOps.cpp.inc"
