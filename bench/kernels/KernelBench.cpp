// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// kernel-bench: each compiled kernel of a folder on one and two threads, and beside it a copy of as many bytes as it
// reads and writes: the speed that a memory-bound kernel can at best reach on this machine.
//
//   kernel-bench [FOLDER] [options of Google Benchmark, such as --benchmark_filter=softmax]
//
// Bytes per second count every input and output once. Inputs hold values between 0.5 and 1.5, where all functions are
// defined.
#include "tao/runtime.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstdio>
#include <filesystem>
#include <random>

namespace {

std::vector<tao::Tensor> makeInputs(const tao::Model &model) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> values(0.5f, 1.5f);
  std::vector<tao::Tensor> inputs;
  const tao_model_info &info = model.info();
  for (int i = 0; i < info.num_inputs; ++i) {
    const tao_value_info &input = info.inputs[i];
    std::vector<int64_t> shape;
    for (int d = 0; d < input.ndim; ++d)
      shape.push_back(std::max<int64_t>(input.dims[d].value, 1));
    tao::Tensor &tensor = inputs.emplace_back(input.dtype, shape);
    if (input.dtype.code == TAO_FLOAT && input.dtype.bits == 32)
      std::generate_n(tensor.as<float>(), tensor.size(), [&] { return values(random); });
  }
  return inputs;
}

size_t bytesOf(const std::vector<tao::Tensor> &tensors) {
  size_t bytes = 0;
  for (const tao::Tensor &tensor : tensors)
    bytes += tensor.bytes();
  return bytes;
}

void runKernel(benchmark::State &state, const std::filesystem::path &path, int threads) {
  tao::Model model(path.string());
  tao::Context context(model, threads);
  std::vector<tao::Tensor> inputs = makeInputs(model), outputs = context.run(inputs);
  std::vector<tao_tensor> in, out;
  for (const tao::Tensor &tensor : inputs)
    in.push_back(tensor.view());
  for (const tao::Tensor &tensor : outputs)
    out.push_back(tensor.view());
  tao_args args = {sizeof(args), in.data(), out.data()};
  for (auto _ : state)
    if (model.table().run(context.get(), &args, nullptr) != TAO_OK)
      return state.SkipWithError(model.table().last_error(context.get()));
  state.SetBytesProcessed(state.iterations() * int64_t(bytesOf(inputs) + bytesOf(outputs)));
}

/// Copies so that reads and writes together are what the kernel reads and writes.
void runCopy(benchmark::State &state, const std::filesystem::path &path) {
  tao::Model model(path.string());
  tao::Context context(model, 1);
  std::vector<tao::Tensor> inputs = makeInputs(model), outputs = context.run(inputs);
  size_t bytes = (bytesOf(inputs) + bytesOf(outputs)) / 2;
  std::vector<char> from(bytes, 1), to(bytes);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), bytes);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * int64_t(2 * bytes));
}

} // namespace

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  std::filesystem::path folder = argc > 1 ? argv[1] : TAO_KERNEL_FOLDER;
  std::error_code error;
  std::vector<std::filesystem::path> kernels;
  for (const auto &entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".so")
      kernels.push_back(entry.path());
  if (error || kernels.empty()) {
    std::fprintf(stderr, "kernel-bench: error: no compiled kernels in '%s'\n", folder.c_str());
    return 4;
  }
  std::sort(kernels.begin(), kernels.end());
  for (const auto &path : kernels) {
    std::string name = path.stem().string();
    for (int threads : {1, 2})
      benchmark::RegisterBenchmark((name + "/threads:" + std::to_string(threads)).c_str(),
                                   [=](benchmark::State &state) { runKernel(state, path, threads); })
          ->UseRealTime();
    benchmark::RegisterBenchmark((name + "/copy").c_str(), [=](benchmark::State &state) {
      runCopy(state, path);
    })->UseRealTime();
  }
  try {
    benchmark::RunSpecifiedBenchmarks();
  } catch (const tao::Error &failure) {
    std::fprintf(stderr, "kernel-bench: error: %s\n", failure.what());
    return 1;
  }
}
