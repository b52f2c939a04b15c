// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluation on known elements; see Content.h.
#include "passes/import/onnx/Content.h"

using namespace mlir;

namespace tao {

std::optional<SmallVector<int64_t>> getStatic(ArrayRef<SymExpr> dims) {
  SmallVector<int64_t> result;
  for (const SymExpr &dim : dims) {
    if (!dim.isConstant())
      return std::nullopt;
    result.push_back(*dim.constant());
  }
  return result;
}

void forEachIndex(ArrayRef<int64_t> shape, llvm::function_ref<void(ArrayRef<int64_t>)> visit) {
  if (llvm::is_contained(shape, 0))
    return;
  SmallVector<int64_t> index(shape.size(), 0);
  while (true) {
    visit(index);
    int64_t dim = static_cast<int64_t>(shape.size()) - 1;
    while (dim >= 0 && ++index[dim] == shape[dim])
      index[dim--] = 0;
    if (dim < 0)
      return;
  }
}

int64_t linearize(ArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  int64_t position = 0;
  for (auto [i, extent] : llvm::zip(index, shape))
    position = position * extent + i;
  return position;
}

/// Numbers must fit the type, expressions stay within bounds.
static bool mayStand(const SymExpr &element, Type type) {
  if (auto number = element.constant())
    return type.isInteger(1) ? *number == 0 || *number == 1 : llvm::isIntN(type.getIntOrFloatBitWidth(), *number);
  return !type.isInteger(1) && isManageable(element);
}

bool mapContent(NodeImport &n, Type resultType, ElementFunction function) {
  SmallVector<const std::vector<SymExpr> *> contents;
  SmallVector<SmallVector<int64_t>> shapes;
  size_t rank = 0;
  for (size_t index = 0; index < n.numInputs(); ++index) {
    contents.push_back(n.hasInput(index) ? n.content(index) : nullptr);
    if (!contents.back())
      return false;
    shapes.push_back(*getStatic(n.dims(index)));
    rank = std::max(rank, shapes.back().size());
  }
  SmallVector<int64_t> common(rank, 1);
  for (auto &shape : shapes) {
    shape.insert(shape.begin(), rank - shape.size(), 1);
    for (size_t dim = 0; dim < rank; ++dim) {
      if (common[dim] != 1 && shape[dim] != 1 && common[dim] != shape[dim])
        return false; // the general path reports it
      common[dim] = common[dim] == 1 ? shape[dim] : common[dim];
    }
  }
  Dims dims(common.begin(), common.end());
  if (!mayHaveContent(resultType, dims))
    return false;
  std::vector<SymExpr> elements;
  bool complete = true;
  forEachIndex(common, [&](ArrayRef<int64_t> index) {
    if (!complete)
      return;
    SmallVector<SymExpr> operands;
    for (auto [content, shape] : llvm::zip(contents, shapes)) {
      SmallVector<int64_t> own;
      for (auto [i, extent] : llvm::zip(index, shape))
        own.push_back(extent == 1 ? 0 : i);
      operands.push_back((*content)[linearize(own, shape)]);
    }
    std::optional<SymExpr> element = function(operands);
    complete = element && mayStand(*element, resultType);
    if (complete)
      elements.push_back(*element);
  });
  if (complete)
    n.setContent(0, std::move(dims), resultType, std::move(elements));
  return complete;
}

bool moveContent(NodeImport &n, size_t index, const Dims &dims, llvm::function_ref<int64_t(ArrayRef<int64_t>)> source) {
  const std::vector<SymExpr> *content = n.content(index);
  std::optional<SmallVector<int64_t>> shape = getStatic(dims);
  if (!content || !shape || !mayHaveContent(n.elementType(index), dims))
    return false;
  std::vector<SymExpr> elements;
  forEachIndex(*shape, [&](ArrayRef<int64_t> each) { elements.push_back((*content)[source(each)]); });
  n.setContent(0, dims, n.elementType(index), std::move(elements));
  return true;
}

bool reshapeContent(NodeImport &n, size_t index, const Dims &dims) {
  Tensor &tensor = n.input(index);
  const std::vector<SymExpr> *content = n.content(index);
  if (!content || !getStatic(dims) || !mayHaveContent(tensor.elementType, dims))
    return false;
  n.setContent(0, dims, tensor.elementType, *content);
  return true;
}

std::optional<bool> compareSizes(NodeImport &n, CmpPredicate predicate, const SymExpr &a, const SymExpr &b) {
  SymExpr difference = n.context.sizes.simplify(a) - n.context.sizes.simplify(b);
  bool isZero = difference.isConstant(0), positive = difference.isAtLeast(1);
  bool negative = (SymExpr(0) - difference).isAtLeast(1);
  bool atLeastZero = difference.isAtLeast(0), atMostZero = (SymExpr(0) - difference).isAtLeast(0);
  auto decide = [](bool yes, bool no) { return yes || no ? std::optional<bool>(yes) : std::nullopt; };
  switch (predicate) {
  case CmpPredicate::Eq:
    return decide(isZero, positive || negative);
  case CmpPredicate::Ne:
    return decide(positive || negative, isZero);
  case CmpPredicate::Lt:
    return decide(negative, atLeastZero);
  case CmpPredicate::Le:
    return decide(atMostZero, positive);
  case CmpPredicate::Gt:
    return decide(positive, atMostZero);
  case CmpPredicate::Ge:
    return decide(atLeastZero, negative);
  }
  return std::nullopt;
}

} // namespace tao
