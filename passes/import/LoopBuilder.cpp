// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See LoopBuilder.h.
#include "passes/import/LoopBuilder.h"

using namespace mlir;

namespace tao {

RankedTensorType getStackedType(Value row, const SymExpr &count) {
  Dims dims = TensorBuilder::dimsOf(row);
  dims.insert(dims.begin(), count);
  return getTensorType(dims, TensorBuilder::typeOf(row));
}

LoopBuilder::LoopBuilder(TensorBuilder &build, ArrayRef<Type> rowTypes, ArrayRef<Value> carried)
    : build(build), numRows(rowTypes.size()) {
  OpBuilder &builder = build.builder();
  placeholder = LoopOp::create(builder, build.location, TypeRange(), StringAttr(), ValueRange(), ValueRange(),
                               builder.getDenseBoolArrayAttr({}));
  block = builder.createBlock(&placeholder.getBody());
  for (Type type : rowTypes)
    block->addArgument(type, build.location);
  for (Value value : carried)
    block->addArgument(value.getType(), build.location);
}

static SmallVector<Type> rowTypesOf(ArrayRef<Value> slices) {
  return llvm::map_to_vector(slices,
                             [](Value slice) -> Type { return getRowType(cast<RankedTensorType>(slice.getType())); });
}

LoopBuilder LoopBuilder::over(TensorBuilder &build, ArrayRef<Value> slices, ArrayRef<Value> carried) {
  return LoopBuilder(build, rowTypesOf(slices), carried);
}

SmallVector<Value> LoopBuilder::finish(std::optional<SymExpr> trips, const Rows &slices, ArrayRef<Value> carried,
                                       ArrayRef<Value> next, const Rows &rows) {
  OpBuilder &builder = build.builder();
  SmallVector<Value> yielded(next);
  llvm::append_range(yielded, rows.values);
  YieldOp::create(builder, build.location, yielded);

  SmallVector<Type> types = llvm::map_to_vector(carried, [](Value value) { return value.getType(); });
  for (Value row : rows.values)
    types.push_back(getStackedType(row, *trips));
  SmallVector<bool> reversed(slices.reversed);
  llvm::append_range(reversed, rows.reversed);
  if (!llvm::is_contained(reversed, true))
    reversed.clear();
  builder.setInsertionPoint(placeholder);
  auto loop = LoopOp::create(builder, build.location, types, trips ? builder.getStringAttr(trips->str()) : StringAttr(),
                             slices.values, carried, builder.getDenseBoolArrayAttr(reversed));
  loop.getBody().takeBody(placeholder.getBody());
  builder.setInsertionPointAfter(placeholder);
  placeholder.erase();
  builder.setInsertionPointAfter(loop);
  return llvm::to_vector_of<Value>(loop.getResults());
}

} // namespace tao
