// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifiers of control flow: bodies take and yield what their ops say, whether they are regions or functions.
#include "dialects/Tao/TaoDialect.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace tao {

namespace {
LogicalResult expectTypes(Operation *op, TypeRange actual, TypeRange expected, StringRef what) {
  if (actual == expected)
    return success();
  auto diagnostic = op->emitOpError() << what << " must have types (";
  llvm::interleaveComma(expected, diagnostic);
  diagnostic << "), has (";
  llvm::interleaveComma(actual, diagnostic);
  return diagnostic << ")";
}

LogicalResult expectTruthValue(Operation *op, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() == 0 && type.getElementType().isInteger(1))
    return success();
  return op->emitOpError() << "condition must be a tensor<i1>, is " << type;
}

/// What holds for a loop whatever its body is.
template <typename Op> LogicalResult verifyLoop(Op op) {
  size_t numCarried = op.getCarried().size();
  if (op.getNumResults() < numCarried)
    return op.emitOpError() << "has " << op.getNumResults() << " results for " << numCarried << " carried values";
  if (failed(expectTypes(op, op->getResults().take_front(numCarried).getTypes(), op.getCarried().getTypes(),
                         "results of carried values")))
    return failure();
  size_t numRows = op.getSlices().size() + op.getNumResults() - numCarried;
  if (!op.getReversed().empty() && op.getReversed().size() != numRows)
    return op.emitOpError() << "has " << op.getReversed().size() << " reversed flags for " << numRows
                            << " slices and stacked results";
  if (!op.getTrips()) {
    if (numRows)
      return op.emitOpError() << "needs trips for its slices and stacked results";
    if (!numCarried)
      return op.emitOpError() << "needs trips or a condition";
    return expectTruthValue(op, op.getCarried()[0]);
  }
  std::optional<SymExpr> trips = SymExpr::parse(*op.getTrips());
  if (!trips)
    return op.emitOpError() << "malformed trips '" << *op.getTrips() << "'";
  auto isStack = [&](Value value) {
    SmallVector<SymExpr> dims = getDims(value);
    return !dims.empty() && dims[0] == *trips;
  };
  for (Value value : op.getSlices())
    if (!isStack(value))
      return op.emitOpError() << "slice must have " << trips->str() << " rows, has type " << value.getType();
  for (Value value : op->getResults().drop_front(numCarried))
    if (!isStack(value))
      return op.emitOpError() << "stacked result must have " << trips->str() << " rows, has type " << value.getType();
  return success();
}

/// The function that `symbol` names, if it takes and gives these types.
LogicalResult verifyBody(Operation *op, SymbolTableCollection &symbols, FlatSymbolRefAttr symbol, TypeRange arguments,
                         TypeRange results) {
  auto function = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(op, symbol);
  if (!function)
    return op->emitOpError() << "body " << symbol << " is no function";
  if (failed(expectTypes(op, function.getArgumentTypes(), arguments, "arguments of the body")))
    return failure();
  return expectTypes(op, function.getResultTypes(), results, "results of the body");
}

LogicalResult verifyYield(Operation *op, Block &block, TypeRange expected) {
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield)
    return op->emitOpError() << "body must end in tao.yield";
  return expectTypes(op, yield.getValues().getTypes(), expected, "values yielded by the body");
}
} // namespace

LogicalResult LoopOp::verify() {
  if (failed(verifyLoop(*this)))
    return failure();
  Block &block = getBody().front();
  if (failed(expectTypes(*this, block.getArgumentTypes(), getBodyArgumentTypes(*this), "arguments of the body")))
    return failure();
  return verifyYield(*this, block, getBodyResultTypes(*this));
}

LogicalResult IfOp::verify() {
  if (failed(expectTruthValue(*this, getCondition())))
    return failure();
  for (Region *region : {&getThenBody(), &getElseBody()}) {
    if (region->getNumArguments())
      return emitOpError() << "bodies take no arguments";
    if (failed(verifyYield(*this, region->front(), getResultTypes())))
      return failure();
  }
  return success();
}

LogicalResult RunLoopOp::verify() { return verifyLoop(*this); }

LogicalResult RunLoopOp::verifySymbolUses(SymbolTableCollection &symbols) {
  SmallVector<Type> arguments = getBodyArgumentTypes(*this);
  llvm::append_range(arguments, getCaptures().getTypes());
  return verifyBody(*this, symbols, getBodyAttr(), arguments, getBodyResultTypes(*this));
}

LogicalResult RunIfOp::verify() { return expectTruthValue(*this, getCondition()); }

LogicalResult RunIfOp::verifySymbolUses(SymbolTableCollection &symbols) {
  for (FlatSymbolRefAttr body : {getThenBodyAttr(), getElseBodyAttr()})
    if (failed(verifyBody(*this, symbols, body, getCaptures().getTypes(), getResultTypes())))
      return failure();
  return success();
}

} // namespace tao
