// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See ElementEval.h.
#include "ElementEval.h"
#include "passes/interp/Evaluate.h"
#include "passes/interp/ScalarEval.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;

namespace tao {

static Type elementTypeOf(Value value) { return cast<RankedTensorType>(value.getType()).getElementType(); }

bool ElementEval::isFloat(Value value) { return isa<FloatType>(elementTypeOf(value)); }

bool ElementEval::isModular(Operation *op) {
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return reduce.getKind() == ReduceKind::Sum || reduce.getKind() == ReduceKind::Prod;
  return isFloat(op->getResult(0)) && isa<AddOp, SubOp, MulOp, NegOp, BroadcastOp, ReshapeOp, TransposeOp, SliceOp,
                                          ConcatOp, PadOp, ConstantOp, IotaOp>(op);
}

ElementEval::Index ElementEval::shapeOf(Value value) const {
  Index shape;
  for (const SymExpr &extent : getDims(value))
    shape.push_back(sizes.evaluate(extent).value_or(0));
  return shape;
}

Number ElementEval::modulo(Number number) const {
  if (prime > 0)
    number.real -= prime * std::floor(number.real / prime);
  return number;
}

Number ElementEval::elementOf(const HostTensor &tensor, ArrayRef<int64_t> index) const {
  int64_t at = 0;
  if (tensor.size() != 1) // a splat, or the only element
    for (auto [i, extent] : llvm::zip_equal(index, tensor.shape))
      at = at * extent + i;
  if (!tensor.isFloat())
    return {0, tensor.integers[at]};
  // A constant of the graph may be no whole number; any residue will do that stands for it everywhere.
  return modulo({prime > 0 ? std::floor(tensor.reals[at] * 1024) : tensor.reals[at], 0});
}

Number ElementEval::scalar(Operation *op, Read read, ArrayRef<int64_t> index) const {
  SmallVector<HostTensor, 3> operands;
  SmallVector<const HostTensor *> pointers;
  for (auto [k, operand] : llvm::enumerate(op->getOperands())) {
    HostTensor &tensor = operands.emplace_back(elementTypeOf(operand), ArrayRef<int64_t>());
    Number number = read(k, index);
    tensor.isFloat() ? void(tensor.reals[0] = number.real) : void(tensor.integers[0] = number.integer);
  }
  for (const HostTensor &tensor : operands)
    pointers.push_back(&tensor);
  std::string error;
  interp::OpCall call{op, pointers, {}, sizes, error};
  interp::Evaluated result = isElementwise(op) ? interp::evaluateElementwise(call) : interp::evaluateMovement(call);
  if (failed(result))
    return {NAN, 0};
  return result->isFloat() ? modulo({result->reals[0], 0}) : Number{0, result->integers[0]};
}

Number ElementEval::reduceWindow(ReduceWindowOp op, ArrayRef<int64_t> index, Read read) const {
  Index shape = shapeOf(op.getInput()), at(index.size(), 0), window(op.getWindow());
  Number result = identity(op);
  do {
    Index from;
    bool isInside = true;
    for (size_t d = 0; d < index.size(); ++d) {
      from.push_back(index[d] * op.getStrides()[d] + at[d] * op.getDilations()[d] - op.getPadLow()[d]);
      isInside &= from[d] >= 0 && from[d] < shape[d];
    }
    if (isInside)
      result = combine(op, result, read(0, from));
  } while (interp::nextIndex(at, window));
  return result;
}

Number ElementEval::evaluate(Operation *op, ArrayRef<int64_t> index, Read read) const {
  return llvm::TypeSwitch<Operation *, Number>(op)
      .Case([&](IotaOp o) {
        int64_t i = index[o.getDim()];
        return isFloat(o) ? modulo({static_cast<double>(i), 0}) : Number{0, wrapToType(i, elementTypeOf(o))};
      })
      .Case([&](BroadcastOp o) {
        Index from, shape = shapeOf(o.getInput());
        for (auto [d, dim] : llvm::enumerate(o.getDims()))
          from.push_back(shape[d] == 1 ? 0 : index[dim]);
        return read(0, from);
      })
      .Case([&](ReshapeOp o) {
        Index in = shapeOf(o.getInput()), out = shapeOf(o), from(in.size());
        int64_t linear = 0;
        for (size_t d = 0; d < out.size(); ++d)
          linear = linear * out[d] + index[d];
        for (size_t d = in.size(); d-- > 0; linear /= in[d])
          from[d] = linear % in[d];
        return read(0, from);
      })
      .Case([&](TransposeOp o) {
        Index from(index.size());
        for (auto [d, source] : llvm::enumerate(o.getPerm()))
          from[source] = index[d];
        return read(0, from);
      })
      .Case([&](SliceOp o) {
        Index from;
        for (auto [d, start] : llvm::enumerate(o.getStarts().getAsValueRange<StringAttr>()))
          from.push_back(*sizes.evaluate(*SymExpr::parse(start)) + index[d] * o.getSteps()[d]);
        return read(0, from);
      })
      .Case([&](PadOp o) {
        Index from, shape = shapeOf(o.getInput());
        for (auto [d, low] : llvm::enumerate(o.getLow()))
          from.push_back(index[d] - low);
        bool isInside = llvm::all_of(llvm::seq<size_t>(0, from.size()),
                                     [&](size_t d) { return from[d] >= 0 && from[d] < shape[d]; });
        return isInside ? read(0, from) : read(1, {});
      })
      .Case([&](ConcatOp o) {
        Index from(index);
        int64_t &along = from[o.getAxis()];
        for (auto [k, input] : llvm::enumerate(o.getInputs())) {
          int64_t extent = shapeOf(input)[o.getAxis()];
          if (along < extent)
            return read(k, from);
          along -= extent;
        }
        return Number{NAN, 0};
      })
      .Case([&](GatherOp o) {
        size_t axis = o.getAxis(), rank = shapeOf(o.getIndices()).size();
        Index from(index.take_front(axis));
        from.push_back(read(1, index.slice(axis, rank)).integer);
        llvm::append_range(from, index.drop_front(axis + rank));
        return read(0, from);
      })
      .Case([&](GatherElementsOp o) {
        Index from(index);
        from[o.getAxis()] = read(1, index).integer;
        return read(0, from);
      })
      .Case([&](ReduceWindowOp o) { return reduceWindow(o, index, read); })
      .Default([&](Operation *o) { return scalar(o, read, index); });
}

static ReduceKind kindOf(Operation *op) {
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return reduce.getKind();
  if (auto reduce = dyn_cast<ReduceWindowOp>(op))
    return reduce.getKind();
  return cast<ArgReduceOp>(op).getKind();
}

Number ElementEval::identity(Operation *op) const {
  Type type = elementTypeOf(op->getOperand(0));
  unsigned width = type.getIntOrFloatBitWidth();
  int64_t lowest = isUnsignedElement(type) ? 0 : static_cast<int64_t>(~uint64_t(0) << (width - 1));
  switch (kindOf(op)) {
  case ReduceKind::Sum:
    return {0, 0};
  case ReduceKind::Prod:
    return {1, 1};
  case ReduceKind::Max:
    return {-INFINITY, lowest};
  case ReduceKind::Min:
    return {INFINITY, wrapToType(~lowest, type)};
  }
  llvm_unreachable("covered switch");
}

Number ElementEval::combine(Operation *op, Number a, Number b) const {
  Type type = elementTypeOf(op->getOperand(0));
  bool isUnsigned = isUnsignedElement(type);
  switch (kindOf(op)) {
  case ReduceKind::Sum:
    return modulo({a.real + b.real, wrapToType(eval::wrapAdd(a.integer, b.integer), type)});
  case ReduceKind::Prod:
    return modulo({a.real * b.real, wrapToType(eval::wrapMul(a.integer, b.integer), type)});
  case ReduceKind::Max:
    return {eval::evalMax(a.real, b.real), eval::evalMaxI(a.integer, b.integer, isUnsigned)};
  case ReduceKind::Min:
    return {eval::evalMin(a.real, b.real), eval::evalMinI(a.integer, b.integer, isUnsigned)};
  }
  llvm_unreachable("covered switch");
}

} // namespace tao
