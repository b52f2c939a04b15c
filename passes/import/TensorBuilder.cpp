// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Building of tao ops; see TensorBuilder.h.
#include "passes/import/TensorBuilder.h"
#include "dialects/Tao/ConstantData.h"

using namespace mlir;

namespace tao {

Dims TensorBuilder::dimsOf(Value value) {
  auto dims = getDims(value);
  return Dims(dims.begin(), dims.end());
}
Type TensorBuilder::typeOf(Value value) { return cast<RankedTensorType>(value.getType()).getElementType(); }
int64_t TensorBuilder::rankOf(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }

//===-- Scalars ---------------------------------------------------------------------------------------------------===//

Value TensorBuilder::constant(ElementsAttr value) { return ConstantOp::create(builder(), location, value); }

Value TensorBuilder::scalar(double number, Type elementType) {
  auto type = RankedTensorType::get({}, elementType);
  auto floating = dyn_cast<FloatType>(elementType);
  if (!floating)
    return scalar(APInt(64, static_cast<int64_t>(number), /*isSigned=*/true), elementType);
  APFloat value(number);
  bool inexact;
  value.convert(floating.getFloatSemantics(), APFloat::rmNearestTiesToEven, &inexact);
  return constant(DenseElementsAttr::get(type, value));
}

Value TensorBuilder::scalar(const APInt &number, Type elementType) {
  unsigned width = elementType.getIntOrFloatBitWidth();
  return constant(DenseElementsAttr::get(RankedTensorType::get({}, elementType), number.sextOrTrunc(width)));
}

Value TensorBuilder::size(const SymExpr &expr, Type elementType) {
  if (auto number = expr.constant())
    return isa<FloatType>(elementType) ? scalar(static_cast<double>(*number), elementType)
                                       : scalar(APInt(64, *number, true), elementType);
  auto type = RankedTensorType::get({}, builder().getI64Type());
  return cast(SizeOp::create(builder(), location, type, builder().getStringAttr(expr.str())), elementType);
}

Value TensorBuilder::indices(ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, builder().getI64Type());
  const char *start = reinterpret_cast<const char *>(values.data());
  return constant(getConstant(type, std::vector<char>(start, start + values.size() * sizeof(int64_t))));
}

//===-- Elementwise -----------------------------------------------------------------------------------------------===//

Dims TensorBuilder::commonDims(ArrayRef<SymExpr> a, ArrayRef<SymExpr> b) {
  Dims result(std::max(a.size(), b.size()));
  for (size_t i = 0; i < result.size(); ++i) {
    // Counted from the last dim.
    const SymExpr *left = i < a.size() ? &a[a.size() - 1 - i] : nullptr;
    const SymExpr *right = i < b.size() ? &b[b.size() - 1 - i] : nullptr;
    bool takeLeft = left && (!right || !left->isConstant(1));
    result[result.size() - 1 - i] = takeLeft ? *left : *right;
  }
  return result;
}

std::pair<Value, Value> TensorBuilder::align(Operand a, Operand b) {
  if (!a.value)
    a.value = scalar(a.number, typeOf(b.value));
  if (!b.value)
    b.value = scalar(b.number, typeOf(a.value));
  Dims dims = commonDims(dimsOf(a.value), dimsOf(b.value));
  return {broadcast(a.value, dims), broadcast(b.value, dims)};
}

Value TensorBuilder::compare(CmpPredicate predicate, Operand a, Operand b) {
  auto [lhs, rhs] = align(a, b);
  return CmpOp::create(builder(), location, getTensorType(dimsOf(lhs), builder().getI1Type()), predicate, lhs, rhs);
}

Value TensorBuilder::select(Value condition, Operand onTrue, Operand onFalse) {
  auto [lhs, rhs] = align(onTrue, onFalse);
  Dims dims = commonDims(dimsOf(lhs), dimsOf(condition));
  return SelectOp::create(builder(), location, broadcast(condition, dims), broadcast(lhs, dims), broadcast(rhs, dims));
}

Value TensorBuilder::cast(Value x, Type elementType) {
  if (typeOf(x) == elementType)
    return x;
  return CastOp::create(builder(), location, getTensorType(dimsOf(x), elementType), x);
}

Value TensorBuilder::widen(Value x) {
  Type type = typeOf(x);
  return type.isF16() || type.isBF16() ? cast(x, builder().getF32Type()) : x;
}

//===-- Movement --------------------------------------------------------------------------------------------------===//

Value TensorBuilder::retype(Value x, ArrayRef<SymExpr> dims) { return reshape(x, dims); }

Value TensorBuilder::broadcast(Value x, ArrayRef<SymExpr> dims) {
  SmallVector<int64_t> positions;
  int64_t rank = rankOf(x);
  for (int64_t i = 0; i < rank; ++i)
    positions.push_back(dims.size() - rank + i);
  return broadcast(x, dims, positions);
}

Value TensorBuilder::broadcast(Value x, ArrayRef<SymExpr> dims, ArrayRef<int64_t> positions) {
  // Extents 1 that a reduction kept need no reshape: the broadcast can place the dims itself.
  if (auto reshape = x.getDefiningOp<ReshapeOp>()) {
    Dims own = dimsOf(x), source = dimsOf(reshape.getInput());
    SmallVector<int64_t> kept;
    size_t next = 0;
    for (auto [i, position] : llvm::enumerate(positions))
      if (next < source.size() && own[i] == source[next]) {
        kept.push_back(position);
        ++next;
      } else if (!own[i].isConstant(1)) {
        break;
      }
    bool insertsOnes = next == source.size() && getNumElements(own) == getNumElements(source);
    if (insertsOnes && source.size() < own.size())
      return broadcast(reshape.getInput(), dims, kept);
  }
  // Extents that are equal only by assumption get the result's spelling first.
  Dims own = dimsOf(x);
  for (auto [i, position] : llvm::enumerate(positions))
    if (!own[i].isConstant(1))
      own[i] = dims[position];
  x = retype(x, own);
  if (ArrayRef(own) == dims)
    return x;
  return BroadcastOp::create(builder(), location, getTensorType(dims, typeOf(x)), x, positions);
}

Value TensorBuilder::reshape(Value x, ArrayRef<SymExpr> dims) {
  RankedTensorType type = getTensorType(dims, typeOf(x));
  if (type == x.getType())
    return x;
  return ReshapeOp::create(builder(), location, type, x);
}

Value TensorBuilder::transpose(Value x, ArrayRef<int64_t> perm) {
  if (llvm::equal(perm, llvm::seq<int64_t>(0, perm.size())))
    return x;
  Dims dims, own = dimsOf(x);
  for (int64_t source : perm)
    dims.push_back(own[source]);
  return TransposeOp::create(builder(), location, getTensorType(dims, typeOf(x)), x, perm);
}

Value TensorBuilder::slice(Value x, ArrayRef<SymExpr> starts, ArrayRef<int64_t> steps, ArrayRef<SymExpr> dims) {
  bool whole = ArrayRef(dimsOf(x)) == dims && llvm::all_of(starts, [](const SymExpr &start) { return start == 0; }) &&
               llvm::all_of(steps, [](int64_t step) { return step == 1; });
  if (whole)
    return x;
  SmallVector<Attribute> texts;
  for (const SymExpr &start : starts)
    texts.push_back(builder().getStringAttr(start.str()));
  return SliceOp::create(builder(), location, getTensorType(dims, typeOf(x)), x, builder().getArrayAttr(texts), steps);
}

Value TensorBuilder::sliceAxis(Value x, int64_t axis, const SymExpr &start, const SymExpr &count, int64_t step) {
  Dims dims = dimsOf(x);
  Dims starts(dims.size(), 0);
  SmallVector<int64_t> steps(dims.size(), 1);
  dims[axis] = count;
  starts[axis] = start;
  steps[axis] = step;
  return slice(x, starts, steps, dims);
}

Value TensorBuilder::concat(ArrayRef<Value> parts, int64_t axis) {
  if (parts.size() == 1)
    return parts[0];
  Dims dims = dimsOf(parts[0]);
  for (Value part : parts.drop_front())
    dims[axis] = dims[axis] + dimsOf(part)[axis];
  return ConcatOp::create(builder(), location, getTensorType(dims, typeOf(parts[0])), parts, axis);
}

Value TensorBuilder::pad(Value x, Value scalar, ArrayRef<int64_t> low, ArrayRef<SymExpr> dims) {
  if (ArrayRef(dimsOf(x)) == dims)
    return x;
  return PadOp::create(builder(), location, getTensorType(dims, typeOf(x)), x, scalar, low);
}

Dims TensorBuilder::replaceDim(ArrayRef<SymExpr> dims, int64_t axis, ArrayRef<SymExpr> inner) {
  Dims result(dims.begin(), dims.begin() + axis);
  result.append(inner.begin(), inner.end());
  result.append(dims.begin() + axis + 1, dims.end());
  return result;
}

Value TensorBuilder::gather(Value data, Value indices, int64_t axis) {
  Dims dims = replaceDim(dimsOf(data), axis, dimsOf(indices));
  return GatherOp::create(builder(), location, getTensorType(dims, typeOf(data)), data, indices, axis);
}

Value TensorBuilder::iota(ArrayRef<SymExpr> dims, int64_t dim, Type elementType) {
  return IotaOp::create(builder(), location, getTensorType(dims, elementType), dim);
}

//===-- Reductions and contractions -------------------------------------------------------------------------------===//

Value TensorBuilder::reduce(ReduceKind kind, Value x, ArrayRef<int64_t> axes, bool keep) {
  if (axes.empty())
    return x;
  Dims kept, ones, dims = dimsOf(x);
  for (auto [dim, extent] : llvm::enumerate(dims)) {
    bool reduced = llvm::is_contained(axes, static_cast<int64_t>(dim));
    if (!reduced)
      kept.push_back(extent);
    ones.push_back(reduced ? SymExpr(1) : extent);
  }
  SmallVector<int64_t> sorted(axes);
  llvm::sort(sorted);
  Value result = ReduceOp::create(builder(), location, getTensorType(kept, typeOf(x)), kind, x, sorted);
  return keep ? reshape(result, ones) : result;
}

Value TensorBuilder::mean(Value x, ArrayRef<int64_t> axes, bool keep) {
  SymExpr count = 1;
  Dims dims = dimsOf(x);
  for (int64_t axis : axes)
    count = count * dims[axis];
  return div(sum(x, axes, keep), size(count, typeOf(x)));
}

Value TensorBuilder::contract(Value lhs, Value rhs, ArrayRef<int64_t> lhsLabels, ArrayRef<int64_t> rhsLabels,
                              ArrayRef<int64_t> resultLabels) {
  // Labels become loops in the order of their appearance: those of the result first.
  std::map<int64_t, int64_t> loops;
  std::map<int64_t, SymExpr> extents;
  for (int64_t label : resultLabels)
    loops.try_emplace(label, loops.size());
  auto note = [&](ArrayRef<int64_t> labels, Value operand) {
    for (auto [label, extent] : llvm::zip(labels, dimsOf(operand))) {
      extents.try_emplace(label, extent);
      loops.try_emplace(label, loops.size());
    }
  };
  note(lhsLabels, lhs);
  note(rhsLabels, rhs);
  auto withExtents = [&](ArrayRef<int64_t> labels) {
    Dims dims;
    for (int64_t label : labels)
      dims.push_back(extents.at(label));
    return dims;
  };
  auto mapOf = [&](ArrayRef<int64_t> labels) -> Attribute {
    SmallVector<AffineExpr> exprs;
    for (int64_t label : labels)
      exprs.push_back(builder().getAffineDimExpr(loops.at(label)));
    return AffineMapAttr::get(AffineMap::get(loops.size(), 0, exprs, builder().getContext()));
  };
  // Extents that are equal only by assumption get one spelling.
  lhs = retype(lhs, withExtents(lhsLabels));
  rhs = retype(rhs, withExtents(rhsLabels));
  ArrayAttr maps = builder().getArrayAttr({mapOf(lhsLabels), mapOf(rhsLabels), mapOf(resultLabels)});
  return ContractOp::create(builder(), location, getTensorType(withExtents(resultLabels), typeOf(lhs)), lhs, rhs, maps);
}

} // namespace tao
