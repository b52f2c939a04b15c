// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a file to a module: opening, stripping of weights, parsing, and the checks on the model as a whole.
#include "compiler/frontend/OnnxReader.h"
#include "compiler/frontend/MappedFile.h"
#include "compiler/frontend/OnnxGraph.h"
#include "compiler/frontend/StripWeights.h"
#include "dialects/Frontend/FrontendDialect.h"
#include "dialects/Tao/TaoDialect.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/io/coded_stream.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include <limits>

using namespace mlir;

namespace tao {

namespace {
/// Parses the model without its weights; null with an error added when that fails.
const onnx::ModelProto *parseModel(google::protobuf::Arena &arena, ArrayRef<char> file, const ReaderOptions &options,
                                   ErrorList &errors) {
  if (file.empty()) {
    errors.add(ErrorCode::EmptyFile, "the file is empty");
    return nullptr;
  }
  StripResult stripped = stripWeights(file, options.maxNesting);
  switch (stripped.status) {
  case StripStatus::NotOnnx:
    errors.add(ErrorCode::NotOnnx, "the file is not an ONNX model: it does not start with a field of one");
    return nullptr;
  case StripStatus::Damaged:
    errors.add(ErrorCode::Damaged, "the file is truncated or damaged: the field at byte " +
                                       std::to_string(stripped.offset) + " of " + std::to_string(file.size()) +
                                       " is not complete");
    return nullptr;
  case StripStatus::TooDeep:
    errors.add(ErrorCode::LimitExceeded, "subgraphs nest deeper than " + std::to_string(options.maxNesting));
    return nullptr;
  case StripStatus::TooLarge:
    errors.add(ErrorCode::LimitExceeded, "the model without its raw weights is larger than 2 GB",
               "store weights as raw_data or external data");
    return nullptr;
  case StripStatus::Ok:
    break;
  }
  auto *model = google::protobuf::Arena::CreateMessage<onnx::ModelProto>(&arena);
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t *>(stripped.bytes.data()),
                                                static_cast<int>(stripped.bytes.size()));
  // Each subgraph is four messages deep; types of sequences may nest as well.
  stream.SetRecursionLimit(static_cast<int>(100 + 4 * options.maxNesting));
  if (!model->ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    errors.add(ErrorCode::Damaged, "the file is truncated or damaged: a field has a malformed value");
    return nullptr;
  }
  return model;
}

/// Checks on the model as a whole; fills `versions`.
bool checkModel(const onnx::ModelProto &model, OpsetVersions &versions, ErrorList &errors) {
  if (!model.has_graph() || !model.has_ir_version()) {
    errors.add(ErrorCode::NotOnnx, std::string("the file is not a complete ONNX model: it has no ") +
                                       (model.has_graph() ? "IR version" : "graph"));
    return false;
  }
  if (model.ir_version() < 1 || model.ir_version() > onnx::IR_VERSION) {
    errors.add(ErrorCode::UnknownVersion, "IR version " + std::to_string(model.ir_version()) +
                                              " is not known; the newest known is " + std::to_string(onnx::IR_VERSION));
    return false;
  }
  if (!versions.read(model.opset_import(), "the model", errors))
    return false;
  // Before IR version 3 there was only one operator set and models did not name it.
  if (model.opset_import_size() == 0 && model.ir_version() < onnx::IR_VERSION_2017_11_3)
    versions.set("", 1);
  else if (model.opset_import_size() == 0) {
    errors.add(ErrorCode::BadModel, "the model imports no operator set");
    return false;
  }
  if (model.graph().output_size() == 0) {
    errors.add(ErrorCode::BadModel, "the model has no outputs");
    return false;
  }
  return true;
}

/// Makes @main and its body.
class MainBuilder {
public:
  MainBuilder(ModuleOp module, const onnx::ModelProto &model, const OpsetVersions &versions,
              const ReaderOptions &options, TensorReader &tensors, ErrorList &errors)
      : module(module), graph(model.graph()), options(options), errors(errors), builder(module.getBodyRegion()),
        nodes(builder, model, versions, options, tensors, errors) {}

  void run() {
    symbols.reserve(graph);
    SmallVector<Type> types;
    SmallVector<const onnx::ValueInfoProto *> inputs = getInputs(types);
    if (!errors.empty())
      return;
    SmallVector<Type> results(graph.output_size(), frontend::ValueType::get(module.getContext()));
    auto main = func::FuncOp::create(builder, module.getLoc(), "main", builder.getFunctionType(types, results));
    builder.setInsertionPointToStart(main.addEntryBlock());
    OnnxGraphBuilder::Scope scope;
    for (auto [index, input] : llvm::enumerate(inputs)) {
      main.setArgAttr(index, "tao.name", builder.getStringAttr(input->name()));
      main.getArgument(index).setLoc(NameLoc::get(builder.getStringAttr(input->name())));
      nodes.define(scope, input->name(), main.getArgument(index));
    }
    nodes.buildGraph(graph, scope);
    if (errors.empty())
      addOutputs(main, scope);
  }

private:
  /// Inputs that a run gives. An initializer of the same name fixes an input's value, so such an input is a constant.
  SmallVector<const onnx::ValueInfoProto *> getInputs(SmallVectorImpl<Type> &types) {
    llvm::StringSet<> initialized;
    for (const onnx::TensorProto &tensor : graph.initializer())
      initialized.insert(tensor.name());
    SmallVector<const onnx::ValueInfoProto *> inputs;
    for (const onnx::ValueInfoProto &input : graph.input()) {
      if (input.name().empty())
        errors.add(ErrorCode::BadModel, "an input has no name");
      if (initialized.contains(input.name()))
        continue;
      UserError error;
      Type type = getInputType(module.getContext(), input, options.maxRank, symbols, error);
      if (!type)
        errors.add(error);
      types.push_back(type);
      inputs.push_back(&input);
    }
    return inputs;
  }

  void addOutputs(func::FuncOp main, OnnxGraphBuilder::Scope &scope) {
    SmallVector<Value> values;
    SmallVector<Type> types;
    llvm::StringSet<> names;
    for (auto [index, output] : llvm::enumerate(graph.output())) {
      Value value = scope.find(output.name());
      if (!value)
        errors.add(ErrorCode::UndefinedValue, "output '" + output.name() + "' is not defined by any node");
      if (!names.insert(output.name()).second)
        errors.add(ErrorCode::DuplicateValue, "output '" + output.name() + "' is listed twice");
      UserError error;
      Type declared = getOutputType(module.getContext(), output, options.maxRank, error);
      if (!error.reason.empty())
        errors.add(error);
      main.setResultAttr(index, "tao.name", builder.getStringAttr(output.name()));
      if (declared)
        main.setResultAttr(index, "frontend.type", TypeAttr::get(declared));
      if (!value)
        continue;
      values.push_back(value);
      types.push_back(value.getType());
    }
    if (!errors.empty())
      return;
    main.setFunctionType(builder.getFunctionType(main.getArgumentTypes(), types));
    func::ReturnOp::create(builder, main.getLoc(), values);
  }

  ModuleOp module;
  const onnx::GraphProto &graph;
  const ReaderOptions &options;
  ErrorList &errors;
  OpBuilder builder;
  OnnxGraphBuilder nodes;
  DimSymbols symbols;
};
} // namespace

OwningOpRef<ModuleOp> readOnnx(MLIRContext &context, StringRef path, const ReaderOptions &options, ErrorList &errors) {
  context.loadDialect<func::FuncDialect, frontend::FrontendDialect, TaoDialect>();
  std::string reason;
  std::shared_ptr<const MappedFile> file = MappedFile::open(path.str(), reason);
  if (!file) {
    errors.add(ErrorCode::CannotRead, "cannot open the file: " + reason);
    return nullptr;
  }
  google::protobuf::Arena arena;
  const onnx::ModelProto *model = parseModel(arena, file->bytes(), options, errors);
  OpsetVersions versions;
  if (!model || !checkModel(*model, versions, errors))
    return nullptr;

  StringRef folder = llvm::sys::path::parent_path(path);
  TensorReader tensors(&context, file, folder.empty() ? "." : folder.str(), options.maxRank);
  std::string name = model->graph().name().empty() ? llvm::sys::path::stem(path).str() : model->graph().name();
  OwningOpRef<ModuleOp> module = ModuleOp::create(FileLineColLoc::get(&context, path, 0, 0));
  (*module)->setAttr("tao.model_name", StringAttr::get(&context, name));
  (*module)->setAttr("tao.source", StringAttr::get(&context, "onnx"));
  MainBuilder(*module, *model, versions, options, tensors, errors).run();
  if (!errors.empty()) {
    // Half-built regions have no terminators, which destruction does not mind.
    return nullptr;
  }
  return module;
}

} // namespace tao
