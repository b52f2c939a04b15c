// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each routine of the runtime demands of its operands.
#include "dialects/Tao/TaoDialect.h"

using namespace mlir;

namespace tao {

namespace {
Type elementOf(Value value) { return cast<RankedTensorType>(value.getType()).getElementType(); }

/// Types that a routine orders or adds up.
bool isComputable(Type type) {
  return type.isF32() || type.isF64() || type.isSignlessInteger(32) || type.isSignlessInteger(64);
}

LogicalResult expectShape(RoutineOp op, bool holds, StringRef shapes) {
  if (holds)
    return success();
  return op.emitOpError() << stringifyRoutineKind(op.getKind()) << " must have shapes " << shapes;
}
LogicalResult expectParam(RoutineOp op, size_t index, int64_t most) {
  int64_t value = op.getParams()[index];
  if (value >= 0 && value <= most)
    return success();
  return op.emitOpError() << "params[" << index << "] is " << value << ", must be at least 0 and at most " << most;
}

LogicalResult verifyScatter(RoutineOp op) {
  auto data = getDims(op.getInputs()[0]), rows = getDims(op.getInputs()[1]), updates = getDims(op.getInputs()[2]);
  auto result = getDims(op.getResult());
  bool fits = rows.size() == 1 && updates.size() == 2 && result.size() == 2 && updates[0] == rows[0] &&
              updates[1] == result[1] && (data.empty() || data == result);
  if (failed(expectShape(op, fits, "[r, w] or [], [n], [n, w] -> [r, w]")) || failed(expectParam(op, 0, 4)))
    return failure();
  Type type = elementOf(op.getResult());
  if (elementOf(op.getInputs()[0]) != type || elementOf(op.getInputs()[2]) != type)
    return op.emitOpError() << "data, updates and result must have one element type";
  if (!elementOf(op.getInputs()[1]).isSignlessInteger(64))
    return op.emitOpError() << "rows must be i64";
  if (op.getParams()[0] != 0 && !isComputable(type))
    return op.emitOpError() << "cannot combine elements of type " << type;
  return success();
}

LogicalResult verifyRows(RoutineOp op) {
  auto input = getDims(op.getInputs()[0]), result = getDims(op.getResult());
  bool isTopK = op.getKind() == RoutineKind::TopK;
  bool fits = input.size() == 2 && result.size() == 2 && input[0] == result[0] && (isTopK || input[1] == result[1]);
  if (failed(expectShape(op, fits, isTopK ? "[r, n] -> [r, k]" : "[r, n] -> [r, n]")))
    return failure();
  for (size_t i = 0; i < op.getParams().size(); ++i)
    if (failed(expectParam(op, i, 1)))
      return failure();
  Type type = elementOf(op.getInputs()[0]);
  if (!isComputable(type))
    return op.emitOpError() << "is not defined on elements of type " << type;
  Type expected = isTopK ? IntegerType::get(op.getContext(), 64) : type;
  if (elementOf(op.getResult()) != expected)
    return op.emitOpError() << "must give elements of type " << expected;
  return success();
}
} // namespace

LogicalResult RoutineOp::verify() {
  struct Arity {
    size_t inputs, params;
  };
  Arity arity = getKind() == RoutineKind::Scatter ? Arity{3, 1}
                : getKind() == RoutineKind::TopK  ? Arity{1, 1}
                                                  : Arity{1, 2};
  if (getInputs().size() != arity.inputs || getParams().size() != arity.params)
    return emitOpError() << stringifyRoutineKind(getKind()) << " takes " << arity.inputs << " operands and "
                         << arity.params << " params";
  return getKind() == RoutineKind::Scatter ? verifyScatter(*this) : verifyRows(*this);
}

} // namespace tao
