// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nodes to ops; see OnnxGraph.h. Recursion follows subgraphs and function calls only, and ReaderOptions limits both.
#include "compiler/frontend/OnnxGraph.h"
#include "dialects/Frontend/FrontendDialect.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tao {

StringRef normalizeDomain(StringRef domain) { return domain == "ai.onnx" ? StringRef() : domain; }

bool OpsetVersions::read(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto> &imports, StringRef owner,
                         ErrorList &errors) {
  for (const auto &import : imports) {
    StringRef domain = normalizeDomain(import.domain());
    std::string named = owner.str() + " imports operator set '" + import.domain() + "'";
    auto [it, inserted] = versions.try_emplace(domain, import.version());
    if (!inserted && it->second != import.version()) {
      errors.add(ErrorCode::BadModel, named + " in two versions");
      return false;
    }
    if (import.version() < 1) {
      errors.add(ErrorCode::BadModel, named + " in version " + std::to_string(import.version()));
      return false;
    }
  }
  return true;
}

std::optional<int64_t> OpsetVersions::find(StringRef domain) const {
  auto it = versions.find(domain);
  return it == versions.end() ? std::nullopt : std::optional<int64_t>(it->second);
}

static std::string functionKey(StringRef domain, StringRef name, StringRef overload) {
  return (normalizeDomain(domain) + "|" + name + "|" + overload).str();
}

OnnxGraphBuilder::OnnxGraphBuilder(OpBuilder &builder, const onnx::ModelProto &model, const OpsetVersions &versions,
                                   const ReaderOptions &options, TensorReader &tensors, ErrorList &errors)
    : builder(builder), modelVersions(versions), options(options), tensors(tensors), errors(errors) {
  for (const onnx::FunctionProto &function : model.functions()) {
    std::string key = functionKey(function.domain(), function.name(), function.overload());
    if (!functions.try_emplace(key, &function).second)
      errors.add(ErrorCode::BadFunction, "model function '" + function.name() + "' is defined twice");
    functionVersions[&function].read(function.opset_import(), "model function '" + function.name() + "'", errors);
  }
}

Value OnnxGraphBuilder::Scope::find(StringRef name) const {
  for (const Scope *scope = this; scope; scope = scope->outer)
    if (auto it = scope->values.find(name); it != scope->values.end())
      return it->second;
  return nullptr;
}

bool OnnxGraphBuilder::define(Scope &scope, StringRef name, Value value) {
  if (scope.values.try_emplace(name, value).second)
    return true;
  errors.add(ErrorCode::DuplicateValue, "value '" + name.str() + "' is defined twice");
  return false;
}

Value OnnxGraphBuilder::getNone() {
  if (!none) {
    // At the start of the function, where every use can see it.
    OpBuilder::InsertionGuard guard(builder);
    Block *block = builder.getInsertionBlock();
    while (!isa<func::FuncOp>(block->getParentOp()))
      block = block->getParentOp()->getBlock();
    builder.setInsertionPointToStart(block);
    none = frontend::NoneOp::create(builder, builder.getUnknownLoc(), builder.getNoneType());
  }
  return none;
}

bool OnnxGraphBuilder::buildGraph(const onnx::GraphProto &graph, Scope &scope) {
  Frame frame;
  frame.versions = &modelVersions;
  bool initializers = buildInitializers(graph, scope);
  return buildNodes(graph.node(), scope, frame) && initializers;
}

bool OnnxGraphBuilder::buildInitializers(const onnx::GraphProto &graph, Scope &scope) {
  bool ok = true;
  for (const onnx::TensorProto &tensor : graph.initializer()) {
    UserError error;
    ElementsAttr value = tensors.read(tensor, "initializer '" + tensor.name() + "'", error);
    if (!value) {
      // Nodes may use it: define it, so that only the cause is reported.
      ok = fail(error);
      scope.values.try_emplace(tensor.name(), getNone());
      continue;
    }
    Location location = NameLoc::get(builder.getStringAttr(tensor.name()));
    ok &= define(scope, tensor.name(), frontend::ConstantOp::create(builder, location, value));
  }
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer()) {
    errors.add(ErrorCode::UnsupportedType,
               "initializer '" + tensor.values().name() + "' is a sparse tensor, which is not supported");
    ok = false;
  }
  return ok;
}

bool OnnxGraphBuilder::buildNodes(const NodeList &nodes, Scope &scope, const Frame &frame) {
  std::vector<int> cycle;
  std::optional<std::vector<int>> sorted;
  // A function is sorted once, however often it is called.
  if (auto it = functionOrders.find(&nodes); it != functionOrders.end())
    sorted = it->second;
  else
    sorted = order.order(nodes, cycle);
  if (!sorted) {
    constexpr size_t maxNamed = 8;
    std::string names;
    for (int index : ArrayRef(cycle).take_front(maxNamed))
      names += (names.empty() ? "'" : " -> '") + getNodeName(nodes[index], index) + "'";
    names += cycle.size() > maxNamed ? " -> ... (" + std::to_string(cycle.size()) + " nodes)"
                                     : " -> '" + getNodeName(nodes[cycle[0]], cycle[0]) + "'";
    UserError error;
    error.code = ErrorCode::Cycle;
    error.reason = "nodes depend on each other in a cycle: " + names;
    error.node = getNodeName(nodes[cycle[0]], cycle[0]);
    error.op = nodes[cycle[0]].op_type();
    error.opset = frame.versions->find(normalizeDomain(nodes[cycle[0]].domain())).value_or(0);
    return fail(error);
  }
  if (frame.function)
    functionOrders.try_emplace(&nodes, *sorted);
  bool ok = true;
  for (int index : *sorted) {
    ok &= buildNode(nodes[index], index, scope, frame);
    if (overLimit)
      return false;
  }
  return ok;
}

const onnx::AttributeProto *OnnxGraphBuilder::resolve(const onnx::AttributeProto &attribute, const Frame &frame) {
  if (attribute.ref_attr_name().empty())
    return &attribute;
  auto it = frame.arguments.find(attribute.ref_attr_name());
  return it == frame.arguments.end() ? nullptr : it->second;
}

bool OnnxGraphBuilder::buildNode(const onnx::NodeProto &node, int index, Scope &scope, const Frame &frame) {
  StringRef domain = normalizeDomain(node.domain());
  std::optional<int64_t> version = frame.versions->find(domain);
  UserError error;
  error.code = ErrorCode::BadNode;
  std::string name = getNodeName(node, index);
  // Many exporters' names start with a slash.
  error.node = frame.prefix + (frame.prefix.empty() || StringRef(name).starts_with("/") ? "" : "/") + name;
  error.op = domain.empty() ? node.op_type() : (domain + "." + node.op_type()).str();
  error.opset = version.value_or(0);
  auto report = [&](ErrorCode code, std::string reason) {
    error.code = code;
    error.reason = std::move(reason);
    return fail(error);
  };

  if (++nodeCount > options.maxNodes) {
    overLimit = true;
    return report(ErrorCode::LimitExceeded,
                  "the model has more than " + std::to_string(options.maxNodes) + " nodes, functions expanded");
  }
  if (node.op_type().empty() || StringRef(node.op_type()).contains('.') || domain == frontend::kOnnxDomain)
    return report(ErrorCode::BadNode, "operator '" + node.op_type() + "' of domain '" + node.domain() +
                                          "' is not a valid operator name");

  bool ok = true;
  SmallVector<Value> inputs;
  for (auto [position, name] : llvm::enumerate(node.input())) {
    Value value = name.empty() ? getNone() : scope.find(name);
    if (!value)
      ok = report(ErrorCode::UndefinedValue, "input " + std::to_string(position) + ", '" + name +
                                                 "', is not defined by any input, initializer or node");
    inputs.push_back(value);
  }
  if (!ok) {
    // Later nodes may use the results: define them, so that only the first cause is reported.
    for (const std::string &name : node.output())
      if (!name.empty())
        scope.values.try_emplace(name, getNone());
    return false;
  }

  auto function = functions.find(functionKey(node.domain(), node.op_type(), node.overload()));
  if (function != functions.end())
    return buildCall(node, *function->second, inputs, error.node, scope, frame);
  if (!version)
    return report(ErrorCode::BadModel, "the model imports no version of the node's operator set '" + node.domain() + "'");

  NamedAttrList attributes;
  SmallVector<std::pair<StringRef, const onnx::GraphProto *>> graphs;
  llvm::StringSet<> names;
  for (const onnx::AttributeProto &written : node.attribute()) {
    if (written.name().empty() || !names.insert(written.name()).second)
      return report(ErrorCode::BadNode, written.name().empty() ? "an attribute has no name"
                                                               : "attribute '" + written.name() + "' is given twice");
    const onnx::AttributeProto *attribute = resolve(written, frame);
    if (!attribute)
      continue;
    if (attribute->has_g()) {
      graphs.emplace_back(written.name(), &attribute->g());
      continue;
    }
    Attribute value = convert(*attribute, error);
    if (!value)
      return fail(error);
    attributes.set(written.name(), value);
  }

  SmallVector<Attribute> graphNames;
  for (auto [name, graph] : graphs)
    graphNames.push_back(builder.getStringAttr(name));
  SmallVector<Type> types(node.output_size(), frontend::ValueType::get(builder.getContext()));
  StringRef prefix = domain.empty() ? StringRef(frontend::kOnnxDomain) : domain;
  auto op = frontend::NodeOp::create(
      builder, NameLoc::get(builder.getStringAttr(error.node)), types,
      builder.getStringAttr(prefix + "." + node.op_type()), inputs,
      attributes.empty() ? DictionaryAttr() : attributes.getDictionary(builder.getContext()),
      builder.getI64IntegerAttr(*version), graphs.empty() ? ArrayAttr() : builder.getArrayAttr(graphNames), graphs.size());
  for (auto [graph, region] : llvm::zip(graphs, op.getGraphs()))
    ok &= buildSubgraph(*graph.second, region, scope, frame);
  for (auto [name, value] : llvm::zip(node.output(), op.getOutputs()))
    if (!name.empty())
      ok &= define(scope, name, value);
  return ok;
}

bool OnnxGraphBuilder::buildSubgraph(const onnx::GraphProto &graph, Region &region, const Scope &outer,
                                     const Frame &frame) {
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&region);
  Scope scope;
  scope.outer = &outer;
  bool ok = true;
  for (const onnx::ValueInfoProto &input : graph.input()) {
    Value argument = block->addArgument(frontend::ValueType::get(builder.getContext()), builder.getUnknownLoc());
    ok &= define(scope, input.name(), argument);
  }
  ok &= buildInitializers(graph, scope);
  ok &= buildNodes(graph.node(), scope, frame);
  SmallVector<Value> results;
  for (const onnx::ValueInfoProto &output : graph.output()) {
    Value value = scope.find(output.name());
    if (!value && ok)
      errors.add(ErrorCode::UndefinedValue, "output '" + output.name() + "' of a subgraph is not defined");
    ok &= value != nullptr;
    results.push_back(value ? value : getNone());
  }
  frontend::YieldOp::create(builder, builder.getUnknownLoc(), results);
  return ok;
}

bool OnnxGraphBuilder::buildCall(const onnx::NodeProto &node, const onnx::FunctionProto &function, ValueRange inputs,
                                 const std::string &name, Scope &scope, const Frame &frame) {
  UserError error;
  error.code = ErrorCode::BadFunction;
  error.node = name;
  error.op = function.domain().empty() ? function.name() : function.domain() + "." + function.name();
  auto report = [&](std::string reason) {
    error.reason = std::move(reason);
    return fail(error);
  };
  if (llvm::is_contained(activeCalls, &function)) {
    overLimit = true; // every further expansion would find the same
    return report("model function '" + function.name() + "' calls itself");
  }
  if (frame.depth >= options.maxNesting) {
    error.code = ErrorCode::LimitExceeded;
    return report("calls of model functions nest deeper than " + std::to_string(options.maxNesting));
  }
  if (node.input_size() > function.input_size() || node.output_size() > function.output_size())
    return report("model function '" + function.name() + "' has " + std::to_string(function.input_size()) +
                  " inputs and " + std::to_string(function.output_size()) + " outputs; the call gives " +
                  std::to_string(node.input_size()) + " and takes " + std::to_string(node.output_size()));

  Frame inner;
  inner.function = &function;
  inner.versions = &functionVersions[&function];
  inner.prefix = name;
  inner.depth = frame.depth + 1;
  for (const onnx::AttributeProto &attribute : function.attribute_proto())
    inner.arguments[attribute.name()] = &attribute;
  for (const onnx::AttributeProto &attribute : node.attribute())
    if (const onnx::AttributeProto *value = resolve(attribute, frame))
      inner.arguments[attribute.name()] = value;
  for (const std::string &required : function.attribute())
    if (!inner.arguments.contains(required))
      return report("the call of model function '" + function.name() + "' lacks attribute '" + required + "'");

  Scope body;
  bool ok = true;
  for (auto [position, formal] : llvm::enumerate(function.input()))
    ok &= define(body, formal, position < inputs.size() ? inputs[position] : getNone());
  activeCalls.push_back(&function);
  llvm::scope_exit leave([&] { activeCalls.pop_back(); });
  if (!buildNodes(function.node(), body, inner) || !ok)
    return false;
  for (auto [actual, formal] : llvm::zip(node.output(), function.output())) {
    Value value = body.find(formal);
    if (!value)
      return report("output '" + formal + "' of model function '" + function.name() + "' is not defined");
    if (!actual.empty())
      ok &= define(scope, actual, value);
  }
  return ok;
}

} // namespace tao
