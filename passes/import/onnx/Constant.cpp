// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that make tensors from nothing or from a few numbers.
#include "dialects/Tao/ConstantData.h"
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"
#include <cmath>
#include <numbers>

using namespace mlir;

namespace tao {

namespace {
LogicalResult setConstant(NodeImport &n, ElementsAttr value) {
  Tensor tensor;
  tensor.constant = value;
  tensor.elementType = value.getElementType();
  for (int64_t extent : value.getShapedType().getShape())
    tensor.dims.push_back(extent);
  n.setResult(0, std::move(tensor));
  return success();
}

template <typename T> ElementsAttr makeConstant(Type type, ArrayRef<T> numbers, bool isVector) {
  SmallVector<int64_t> shape;
  if (isVector)
    shape.push_back(numbers.size());
  const char *start = reinterpret_cast<const char *>(numbers.data());
  return getConstant(RankedTensorType::get(shape, type), std::vector<char>(start, start + numbers.size() * sizeof(T)));
}

LogicalResult importConstant(NodeImport &n) {
  size_t forms = 0;
  for (StringRef name : {"value", "value_float", "value_floats", "value_int", "value_ints", "value_string",
                         "value_strings", "sparse_value"})
    forms += n.hasAttr(name);
  if (forms != 1)
    return n.badNode("a constant needs exactly one value attribute, has " + llvm::Twine(forms));
  for (StringRef name : {"value_string", "value_strings", "sparse_value"})
    if (n.hasAttr(name))
      return n.unsupportedAttribute("attribute '" + name + "'");

  Type real = n.builder().getF32Type(), integer = n.builder().getI64Type();
  auto floats = [](ArrayRef<double> numbers) { return SmallVector<float>(numbers.begin(), numbers.end()); };
  if (n.hasAttr("value_float"))
    return setConstant(n, makeConstant<float>(real, static_cast<float>(n.floatAttr("value_float", 0)), false));
  if (n.hasAttr("value_floats"))
    return setConstant(n, makeConstant<float>(real, floats(n.floatsAttr("value_floats")), true));
  if (n.hasAttr("value_int"))
    return setConstant(n, makeConstant<int64_t>(integer, n.intAttr("value_int", 0), false));
  if (n.hasAttr("value_ints"))
    return setConstant(n, makeConstant<int64_t>(integer, n.intsAttr("value_ints"), true));
  ElementsAttr value = n.tensorAttr("value");
  return value ? setConstant(n, value) : failure();
}

LogicalResult importConstantOfShape(NodeImport &n) {
  ElementsAttr value = n.tensorAttr("value");
  if (value && value.getNumElements() != 1)
    return n.badNode("attribute 'value' must have one element");
  if (n.rank(0) != 1)
    return n.mismatch("the shape must be a vector");
  std::vector<SymExpr> sizes = n.sizes(0, "shapes");
  Dims dims(sizes.begin(), sizes.end());
  if (failed(n.checkDims(dims)))
    return failure();
  Type type = value ? value.getElementType() : n.builder().getF32Type();
  if (mayHaveContent(type, dims)) {
    int64_t number = value ? getIntegers(value)[0] : 0;
    n.setContent(0, dims, type, std::vector<SymExpr>(*getNumElements(dims).constant(), number));
    return success();
  }
  Value scalar = value ? n.reshape(n.constant(value), {}) : n.scalar(0.0, type);
  n.setResult(0, n.broadcast(scalar, dims));
  return success();
}

/// start + i * delta. The length must be known; start may be anything.
LogicalResult importRange(NodeImport &n) {
  n.intAttr("stash_type", 1);
  if (failed(n.expectSameType({0, 1, 2})))
    return failure();
  for (size_t index : {0, 1, 2})
    if (!getNumElements(n.dims(index)).isConstant(1))
      return n.mismatch("start, limit and delta must be scalars");
  Type type = n.elementType(0);
  SymExpr count;
  if (n.isFloat(0)) {
    auto start = n.numbers(0), limit = n.numbers(1), delta = n.numbers(2);
    if (!start || !limit || !delta)
      return n.unsupported("a length that depends on data");
    double length = std::ceil((limit->front() - start->front()) / delta->front());
    if (!(length < 1e15))
      return n.mismatch("start, limit and delta give no finite range");
    count = std::max<int64_t>(0, static_cast<int64_t>(length));
  } else {
    std::vector<SymExpr> start = n.sizes(0, "ranges"), limit = n.sizes(1, "ranges"), delta = n.sizes(2, "ranges");
    if (n.hasError())
      return failure();
    auto step = delta[0].constant();
    if (!step)
      return n.unsupported("a symbolic delta");
    if (*step == 0)
      return n.mismatch("delta is 0");
    SymExpr length = *step > 0 ? (limit[0] - start[0]).ceilDiv(*step) : (start[0] - limit[0]).ceilDiv(-*step);
    count = SymExpr::max(length, 0);
    if (mayHaveContent(type, count)) {
      std::vector<SymExpr> elements;
      for (int64_t i = 0; i < *count.constant(); ++i)
        elements.push_back(start[0] + *step * i);
      n.setContent(0, {count}, type, std::move(elements));
      return success();
    }
  }
  if (failed(n.checkDims(count)))
    return failure();
  Type compute = type.isF16() || type.isBF16() ? Type(n.builder().getF32Type()) : type;
  Value index = n.cast(n.iota(count, 0, n.builder().getI64Type()), compute);
  Value start = n.cast(n.reshape(n.value(0), {}), compute), delta = n.cast(n.reshape(n.value(2), {}), compute);
  n.setResult(0, n.cast(n.add(n.mul(index, delta), start), type));
  return success();
}

/// Windows for spectra: constant + first * cos(2 pi i / size) + second * cos(4 pi i / size), or with size - 1 for
/// symmetric ones.
struct SignalWindow {
  double constant, first, second;
};
constexpr SignalWindow kHann = {0.5, -0.5, 0}, kHamming = {25.0 / 46, -21.0 / 46, 0}, kBlackman = {0.42, -0.5, 0.08};

template <const SignalWindow &window> LogicalResult importSignalWindow(NodeImport &n) {
  Type type = getOnnxType(n.builder().getContext(), n.intAttr("output_datatype", 1));
  if (!type)
    return n.unsupported("data type " + llvm::Twine(n.intAttr("output_datatype", 1)));
  std::vector<SymExpr> size = n.sizes(0, "window sizes");
  if (n.hasError() || size.size() != 1)
    return n.hasError() ? failure() : n.mismatch("the size must be a scalar");
  if (failed(n.checkDims(size[0])))
    return failure();
  Type compute = type.isF64() ? type : Type(n.builder().getF32Type());
  bool periodic = n.intAttr("periodic", 1) != 0;
  Value period = n.size(periodic ? size[0] : size[0] - 1, compute);
  Value angle =
      n.div(n.mul(n.cast(n.iota(size[0], 0, n.builder().getI64Type()), compute), 2 * std::numbers::pi), period);
  Value result = n.add(n.mul(n.unary<CosOp>(angle), window.first), window.constant);
  if (window.second != 0)
    result = n.add(result, n.mul(n.unary<CosOp>(n.mul(angle, 2.0)), window.second));
  n.setResult(0, n.cast(result, type));
  return success();
}

/// True where column - row equals `offset`, or compares to it in another way; over the last two dims.
Value compareDiagonal(NodeImport &n, CmpPredicate predicate, ArrayRef<SymExpr> dims, Value offset) {
  Type index = n.builder().getI64Type();
  Value row = n.iota(dims, 0, index), column = n.iota(dims, 1, index);
  return n.compare(predicate, n.sub(column, row), offset);
}

LogicalResult importEyeLike(NodeImport &n) {
  if (failed(n.expectRank(0, 2, 2)))
    return failure();
  Type type = n.elementType(0);
  if (n.hasAttr("dtype"))
    type = getOnnxType(n.builder().getContext(), n.intAttr("dtype", 1));
  if (!type)
    return n.unsupported("data type " + llvm::Twine(n.intAttr("dtype", 1)));
  Value offset = n.scalar(llvm::APInt(64, n.intAttr("k", 0), true), n.builder().getI64Type());
  n.setResult(0, n.cast(compareDiagonal(n, CmpPredicate::Eq, n.dims(0), offset), type));
  return success();
}

LogicalResult importTrilu(NodeImport &n) {
  if (failed(n.expectRank(0, 2, n.context.options.maxRank)))
    return failure();
  if (n.hasInput(1) && !n.elementType(1).isInteger(64))
    return n.mismatch("the diagonal must be int64");
  if (n.hasInput(1) && !getNumElements(n.dims(1)).isConstant(1))
    return n.mismatch("the diagonal must be a scalar");
  bool upper = n.intAttr("upper", 1);
  Type index = n.builder().getI64Type();
  Value offset = n.hasInput(1) ? n.reshape(n.value(1), {}) : n.scalar(0.0, index);
  Value x = n.value(0);
  ArrayRef<SymExpr> dims = n.dims(0);
  Value keep = compareDiagonal(n, upper ? CmpPredicate::Ge : CmpPredicate::Le, dims.take_back(2), offset);
  n.setResult(0, n.select(keep, x, n.broadcast(n.scalar(0.0, n.elementType(0)), dims)));
  return success();
}

LogicalResult importOneHot(NodeImport &n) {
  if (!getNumElements(n.dims(1)).isConstant(1))
    return n.mismatch("the depth must be a scalar");
  if (n.rank(2) != 1)
    return n.mismatch("the values must be a vector of two");
  n.unify(n.dims(2)[0], 2, "OneHot takes two values");
  // The depth may come as a float.
  SymExpr depth;
  if (auto numbers = n.numbers(1))
    depth = static_cast<int64_t>(numbers->front());
  else if (const std::vector<SymExpr> *content = n.content(1))
    depth = content->front();
  else
    return n.unsupported("a depth that depends on data");
  int64_t axis = n.axis(n.intAttr("axis", -1), n.rank(0) + 1);
  Dims dims = n.dims(0), ones = n.dims(0);
  dims.insert(dims.begin() + axis, depth);
  ones.insert(ones.begin() + axis, 1);
  if (failed(n.checkDims(dims)))
    return failure();
  // Compared in 64 bits: narrower types may not hold the depth. Floating point indices are truncated.
  Type index = n.builder().getI64Type();
  Value at = n.cast(n.value(0), index), size = n.size(depth, index);
  at = n.select(n.compare(CmpPredicate::Lt, at, 0.0), n.add(at, size), at);
  Value hit = n.compare(CmpPredicate::Eq, n.iota(dims, axis, index), n.reshape(at, ones));
  Value values = n.retype(n.value(2), {2});
  Value off = n.reshape(n.sliceAxis(values, 0, 0, 1), {}), on = n.reshape(n.sliceAxis(values, 0, 1, 1), {});
  n.setResult(0, n.select(hit, on, off));
  return success();
}
} // namespace

void addConstantOps(OpTable &table) {
  table.on("Constant", {1, 9, 11, 12, 13, 19, 21, 23, 24, 25}, importConstant, "no strings, no sparse tensors");
  table.on("ConstantOfShape", {9, 20, 21, 23, 24, 25}, importConstantOfShape, "shapes that do not depend on data");
  table.on("Range", {11, 27}, importRange, "lengths that do not depend on data");
  table.on("HannWindow", {17}, importSignalWindow<kHann>, "sizes that do not depend on data");
  table.on("HammingWindow", {17}, importSignalWindow<kHamming>, "sizes that do not depend on data");
  table.on("BlackmanWindow", {17}, importSignalWindow<kBlackman>, "sizes that do not depend on data");
  table.on("EyeLike", {9, 22}, importEyeLike);
  table.on("Trilu", {14}, importTrilu);
  table.on("OneHot", {9, 11, 28}, importOneHot, "depths that do not depend on data");
}

} // namespace tao
