// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See SumPartials.h.
#include "passes/schedule/stitch/SumPartials.h"

using namespace mlir;

namespace tao {

namespace {
/// The op's result from its partial ones.
Value sumUp(OpBuilder &b, const PartialSum &sum, Value values, Value indices) {
  Location loc = sum.op->getLoc();
  auto result = cast<RankedTensorType>(sum.op->getResult(0).getType());
  auto dims = getDims(result);
  auto arg = dyn_cast<ArgReduceOp>(sum.op);
  if (!arg) {
    Type element = cast<RankedTensorType>(values.getType()).getElementType();
    Value total = tao::ReduceOp::create(b, loc, getTensorType(dims, element), cast<tao::ReduceOp>(sum.op).getKind(),
                                        values, b.getDenseI64ArrayAttr({0}));
    return total.getType() == result ? total : Value(CastOp::create(b, loc, result, total));
  }
  // The block with the best value, and that block's index.
  Type i64 = b.getI64Type();
  Value best = ArgReduceOp::create(b, loc, getTensorType(dims, i64), arg.getKind(), values, 0, arg.getSelectLast());
  SmallVector<SymExpr> row{1};
  llvm::append_range(row, dims);
  best = ReshapeOp::create(b, loc, getTensorType(row, i64), best);
  Value index = GatherElementsOp::create(b, loc, getTensorType(row, i64), indices, best, 0);
  index = ReshapeOp::create(b, loc, getTensorType(dims, i64), index);
  return index.getType() == result ? index : Value(CastOp::create(b, loc, result, index));
}

/// Sums that one loop nest makes: roots that are reductions of equal shape. Everything else is alone.
bool areAlike(const PartialSum &a, const PartialSum &b) {
  auto isRoot = [](const PartialSum &sum) {
    Type element = cast<RankedTensorType>(sum.op->getResult(0).getType()).getElementType();
    return isa<tao::ReduceOp>(sum.op) && !element.isF16() && !element.isBF16();
  };
  return isRoot(a) && isRoot(b) && getDims(a.values) == getDims(b.values);
}
} // namespace

DenseMap<Operation *, Value> sumPartials(OpBuilder &b, ArrayRef<PartialSum> sums, StringRef planner) {
  std::vector<SmallVector<PartialSum>> families;
  for (const PartialSum &sum : sums) {
    auto it = llvm::find_if(families, [&](const auto &family) { return areAlike(family.front(), sum); });
    (it == families.end() ? families.emplace_back() : *it).push_back(sum);
  }
  DenseMap<Operation *, Value> totals;
  for (const auto &family : families) {
    SmallVector<Value> inputs;
    SmallVector<Type> results;
    SmallVector<Location> locs;
    for (const PartialSum &sum : family) {
      inputs.push_back(sum.values);
      if (sum.indices)
        inputs.push_back(sum.indices);
      results.push_back(sum.op->getResult(0).getType());
      locs.push_back(sum.op->getLoc());
    }
    stitch::Plan plan;
    plan.planner = planner.str();
    auto group = stitch::GroupOp::create(b, b.getFusedLoc(locs), results, inputs, plan.toAttr(b.getContext()));
    Block *body = new Block;
    group.getBody().push_back(body);
    for (Value input : inputs)
      body->addArgument(input.getType(), input.getLoc());
    OpBuilder inner = OpBuilder::atBlockBegin(body);
    SmallVector<Value> values;
    size_t next = 0;
    for (const PartialSum &sum : family) {
      Value partial = body->getArgument(next++);
      Value indices = sum.indices ? Value(body->getArgument(next++)) : Value();
      values.push_back(sumUp(inner, sum, partial, indices));
    }
    stitch::YieldOp::create(inner, group.getLoc(), values);
    for (auto [sum, total] : llvm::zip_equal(family, group.getResults()))
      totals[sum.op] = total;
  }
  return totals;
}

} // namespace tao
