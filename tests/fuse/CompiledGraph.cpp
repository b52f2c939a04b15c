// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See CompiledGraph.h.
#include "CompiledGraph.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace mlir;

extern "C" int tao_compiler_jit(const char *path, int argc, const char *const *argv, const tao_jit_runtime *runtime,
                                tao_jit_result *result);

namespace tao {

namespace {
struct TemporaryFile {
  SmallString<128> path;
  explicit TemporaryFile(ModuleOp module) {
    int file;
    if (llvm::sys::fs::createTemporaryFile("tao-graph", "mlir", file, path))
      throw RunFault{"no temporary file"};
    llvm::raw_fd_ostream(file, /*shouldClose=*/true) << module;
  }
  ~TemporaryFile() { llvm::sys::fs::remove(path); }
};

} // namespace

CompiledGraph::CompiledGraph(ModuleOp module, const std::vector<std::string> &options) {
  TemporaryFile file(module);
  std::vector<const char *> argv;
  for (const std::string &option : options)
    argv.push_back(option.c_str());
  static const tao_jit_runtime runtime = {tao_rt_launch,  tao_rt_pack, tao_rt_matmul, tao_rt_conv,      tao_rt_copy,
                                          tao_rt_routine, tao_rt_loop, tao_rt_branch, tao_rt_gpu_launch};
  int code = tao_compiler_jit(file.path.c_str(), argv.size(), argv.data(), &runtime, &result);
  if (code != 0 || result.num_models != 1) {
    RunFault fault{"exit code " + std::to_string(code) + ": " + (result.diagnostics ? result.diagnostics : "")};
    if (result.release)
      result.release(result.handle);
    throw fault;
  }
  model = tao_in_process_create(result.models[0].image);
}

CompiledGraph::~CompiledGraph() {
  if (model)
    tao_in_process_destroy(model);
  if (result.release)
    result.release(result.handle);
}

Outputs CompiledGraph::run(ArrayRef<HostTensor> inputs, int32_t threads) {
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
  tao_create_options options = {sizeof(options), threads, 0, nullptr};
  if (!model || tao_in_process_create_context(model, &options, &context) != TAO_OK)
    throw RunFault{"no context"};
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
    throw RunFault{reason};
  return outputs;
}

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

} // namespace tao
