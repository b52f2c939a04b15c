// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shape, and operators that change only how elements are grouped into dims.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"

using namespace mlir;

namespace tao {

namespace {
/// Result 0 is the input under other extents, of which the caller knows that they have as many elements.
LogicalResult setReshaped(NodeImport &n, const Dims &dims) {
  if (failed(n.checkDims(dims)))
    return failure();
  if (!reshapeContent(n, 0, dims))
    n.setResult(0, n.reshape(n.value(0), dims));
  return success();
}

LogicalResult importShape(NodeImport &n) {
  int64_t rank = n.rank(0);
  auto clamp = [&](int64_t position) { return std::clamp<int64_t>(position < 0 ? position + rank : position, 0, rank); };
  int64_t start = clamp(n.intAttr("start", 0)), end = clamp(n.intAttr("end", rank));
  std::vector<SymExpr> elements;
  for (int64_t dim = start; dim < end; ++dim)
    elements.push_back(n.context.sizes.simplify(n.dims(0)[dim]));
  Dims dims = {static_cast<int64_t>(elements.size())};
  n.setContent(0, dims, n.builder().getI64Type(), std::move(elements));
  return success();
}

LogicalResult importSize(NodeImport &n) {
  n.setContent(0, {}, n.builder().getI64Type(), {n.context.sizes.simplify(getNumElements(n.dims(0)))});
  return success();
}

/// 0 copies an extent (unless allowzero), -1 takes what is left.
LogicalResult importReshape(NodeImport &n) {
  n.ignoreAttr("consumed_inputs");
  bool allowZero = n.intAttr("allowzero", 0);
  std::vector<SymExpr> target;
  if (n.since < 5) {
    n.requireAttr("shape");
    for (int64_t extent : n.intsAttr("shape"))
      target.push_back(extent);
  } else {
    if (n.rank(1) != 1)
      return n.mismatch("the shape must be a vector");
    target = n.sizes(1, "target shapes");
  }
  if (n.hasError())
    return failure();

  Dims dims, source = n.dims(0);
  std::optional<size_t> inferred;
  SymExpr known = 1;
  for (auto [index, extent] : llvm::enumerate(target)) {
    if (extent.isConstant(-1)) {
      if (inferred)
        return n.mismatch("the target shape has more than one -1");
      inferred = index;
      dims.push_back(1);
      continue;
    }
    bool copies = extent.isConstant(0) && !allowZero;
    if (copies && index >= source.size())
      return n.mismatch("the target shape copies dim " + llvm::Twine(index) + " of an input that has rank " +
                        llvm::Twine(source.size()));
    dims.push_back(copies ? source[index] : extent);
    known = known * dims.back();
  }
  SymExpr total = getNumElements(source);
  if (inferred) {
    if (known.isConstant(0))
      return n.mismatch("-1 in the target shape is undetermined, because another extent is 0");
    SymExpr simple = n.context.sizes.simplify(total), factor = n.context.sizes.simplify(known);
    auto quotient = total.exactDiv(known);
    if (!quotient)
      quotient = simple.exactDiv(factor);
    if (!quotient) {
      if (simple.isConstant() && factor.isConstant())
        return n.mismatch("the target shape needs a multiple of " + factor.str() + " elements");
      quotient = simple.floorDiv(factor);
      n.unify(*quotient * factor, simple, "the input of a reshape must have as many elements as its result");
    }
    dims[*inferred] = *quotient;
  } else if (failed(n.checkDims(dims))) {
    return failure();
  } else {
    n.unify(total, known, "a reshape must keep the number of elements");
  }
  return n.hasError() ? failure() : setReshaped(n, dims);
}

LogicalResult importFlatten(NodeImport &n) {
  int64_t rank = n.rank(0), axis = n.intAttr("axis", 1);
  if (axis < -rank || axis > rank || (axis < 0 && n.since < 11))
    return n.mismatch("axis " + llvm::Twine(axis) + " is out of range for rank " + llvm::Twine(rank));
  axis = axis < 0 ? axis + rank : axis;
  ArrayRef<SymExpr> dims = n.dims(0);
  return setReshaped(n, {getNumElements(dims.take_front(axis)), getNumElements(dims.drop_front(axis))});
}

/// Axes are an attribute before version 13, an input since.
SmallVector<int64_t> getAxes(NodeImport &n) {
  if (n.since < 13)
    return n.intsAttr("axes");
  return n.hasInput(1) ? n.integers(1, "axes") : SmallVector<int64_t>();
}

LogicalResult importSqueeze(NodeImport &n) {
  SmallVector<int64_t> axes = n.axes(getAxes(n), n.rank(0));
  bool all = n.since < 13 ? !n.hasAttr("axes") : !n.hasInput(1);
  if (n.hasError())
    return failure();
  Dims dims;
  for (auto [dim, extent] : llvm::enumerate(n.dims(0))) {
    bool listed = llvm::is_contained(axes, static_cast<int64_t>(dim));
    if (all && !extent.isConstant() )
      return n.unsupported("without axes on an input with symbolic sizes");
    if (listed)
      n.unify(extent, 1, "a squeezed dim must have extent 1");
    if (!listed && !(all && extent.isConstant(1)))
      dims.push_back(extent);
  }
  return n.hasError() ? failure() : setReshaped(n, dims);
}

LogicalResult importUnsqueeze(NodeImport &n) {
  SmallVector<int64_t> given = getAxes(n);
  if (n.since < 13)
    n.requireAttr("axes");
  int64_t rank = n.rank(0) + given.size();
  SmallVector<int64_t> axes = n.axes(given, rank);
  if (n.hasError())
    return failure();
  Dims dims;
  size_t next = 0;
  for (int64_t dim = 0; dim < rank; ++dim)
    dims.push_back(llvm::is_contained(axes, dim) ? SymExpr(1) : n.dims(0)[next++]);
  return setReshaped(n, dims);
}

LogicalResult importIdentity(NodeImport &n) {
  n.setResult(0, n.input(0));
  return success();
}

/// Inference: the input as it is, and a mask of ones.
LogicalResult importDropout(NodeImport &n) {
  for (StringRef name : {"seed", "ratio", "consumed_inputs"})
    n.ignoreAttr(name);
  bool trains = n.since < 7 && !n.intAttr("is_test", 0);
  if (n.since >= 12 && n.hasInput(2)) {
    auto mode = n.numbers(2);
    if (!mode)
      return n.unsupported("a training mode that depends on data");
    trains = llvm::any_of(*mode, [](double value) { return value != 0; });
  }
  if (trains && n.hasInput(1))
    if (auto ratio = n.numbers(1); ratio && !ratio->empty() && ratio->front() == 0)
      trains = false;
  if (trains)
    return n.unsupported("training mode");
  n.setResult(0, n.input(0));
  if (n.wantsResult(1)) {
    Type maskType = n.since < 10 ? n.elementType(0) : Type(n.builder().getI1Type());
    n.setResult(1, n.broadcast(n.scalar(1.0, maskType), n.dims(0)));
  }
  return success();
}
} // namespace

void addShapeOps(OpTable &table) {
  table.on("Shape", {1, 13, 15, 19, 21, 23, 24, 25}, importShape);
  table.on("Size", {1, 13, 19, 21, 23, 24, 25}, importSize);
  table.on("Reshape", {1, 5, 13, 14, 19, 21, 23, 24, 25}, importReshape, "target shapes that do not depend on data");
  table.on("Flatten", {1, 9, 11, 13, 21, 23, 24, 25}, importFlatten);
  table.on("Squeeze", {1, 11, 13, 21, 23, 24, 25}, importSqueeze);
  table.on("Unsqueeze", {1, 11, 13, 21, 23, 24, 25}, importUnsqueeze);
  table.on("Identity", {1, 13, 14, 16, 19, 21, 23, 24, 25}, importIdentity);
  table.on("Dropout", {1, 6, 7, 10, 12, 13, 22}, importDropout, "inference");
}

} // namespace tao
