// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Images made by hand, so that the runtime is tested without a compiler: declare symbols, values and steps, then
// finish(). The functions of an image carry no state of their own, so one TestImage is current at a time.
#ifndef TAO_TESTS_RUNTIME_TESTIMAGE_H
#define TAO_TESTS_RUNTIME_TESTIMAGE_H

#include "runtime/src/InProcess.h"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace tao::test {

constexpr tao_dtype kF32 = {TAO_FLOAT, 32, 1}, kI64 = {TAO_INT, 64, 1}, kBF16 = {TAO_BFLOAT, 16, 1};

class TestImage {
public:
  using Expr = std::function<int64_t(const int64_t *symbols)>;
  struct Dim {
    Dim(int64_t value) : value(value), text(std::to_string(value)), expr([=](const int64_t *) { return value; }) {}
    Dim(std::string text, Expr expr) : value(-1), text(std::move(text)), expr(std::move(expr)) {}
    int64_t value;
    std::string text;
    Expr expr;
  };

  TestImage() { current = this; }
  ~TestImage() { current = nullptr; }
  TestImage(const TestImage &) = delete;

  /// A symbol bound to a dimension of an input, as a Dim to use in shapes.
  Dim symbol(const std::string &name, int32_t input, int32_t dim);
  int32_t expr(Expr expr);
  int32_t constant(int64_t value);

  /// Each returns the number of its storage.
  int32_t input(const std::string &name, tao_dtype dtype, const std::vector<Dim> &dims);
  int32_t output(const std::string &name, tao_dtype dtype, const std::vector<Dim> &dims, int32_t alias = -1);
  int32_t weight(const void *data, size_t bytes);
  int32_t arena(int32_t sizeExpr, int32_t first, int32_t last);
  /// A row of `sizeExpr` bytes of another storage.
  int32_t view(int32_t base, int32_t sizeExpr);

  void check(tao_check_kind kind, int32_t lhs, int32_t rhs, const char *message);
  void step(std::function<int32_t(tao_context *)> call) { steps.push_back(std::move(call)); }
  int32_t kernel(const std::string &name, tao_kernel_kind kind = TAO_KERNEL_MEMORY);
  int32_t slot() { return image.num_slots++; }
  void setCpuFeatures(const char *features) { info.cpu_features = features; }

  /// Makes one step, `name`, of the last `count` launches.
  void pack(const std::string &name, size_t count);
  /// A launch of `fn` on storages and exprs, as a step.
  void launch(const std::string &name, tao_kernel_fn fn, std::vector<int32_t> buffers, std::vector<int32_t> dims,
              int32_t tasks, int32_t cost, std::vector<const char *> failures = {}, int64_t scratchBytes = 0);

  /// A kernel for GPUs, and a launch of it on storages and exprs, as a step. `emulated` is what the device of the test
  /// runs.
  void gpuLaunch(const std::string &name, void *emulated, std::vector<int32_t> reads, std::vector<int32_t> writes,
                 std::vector<int32_t> dims, int32_t blocks, std::vector<const char *> failures = {});
  void setCpuSteps() { gpu.has_cpu_steps = 1; }
  /// Code of the kernels; it must outlive the image.
  void setCode(std::vector<tao_gpu_code> table) { codes = std::move(table); }
  std::vector<tao_gpu_kernel> gpuKernels;

  const tao_image &finish();

private:
  static void eval(const int64_t *symbols, int64_t *exprs);
  static int32_t main(tao_context *context);
  const char *keep(const std::string &text) { return strings.emplace_back(text).c_str(); }
  int32_t addValue(const std::string &name, tao_dtype dtype, const std::vector<Dim> &dims, int32_t alias,
                   std::vector<tao_value_info> &values, std::vector<int32_t> &exprNumbers, int32_t kind);

  static TestImage *current;
  std::deque<std::string> strings;
  std::deque<std::vector<tao_dim>> dimArrays;
  std::vector<Expr> exprs;
  std::vector<const char *> symbols;
  std::vector<tao_symbol_binding> bindings;
  std::vector<tao_value_info> inputs, outputs;
  std::vector<int32_t> inputDims, outputDims;
  std::vector<tao_storage> storages;
  std::vector<tao_shape_check> checks;
  std::vector<tao_kernel_info> kernels;
  std::vector<uint8_t> weights;
  uint8_t *alignedWeights = nullptr;
  std::vector<uint8_t> alignedRoom;
  std::vector<std::function<int32_t(tao_context *)>> steps;
  struct LaunchData {
    std::vector<int32_t> buffers, dims;
    std::vector<const char *> failures;
    tao_launch launch;
  };
  std::deque<LaunchData> launches;
  struct PackData {
    std::vector<tao_launch> launches;
    tao_pack pack;
  };
  std::deque<PackData> packs;
  struct GpuLaunchData {
    std::vector<int32_t> buffers, dims;
    std::vector<const char *> failures;
    tao_gpu_launch launch;
  };
  std::deque<GpuLaunchData> gpuLaunches;
  std::vector<tao_gpu_code> codes;
  tao_gpu_code_table codeTable = {};
  tao_gpu_image gpu = {};
  tao_model_info info = {};
  tao_image image = {};
};

/// A model and context of a finished image, and tensors for a run.
class TestRun {
public:
  explicit TestRun(TestImage &image, int32_t numThreads = 1, const tao_gpu_device *device = nullptr);
  ~TestRun();
  TestRun(const TestRun &) = delete;

  tao_status run(std::vector<tao_tensor> &inputs, std::vector<tao_tensor> &outputs,
                 const tao_run_options *options = nullptr) {
    tao_args args = {sizeof(tao_args), inputs.data(), outputs.data()};
    return table->run(context, &args, options);
  }
  std::string error() const { return table->last_error(context); }

  const tao_model_table *table;
  tao_in_process_model *model;
  tao_context *context = nullptr;
};

/// A tensor whose shape lives as long as it does.
struct OwnedTensor {
  OwnedTensor(tao_dtype dtype, std::vector<int64_t> shape, void *data = nullptr);
  tao_tensor view();
  std::vector<int64_t> shape;
  tao_dtype dtype;
  void *data;
};

/// A pool of plain threads as a host would bring one. Counts its calls.
struct HostPool {
  explicit HostPool(int32_t numThreads);
  tao_thread_pool pool;
  int calls = 0;
};

} // namespace tao::test

#endif // TAO_TESTS_RUNTIME_TESTIMAGE_H
