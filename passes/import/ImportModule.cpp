// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The walk over @main: one pass over the nodes in order. What is not supported is collected and reported at once;
// results of such nodes are unknown, and nodes that need unknown values are only checked for being supported
// themselves.
#include "passes/import/ImportModule.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/import/InputShapes.h"
#include "passes/import/OpTable.h"
#include "passes/import/UnsupportedNodes.h"

using namespace mlir;

namespace tao {

namespace {
class Importer {
public:
  Importer(func::FuncOp source, const ImportOptions &options, ErrorList &errors)
      : source(source), options(options), errors(errors), builder(source.getContext()),
        context(builder, options, errors) {}

  LogicalResult run(ImportStatistics &statistics) {
    FailureOr<InputShapes> shapes = getInputShapes(source, options, errors);
    if (failed(shapes))
      return failure();
    builder.setInsertionPoint(source);
    target = func::FuncOp::create(builder, source.getLoc(), source.getName(),
                                  builder.getFunctionType(llvm::to_vector_of<Type>(shapes->types), {}));
    addInputs(*shapes);
    context.importNodes = [this](Block &graph) { addNodes(graph); };
    addNodes(source.front());
    source.walk([&](frontend::NodeOp) { ++statistics.nodes; });
    unsupported.report(errors);
    for (const UserError &error : nodeErrors.get())
      errors.add(error);
    if (newestUsed > 0)
      errors.add(ErrorCode::UnknownVersion, "the model uses opset " + std::to_string(newestUsed) +
                                                "; the newest known is " +
                                                std::to_string(OpTable::get().newestOpset()));
    if (errors.empty())
      addOutputs(*shapes);
    if (!errors.empty()) {
      target.erase();
      return failure();
    }
    removeDeadOps();
    statistics.assumptions = context.sizes.numAssumptions();
    if (!shapes->likely.empty()) {
      SmallVector<NamedAttribute> likely;
      for (const auto &[symbol, value] : shapes->likely)
        likely.push_back(builder.getNamedAttr(symbol, builder.getI64IntegerAttr(value)));
      source->getParentOp()->setAttr("tao.likely", builder.getDictionaryAttr(likely));
    }
    source.erase();
    return success();
  }

private:
  void addInputs(const InputShapes &shapes) {
    Block *entry = target.addEntryBlock();
    builder.setInsertionPointToStart(entry);
    for (auto [index, argument] : llvm::enumerate(entry->getArguments())) {
      argument.setLoc(source.getArgument(index).getLoc());
      target.setArgAttr(index, "tao.name", builder.getStringAttr(getInputName(source, index)));
      context[source.getArgument(index)] = ImportContext::fromValue(argument);
      for (const SymExpr &dim : getDims(argument))
        dim.forEachSymbol([&](StringRef symbol) { context.sizes.declare(symbol); });
    }
    for (const SizeBound &bound : shapes.bounds) {
      if (bound.size.isConstant())
        continue;
      std::string name = bound.size.str();
      auto assume = [&](const SymExpr &larger, const SymExpr &smaller) {
        AssumeOp::create(builder, target.getLoc(), larger.str(), smaller.str(), /*at_least=*/true,
                         "size '" + name + "' is outside the range it was compiled for");
      };
      if (bound.min.value_or(0) > 0) {
        assume(bound.size, *bound.min);
        context.sizes.noteAtLeast(bound.size, *bound.min);
      }
      if (bound.max)
        assume(*bound.max, bound.size);
    }
  }

  void addNodes(Block &graph) {
    for (Operation &op : graph) {
      if (auto constant = dyn_cast<frontend::ConstantOp>(op))
        addConstant(constant);
      else if (auto node = dyn_cast<frontend::NodeOp>(op))
        addNode(node);
    }
  }

  /// Looks at the nodes of subgraphs whose inputs are not known, for what is not supported.
  void checkGraphs(frontend::NodeOp node) {
    for (Region &graph : node.getGraphs()) {
      for (Value argument : graph.getArguments())
        context[argument].isKnown = false;
      addNodes(graph.front());
    }
  }

  void addConstant(frontend::ConstantOp constant) {
    Tensor &tensor = context[constant.getResult()];
    tensor.constant = constant.getValue();
    auto type = cast<RankedTensorType>(constant.getType());
    tensor.elementType = type.getElementType();
    for (int64_t extent : type.getShape())
      tensor.dims.push_back(extent);
  }

  /// The import function of a node, or null after noting that there is none.
  const OpTable::Row *findRow(frontend::NodeOp node, int64_t &since) {
    const OpTable &table = OpTable::get();
    auto reject = [&](int64_t version, const llvm::Twine &reason) {
      unsupported.add(node, version, reason.str());
      return nullptr;
    };
    auto opset = static_cast<int64_t>(node.getOpset());
    if (!node.getDomain().empty())
      return reject(opset, "unknown domain");
    StringRef name = node.getOperator();
    const OnnxOperator *known = table.findOperator(name);
    if (!known) {
      StringRef near = table.suggest(name);
      return reject(0, near.empty() ? "unknown operator" : "unknown operator; did you mean " + near + "?");
    }
    if (opset > table.newestOpset()) {
      newestUsed = std::max(newestUsed, opset);
      return nullptr;
    }
    const OnnxOperator::Version *version = known->select(opset);
    if (!version)
      return reject(0, "in opset " + llvm::Twine(opset) + " the operator does not exist yet");
    since = version->since;
    if (version->removed)
      return reject(since, "the operator was removed in opset " + llvm::Twine(since));
    const OpTable::Row *row = table.find(name);
    if (!row)
      return reject(since, "not supported yet");
    if (!llvm::is_contained(row->since, since)) {
      std::string versions;
      for (int64_t each : row->since)
        versions += (versions.empty() ? "" : ", ") + std::to_string(each);
      return reject(since, "this version of the operator is not supported (" + versions +
                               (row->since.size() == 1 ? " is)" : " are)"));
    }
    return row;
  }

  /// Checks the number of inputs and outputs, and that what is required is there.
  void checkSignature(NodeImport &import) {
    const OnnxOperator::Version &version =
        *OpTable::get().findOperator(import.node.getOperator())->select(import.node.getOpset());
    auto letterOf = [](StringRef letters, size_t index) {
      if (index < letters.size())
        return letters[index];
      return letters.ends_with("v") ? 'v' : 'x';
    };
    for (size_t index = 0; index < std::max(import.numInputs(), version.inputs.size()); ++index) {
      char letter = letterOf(version.inputs, index);
      if (letter == 'x')
        (void)import.badNode("the node gives " + llvm::Twine(import.numInputs()) +
                             " inputs; the most that the operator takes is " + llvm::Twine(version.inputs.size()));
      if (letter != 'o' && !import.hasInput(index))
        (void)import.badNode("input " + llvm::Twine(index) + " is required");
    }
    if (letterOf(version.outputs, import.numResults() ? import.numResults() - 1 : 0) == 'x')
      (void)import.badNode("the node takes " + llvm::Twine(import.numResults()) +
                           " outputs; the most that the operator has is " + llvm::Twine(version.outputs.size()));
  }

  void addNode(frontend::NodeOp node) {
    for (Value result : node.getOutputs())
      context[result].isKnown = false;
    int64_t since = 0;
    const OpTable::Row *row = findRow(node, since);
    if (!row)
      return checkGraphs(node);
    OpBuilder::InsertPoint before = builder.saveInsertionPoint();
    for (Value input : node.getInputs())
      if (!isa<NoneType>(input.getType()))
        context.refine(context[input], node.getLoc());
    NodeImport import(context, node, since);
    checkSignature(import);
    bool known = llvm::all_of(node.getInputs(),
                              [&](Value input) { return isa<NoneType>(input.getType()) || context[input].isKnown; });
    auto key = std::pair(node.getName().str() + std::to_string(since), node.getNodeAttrsAttr().getAsOpaquePointer());
    if (!import.hasError() && !known) {
      if (auto it = attributeReasons.find(key); it != attributeReasons.end())
        unsupported.add(node, since, it->second);
      return checkGraphs(node);
    }
    if (!import.hasError())
      runImport(import, *row);
    if (import.hasError() || import.isIncomplete())
      builder.restoreInsertionPoint(before); // it may be in a body that will never be complete
    if (import.isIncomplete() && !import.hasError())
      return;
    if (!import.hasError()) {
      for (auto [index, tensor] : import.getResults())
        context[node.getOutputs()[index]] = tensor;
      return;
    }
    if (import.getError().code != ErrorCode::Unsupported)
      return nodeErrors.add(import.getError());
    unsupported.add(node, since, import.getError().reason);
    if (import.isErrorOfAttributes())
      attributeReasons.try_emplace(key, import.getError().reason);
  }

  void runImport(NodeImport &import, const OpTable::Row &row) {
    if (failed(row.import(import)) || import.hasError()) {
      assert((import.hasError() || import.isIncomplete()) && "an import function failed without a reason");
      return;
    }
    for (StringRef name : import.unseenAttrs())
      (void)import.badNode("attribute '" + name + "' is not one that the operator has");
    for (size_t index = 0; index < import.numResults(); ++index) {
      auto result = import.getResults().find(index);
      if (result != import.getResults().end())
        (void)import.checkDims(result->second.dims);
      else if (import.wantsResult(index))
        (void)import.unsupported("output " + llvm::Twine(index));
    }
  }

  /// Declared and computed types of an output must not contradict each other.
  void checkOutput(const Tensor &tensor, Type declared, const std::string &name, bool checkShape) {
    auto type = cast<TensorType>(declared);
    auto report = [&](std::string reason) {
      errors.add(ErrorCode::OutputMismatch, "output '" + name + "' " + std::move(reason));
    };
    if (type.getElementType() != tensor.elementType)
      return report("is declared as " + typeText(type.getElementType()) + " but is " + typeText(tensor.elementType));
    auto ranked = dyn_cast<RankedTensorType>(declared);
    if (!ranked || !checkShape)
      return;
    bool fits = ranked.getRank() == static_cast<int64_t>(tensor.dims.size());
    for (size_t i = 0; fits && i < tensor.dims.size(); ++i)
      fits = ranked.isDynamicDim(i) || !context.sizes.areDifferent(tensor.dims[i], ranked.getDimSize(i));
    if (fits)
      return;
    std::string shape;
    for (int64_t extent : ranked.getShape())
      shape += (shape.empty() ? "" : ", ") + (ShapedType::isDynamic(extent) ? "?" : std::to_string(extent));
    report("is declared with shape [" + shape + "] but has shape " + shapeText(tensor.dims));
  }

  void addOutputs(const InputShapes &shapes) {
    Operation *exit = source.front().getTerminator();
    SmallVector<Value> values;
    SmallVector<Type> types;
    SmallVector<std::string> names;
    for (auto [index, operand] : llvm::enumerate(exit->getOperands())) {
      auto name = source.getResultAttrOfType<StringAttr>(index, "tao.name");
      names.push_back(name ? name.str() : "output" + std::to_string(index));
      Tensor &tensor = context[operand];
      if (auto declared = source.getResultAttrOfType<TypeAttr>(index, "frontend.type"))
        checkOutput(tensor, declared.getValue(), names.back(), !shapes.changedStatic);
      values.push_back(context.getValue(tensor, operand.getLoc()));
      types.push_back(values.back().getType());
    }
    func::ReturnOp::create(builder, exit->getLoc(), values);
    target.setFunctionType(builder.getFunctionType(target.getArgumentTypes(), types));
    for (auto [index, name] : llvm::enumerate(names))
      target.setResultAttr(index, "tao.name", builder.getStringAttr(name));
    for (const AliasRequest &alias : options.aliases)
      addAlias(alias, names);
  }

  void addAlias(const AliasRequest &alias, ArrayRef<std::string> outputs) {
    auto report = [&](std::string reason) { errors.add(ErrorCode::BadShapeOption, std::move(reason)); };
    auto output = llvm::find(outputs, alias.output) - outputs.begin();
    unsigned input = 0;
    while (input < target.getNumArguments() && getInputName(source, input) != alias.input)
      ++input;
    if (output == static_cast<ptrdiff_t>(outputs.size()))
      return report("the model has no output '" + alias.output + "'");
    if (input == target.getNumArguments())
      return report("the model has no input '" + alias.input + "'");
    if (target.getResultTypes()[output] != target.getArgumentTypes()[input])
      return report("output '" + alias.output + "' and input '" + alias.input + "' differ in type or shape");
    if (target.getResultAttr(output, "tao.alias"))
      return report("output '" + alias.output + "' is aliased twice");
    target.setResultAttr(output, "tao.alias", builder.getI64IntegerAttr(input));
  }

  /// What was built for results that turned out not to be needed.
  void removeDeadOps() {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(target.front())))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  func::FuncOp source, target;
  const ImportOptions &options;
  ErrorList &errors;
  OpBuilder builder;
  ImportContext context;
  UnsupportedNodes unsupported;
  ErrorList nodeErrors; // of single nodes, reported after what is not supported
  /// Reasons that follow from a node's name and attributes alone, and so hold for all nodes like it.
  std::map<std::pair<std::string, const void *>, std::string> attributeReasons;
  int64_t newestUsed = 0; // of the opsets that are too new
};
} // namespace

LogicalResult importModule(ModuleOp module, const ImportOptions &options, ErrorList &errors,
                           ImportStatistics &statistics) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || !main.getBody().hasOneBlock()) {
    errors.add(ErrorCode::Internal, "the module has no function @main of one block");
    return failure();
  }
  return Importer(main, options, errors).run(statistics);
}

} // namespace tao
