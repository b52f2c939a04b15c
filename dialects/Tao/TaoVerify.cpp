// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifiers of the tensor dialect: what each op demands of its operands' shapes and types.
#include "dialects/Tao/TaoDialect.h"

using namespace mlir;

namespace tao {

namespace {
RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Emits unless `dims` are the extents of `value`.
LogicalResult expectDims(Operation *op, Value value, ArrayRef<SymExpr> dims, StringRef what) {
  if (getDims(value) == SmallVector<SymExpr>(dims))
    return success();
  std::string text;
  for (const SymExpr &dim : dims)
    text += (text.empty() ? "" : " x ") + dim.str();
  return op->emitOpError() << what << " must have shape [" << text << "], has type " << value.getType();
}
LogicalResult expectSameElement(Operation *op, Value a, Value b, StringRef what) {
  if (typeOf(a).getElementType() == typeOf(b).getElementType())
    return success();
  return op->emitOpError() << what << " must have one element type, have " << a.getType() << " and " << b.getType();
}
LogicalResult expectCount(Operation *op, size_t count, size_t expected, StringRef what) {
  if (count == expected)
    return success();
  return op->emitOpError() << what << " has " << count << " entries, expected " << expected;
}
LogicalResult expectAxis(Operation *op, int64_t axis, int64_t rank) {
  if (axis >= 0 && axis < rank)
    return success();
  return op->emitOpError() << "axis " << axis << " is out of range for rank " << rank;
}
LogicalResult expectPositive(Operation *op, ArrayRef<int64_t> values, StringRef what) {
  for (int64_t value : values)
    if (value <= 0)
      return op->emitOpError() << what << " must be positive, has " << value;
  return success();
}
LogicalResult expectIndexType(Operation *op, Value indices) {
  Type type = typeOf(indices).getElementType();
  if (type.isSignlessInteger(64) || type.isSignlessInteger(32))
    return success();
  return op->emitOpError() << "indices must be i32 or i64, have type " << indices.getType();
}
} // namespace

/// Elementwise.def says NONE where an op has no meaning for a kind of element.
static LogicalResult verifyElement(Operation *op, bool onFloats, bool onIntegers) {
  Type type = typeOf(op->getResult(0)).getElementType();
  if (isa<FloatType>(type) ? onFloats : onIntegers)
    return success();
  return op->emitOpError() << "is not defined on elements of type " << type;
}
static constexpr bool isDefined(std::string_view body) { return body != "NONE"; }

#define TAO_UNARY(Op, cost, onFloats, onSigned, ...)                                                                   \
  LogicalResult Op::verify() { return verifyElement(*this, isDefined(#onFloats), isDefined(#onSigned)); }
#define TAO_BINARY(Op, cost, onFloats, onSigned, ...)                                                                  \
  LogicalResult Op::verify() { return verifyElement(*this, isDefined(#onFloats), isDefined(#onSigned)); }
#include "dialects/Tao/Elementwise.def"

/// Sums of products are floating point or integers throughout; their width may grow.
static LogicalResult expectSameKind(Operation *op) {
  if (isa<FloatType>(typeOf(op->getOperand(0)).getElementType()) == isa<FloatType>(typeOf(op->getResult(0)).getElementType()))
    return success();
  return op->emitOpError() << "mixes floating point and integers";
}

LogicalResult CmpOp::verify() {
  if (getLhs().getType() != getRhs().getType())
    return emitOpError() << "operands must have one type, have " << getLhs().getType() << " and " << getRhs().getType();
  if (!getType().getElementType().isInteger(1))
    return emitOpError() << "result must be i1, has type " << getType();
  return expectDims(*this, getResult(), getDims(getLhs()), "result");
}
LogicalResult SelectOp::verify() {
  if (!typeOf(getCondition()).getElementType().isInteger(1))
    return emitOpError() << "condition must be i1, has type " << getCondition().getType();
  return expectDims(*this, getCondition(), getDims(getResult()), "condition");
}
LogicalResult CastOp::verify() { return expectDims(*this, getResult(), getDims(getInput()), "result"); }
LogicalResult IsNanOp::verify() {
  if (!isa<FloatType>(typeOf(getInput()).getElementType()))
    return emitOpError() << "input must be floating point, has type " << getInput().getType();
  if (!getType().getElementType().isInteger(1))
    return emitOpError() << "result must be i1, has type " << getType();
  return expectDims(*this, getResult(), getDims(getInput()), "result");
}
static LogicalResult expectExpr(Operation *op, StringRef text) {
  if (SymExpr::parse(text))
    return success();
  return op->emitOpError() << "malformed size expression '" << text << "'";
}
LogicalResult SizeOp::verify() { return expectExpr(*this, getExpr()); }
LogicalResult AssumeOp::verify() {
  if (failed(expectExpr(*this, getLhs())))
    return failure();
  return expectExpr(*this, getRhs());
}
LogicalResult IotaOp::verify() { return expectAxis(*this, getDim(), getType().getRank()); }

LogicalResult BroadcastOp::verify() {
  if (failed(expectSameElement(*this, getInput(), getResult(), "input and result")) ||
      failed(expectCount(*this, getDims().size(), typeOf(getInput()).getRank(), "dims")))
    return failure();
  auto in = tao::getDims(getInput()), out = tao::getDims(getResult());
  int64_t previous = -1;
  for (auto [i, dim] : llvm::enumerate(getDims())) {
    if (dim <= previous || dim >= static_cast<int64_t>(out.size()))
      return emitOpError() << "dims must increase and lie in the result's rank";
    previous = dim;
    if (in[i] != out[dim] && !in[i].isConstant(1))
      return emitOpError() << "operand extent " << in[i].str() << " of dim " << i << " must be 1 or " << out[dim].str();
  }
  return success();
}
LogicalResult ReshapeOp::verify() {
  if (failed(expectSameElement(*this, getInput(), getResult(), "input and result")))
    return failure();
  // Products of symbolic sizes that come out equal only through a checked assumption cannot be proven here.
  auto in = getNumElements(getDims(getInput())), out = getNumElements(getDims(getResult()));
  if (in.isConstant() && out.isConstant() && in != out)
    return emitOpError() << "input has " << in.str() << " elements, result " << out.str();
  return success();
}
LogicalResult TransposeOp::verify() {
  if (failed(expectSameElement(*this, getInput(), getResult(), "input and result")))
    return failure();
  auto in = getDims(getInput());
  SmallVector<int64_t> sorted(getPerm());
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, in.size())))
    return emitOpError() << "perm must be a permutation of the input's dims";
  SmallVector<SymExpr> out;
  for (int64_t source : getPerm())
    out.push_back(in[source]);
  return expectDims(*this, getResult(), out, "result");
}
LogicalResult SliceOp::verify() {
  int64_t rank = typeOf(getInput()).getRank();
  if (failed(expectSameElement(*this, getInput(), getResult(), "input and result")) ||
      failed(expectCount(*this, getStarts().size(), rank, "starts")) ||
      failed(expectCount(*this, getSteps().size(), rank, "steps")) ||
      failed(expectCount(*this, typeOf(getResult()).getRank(), rank, "result shape")))
    return failure();
  auto in = getDims(getInput()), out = getDims(getResult());
  for (auto [dim, text] : llvm::enumerate(getStarts().getAsValueRange<StringAttr>())) {
    auto start = SymExpr::parse(text);
    if (!start)
      return emitOpError() << "malformed size expression '" << text << "'";
    if (getSteps()[dim] == 0)
      return emitOpError() << "step of dim " << dim << " is 0";
    SymExpr last = *start + (out[dim] - 1) * getSteps()[dim];
    if (start->isConstant() && last.isConstant() && in[dim].isConstant() && !out[dim].isConstant(0) &&
        (*start->constant() < 0 || *last.constant() < 0 || *start->constant() >= *in[dim].constant() ||
         *last.constant() >= *in[dim].constant()))
      return emitOpError() << "reads outside dim " << dim << " of extent " << in[dim].str();
  }
  return success();
}
LogicalResult PadOp::verify() {
  int64_t rank = typeOf(getInput()).getRank();
  if (failed(expectSameElement(*this, getInput(), getResult(), "input and result")) ||
      failed(expectSameElement(*this, getInput(), getValue(), "input and padding value")) ||
      failed(expectCount(*this, getLow().size(), rank, "low")) ||
      failed(expectCount(*this, typeOf(getResult()).getRank(), rank, "result shape")))
    return failure();
  if (typeOf(getValue()).getRank() != 0)
    return emitOpError() << "padding value must be a scalar, has type " << getValue().getType();
  return success();
}
LogicalResult ConcatOp::verify() {
  if (getInputs().empty())
    return emitOpError() << "needs at least one operand";
  int64_t axis = getAxis();
  if (failed(expectAxis(*this, axis, typeOf(getResult()).getRank())))
    return failure();
  SymExpr sum = 0;
  for (Value input : getInputs()) {
    auto dims = getDims(input);
    if (failed(expectSameElement(*this, input, getResult(), "operands and result")) ||
        failed(expectCount(*this, dims.size(), typeOf(getResult()).getRank(), "operand shape")))
      return failure();
    sum = sum + dims[axis];
    dims[axis] = getDims(getResult())[axis];
    if (dims != getDims(getResult()))
      return emitOpError() << "operand of type " << input.getType() << " differs from the result outside axis " << axis;
  }
  if (sum != getDims(getResult())[axis])
    return emitOpError() << "result extent along axis " << axis << " must be " << sum.str();
  return success();
}
LogicalResult GatherOp::verify() {
  auto data = getDims(getData()), indices = getDims(getIndices());
  int64_t axis = getAxis();
  if (failed(expectAxis(*this, axis, data.size())) || failed(expectIndexType(*this, getIndices())) ||
      failed(expectSameElement(*this, getData(), getResult(), "data and result")))
    return failure();
  SmallVector<SymExpr> out(data.begin(), data.begin() + axis);
  out.append(indices.begin(), indices.end());
  out.append(data.begin() + axis + 1, data.end());
  return expectDims(*this, getResult(), out, "result");
}
LogicalResult GatherElementsOp::verify() {
  if (failed(expectAxis(*this, getAxis(), typeOf(getData()).getRank())) ||
      failed(expectIndexType(*this, getIndices())) ||
      failed(expectSameElement(*this, getData(), getResult(), "data and result")) ||
      failed(expectCount(*this, typeOf(getIndices()).getRank(), typeOf(getData()).getRank(), "indices shape")))
    return failure();
  auto data = getDims(getData()), indices = getDims(getIndices());
  for (auto [dim, extents] : llvm::enumerate(llvm::zip(data, indices))) {
    auto have = std::get<0>(extents).constant(), want = std::get<1>(extents).constant();
    if (dim != getAxis() && have && want && *want > *have)
      return emitOpError() << "indices reach outside dim " << dim << " of extent " << *have;
  }
  return expectDims(*this, getResult(), indices, "result");
}
LogicalResult GatherNdOp::verify() {
  auto data = getDims(getData()), indices = getDims(getIndices());
  int64_t batch = getBatchDims();
  if (failed(expectIndexType(*this, getIndices())) ||
      failed(expectSameElement(*this, getData(), getResult(), "data and result")))
    return failure();
  auto depth = indices.empty() ? std::nullopt : indices.back().constant();
  if (!depth || *depth < 1 || batch < 0 || batch >= static_cast<int64_t>(indices.size()) ||
      batch + *depth > static_cast<int64_t>(data.size()))
    return emitOpError() << "last extent of indices must be static, at least 1, and fit the data after the batch dims";
  for (int64_t dim = 0; dim < batch; ++dim)
    if (data[dim] != indices[dim])
      return emitOpError() << "batch dim " << dim << " of data has extent " << data[dim].str() << ", of indices "
                           << indices[dim].str();
  SmallVector<SymExpr> out(indices.begin(), indices.end() - 1);
  out.append(data.begin() + batch + *depth, data.end());
  return expectDims(*this, getResult(), out, "result");
}
LogicalResult ReduceOp::verify() {
  auto in = tao::getDims(getInput());
  SmallVector<bool> reduced(in.size(), false);
  for (int64_t dim : getDims()) {
    if (failed(expectAxis(*this, dim, in.size())))
      return failure();
    if (reduced[dim])
      return emitOpError() << "dim " << dim << " is listed twice";
    reduced[dim] = true;
  }
  SmallVector<SymExpr> out;
  for (auto [dim, extent] : llvm::enumerate(in))
    if (!reduced[dim])
      out.push_back(extent);
  if (failed(expectSameElement(*this, getInput(), getResult(), "input and result")))
    return failure();
  return expectDims(*this, getResult(), out, "result");
}
LogicalResult ArgReduceOp::verify() {
  auto out = getDims(getInput());
  if (failed(expectAxis(*this, getDim(), out.size())))
    return failure();
  if (getKind() != ReduceKind::Max && getKind() != ReduceKind::Min)
    return emitOpError() << "kind must be max or min";
  if (!cast<RankedTensorType>(getType()).getElementType().isSignlessInteger(64))
    return emitOpError() << "result must be i64, has type " << getType();
  out.erase(out.begin() + getDim());
  return expectDims(*this, getResult(), out, "result");
}
LogicalResult ReduceWindowOp::verify() {
  size_t rank = typeOf(getInput()).getRank();
  if (failed(expectSameElement(*this, getInput(), getResult(), "input and result")) ||
      failed(expectCount(*this, typeOf(getResult()).getRank(), rank, "result shape")) ||
      failed(expectCount(*this, getWindow().size(), rank, "window")) ||
      failed(expectCount(*this, getStrides().size(), rank, "strides")) ||
      failed(expectCount(*this, getDilations().size(), rank, "dilations")) ||
      failed(expectCount(*this, getPadLow().size(), rank, "low")) ||
      failed(expectPositive(*this, getWindow(), "window")) || failed(expectPositive(*this, getStrides(), "strides")))
    return failure();
  return expectPositive(*this, getDilations(), "dilations");
}

LogicalResult ContractOp::verify() {
  SmallVector<AffineMap> maps = llvm::to_vector(getMaps().getAsValueRange<AffineMapAttr>());
  if (maps.size() != 3)
    return emitOpError() << "needs three maps, for lhs, rhs and the result";
  Value values[] = {getLhs(), getRhs(), getResult()};
  unsigned loops = maps[0].getNumDims();
  SmallVector<std::optional<SymExpr>> extents(loops);
  SmallVector<unsigned> uses(loops, 0);
  for (auto [i, map] : llvm::enumerate(maps)) {
    if (map.getNumDims() != loops || map.getNumSymbols() != 0 || !map.isProjectedPermutation())
      return emitOpError() << "map " << i << " must be a projected permutation of the same loop dims";
    auto dims = getDims(values[i]);
    if (map.getNumResults() != dims.size())
      return emitOpError() << "map " << i << " must have one result per dim of " << values[i].getType();
    for (auto [expr, extent] : llvm::zip(map.getResults(), dims)) {
      unsigned loop = cast<AffineDimExpr>(expr).getPosition();
      uses[loop] |= 1u << i;
      if (extents[loop] && *extents[loop] != extent)
        return emitOpError() << "loop dim " << loop << " has extents " << extents[loop]->str() << " and " << extent.str();
      extents[loop] = extent;
    }
  }
  for (auto [loop, use] : llvm::enumerate(uses))
    if (llvm::popcount(use) < 2)
      return emitOpError() << "loop dim " << loop << " must occur in at least two maps";
  if (failed(expectSameKind(*this)))
    return failure();
  return expectSameElement(*this, getLhs(), getRhs(), "operands");
}

LogicalResult ConvOp::verify() {
  auto in = getDims(getInput()), weights = getDims(getWeights()), out = getDims(getResult());
  if (in.size() < 3 || in.size() != weights.size() || in.size() != out.size())
    return emitOpError() << "input, weights and result must have one rank of at least 3";
  size_t spatial = in.size() - 2, channel = getChannelsLast() ? in.size() - 1 : 1;
  if (failed(expectCount(*this, getStrides().size(), spatial, "strides")) ||
      failed(expectCount(*this, getDilations().size(), spatial, "dilations")) ||
      failed(expectCount(*this, getPadLow().size(), spatial, "low")) ||
      failed(expectPositive(*this, getStrides(), "strides")) ||
      failed(expectPositive(*this, getDilations(), "dilations")) ||
      failed(expectSameElement(*this, getInput(), getWeights(), "input and weights")) || failed(expectSameKind(*this)))
    return failure();
  auto groups = static_cast<int64_t>(getGroups());
  if (groups < 1 || in[channel] != weights[1] * groups)
    return emitOpError() << "input has " << in[channel].str() << " channels, weights expect " << weights[1].str() << " in "
                         << groups << " groups";
  if (!weights[0].exactDiv(groups))
    return emitOpError() << "has " << weights[0].str() << " output channels, which " << groups << " groups do not divide";
  if (out[channel] != weights[0] || out[0] != in[0])
    return emitOpError() << "result must have the input's batch and " << weights[0].str() << " channels";
  return success();
}

} // namespace tao
