// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See OnnxEdit.h.
#include "compiler/reduce/OnnxEdit.h"
#include "compiler/frontend/MappedFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include <limits>

namespace tao {

using onnx::GraphProto;
using onnx::ModelProto;
using onnx::NodeProto;
using onnx::TensorProto;

//===-- Walking ---------------------------------------------------------------------------------------------------===//

static void forEachGraph(NodeProto &node, llvm::function_ref<void(GraphProto &)> visit) {
  for (onnx::AttributeProto &attribute : *node.mutable_attribute()) {
    if (attribute.has_g())
      visit(*attribute.mutable_g());
    for (GraphProto &graph : *attribute.mutable_graphs())
      visit(graph);
  }
}

static void collectGraphs(GraphProto &graph, std::vector<GraphProto *> &graphs) {
  graphs.push_back(&graph);
  for (NodeProto &node : *graph.mutable_node())
    forEachGraph(node, [&](GraphProto &inner) { collectGraphs(inner, graphs); });
}

std::vector<GraphProto *> getGraphs(ModelProto &model) {
  std::vector<GraphProto *> graphs;
  collectGraphs(*model.mutable_graph(), graphs);
  return graphs;
}

int64_t countNodes(const ModelProto &model) {
  int64_t count = 0;
  for (GraphProto *graph : getGraphs(const_cast<ModelProto &>(model)))
    count += graph->node_size();
  return count;
}

/// Names that a node and the graphs in it use. Names of inner values are among them, which errs on the side of keeping.
static void addUses(const NodeProto &node, llvm::StringSet<> &uses) {
  for (const std::string &input : node.input())
    uses.insert(input);
  forEachGraph(const_cast<NodeProto &>(node), [&](GraphProto &inner) {
    for (const auto &use : getUses(inner))
      uses.insert(use.getKey());
  });
}

llvm::StringSet<> getUses(const GraphProto &graph) {
  llvm::StringSet<> uses;
  for (const NodeProto &node : graph.node())
    addUses(node, uses);
  for (const onnx::ValueInfoProto &output : graph.output())
    uses.insert(output.name());
  uses.erase("");
  return uses;
}

/// Removes the elements of a repeated field for which `isGone` holds.
template <typename Field, typename Predicate> static void eraseIf(Field &field, Predicate isGone) {
  int kept = 0;
  for (int i = 0; i < field.size(); ++i)
    if (!isGone(field.Get(i)))
      field.SwapElements(kept++, i);
  field.DeleteSubrange(kept, field.size() - kept);
}

//===-- Dropping what is not needed -------------------------------------------------------------------------------===//

static void dropDead(GraphProto &graph, bool keepInputs) {
  // From the outputs back to what they need; nodes may stand in any order.
  llvm::StringMap<const NodeProto *> producers;
  for (const NodeProto &node : graph.node())
    for (const std::string &output : node.output())
      producers[output] = &node;
  llvm::SmallPtrSet<const NodeProto *, 32> alive;
  std::vector<const NodeProto *> work;
  auto need = [&](llvm::StringRef name) {
    const NodeProto *producer = producers.lookup(name);
    if (producer && alive.insert(producer).second)
      work.push_back(producer);
  };
  for (const onnx::ValueInfoProto &output : graph.output())
    need(output.name());
  while (!work.empty()) {
    llvm::StringSet<> uses;
    addUses(*work.back(), uses);
    work.pop_back();
    for (const auto &use : uses)
      need(use.getKey());
  }
  // SwapElements moves pointers, not nodes, so that addresses stay valid.
  eraseIf(*graph.mutable_node(), [&](const NodeProto &node) { return !alive.contains(&node); });
  llvm::StringSet<> uses = getUses(graph);
  auto isUnused = [&](const auto &value) { return !uses.contains(value.name()); };
  eraseIf(*graph.mutable_initializer(), isUnused);
  eraseIf(*graph.mutable_sparse_initializer(),
          [&](const onnx::SparseTensorProto &tensor) { return isUnused(tensor.values()); });
  if (!keepInputs)
    eraseIf(*graph.mutable_input(), isUnused);
}

void dropDead(ModelProto &model, bool keepInputs) {
  // The inputs of inner graphs are positional.
  for (GraphProto *graph : getGraphs(model))
    if (graph != model.mutable_graph())
      dropDead(*graph, /*keepInputs=*/true);
  dropDead(*model.mutable_graph(), keepInputs);
  llvm::StringSet<> called;
  auto note = [&](const NodeProto &node) { called.insert(node.domain() + ":" + node.op_type()); };
  for (GraphProto *graph : getGraphs(model))
    llvm::for_each(graph->node(), note);
  // Functions call functions.
  for (const onnx::FunctionProto &function : model.functions())
    llvm::for_each(function.node(), note);
  eraseIf(*model.mutable_functions(), [&](const onnx::FunctionProto &function) {
    return !called.contains(function.domain() + ":" + function.name());
  });
}

void dropMetadata(ModelProto &model) {
  model.clear_doc_string();
  model.clear_metadata_props();
  model.clear_producer_name();
  model.clear_producer_version();
  model.clear_domain();
  model.clear_model_version();
  model.clear_training_info();
  for (GraphProto *graph : getGraphs(model)) {
    graph->clear_doc_string();
    graph->clear_value_info();
    graph->clear_quantization_annotation();
    graph->clear_metadata_props();
    for (NodeProto &node : *graph->mutable_node()) {
      node.clear_doc_string();
      node.clear_metadata_props();
    }
  }
}

void liftConstants(ModelProto &model) {
  for (GraphProto *graph : getGraphs(model)) {
    llvm::SmallPtrSet<const NodeProto *, 8> lifted;
    for (NodeProto &node : *graph->mutable_node()) {
      if (node.op_type() != "Constant" || !node.domain().empty() || node.attribute_size() != 1 ||
          !node.attribute(0).has_t() || node.output_size() != 1)
        continue;
      TensorProto *tensor = graph->add_initializer();
      tensor->Swap(node.mutable_attribute(0)->mutable_t());
      tensor->set_name(node.output(0));
      lifted.insert(&node);
    }
    eraseIf(*graph->mutable_node(), [&](const NodeProto &node) { return lifted.contains(&node); });
  }
}

//===-- Cutting and dropping nodes --------------------------------------------------------------------------------===//

void cutAfter(GraphProto &graph, int count) {
  graph.mutable_node()->DeleteSubrange(count, graph.node_size() - count);
  llvm::StringSet<> uses;
  for (const NodeProto &node : graph.node())
    addUses(node, uses);
  graph.clear_output();
  for (const NodeProto &node : graph.node())
    for (const std::string &output : node.output())
      if (!output.empty() && !uses.contains(output))
        graph.add_output()->set_name(output);
}

static void rename(GraphProto &graph, const llvm::StringMap<std::string> &names) {
  auto apply = [&](std::string &name) {
    if (auto it = names.find(name); it != names.end())
      name = it->second;
  };
  for (NodeProto &node : *graph.mutable_node()) {
    for (std::string &input : *node.mutable_input())
      apply(input);
    forEachGraph(node, [&](GraphProto &inner) { rename(inner, names); });
  }
  for (onnx::ValueInfoProto &output : *graph.mutable_output())
    apply(*output.mutable_name());
}

bool dropNodes(GraphProto &graph, int begin, int end, Replacement replacement, const ValueTypes *types) {
  std::vector<NodeProto> dropped(graph.node().begin() + begin, graph.node().begin() + end);
  graph.mutable_node()->DeleteSubrange(begin, end - begin);
  llvm::StringSet<> uses;
  for (const NodeProto &node : graph.node())
    addUses(node, uses);
  llvm::StringMap<std::string> names;
  for (const NodeProto &node : dropped) {
    int chosen = replacement == Replacement::SecondOperand && node.input_size() > 1 ? 1 : 0;
    std::string operand = node.input_size() > 0 ? node.input(chosen) : "";
    // The operand may have been replaced as well.
    if (auto it = names.find(operand); it != names.end())
      operand = it->second;
    for (const std::string &result : node.output()) {
      if (result.empty())
        continue;
      auto type = types ? types->find(result) : ValueTypes::const_iterator();
      bool isKnown = types && type != types->end();
      if (replacement == Replacement::Input && isKnown) {
        if (uses.contains(result)) {
          onnx::ValueInfoProto *input = graph.add_input();
          input->set_name(result);
          *input->mutable_type() = type->second;
        }
        continue;
      }
      if (!operand.empty())
        names[result] = operand;
      else if (uses.contains(result))
        return false;
    }
  }
  // An output of the model that nothing computes any more goes; those of inner graphs are positional.
  if (types)
    eraseIf(*graph.mutable_output(), [&](const onnx::ValueInfoProto &output) {
      return llvm::any_of(dropped,
                          [&](const NodeProto &node) { return llvm::is_contained(node.output(), output.name()); });
    });
  rename(graph, names);
  return graph.output_size() > 0;
}

//===-- Tensors ---------------------------------------------------------------------------------------------------===//

int64_t countElements(const TensorProto &tensor) {
  int64_t count = 1;
  for (int64_t dim : tensor.dims())
    if (dim < 0 || llvm::MulOverflow(count, dim, count))
      return std::numeric_limits<int64_t>::max();
  return count;
}

/// Gives a field `count` elements, cycling through those it has.
template <typename Field> static void cycle(Field &field, int64_t count) {
  int old = field.size();
  field.Reserve(count);
  while (field.size() > count)
    field.RemoveLast();
  for (int64_t i = field.size(); i < count; ++i)
    field.Add(old > 0 ? field.Get(i % old) : 0);
}

bool resize(TensorProto &tensor, llvm::ArrayRef<int64_t> dims) {
  int64_t before = countElements(tensor), after = 1;
  for (int64_t dim : dims)
    if (llvm::MulOverflow(after, dim, after))
      return false;
  // Reductions shrink; what has no elements says nothing about its data.
  if (after > before || before == 0 || tensor.data_location() == TensorProto::EXTERNAL || tensor.string_data_size() > 0)
    return false;
  if (tensor.has_raw_data()) {
    std::string &data = *tensor.mutable_raw_data();
    if (data.size() % before != 0)
      return false;
    data.resize(data.size() / before * after);
  }
  auto fit = [&](auto *field) {
    if (field->size() > 0)
      cycle(*field, field->size() / before * after);
  };
  fit(tensor.mutable_float_data());
  fit(tensor.mutable_int32_data());
  fit(tensor.mutable_int64_data());
  fit(tensor.mutable_double_data());
  fit(tensor.mutable_uint64_data());
  tensor.mutable_dims()->Assign(dims.begin(), dims.end());
  return true;
}

bool fillWithZeros(TensorProto &tensor) {
  if (tensor.data_location() == TensorProto::EXTERNAL || tensor.string_data_size() > 0)
    return false;
  auto clear = [](auto *field) { std::fill(field->begin(), field->end(), 0); };
  if (tensor.has_raw_data())
    tensor.mutable_raw_data()->assign(tensor.raw_data().size(), '\0');
  clear(tensor.mutable_float_data());
  clear(tensor.mutable_int32_data());
  clear(tensor.mutable_int64_data());
  clear(tensor.mutable_double_data());
  clear(tensor.mutable_uint64_data());
  return true;
}

onnx::TypeProto getType(const TensorProto &tensor) {
  onnx::TypeProto type;
  type.mutable_tensor_type()->set_elem_type(tensor.data_type());
  onnx::TensorShapeProto *shape = type.mutable_tensor_type()->mutable_shape();
  for (int64_t dim : tensor.dims())
    shape->add_dim()->set_dim_value(dim);
  return type;
}

//===-- Reading ---------------------------------------------------------------------------------------------------===//

/// Moves external data into the tensor, so that a candidate can stand in any folder.
static bool embed(TensorProto &tensor, const std::string &folder, ErrorList &errors) {
  if (tensor.data_location() != TensorProto::EXTERNAL)
    return true;
  std::string location, reason;
  uint64_t offset = 0, length = std::numeric_limits<uint64_t>::max();
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset")
      llvm::StringRef(entry.value()).getAsInteger(10, offset);
    else if (entry.key() == "length")
      llvm::StringRef(entry.value()).getAsInteger(10, length);
  }
  MappedFile::BeneathError kind;
  auto file = MappedFile::openBeneath(folder, location, kind, reason);
  if (!file) {
    errors.add(ErrorCode::NoExternalData, "cannot open external data file '" + location + "': " + reason);
    return false;
  }
  llvm::ArrayRef<char> bytes = file->bytes();
  bytes = bytes.drop_front(std::min<uint64_t>(offset, bytes.size()));
  bytes = bytes.take_front(std::min<uint64_t>(length, bytes.size()));
  tensor.set_raw_data(bytes.data(), bytes.size());
  tensor.clear_external_data();
  tensor.clear_data_location();
  return true;
}

std::unique_ptr<ModelProto> loadModel(const std::string &path, ErrorList &errors) {
  std::string reason;
  auto file = MappedFile::open(path, reason);
  if (!file) {
    errors.add(ErrorCode::CannotRead, "the file cannot be read: " + reason);
    return nullptr;
  }
  // Protocol buffers end at 2 GB, which models that are larger avoid by external data.
  constexpr size_t kMaxBytes = std::numeric_limits<int>::max();
  auto model = std::make_unique<ModelProto>();
  if (file->bytes().size() > kMaxBytes ||
      !model->ParseFromArray(file->bytes().data(), static_cast<int>(file->bytes().size())) || !model->has_graph()) {
    errors.add(ErrorCode::NotOnnx, "the file is not an ONNX model that can be edited");
    return nullptr;
  }
  std::string folder = llvm::sys::path::parent_path(path).str();
  for (GraphProto *graph : getGraphs(*model))
    for (TensorProto &tensor : *graph->mutable_initializer())
      if (!embed(tensor, folder.empty() ? "." : folder, errors))
        return nullptr;
  if (model->ByteSizeLong() > kMaxBytes) {
    errors.add(ErrorCode::LimitExceeded, "the model with its external data is larger than 2 GB");
    return nullptr;
  }
  return model;
}

} // namespace tao
