// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See OnnxTypes.h. The importer infers shapes, but gives nothing when one node fails. So it is asked for growing
// prefixes of the graph; a node on which it fails is left out with all that depends on it.
#include "compiler/reduce/OnnxTypes.h"
#include "compiler/driver/InternalError.h"
#include "compiler/frontend/OnnxReader.h"
#include "compiler/frontend/OnnxTensor.h"
#include "compiler/include/tao/Registration.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include "passes/import/Passes.h"
#include <fstream>

using namespace mlir;

namespace tao {

namespace {
/// Nodes that the importer fails on cost a search each; past this many the rest is left unknown.
constexpr int kMaxFailingNodes = 16;

/// The ONNX number of an element type; 0 when there is none.
int32_t getDataType(Type type) {
  for (int32_t number = 1; number <= onnx::TensorProto::BFLOAT16; ++number)
    if (getElementType(type.getContext(), number) == type)
      return number;
  return 0;
}

std::optional<onnx::TypeProto> toProto(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  int32_t dataType = tensor ? getDataType(tensor.getElementType()) : 0;
  if (dataType == 0)
    return std::nullopt;
  onnx::TypeProto proto;
  proto.mutable_tensor_type()->set_elem_type(dataType);
  onnx::TensorShapeProto *shape = proto.mutable_tensor_type()->mutable_shape();
  for (const SymExpr &dim : getDims(tensor)) {
    onnx::TensorShapeProto::Dimension *extent = shape->add_dim();
    if (std::optional<int64_t> value = dim.constant())
      extent->set_dim_value(*value);
    else
      extent->set_dim_param(dim.str());
  }
  return proto;
}

class TypeInference {
public:
  TypeInference(const onnx::ModelProto &model, const std::string &scratch, ValueTypes &types)
      : model(model), scratch(scratch), types(types), context(MLIRContext::Threading::DISABLED) {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  void run() {
    onnx::ModelProto rest = model;
    for (int i = 0; i < kMaxFailingNodes && rest.graph().node_size() > 0 && !import(rest, rest.graph().node_size());
         ++i) {
      int good = 0, bad = rest.graph().node_size();
      while (bad - good > 1) {
        int middle = (good + bad) / 2;
        (import(rest, middle) ? good : bad) = middle;
      }
      removeWithUsers(rest, good);
    }
  }

private:
  /// Drops node `index` and what depends on it.
  static void removeWithUsers(onnx::ModelProto &rest, int index) {
    llvm::StringSet<> gone;
    onnx::GraphProto kept;
    for (const auto &[i, node] : llvm::enumerate(rest.graph().node())) {
      bool isGone = static_cast<int>(i) == index ||
                    llvm::any_of(node.input(), [&](const std::string &input) { return gone.contains(input); });
      if (!isGone)
        *kept.add_node() = node;
      else
        for (const std::string &output : node.output())
          if (!output.empty())
            gone.insert(output);
    }
    rest.mutable_graph()->mutable_node()->Swap(kept.mutable_node());
  }

  /// Imports the first `count` nodes, with all values they define as outputs, and notes the types.
  bool import(const onnx::ModelProto &rest, int count) {
    onnx::ModelProto part = rest;
    onnx::GraphProto &graph = *part.mutable_graph();
    graph.mutable_node()->DeleteSubrange(count, graph.node_size() - count);
    graph.clear_output();
    graph.clear_value_info();
    for (const onnx::NodeProto &node : graph.node())
      for (const std::string &output : node.output())
        if (!output.empty())
          graph.add_output()->set_name(output);
    if (graph.output_size() == 0)
      return true;
    std::ofstream file(scratch, std::ios::binary | std::ios::trunc);
    if (!part.SerializeToOstream(&file) || !file.flush())
      return false;
    bool ok = false;
    std::string reason;
    // The importer may be what is at fault.
    FaultGuard guard;
    return guard.guard([&] { ok = importFile(graph); }, reason) && ok;
  }

  bool importFile(const onnx::GraphProto &graph) {
    ErrorList errors;
    ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
    OwningOpRef<ModuleOp> module = readOnnx(context, scratch, ReaderOptions(), errors);
    if (!module)
      return false;
    PassManager passes(&context);
    buildImportPipeline(passes, ImportOptions(), &errors);
    if (failed(passes.run(*module)))
      return false;
    auto func = module->lookupSymbol<func::FuncOp>("main");
    if (!func || func.getNumResults() != static_cast<unsigned>(graph.output_size()))
      return false;
    for (auto [output, type] : llvm::zip(graph.output(), func.getResultTypes()))
      if (std::optional<onnx::TypeProto> proto = toProto(type))
        types[output.name()] = *proto;
    return true;
  }

  const onnx::ModelProto &model;
  const std::string &scratch;
  ValueTypes &types;
  MLIRContext context;
};
} // namespace

ValueTypes inferTypes(const onnx::ModelProto &model, const std::string &scratch) {
  ValueTypes types;
  const onnx::GraphProto &graph = model.graph();
  for (const auto *values : {&graph.value_info(), &graph.output()})
    for (const onnx::ValueInfoProto &value : *values)
      if (value.type().tensor_type().has_shape())
        types[value.name()] = value.type();
  TypeInference(model, scratch, types).run();
  return types;
}

} // namespace tao
