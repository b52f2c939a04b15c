// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The steps on ONNX models: cut off what comes after the failure, drop outputs and nodes, turn weights into inputs or
// zeros, shrink sizes.
#include "compiler/reduce/OnnxTypes.h"
#include "compiler/reduce/Reducers.h"
#include <fstream>
#include <set>

namespace tao {

using onnx::GraphProto;
using onnx::ModelProto;
using onnx::TensorProto;

namespace {
/// Constants of fewer elements stay as they are: shapes, axes, scalars.
constexpr int64_t kMinWeightElements = 17;

class OnnxReducer {
public:
  OnnxReducer(ModelProto model, Reduction &reduction) : best(std::move(model)), reduction(reduction) {}

  void run() {
    // Dead parts may be what fails; then nothing is dropped but what a step drops.
    ModelProto trimmed = best;
    dropDead(trimmed, /*keepInputs=*/false);
    if (trimmed.SerializeAsString() != best.SerializeAsString())
      dropsDead = attempt([](ModelProto &) { return true; });
    attempt([](ModelProto &model) {
      dropMetadata(model);
      return true;
    });
    attempt([](ModelProto &model) {
      liftConstants(model);
      return true;
    });
    for (int64_t before = -1; before != reduction.getProgress() && !reduction.isDone();) {
      before = reduction.getProgress();
      cut();
      dropOutputs();
      dropAllNodes();
      simplifyWeights();
      shrinkSizes();
    }
    declareOutputs();
  }

  static std::string describe(const ModelProto &model) {
    int64_t nodes = countNodes(model);
    return std::to_string(nodes) + (nodes == 1 ? " node" : " nodes");
  }

private:
  /// Edits a copy of the best model and keeps it if it still fails.
  bool attempt(llvm::function_ref<bool(ModelProto &)> edit) {
    if (reduction.isDone())
      return false;
    ModelProto candidate = best;
    if (!edit(candidate) || candidate.graph().output_size() == 0)
      return false;
    if (dropsDead)
      dropDead(candidate, /*keepInputs=*/false);
    if (!reduction.attempt(candidate.SerializeAsString(), describe(candidate)))
      return false;
    best = std::move(candidate);
    return true;
  }

  /// The shortest prefix of the nodes that still fails, by bisection.
  void cut() {
    int works = 0, fails = best.graph().node_size();
    while (fails - works > 1 && !reduction.isDone()) {
      int middle = (works + fails) / 2;
      bool stillFails = attempt([&](ModelProto &model) {
        cutAfter(*model.mutable_graph(), middle);
        return true;
      });
      (stillFails ? fails : works) = middle;
      // Dropping what is dead may have gone further.
      fails = std::min(fails, best.graph().node_size());
    }
  }

  void dropOutputs() {
    reduction.removeRanges([&] { return best.graph().output_size(); },
                           [&](size_t begin, size_t end) {
                             attempt([&](ModelProto &model) {
                               model.mutable_graph()->mutable_output()->DeleteSubrange(begin, end - begin);
                               return true;
                             });
                           });
  }

  void dropAllNodes() {
    ValueTypes types = inferTypes(best, reduction.getScratchPath("types.onnx"));
    for (size_t g = 0; g < getGraphs(best).size(); ++g)
      for (Replacement replacement : {Replacement::Input, Replacement::FirstOperand, Replacement::SecondOperand}) {
        if (g > 0 && replacement == Replacement::Input)
          continue;
        auto count = [&]() -> size_t { return g < getGraphs(best).size() ? getGraphs(best)[g]->node_size() : 0; };
        reduction.removeRanges(count, [&](size_t begin, size_t end) {
          attempt([&](ModelProto &model) {
            return dropNodes(*getGraphs(model)[g], begin, end, replacement, g == 0 ? &types : nullptr);
          });
        });
      }
  }

  /// Initializers of the main graph that are not small.
  std::vector<int> findWeights() const {
    std::vector<int> weights;
    for (int i = 0; i < best.graph().initializer_size(); ++i)
      if (countElements(best.graph().initializer(i)) >= kMinWeightElements)
        weights.push_back(i);
    return weights;
  }

  void simplifyWeights() {
    auto count = [&] { return findWeights().size(); };
    reduction.removeRanges(count, [&](size_t begin, size_t end) {
      attempt([&](ModelProto &model) {
        GraphProto &graph = *model.mutable_graph();
        std::vector<int> weights = findWeights();
        for (size_t w = end; w-- > begin;) {
          const TensorProto &tensor = graph.initializer(weights[w]);
          // Before IR version 4 every initializer is declared as an input too.
          if (llvm::none_of(graph.input(), [&](const auto &input) { return input.name() == tensor.name(); })) {
            onnx::ValueInfoProto *input = graph.add_input();
            input->set_name(tensor.name());
            *input->mutable_type() = getType(tensor);
          }
          graph.mutable_initializer()->DeleteSubrange(weights[w], 1);
        }
        return true;
      });
    });
    reduction.removeRanges(count, [&](size_t begin, size_t end) {
      attempt([&](ModelProto &model) {
        std::vector<int> weights = findWeights();
        for (size_t w = begin; w < end; ++w)
          if (!fillWithZeros(*model.mutable_graph()->mutable_initializer(weights[w])))
            return false;
        return true;
      });
    });
  }

  /// Sizes that occur in inputs and weights, the largest first.
  std::vector<int64_t> findSizes() const {
    std::set<int64_t, std::greater<>> sizes;
    for (const onnx::ValueInfoProto &input : best.graph().input())
      for (const auto &dim : input.type().tensor_type().shape().dim())
        sizes.insert(dim.dim_value());
    for (const TensorProto &tensor : best.graph().initializer())
      sizes.insert(tensor.dims().begin(), tensor.dims().end());
    std::vector<int64_t> result(sizes.begin(), sizes.end());
    llvm::erase_if(result, [](int64_t size) { return size < 2; });
    return result;
  }

  /// Replaces a size wherever it occurs; `values` says whether in small integer constants and attributes too, which may
  /// be shapes.
  static bool replaceSize(ModelProto &model, int64_t from, int64_t to, bool values) {
    GraphProto &graph = *model.mutable_graph();
    for (onnx::ValueInfoProto &input : *graph.mutable_input())
      if (input.type().tensor_type().has_shape())
        for (auto &dim : *input.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim())
          if (dim.has_dim_value() && dim.dim_value() == from)
            dim.set_dim_value(to);
    // What follows for the outputs is not known here.
    for (onnx::ValueInfoProto &output : *graph.mutable_output())
      output.clear_type();
    for (TensorProto &tensor : *graph.mutable_initializer()) {
      std::vector<int64_t> dims(tensor.dims().begin(), tensor.dims().end());
      std::replace(dims.begin(), dims.end(), from, to);
      if (!std::equal(dims.begin(), dims.end(), tensor.dims().begin()) && !resize(tensor, dims))
        return false;
      if (values && tensor.data_type() == TensorProto::INT64 && countElements(tensor) < kMinWeightElements)
        replaceElements(tensor, from, to);
    }
    if (values)
      for (onnx::NodeProto &node : *graph.mutable_node())
        for (onnx::AttributeProto &attribute : *node.mutable_attribute())
          std::replace(attribute.mutable_ints()->begin(), attribute.mutable_ints()->end(), from, to);
    return true;
  }

  static void replaceElements(TensorProto &tensor, int64_t from, int64_t to) {
    std::replace(tensor.mutable_int64_data()->begin(), tensor.mutable_int64_data()->end(), from, to);
    std::string data = tensor.raw_data();
    for (size_t at = 0; at + sizeof(int64_t) <= data.size(); at += sizeof(int64_t)) {
      int64_t value;
      memcpy(&value, &data[at], sizeof(value));
      if (value == from)
        memcpy(&data[at], &to, sizeof(to));
    }
    if (tensor.has_raw_data())
      tensor.set_raw_data(data);
  }

  void shrinkSizes() {
    for (int64_t size : findSizes())
      for (int64_t target : {int64_t(1), int64_t(2), size / 4, size / 2}) {
        if (target < 1 || target >= size)
          continue;
        bool shrunk = false;
        for (bool values : {true, false})
          shrunk = shrunk || attempt([&](ModelProto &model) { return replaceSize(model, size, target, values); });
        if (shrunk)
          break;
      }
  }

  /// Outputs that a step made or whose size it changed have no type, which the format asks for.
  void declareOutputs() {
    ValueTypes types = inferTypes(best, reduction.getScratchPath("types.onnx"));
    attempt([&](ModelProto &model) {
      bool any = false;
      for (onnx::ValueInfoProto &output : *model.mutable_graph()->mutable_output())
        if (auto type = types.find(output.name()); !output.has_type() && type != types.end()) {
          *output.mutable_type() = type->second;
          any = true;
        }
      return any;
    });
  }

  ModelProto best;
  Reduction &reduction;
  bool dropsDead = true;
};
} // namespace

void reduceOnnx(const std::string &path, Reduction &reduction, ErrorList &errors) {
  std::unique_ptr<ModelProto> model = loadModel(path, errors);
  if (model && reduction.start(model->SerializeAsString(), OnnxReducer::describe(*model)))
    OnnxReducer(std::move(*model), reduction).run();
}

} // namespace tao
