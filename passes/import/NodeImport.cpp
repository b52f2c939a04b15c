// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Access to a node's parts and its checks; see NodeImport.h.
#include "passes/import/NodeImport.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tao {

std::string shapeText(ArrayRef<SymExpr> dims) {
  std::string text = "[";
  for (auto [index, dim] : llvm::enumerate(dims))
    text += (index ? ", " : "") + dim.str();
  return text + "]";
}

std::string typeText(Type elementType) {
  if (elementType.isF32())
    return "float";
  if (elementType.isF64())
    return "double";
  if (elementType.isBF16())
    return "bfloat16";
  if (isa<FloatType>(elementType))
    return "float" + std::to_string(elementType.getIntOrFloatBitWidth());
  if (elementType.isInteger(1))
    return "bool";
  return (elementType.isUnsignedInteger() ? "uint" : "int") + std::to_string(elementType.getIntOrFloatBitWidth());
}

Type getOnnxType(MLIRContext *context, int64_t number) {
  Builder builder(context);
  auto unsignedType = [&](unsigned width) -> Type { return IntegerType::get(context, width, IntegerType::Unsigned); };
  switch (number) {
  case 1:
    return builder.getF32Type();
  case 2:
    return unsignedType(8);
  case 3:
    return builder.getI8Type();
  case 4:
    return unsignedType(16);
  case 5:
    return builder.getI16Type();
  case 6:
    return builder.getI32Type();
  case 7:
    return builder.getI64Type();
  case 9:
    return builder.getI1Type();
  case 10:
    return builder.getF16Type();
  case 11:
    return builder.getF64Type();
  case 12:
    return unsignedType(32);
  case 13:
    return unsignedType(64);
  case 16:
    return builder.getBF16Type();
  default:
    return nullptr;
  }
}

//===-- Inputs ----------------------------------------------------------------------------------------------------===//

bool NodeImport::hasInput(size_t index) {
  return index < numInputs() && !isa<NoneType>(node.getInputs()[index].getType());
}

Tensor &NodeImport::input(size_t index) { return context[node.getInputs()[index]]; }

SmallVector<Value> NodeImport::values() {
  SmallVector<Value> result;
  for (size_t index = 0; index < numInputs(); ++index)
    result.push_back(value(index));
  return result;
}

std::vector<SymExpr> NodeImport::sizes(size_t index, StringRef what) {
  if (!isa<IntegerType>(elementType(index))) {
    (void)mismatch(what + " must be integers, are " + typeText(elementType(index)));
    return {};
  }
  if (const std::vector<SymExpr> *elements = content(index)) {
    std::vector<SymExpr> result;
    for (const SymExpr &element : *elements)
      result.push_back(context.sizes.simplify(element));
    return result;
  }
  (void)unsupported(what + " that depend on data");
  return {};
}

SmallVector<int64_t> NodeImport::integers(size_t index, StringRef what) {
  SmallVector<int64_t> result;
  for (const SymExpr &element : sizes(index, what)) {
    if (!element.isConstant()) {
      (void)unsupported(what + " that depend on symbolic sizes");
      return {};
    }
    result.push_back(*element.constant());
  }
  return result;
}

std::optional<SmallVector<double>> NodeImport::numbers(size_t index) {
  Tensor &tensor = input(index);
  if (tensor.constant && *getNumElements(tensor.dims).constant() <= kMaxContent)
    return getNumbers(tensor.constant);
  SmallVector<double> result;
  const std::vector<SymExpr> *elements = content(index);
  if (!elements || !llvm::all_of(*elements, [](const SymExpr &element) { return element.isConstant(); }))
    return std::nullopt;
  for (const SymExpr &element : *elements)
    result.push_back(static_cast<double>(*element.constant()));
  return result;
}

//===-- Attributes ------------------------------------------------------------------------------------------------===//

Attribute NodeImport::attr(StringRef name) {
  seen.insert(name);
  DictionaryAttr all = node.getNodeAttrsAttr();
  return all ? all.get(name) : Attribute();
}

bool NodeImport::hasAttr(StringRef name) { return attr(name) != nullptr; }

void NodeImport::wrongKind(StringRef name, Attribute attribute, StringRef expected) {
  if (auto other = dyn_cast<frontend::UnsupportedAttr>(attribute))
    (void)unsupportedAttribute("attribute '" + name + "' is a " + other.getWhat());
  else
    (void)badNode("attribute '" + name + "' must be " + expected);
}

int64_t NodeImport::intAttr(StringRef name, int64_t otherwise) {
  Attribute attribute = attr(name);
  if (!attribute)
    return otherwise;
  if (auto number = dyn_cast<IntegerAttr>(attribute); number && number.getType().isInteger(64))
    return number.getInt();
  wrongKind(name, attribute, "an integer");
  return otherwise;
}

double NodeImport::floatAttr(StringRef name, double otherwise) {
  Attribute attribute = attr(name);
  if (!attribute)
    return static_cast<float>(otherwise); // ONNX has attributes in f32: a default is what the same text would give
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  wrongKind(name, attribute, "a number");
  return otherwise;
}

std::string NodeImport::stringAttr(StringRef name, StringRef otherwise) {
  Attribute attribute = attr(name);
  if (!attribute)
    return otherwise.str();
  if (auto text = dyn_cast<StringAttr>(attribute))
    return text.str();
  wrongKind(name, attribute, "a string");
  return otherwise.str();
}

SmallVector<int64_t> NodeImport::intsAttr(StringRef name) {
  SmallVector<int64_t> result;
  Attribute attribute = attr(name);
  if (!attribute)
    return result;
  auto list = dyn_cast<ArrayAttr>(attribute);
  if (!list)
    wrongKind(name, attribute, "a list of integers");
  for (Attribute element : list ? list.getValue() : ArrayRef<Attribute>())
    if (auto number = dyn_cast<IntegerAttr>(element))
      result.push_back(number.getInt());
    else
      wrongKind(name, attribute, "a list of integers");
  return result;
}

SmallVector<double> NodeImport::floatsAttr(StringRef name) {
  SmallVector<double> result;
  Attribute attribute = attr(name);
  if (!attribute)
    return result;
  auto list = dyn_cast<ArrayAttr>(attribute);
  if (!list)
    wrongKind(name, attribute, "a list of numbers");
  for (Attribute element : list ? list.getValue() : ArrayRef<Attribute>())
    if (auto number = dyn_cast<FloatAttr>(element))
      result.push_back(number.getValueAsDouble());
    else
      wrongKind(name, attribute, "a list of numbers");
  return result;
}

SmallVector<std::string> NodeImport::stringsAttr(StringRef name) {
  SmallVector<std::string> result;
  Attribute attribute = attr(name);
  if (!attribute)
    return result;
  auto list = dyn_cast<ArrayAttr>(attribute);
  if (!list)
    wrongKind(name, attribute, "a list of strings");
  for (Attribute element : list ? list.getValue() : ArrayRef<Attribute>())
    if (auto text = dyn_cast<StringAttr>(element))
      result.push_back(text.str());
    else
      wrongKind(name, attribute, "a list of strings");
  return result;
}

ElementsAttr NodeImport::tensorAttr(StringRef name) {
  Attribute attribute = attr(name);
  if (!attribute)
    return nullptr;
  auto elements = dyn_cast<ElementsAttr>(attribute);
  if (!elements || !isa<RankedTensorType>(elements.getShapedType())) {
    wrongKind(name, attribute, "a tensor");
    return nullptr;
  }
  return elements;
}

void NodeImport::requireAttr(StringRef name) {
  if (!hasAttr(name))
    (void)badNode("attribute '" + name + "' is missing");
}

SmallVector<StringRef> NodeImport::unseenAttrs() {
  SmallVector<StringRef> result;
  if (DictionaryAttr all = node.getNodeAttrsAttr())
    for (NamedAttribute attribute : all)
      if (!seen.contains(attribute.getName().getValue()))
        result.push_back(attribute.getName().getValue());
  if (ArrayAttr graphs = node.getGraphNamesAttr())
    for (StringRef name : graphs.getAsValueRange<StringAttr>())
      if (!seen.contains(name))
        result.push_back(name);
  return result;
}

//===-- Subgraphs -------------------------------------------------------------------------------------------------===//

Block *NodeImport::graphAttr(StringRef name, size_t numInputs) {
  seen.insert(name);
  ArrayAttr names = node.getGraphNamesAttr();
  auto it = names ? llvm::find(names, StringAttr::get(node.getContext(), name)) : nullptr;
  if (!names || it == names.end()) {
    (void)badNode("graph '" + name + "' is missing");
    return nullptr;
  }
  Block &graph = node.getGraphs()[it - names.begin()].front();
  if (graph.getNumArguments() == numInputs)
    return &graph;
  (void)badNode("graph '" + name + "' takes " + llvm::Twine(graph.getNumArguments()) + " inputs; the node gives " +
                llvm::Twine(numInputs));
  return nullptr;
}

std::optional<std::vector<Tensor>> NodeImport::importGraph(Block &graph, ArrayRef<Tensor> inputs) {
  for (auto [argument, tensor] : llvm::zip(graph.getArguments(), inputs))
    context[argument] = tensor;
  context.importNodes(graph);
  std::vector<Tensor> outputs;
  for (Value output : graph.getTerminator()->getOperands()) {
    if (isa<NoneType>(output.getType())) {
      (void)badNode("a graph has an output without a value");
      return std::nullopt;
    }
    outputs.push_back(context[output]);
    incomplete |= !outputs.back().isKnown;
  }
  return incomplete ? std::nullopt : std::optional(std::move(outputs));
}

//===-- Results and errors ----------------------------------------------------------------------------------------===//

void NodeImport::setResult(size_t index, Tensor tensor) {
  // Results past the node's outputs are optional ones that the model does not take.
  if (index < numResults())
    results[index] = std::move(tensor);
}

void NodeImport::setContent(size_t index, Dims dims, Type elementType, std::vector<SymExpr> elements) {
  Tensor tensor;
  tensor.dims = std::move(dims);
  tensor.elementType = elementType;
  tensor.content = std::move(elements);
  setResult(index, std::move(tensor));
}

std::string NodeImport::about(StringRef what) {
  return ("node '" + node.getNodeName() + "' (" + node.getDisplayName() + "): " + what).str();
}

LogicalResult NodeImport::fail(ErrorCode code, const llvm::Twine &reason) {
  if (hasError())
    return failure();
  error.code = code;
  error.reason = reason.str();
  error.node = node.getNodeName();
  error.op = node.getDisplayName().str();
  error.opset = node.getOpset();
  return failure();
}
LogicalResult NodeImport::unsupported(const llvm::Twine &reason) { return fail(ErrorCode::Unsupported, reason); }
LogicalResult NodeImport::unsupportedAttribute(const llvm::Twine &reason) {
  errorOfAttributes |= !hasError();
  return unsupported(reason);
}
LogicalResult NodeImport::badNode(const llvm::Twine &reason) { return fail(ErrorCode::BadNode, reason); }
LogicalResult NodeImport::tooLarge(const llvm::Twine &reason) { return fail(ErrorCode::LimitExceeded, reason); }

LogicalResult NodeImport::mismatch(const llvm::Twine &reason) {
  if (hasError())
    return failure();
  (void)fail(ErrorCode::ShapeMismatch, reason);
  constexpr size_t maxListed = 8;
  std::string shapes;
  for (size_t index = 0; index < std::min(numInputs(), maxListed); ++index)
    if (hasInput(index))
      shapes += (shapes.empty() ? "" : ", ") + typeText(elementType(index)) + shapeText(dims(index));
  if (!shapes.empty())
    error.details.push_back("inputs " + shapes + (numInputs() > maxListed ? ", ..." : ""));
  return failure();
}

//===-- Checks ----------------------------------------------------------------------------------------------------===//

int64_t NodeImport::axis(int64_t value, int64_t rank) {
  int64_t result = value < 0 ? value + rank : value;
  if (result >= 0 && result < rank)
    return result;
  (void)mismatch("axis " + llvm::Twine(value) + " is out of range for rank " + llvm::Twine(rank));
  return 0;
}

SmallVector<int64_t> NodeImport::axes(ArrayRef<int64_t> values, int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t value : values) {
    int64_t normal = axis(value, rank);
    if (!hasError() && llvm::is_contained(result, normal))
      (void)mismatch("axis " + llvm::Twine(value) + " is listed twice");
    result.push_back(normal);
  }
  return result;
}

LogicalResult NodeImport::expectFloat(size_t index) {
  if (isFloat(index))
    return success();
  return unsupported("element type " + typeText(elementType(index)));
}

LogicalResult NodeImport::expectRank(size_t index, int64_t least, int64_t most) {
  if (rank(index) >= least && rank(index) <= most)
    return success();
  std::string range = std::to_string(least);
  if (most > 100)
    range = "at least " + range;
  else if (most > least)
    range += " to " + std::to_string(most);
  return mismatch("input " + llvm::Twine(index) + " must have rank " + range + ", has rank " +
                  llvm::Twine(rank(index)));
}

LogicalResult NodeImport::expectSameType(ArrayRef<size_t> indices) {
  for (size_t index : indices)
    if (hasInput(index) && elementType(index) != elementType(indices[0]))
      return mismatch("inputs " + llvm::Twine(indices[0]) + " and " + llvm::Twine(index) + " have element types " +
                      typeText(elementType(indices[0])) + " and " + typeText(elementType(index)));
  return success();
}

bool isManageable(const SymExpr &expr) {
  constexpr size_t maxLength = 800; // keeps nesting within what SymExpr::parse accepts
  constexpr int64_t maxFactor = int64_t(1) << 40;
  if (expr.isConstant())
    return true;
  for (const auto &[monomial, coefficient] : expr.getTerms())
    if (coefficient > maxFactor || coefficient < -maxFactor)
      return false;
  return expr.str().size() <= maxLength;
}

LogicalResult NodeImport::checkDims(ArrayRef<SymExpr> dims) {
  if (hasError())
    return failure();
  if (static_cast<int64_t>(dims.size()) > context.options.maxRank)
    return tooLarge("a result has rank " + llvm::Twine(dims.size()) + "; the limit is " +
                    llvm::Twine(context.options.maxRank));
  int64_t bytes = 16; // the widest element, with room for the intermediate results of a decomposition
  for (const SymExpr &dim : dims) {
    if (!isManageable(dim))
      return tooLarge("the size of a result becomes too complex an expression");
    auto extent = dim.constant();
    if (extent && *extent >= 0 && (llvm::MulOverflow(bytes, *extent, bytes) || bytes > context.options.maxTensorBytes))
      return tooLarge("a result of shape " + shapeText(dims) + " is too large");
    if (!context.sizes.requireAtLeast(dim, 0, location, about("an extent of a result must not be negative")))
      return mismatch("a result would have shape " + shapeText(dims));
  }
  return success();
}

SymExpr NodeImport::unify(const SymExpr &a, const SymExpr &b, StringRef what) {
  if (auto result = context.sizes.unify(a, b, location, about(what)))
    return *result;
  (void)mismatch(what + ": " + a.str() + " and " + b.str() + " differ");
  return a;
}

void NodeImport::requireAtLeast(const SymExpr &expr, int64_t bound, StringRef what) {
  if (!context.sizes.requireAtLeast(expr, bound, location, about(what)))
    (void)mismatch(what + ", is " + expr.str());
}

Dims NodeImport::broadcastDims(ArrayRef<Dims> shapes) {
  size_t rank = 0;
  for (const Dims &shape : shapes)
    rank = std::max(rank, shape.size());
  Dims result(rank, 1);
  for (const Dims &shape : shapes)
    for (size_t i = 0; i < shape.size() && !hasError(); ++i) {
      SymExpr &common = result[rank - shape.size() + i];
      if (shape[i].isConstant(1))
        continue;
      if (common.isConstant(1)) {
        common = shape[i];
        continue;
      }
      auto unified = context.sizes.unify(common, shape[i], location, about("extents of the inputs must be equal"));
      if (unified) {
        common = *unified;
        continue;
      }
      std::string list;
      for (const Dims &each : shapes)
        list += (list.empty() ? "" : " and ") + shapeText(each);
      (void)mismatch("shapes " + list + " cannot be broadcast");
    }
  return result;
}

LogicalResult NodeImport::expectBroadcast(const Dims &from, const Dims &to, StringRef what) {
  bool fits = from.size() <= to.size();
  for (size_t i = 0; fits && i < from.size(); ++i) {
    const SymExpr &own = from[i], &target = to[to.size() - from.size() + i];
    fits = own.isConstant(1) ||
           context.sizes.unify(target, own, location, about("extents of the inputs must be equal")).has_value();
  }
  if (fits)
    return success();
  return mismatch(what + " of shape " + shapeText(from) + " does not broadcast to " + shapeText(to));
}

SmallVector<Value> NodeImport::broadcastInputs() {
  SmallVector<Dims> shapes;
  for (size_t index = 0; index < numInputs(); ++index)
    shapes.push_back(dims(index));
  Dims common = broadcastDims(shapes);
  SmallVector<Value> result;
  if (failed(checkDims(common)))
    return values();
  for (Value value : values())
    result.push_back(broadcast(value, common));
  return result;
}

} // namespace tao
