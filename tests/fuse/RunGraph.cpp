// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See RunGraph.h.
#include "RunGraph.h"
#include "RandomGraph.h"
#include "compiler/include/tao/Jit.h"
#include "dialects/Stitch/StitchDialect.h"
#include "passes/interp/Interpreter.h"
#include "runtime/src/InProcess.h"
#include "tao/runtime.h"
#include "llvm/Support/FileSystem.h"
#include <cmath>
#include <cstring>

using namespace mlir;

extern "C" int tao_compiler_jit(const char *path, int argc, const char *const *argv, const tao_jit_runtime *runtime,
                                tao_jit_result *result);

namespace tao {

namespace {
/// Of unfused code's error, and of the largest element: sums in another order round differently.
constexpr double kFactor = 2, kFloor = 1e-5;

using Outputs = std::vector<std::vector<float>>;

struct Fault {
  std::string text;
};

class CompiledGraph {
public:
  CompiledGraph(const std::string &path, std::vector<std::string> options) {
    std::vector<const char *> argv;
    for (const std::string &option : options)
      argv.push_back(option.c_str());
    static const tao_jit_runtime runtime = {tao_rt_launch,  tao_rt_matmul, tao_rt_conv,  tao_rt_copy,
                                            tao_rt_routine, tao_rt_loop,   tao_rt_branch};
    int code = tao_compiler_jit(path.c_str(), argv.size(), argv.data(), &runtime, &result);
    if (code != 0 || result.num_models != 1)
      throw Fault{"exit code " + std::to_string(code) + ": " + (result.diagnostics ? result.diagnostics : "")};
    model = tao_in_process_create(result.models[0].image);
  }
  CompiledGraph(const CompiledGraph &) = delete;
  ~CompiledGraph() {
    if (model)
      tao_in_process_destroy(model);
    if (result.release)
      result.release(result.handle);
  }

  Outputs run(ArrayRef<HostTensor> inputs, int32_t threads) {
    const tao_model_info &info = *result.models[0].info;
    const tao_model_table &table = *tao_in_process_table();
    std::vector<std::vector<char>> bytes;
    std::vector<tao_tensor> in, out;
    std::vector<std::vector<int64_t>> shapes;
    for (const HostTensor &input : inputs)
      bytes.push_back(input.toBytes());
    for (int32_t i = 0; i < info.num_inputs; ++i)
      in.push_back({bytes[i].data(),
                    {TAO_DEVICE_CPU, 0},
                    info.inputs[i].ndim,
                    info.inputs[i].dtype,
                    const_cast<int64_t *>(inputs[i].shape.data()),
                    nullptr,
                    0});
    for (int32_t i = 0; i < info.num_outputs; ++i)
      shapes.emplace_back(info.outputs[i].ndim + 1);
    for (int32_t i = 0; i < info.num_outputs; ++i)
      out.push_back(
          {nullptr, {TAO_DEVICE_CPU, 0}, info.outputs[i].ndim, info.outputs[i].dtype, shapes[i].data(), nullptr, 0});
    tao_context *context = nullptr;
    tao_create_options options = {sizeof(options), threads};
    if (!model || tao_in_process_create_context(model, &options, &context) != TAO_OK)
      throw Fault{"no context"};
    tao_args args = {sizeof(args), in.data(), out.data()};
    Outputs outputs;
    std::string reason;
    if (table.run(context, &args, nullptr) != TAO_OK)
      reason = table.last_error(context);
    for (const tao_tensor &tensor : out) {
      int64_t count = 1;
      for (int32_t d = 0; d < tensor.ndim; ++d)
        count *= tensor.shape[d];
      auto *data = static_cast<const float *>(tensor.data);
      outputs.emplace_back(data, data + (reason.empty() ? count : 0));
    }
    table.destroy(context);
    if (!reason.empty())
      throw Fault{reason};
    return outputs;
  }

private:
  tao_jit_result result = {};
  tao_in_process_model *model = nullptr;
};

/// The largest difference over the largest element; elements that are not finite must be the same.
double errorOf(ArrayRef<float> actual, ArrayRef<double> expected) {
  if (actual.size() != expected.size())
    return INFINITY;
  double worst = 0, largest = 1;
  for (auto [a, e] : llvm::zip_equal(actual, expected)) {
    bool isSame =
        static_cast<double>(a) == static_cast<double>(static_cast<float>(e)) || (std::isnan(a) && std::isnan(e));
    double difference = isSame ? 0 : std::abs(a - e);
    worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
    if (std::isfinite(e))
      largest = std::max(largest, std::abs(e));
  }
  return worst / largest;
}

struct Graph {
  MLIRContext context{MLIRContext::Threading::DISABLED};
  OwningOpRef<ModuleOp> module;

  Graph(uint32_t seed, int ops) {
    using Extents = RandomGraph::Extents;
    constexpr Extents kKinds[] = {Extents::Small, Extents::Prime, Extents::One, Extents::Empty, Extents::Large};
    context.loadDialect<TaoDialect, stitch::StitchDialect, func::FuncDialect>();
    module = RandomGraph(context, seed, kKinds[seed % std::size(kKinds)]).build(ops);
  }
};

struct TemporaryFile {
  SmallString<128> path;
  explicit TemporaryFile(ModuleOp module) {
    int file;
    if (llvm::sys::fs::createTemporaryFile("tao-graph", "mlir", file, path))
      throw Fault{"no temporary file"};
    llvm::raw_fd_ostream(file, /*shouldClose=*/true) << module;
  }
  ~TemporaryFile() { llvm::sys::fs::remove(path); }
};

std::string compare(uint32_t seed, int ops, const std::string &planner) {
  Graph graph(seed, ops);
  auto func = graph.module->lookupSymbol<func::FuncOp>("main");
  std::mt19937 random(seed);
  SmallVector<HostTensor> inputs, expected;
  for (Type type : func.getArgumentTypes()) {
    auto tensor = cast<RankedTensorType>(type);
    for (double &element : inputs.emplace_back(tensor.getElementType(), tensor.getShape()).reals)
      element = static_cast<float>(random() / 0x1p31 - 1.0);
  }
  std::string error;
  if (failed(interpret(func, inputs, expected, error)))
    return "the interpreter: " + error;
  TemporaryFile file(*graph.module);
  std::string path = file.path.str().str();
  Outputs plain = CompiledGraph(path, {"--fusion=none"}).run(inputs, 1);
  CompiledGraph fused(path, {"--fusion=" + planner, "--check-plans=strict"});
  Outputs first = fused.run(inputs, 1), two = fused.run(inputs, 2), four = fused.run(inputs, 4);
  for (size_t i = 0; i < expected.size(); ++i) {
    double limit = std::max(kFactor * errorOf(plain[i], expected[i].reals), kFloor);
    double found = errorOf(first[i], expected[i].reals);
    if (!(found <= limit))
      return llvm::formatv("output {0} is off by {1}, allowed are {2}", i, found, limit);
    auto isSame = [&](const std::vector<float> &other) {
      return other.size() == first[i].size() && !std::memcmp(other.data(), first[i].data(), 4 * other.size());
    };
    if (!isSame(two[i]) || !isSame(four[i]))
      return llvm::formatv("output {0} depends on the number of threads", i);
  }
  return "";
}
} // namespace

std::string printGraph(uint32_t seed, int ops) {
  std::string text;
  llvm::raw_string_ostream(text) << *Graph(seed, ops).module << "\n";
  return text;
}

std::string findGraphFault(uint32_t seed, int ops, const std::string &planner) {
  try {
    return compare(seed, ops, planner);
  } catch (const Fault &fault) {
    return fault.text;
  }
}

} // namespace tao
