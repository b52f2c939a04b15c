// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlanSums.h.
#include "passes/schedule/stitch/PlanSums.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

PlanSum::PlanSum(const PlanView &view, int64_t op)
    : op(op), reduction(view.ops[op]), info(Emitter::getReduceInfo(reduction)),
      element(cast<RankedTensorType>(reduction->getOperand(0).getType()).getElementType()),
      isArg(isArgMonoid(info.monoid)) {}

void PlanSum::addTypes(SmallVectorImpl<Type> &types, SmallVectorImpl<Monoid> &monoids) const {
  types.push_back(info.type);
  if (isArg)
    types.push_back(IntegerType::get(info.type.getContext(), 64));
  monoids.push_back(info.monoid);
}

Value PlanSum::finish(OpBuilder &b, Location loc, Emitter &emitter, ValueRange raw) const {
  return isArg ? raw[1] : emitter.fromAccumulator(b, loc, raw[0], info, element);
}

SmallVector<Value> getOperandIndices(Operation *reduction, ArrayRef<Value> kept, ArrayRef<Value> reduced) {
  SmallVector<int64_t> dims;
  if (auto arg = dyn_cast<ArgReduceOp>(reduction))
    dims.push_back(arg.getDim());
  else
    llvm::append_range(dims, cast<tao::ReduceOp>(reduction).getDims());
  llvm::sort(dims);
  SmallVector<Value> source(kept.size() + reduced.size());
  for (auto [dim, index] : llvm::zip_equal(dims, reduced))
    source[dim] = index;
  size_t next = 0;
  for (Value &index : source)
    if (!index)
      index = kept[next++];
  return source;
}

SmallVector<Value> emitContribution(OpBuilder &b, Location loc, Emitter &emitter, const PlanSum &sum,
                                    ArrayRef<Value> indices) {
  Value element = emitter.emit(b, sum.reduction->getOperand(0), indices);
  SmallVector<Value> values{emitter.toAccumulator(b, loc, element, sum.info)};
  if (auto arg = dyn_cast<ArgReduceOp>(sum.reduction))
    values.push_back(arith::IndexCastOp::create(b, loc, b.getI64Type(), indices[arg.getDim()]));
  return values;
}

/// The type of partial results in memory: halves are floats.
static Type getPartialType(Type element) {
  return element.isF16() || element.isBF16() ? Float32Type::get(element.getContext()) : element;
}

void addPartials(KernelMemory &memory, const PlanView &view, int64_t op, const SymExpr &pieces) {
  auto [it, inserted] = memory.partials.try_emplace(op);
  if (inserted) {
    PlanSum sum(view, op);
    SmallVector<SymExpr> dims{pieces};
    llvm::append_range(dims, getDims(sum.reduction->getResult(0)));
    it->second.pieces = pieces;
    it->second.values = memory.addResult(getTensorType(dims, getPartialType(sum.element)));
    if (sum.isArg)
      it->second.indices = memory.addResult(getTensorType(dims, IntegerType::get(sum.element.getContext(), 64)));
  }
  memory.doVariantsDiffer |= it->second.pieces != pieces;
}

void storePartial(OpBuilder &b, Location loc, Emitter &emitter, const PlanSum &sum, ValueRange raw,
                  const KernelMemory::Partials &partials, ArrayRef<Value> outputs, ArrayRef<Value> indices) {
  Value partial = emitter.fromAccumulator(b, loc, raw[0], sum.info, sum.element);
  stitch::StoreOp::create(b, loc, partial, outputs[partials.values], indices);
  if (sum.isArg)
    stitch::StoreOp::create(b, loc, raw[1], outputs[partials.indices], indices);
}

} // namespace tao
