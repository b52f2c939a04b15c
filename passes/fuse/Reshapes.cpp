// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Reshapes.h.
#include "passes/fuse/Reshapes.h"
#include "passes/fuse/GroupBuilder.h"

using namespace mlir;

namespace tao {

/// Which of two sizes is the larger, as far as can be told: -1, 0 (equal or unknown) or 1.
static int compareSizes(const SymExpr &a, const SymExpr &b) {
  if (a == b)
    return 0;
  auto x = a.constant(), y = b.constant();
  if (x && y)
    return *x < *y ? -1 : 1;
  if (a.exactDiv(b))
    return 1;
  return b.exactDiv(a) ? -1 : 0;
}

std::vector<DimRun> matchDims(ArrayRef<SymExpr> in, ArrayRef<SymExpr> out) {
  auto nonUnit = [](ArrayRef<SymExpr> dims) {
    SmallVector<int64_t> list;
    for (auto [i, dim] : llvm::enumerate(dims))
      if (!dim.isConstant(1))
        list.push_back(i);
    return list;
  };
  SmallVector<int64_t> inDims = nonUnit(in), outDims = nonUnit(out);
  std::vector<DimRun> runs;
  size_t i = 0, j = 0;
  while (i < inDims.size() && j < outDims.size()) {
    DimRun run;
    SymExpr inProduct = 1, outProduct = 1;
    auto takeIn = [&] { inProduct = inProduct * in[inDims[i]], run.in.push_back(inDims[i++]); };
    auto takeOut = [&] { outProduct = outProduct * out[outDims[j]], run.out.push_back(outDims[j++]); };
    takeIn(), takeOut();
    while (inProduct != outProduct && (i < inDims.size() || j < outDims.size())) {
      int order = compareSizes(inProduct, outProduct);
      if (i < inDims.size() && (order <= 0 || j == outDims.size()))
        takeIn();
      if (j < outDims.size() && (order >= 0 || i == inDims.size()) && inProduct != outProduct)
        takeOut();
    }
    runs.push_back(std::move(run));
  }
  // Left over only where sizes were not comparable.
  if (i < inDims.size() || j < outDims.size()) {
    if (runs.empty())
      runs.emplace_back();
    runs.back().in.append(inDims.begin() + i, inDims.end());
    runs.back().out.append(outDims.begin() + j, outDims.end());
  }
  for (auto [d, dim] : llvm::enumerate(in))
    if (dim.isConstant(1))
      runs.push_back({{static_cast<int64_t>(d)}, {}});
  for (auto [d, dim] : llvm::enumerate(out))
    if (dim.isConstant(1))
      runs.push_back({{}, {static_cast<int64_t>(d)}});
  return runs;
}

std::optional<MovedForm> reshapeBroadcast(BroadcastOp op, ArrayRef<SymExpr> shape) {
  SmallVector<SymExpr> operand = tao::getDims(op.getInput()), result = tao::getDims(op.getResult());
  SmallVector<bool> varies(result.size(), false);
  for (auto [i, dim] : llvm::enumerate(op.getDims()))
    varies[dim] = !operand[i].isConstant(1);
  SmallVector<bool> kept(shape.size(), false);
  for (const DimRun &run : matchDims(result, shape)) {
    auto varying = llvm::count_if(run.in, [&](int64_t dim) { return varies[dim]; });
    if (varying == 0)
      continue;
    if (varying != static_cast<int64_t>(run.in.size()))
      return std::nullopt;
    for (int64_t dim : run.out)
      kept[dim] = true;
  }
  MovedForm form;
  for (auto [dim, keep] : llvm::enumerate(kept))
    if (keep) {
      form.operandDims.push_back(shape[dim]);
      form.dims.push_back(dim);
    }
  return form;
}

std::optional<MovedForm> reshapeTranspose(TransposeOp op, ArrayRef<SymExpr> shape) {
  SmallVector<SymExpr> result = tao::getDims(op.getResult());
  // Runs must be whole in the operand too; there they stand in the order of their first source dim.
  std::vector<std::pair<int64_t, SmallVector<int64_t>>> bySource;
  SmallVector<int64_t> units;
  for (const DimRun &run : matchDims(result, shape)) {
    if (run.in.empty() || run.out.empty()) {
      units.append(run.out);
      continue;
    }
    for (size_t i = 1; i < run.in.size(); ++i)
      if (op.getPerm()[run.in[i]] != op.getPerm()[run.in[i - 1]] + 1)
        return std::nullopt;
    bySource.push_back({op.getPerm()[run.in.front()], run.out});
  }
  llvm::sort(bySource);
  MovedForm form;
  form.dims.resize(shape.size());
  auto place = [&](int64_t dim) {
    form.dims[dim] = form.operandDims.size();
    form.operandDims.push_back(shape[dim]);
  };
  for (auto &[source, dims] : bySource)
    llvm::for_each(dims, place);
  llvm::for_each(units, place);
  return form;
}

static Value lookThroughReshapes(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value;
}

bool canViewAs(Value value, ArrayRef<SymExpr> shape) {
  value = lookThroughReshapes(value);
  auto broadcast = value.getDefiningOp<BroadcastOp>();
  if (!broadcast || ArrayRef<SymExpr>(getDims(value)) == shape)
    return true;
  auto form = reshapeBroadcast(broadcast, shape);
  return form && canViewAs(broadcast.getInput(), form->operandDims);
}

Value viewAs(OpBuilder &builder, Location loc, Value value, ArrayRef<SymExpr> shape) {
  value = lookThroughReshapes(value);
  if (ArrayRef<SymExpr>(getDims(value)) == shape)
    return value;
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  RankedTensorType type = getTensorType(shape, element);
  if (isSplatConstant(value) && type.hasStaticShape()) {
    auto splat = cast<SplatElementsAttr>(value.getDefiningOp<ConstantOp>().getValue());
    return ConstantOp::create(builder, loc, SplatElementsAttr::get(type, splat.getSplatValue<Attribute>()));
  }
  if (auto broadcast = value.getDefiningOp<BroadcastOp>()) {
    MovedForm form = *reshapeBroadcast(broadcast, shape);
    return BroadcastOp::create(builder, loc, type, viewAs(builder, loc, broadcast.getInput(), form.operandDims),
                               form.dims);
  }
  return ReshapeOp::create(builder, loc, type, value);
}

Operation *cloneElementwise(OpBuilder &builder, Operation *op, ArrayRef<Value> operands, ArrayRef<SymExpr> shape) {
  Operation *copy = op->clone();
  copy->setOperands(operands);
  Value result = copy->getResult(0);
  result.setType(getTensorType(shape, cast<RankedTensorType>(result.getType()).getElementType()));
  builder.insert(copy);
  return copy;
}

} // namespace tao
