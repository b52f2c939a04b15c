// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Images made by hand; see TestImage.h.
#include "TestImage.h"

#include <algorithm>
#include <cstring>
#include <thread>

namespace tao::test {

TestImage *TestImage::current = nullptr;

TestImage::Dim TestImage::symbol(const std::string &name, int32_t input, int32_t dim) {
  auto number = int32_t(symbols.size());
  symbols.push_back(keep(name));
  bindings.push_back({input, dim});
  return Dim(name, [=](const int64_t *values) { return values[number]; });
}

int32_t TestImage::expr(Expr expr) {
  exprs.push_back(std::move(expr));
  return int32_t(exprs.size()) - 1;
}

int32_t TestImage::constant(int64_t value) {
  return expr([=](const int64_t *) { return value; });
}

int32_t TestImage::addValue(const std::string &name, tao_dtype dtype, const std::vector<Dim> &dims, int32_t alias,
                            std::vector<tao_value_info> &values, std::vector<int32_t> &exprNumbers, int32_t kind) {
  auto &array = dimArrays.emplace_back();
  std::vector<int32_t> numbers;
  for (const Dim &dim : dims) {
    array.push_back({dim.value, keep(dim.text)});
    numbers.push_back(expr(dim.expr));
  }
  exprNumbers.insert(exprNumbers.end(), numbers.begin(), numbers.end());
  std::vector<Expr> parts;
  for (const Dim &dim : dims)
    parts.push_back(dim.expr);
  int64_t elementBytes = dtype.bits / 8;
  int32_t size = expr([=](const int64_t *values) {
    int64_t bytes = elementBytes;
    for (const Expr &part : parts)
      bytes *= part(values);
    return bytes;
  });
  storages.push_back({kind, int32_t(values.size()), size, 0, 0, -1});
  values.push_back({keep(name), dtype, int32_t(dims.size()), array.data(), alias});
  return int32_t(storages.size()) - 1;
}

int32_t TestImage::input(const std::string &name, tao_dtype dtype, const std::vector<Dim> &dims) {
  return addValue(name, dtype, dims, -1, inputs, inputDims, TAO_STORAGE_INPUT);
}

int32_t TestImage::output(const std::string &name, tao_dtype dtype, const std::vector<Dim> &dims, int32_t alias) {
  return addValue(name, dtype, dims, alias, outputs, outputDims, TAO_STORAGE_OUTPUT);
}

int32_t TestImage::weight(const void *data, size_t bytes) {
  size_t offset = (weights.size() + 63) / 64 * 64;
  weights.resize(offset + bytes);
  if (bytes > 0)
    memcpy(weights.data() + offset, data, bytes);
  storages.push_back({TAO_STORAGE_WEIGHT, 0, constant(int64_t(bytes)), 0, 0, int64_t(offset)});
  return int32_t(storages.size()) - 1;
}

int32_t TestImage::arena(int32_t sizeExpr, int32_t first, int32_t last) {
  storages.push_back({TAO_STORAGE_ARENA, 0, sizeExpr, first, last, -1});
  return int32_t(storages.size()) - 1;
}

int32_t TestImage::view(int32_t base, int32_t sizeExpr) {
  storages.push_back({TAO_STORAGE_VIEW, base, sizeExpr, 0, 0, 0});
  return int32_t(storages.size()) - 1;
}

void TestImage::check(tao_check_kind kind, int32_t lhs, int32_t rhs, const char *message) {
  checks.push_back({kind, lhs, rhs, message});
}

int32_t TestImage::kernel(const std::string &name, tao_kernel_kind kind) {
  kernels.push_back({keep(name), kind, ""});
  return int32_t(kernels.size()) - 1;
}

void TestImage::launch(const std::string &name, tao_kernel_fn fn, std::vector<int32_t> buffers,
                       std::vector<int32_t> dims, int32_t tasks, int32_t cost, std::vector<const char *> failures,
                       int64_t scratchBytes) {
  int32_t takesScratch = scratchBytes > 0;
  image.scratch_bytes = std::max(image.scratch_bytes, scratchBytes);
  LaunchData &data = launches.emplace_back();
  data.buffers = std::move(buffers);
  data.dims = std::move(dims);
  data.failures = std::move(failures);
  data.launch = {fn,
                 kernel(name),
                 int32_t(data.buffers.size()),
                 int32_t(data.dims.size()),
                 int32_t(data.failures.size()),
                 data.buffers.data(),
                 data.dims.data(),
                 tasks,
                 cost,
                 data.failures.data(),
                 takesScratch};
  step([&data](tao_context *context) { return tao_rt_launch(context, &data.launch); });
}

void TestImage::pack(const std::string &name, size_t count) {
  PackData &data = packs.emplace_back();
  for (size_t i = launches.size() - count; i < launches.size(); ++i)
    data.launches.push_back(launches[i].launch);
  int32_t number = kernel(name);
  for (tao_launch &launch : data.launches)
    launch.kernel = number;
  data.pack = {number, int32_t(count), data.launches.data()};
  steps.resize(steps.size() - count);
  step([&data](tao_context *context) { return tao_rt_pack(context, &data.pack); });
}

void TestImage::gpuLaunch(const std::string &name, void *emulated, std::vector<int32_t> reads,
                          std::vector<int32_t> writes, std::vector<int32_t> dims, int32_t blocks,
                          std::vector<const char *> failures) {
  GpuLaunchData &data = gpuLaunches.emplace_back();
  data.buffers = reads;
  data.buffers.insert(data.buffers.end(), writes.begin(), writes.end());
  data.dims = std::move(dims);
  data.failures = std::move(failures);
  int32_t function = int32_t(gpuKernels.size());
  gpuKernels.push_back({keep(name), 64, 0, 0, 0, 0, emulated, nullptr, nullptr});
  data.launch = {kernel(name),
                 function,
                 int32_t(reads.size()),
                 int32_t(writes.size()),
                 int32_t(data.dims.size()),
                 int32_t(data.failures.size()),
                 data.buffers.data(),
                 data.dims.data(),
                 blocks,
                 data.failures.data()};
  step([&data](tao_context *context) { return tao_rt_gpu_launch(context, &data.launch); });
}

void TestImage::eval(const int64_t *symbols, int64_t *exprs) {
  for (size_t i = 0; i < current->exprs.size(); ++i)
    exprs[i] = current->exprs[i](symbols);
}

int32_t TestImage::main(tao_context *context) {
  for (auto &step : current->steps)
    if (int32_t status = step(context))
      return status;
  return TAO_OK;
}

const tao_image &TestImage::finish() {
  alignedRoom.resize(weights.size() + 4096);
  auto address = reinterpret_cast<uintptr_t>(alignedRoom.data());
  alignedWeights = alignedRoom.data() + (4096 - address % 4096) % 4096;
  if (!weights.empty())
    memcpy(alignedWeights, weights.data(), weights.size());
  info.size = sizeof(info);
  info.name = "hand-made";
  info.compiler = "none";
  info.target = "cpu";
  info.cpu = "x86-64";
  if (!info.cpu_features)
    info.cpu_features = "";
  info.num_inputs = int32_t(inputs.size());
  info.num_outputs = int32_t(outputs.size());
  info.num_symbols = int32_t(symbols.size());
  info.num_kernels = int32_t(kernels.size());
  info.inputs = inputs.data();
  info.outputs = outputs.data();
  info.symbols = symbols.data();
  info.kernels = kernels.data();
  info.weight_bytes = int64_t(weights.size());
  info.arena_bytes = -1;
  info.libraries = image.num_slots > 0 ? "libdnnl.so.2" : "";
  image.version = TAO_IMAGE_VERSION;
  image.info = &info;
  image.num_exprs = int32_t(exprs.size());
  image.num_checks = int32_t(checks.size());
  image.num_storages = int32_t(storages.size());
  image.num_steps = int32_t(steps.size());
  image.bindings = bindings.data();
  image.input_dims = inputDims.data();
  image.output_dims = outputDims.data();
  image.eval = eval;
  image.checks = checks.data();
  image.storages = storages.data();
  image.weights = alignedWeights;
  image.arena_bytes = -1;
  image.main = main;
  if (!gpuKernels.empty()) {
    codeTable = {int64_t(codes.size()), codes.data()};
    gpu.num_kernels = int32_t(gpuKernels.size());
    gpu.kernels = gpuKernels.data();
    gpu.code = &codeTable;
    image.gpu = &gpu;
  }
  return image;
}

TestRun::TestRun(TestImage &image, int32_t numThreads, const tao_gpu_device *device)
    : table(tao_in_process_table()), model(tao_in_process_create(&image.finish())) {
  tao_create_options options = {sizeof(options), numThreads, 0, device};
  tao_in_process_create_context(model, &options, &context);
}

TestRun::~TestRun() {
  table->destroy(context);
  tao_in_process_destroy(model);
}

OwnedTensor::OwnedTensor(tao_dtype dtype, std::vector<int64_t> shape, void *data)
    : shape(std::move(shape)), dtype(dtype), data(data) {}

tao_tensor OwnedTensor::view() {
  return {data, {TAO_DEVICE_CPU, 0}, int32_t(shape.size()), dtype, shape.data(), nullptr, 0};
}

HostPool::HostPool(int32_t numThreads) {
  pool.self = this;
  pool.num_threads = numThreads;
  pool.parallel_for = [](void *self, int64_t n, void (*body)(void *, int64_t, int64_t), void *arg) {
    auto *host = static_cast<HostPool *>(self);
    ++host->calls;
    std::vector<std::thread> threads;
    for (int64_t i = 1; i < n; ++i)
      threads.emplace_back([=] { body(arg, i, i + 1); });
    if (n > 0)
      body(arg, 0, 1);
    for (std::thread &thread : threads)
      thread.join();
  };
}

} // namespace tao::test
