// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Records of values and their content; see ImportContext.h.
#include "passes/import/ImportContext.h"
#include "dialects/Tao/ConstantData.h"
#include "passes/import/TensorBuilder.h"

using namespace mlir;

namespace tao {

bool mayHaveContent(Type elementType, ArrayRef<SymExpr> dims) {
  auto type = dyn_cast<IntegerType>(elementType);
  if (!type || !type.isSignless() || (type.getWidth() != 64 && type.getWidth() != 32 && type.getWidth() != 1))
    return false;
  std::optional<int64_t> count = getNumElements(dims).constant();
  return count && *count <= kMaxContent;
}

SmallVector<int64_t> getIntegers(ElementsAttr constant) {
  ConstantBytes bytes = getConstantBytes(constant);
  Type type = constant.getElementType();
  int64_t width = getElementBytes(type);
  SmallVector<int64_t> result;
  for (size_t at = 0; at < bytes.get().size(); at += width) {
    uint64_t word = 0;
    memcpy(&word, bytes.get().data() + at, width);
    bool isSigned = !type.isUnsignedInteger() && !type.isInteger(1);
    result.push_back(isSigned ? llvm::SignExtend64(word, width * 8) : static_cast<int64_t>(word));
  }
  return result;
}

SmallVector<double> getNumbers(ElementsAttr constant) {
  auto type = dyn_cast<FloatType>(constant.getElementType());
  SmallVector<double> result;
  if (!type) {
    for (int64_t value : getIntegers(constant))
      result.push_back(constant.getElementType().isUnsignedInteger() ? static_cast<double>(static_cast<uint64_t>(value))
                                                                     : static_cast<double>(value));
    return result;
  }
  ConstantBytes bytes = getConstantBytes(constant);
  int64_t width = getElementBytes(type);
  for (size_t at = 0; at < bytes.get().size(); at += width) {
    uint64_t word = 0;
    memcpy(&word, bytes.get().data() + at, width);
    result.push_back(APFloat(type.getFloatSemantics(), APInt(type.getWidth(), word)).convertToDouble());
  }
  return result;
}

Tensor ImportContext::fromValue(Value value) {
  Tensor tensor;
  auto type = cast<RankedTensorType>(value.getType());
  for (const SymExpr &dim : getDims(type))
    tensor.dims.push_back(dim);
  tensor.elementType = type.getElementType();
  tensor.value = value;
  return tensor;
}

const std::vector<SymExpr> *ImportContext::getContent(Tensor &tensor) {
  if (!tensor.content && tensor.constant && mayHaveContent(tensor.elementType, tensor.dims)) {
    tensor.content.emplace();
    for (int64_t value : getIntegers(tensor.constant))
      tensor.content->push_back(value);
  }
  return tensor.content ? &*tensor.content : nullptr;
}

/// False for values made inside the body of some control flow that ends before the insertion point.
static bool isVisible(Value value, Block *block) {
  for (; block; block = block->getParentOp() ? block->getParentOp()->getBlock() : nullptr)
    if (value.getParentBlock() == block)
      return true;
  return false;
}

Value ImportContext::getValue(Tensor &tensor, Location location) {
  // Whatever can be out of sight is a constant or a size, so it can be made again.
  if (!tensor.value || !isVisible(tensor.value, builder.getInsertionBlock()))
    tensor.value = materialize(tensor, location);
  return tensor.value;
}

void ImportContext::refine(Tensor &tensor, Location location) {
  // Elsewhere the value would not be seen by those who read it later.
  if (!tensor.value || tensor.value.getParentBlock() != builder.getInsertionBlock())
    return;
  Dims dims = tensor.dims;
  for (SymExpr &dim : dims)
    if (!dim.isConstant() && sizes.simplify(dim).isConstant(1))
      dim = 1;
  if (dims == tensor.dims)
    return;
  tensor.value = TensorBuilder(*this, location).retype(tensor.value, dims);
  tensor.dims = dims;
}

/// Numbers as a constant of an integer type.
static ElementsAttr integerConstant(RankedTensorType type, ArrayRef<SymExpr> numbers) {
  int64_t width = getElementBytes(type.getElementType());
  std::vector<char> bytes;
  for (const SymExpr &number : numbers) {
    int64_t value = *number.constant();
    const char *start = reinterpret_cast<const char *>(&value); // little-endian, as all of tao's targets are
    bytes.insert(bytes.end(), start, start + width);
  }
  return getConstant(type, std::move(bytes));
}

Value ImportContext::materialize(const Tensor &tensor, Location location) {
  if (tensor.constant)
    return ConstantOp::create(builder, location, tensor.constant);
  const std::vector<SymExpr> &elements = *tensor.content;
  auto isNumber = [](const SymExpr &element) { return element.isConstant(); };
  RankedTensorType type = getTensorType(tensor.dims, tensor.elementType);
  if (llvm::all_of(elements, isNumber))
    return ConstantOp::create(builder, location, integerConstant(type, elements));

  TensorBuilder build(*this, location);
  if (elements.size() == 1)
    return build.reshape(build.size(elements[0], tensor.elementType), tensor.dims);
  // Runs of numbers become one constant each, sizes one element each.
  SmallVector<Value> pieces;
  for (size_t at = 0; at < elements.size();) {
    size_t end = at;
    while (end < elements.size() && isNumber(elements[end]))
      ++end;
    if (end > at) {
      SymExpr count = static_cast<int64_t>(end - at);
      ElementsAttr run =
          integerConstant(getTensorType(count, tensor.elementType), ArrayRef(elements).slice(at, end - at));
      pieces.push_back(ConstantOp::create(builder, location, run));
      at = end;
    } else {
      pieces.push_back(build.reshape(build.size(elements[at++], tensor.elementType), {1}));
    }
  }
  return build.reshape(build.concat(pieces, 0), tensor.dims);
}

} // namespace tao
