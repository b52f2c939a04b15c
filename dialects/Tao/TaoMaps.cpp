// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The index-map interface of ops that are not elementwise: how result and reduction indices map to operand indices.
#include "dialects/Tao/TaoDialect.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/AffineMap.h"

using namespace mlir;

namespace tao {

namespace {
int64_t rankOf(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }

AffineMap mapOf(int64_t dims, ArrayRef<AffineExpr> results, MLIRContext *context) {
  return AffineMap::get(dims, 0, results, context);
}
} // namespace

SmallVector<AffineMap> BroadcastOp::getIndexMaps() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getType());
  SmallVector<AffineExpr> exprs;
  for (auto [i, dim] : llvm::enumerate(getDims())) {
    bool repeats = input.getDimSize(i) == 1 && result.getDimSize(dim) != 1;
    exprs.push_back(repeats ? getAffineConstantExpr(0, getContext()) : getAffineDimExpr(dim, getContext()));
  }
  return {mapOf(result.getRank(), exprs, getContext())};
}
OpClass BroadcastOp::getOpClass() { return OpClass::Movement; }

SmallVector<AffineMap> ReshapeOp::getIndexMaps() {
  // Static shapes only: linearise the result index, delinearise it over the operand. Sizes that depend on symbols make the
  // map non-affine.
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getType());
  if (!input.hasStaticShape() || !result.hasStaticShape() || input.getNumElements() == 0)
    return {AffineMap()};
  AffineExpr linear = getAffineConstantExpr(0, getContext());
  for (auto [dim, extent] : llvm::enumerate(result.getShape()))
    linear = linear * extent + getAffineDimExpr(dim, getContext());
  SmallVector<AffineExpr> exprs(input.getRank());
  for (int64_t dim = input.getRank() - 1; dim >= 0; --dim) {
    exprs[dim] = dim == 0 ? linear : linear % input.getDimSize(dim);
    linear = linear.floorDiv(input.getDimSize(dim));
  }
  return {mapOf(result.getRank(), exprs, getContext())};
}
OpClass ReshapeOp::getOpClass() { return OpClass::Movement; }

SmallVector<AffineMap> TransposeOp::getIndexMaps() {
  SmallVector<AffineExpr> exprs(getPerm().size());
  for (auto [i, source] : llvm::enumerate(getPerm()))
    exprs[source] = getAffineDimExpr(i, getContext());
  return {mapOf(exprs.size(), exprs, getContext())};
}
OpClass TransposeOp::getOpClass() { return OpClass::Movement; }

SmallVector<AffineMap> SliceOp::getIndexMaps() {
  SmallVector<AffineExpr> exprs;
  for (auto [dim, start] : llvm::enumerate(getStarts().getAsValueRange<StringAttr>())) {
    auto value = SymExpr::parse(start);
    if (!value || !value->isConstant())
      return {AffineMap()};
    exprs.push_back(getAffineDimExpr(dim, getContext()) * getSteps()[dim] + *value->constant());
  }
  return {mapOf(exprs.size(), exprs, getContext())};
}
OpClass SliceOp::getOpClass() { return OpClass::Movement; }

SmallVector<AffineMap> PadOp::getIndexMaps() {
  SmallVector<AffineExpr> exprs;
  for (auto [dim, low] : llvm::enumerate(getLow()))
    exprs.push_back(getAffineDimExpr(dim, getContext()) - low);
  return {mapOf(exprs.size(), exprs, getContext()), mapOf(exprs.size(), {}, getContext())};
}
OpClass PadOp::getOpClass() { return OpClass::Movement; }

SmallVector<AffineMap> ConcatOp::getIndexMaps() {
  int64_t rank = rankOf(getResult());
  SmallVector<AffineMap> maps;
  SymExpr offset = 0;
  for (Value input : getInputs()) {
    if (!offset.isConstant()) {
      maps.push_back(AffineMap());
      continue;
    }
    SmallVector<AffineExpr> exprs;
    for (int64_t dim = 0; dim < rank; ++dim) {
      AffineExpr index = getAffineDimExpr(dim, getContext());
      exprs.push_back(dim == static_cast<int64_t>(getAxis()) ? index - *offset.constant() : index);
    }
    maps.push_back(mapOf(rank, exprs, getContext()));
    offset = offset + tao::getDims(input)[getAxis()];
  }
  return maps;
}
OpClass ConcatOp::getOpClass() { return OpClass::Movement; }

SmallVector<AffineMap> GatherOp::getIndexMaps() {
  SmallVector<AffineExpr> exprs;
  int64_t indexRank = rankOf(getIndices());
  for (int64_t i = 0; i < indexRank; ++i)
    exprs.push_back(getAffineDimExpr(getAxis() + i, getContext()));
  return {AffineMap(), mapOf(rankOf(getResult()), exprs, getContext())};
}
OpClass GatherOp::getOpClass() { return OpClass::Movement; }

SmallVector<AffineMap> GatherElementsOp::getIndexMaps() {
  return {AffineMap(), AffineMap::getMultiDimIdentityMap(rankOf(getResult()), getContext())};
}
OpClass GatherElementsOp::getOpClass() { return OpClass::Movement; }

SmallVector<AffineMap> GatherNdOp::getIndexMaps() {
  // The trailing dim of the indices picks a coordinate, so no single map describes that operand either.
  return {AffineMap(), AffineMap()};
}
OpClass GatherNdOp::getOpClass() { return OpClass::Movement; }

SmallVector<AffineMap> ReduceOp::getIndexMaps() {
  int64_t rank = rankOf(getInput()), kept = 0, reduced = rank - getDims().size();
  SmallVector<AffineExpr> exprs;
  for (int64_t dim = 0; dim < rank; ++dim)
    exprs.push_back(getAffineDimExpr(llvm::is_contained(getDims(), dim) ? reduced++ : kept++, getContext()));
  return {mapOf(rank, exprs, getContext())};
}
OpClass ReduceOp::getOpClass() { return OpClass::Reduction; }

SmallVector<AffineMap> ArgReduceOp::getIndexMaps() {
  int64_t rank = rankOf(getInput()), kept = 0;
  SmallVector<AffineExpr> exprs;
  for (int64_t dim = 0; dim < rank; ++dim)
    exprs.push_back(getAffineDimExpr(dim == static_cast<int64_t>(getDim()) ? rank - 1 : kept++, getContext()));
  return {mapOf(rank, exprs, getContext())};
}
OpClass ArgReduceOp::getOpClass() { return OpClass::Reduction; }

SmallVector<AffineMap> ReduceWindowOp::getIndexMaps() {
  int64_t rank = rankOf(getInput());
  SmallVector<AffineExpr> exprs;
  for (int64_t dim = 0; dim < rank; ++dim)
    exprs.push_back(getAffineDimExpr(dim, getContext()) * getStrides()[dim] +
                    getAffineDimExpr(rank + dim, getContext()) * getDilations()[dim] - getPadLow()[dim]);
  return {mapOf(2 * rank, exprs, getContext())};
}
OpClass ReduceWindowOp::getOpClass() { return OpClass::Reduction; }

SmallVector<AffineMap> ContractOp::getIndexMaps() {
  // Renumber the loop dims: result dims in result order, then the rest.
  SmallVector<AffineMap> maps = llvm::to_vector(getMaps().getAsValueRange<AffineMapAttr>());
  unsigned loops = maps[2].getNumDims();
  SmallVector<AffineExpr> renumber(loops);
  unsigned next = 0;
  for (AffineExpr expr : maps[2].getResults())
    renumber[cast<AffineDimExpr>(expr).getPosition()] = getAffineDimExpr(next++, getContext());
  for (AffineExpr &expr : renumber)
    if (!expr)
      expr = getAffineDimExpr(next++, getContext());
  return {maps[0].replaceDimsAndSymbols(renumber, {}, loops, 0), maps[1].replaceDimsAndSymbols(renumber, {}, loops, 0)};
}
OpClass ContractOp::getOpClass() { return OpClass::Contraction; }

SmallVector<AffineMap> ConvOp::getIndexMaps() {
  // Result dims n, c and spatial in the result's layout; then ic within the group and the window. Groups make the channel
  // index of the input depend on the output channel's group, which is affine only for one group.
  int64_t rank = rankOf(getResult()), spatial = rank - 2;
  if (getGroups() != 1)
    return {AffineMap(), AffineMap()};
  MLIRContext *context = getContext();
  int64_t channel = getChannelsLast() ? rank - 1 : 1, firstSpatial = getChannelsLast() ? 1 : 2;
  SmallVector<AffineExpr> input(rank), weights;
  input[0] = getAffineDimExpr(0, context);
  input[channel] = getAffineDimExpr(rank, context);
  weights.push_back(getAffineDimExpr(channel, context));
  weights.push_back(getAffineDimExpr(rank, context));
  for (int64_t i = 0; i < spatial; ++i) {
    AffineExpr window = getAffineDimExpr(rank + 1 + i, context);
    input[firstSpatial + i] = getAffineDimExpr(firstSpatial + i, context) * getStrides()[i] +
                              window * getDilations()[i] - getPadLow()[i];
    weights.push_back(window);
  }
  return {mapOf(rank + 1 + spatial, input, context), mapOf(rank + 1 + spatial, weights, context)};
}
OpClass ConvOp::getOpClass() { return OpClass::Contraction; }

} // namespace tao
