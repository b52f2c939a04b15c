// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// GPUs through the driver, which is FakeCuda.cpp here: choice of code, memory, launches, and a driver that refuses each
// call in turn. Without the library this program checks the message of that.
#include "TestImage.h"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <gtest/gtest.h>

using namespace tao::test;

namespace {

std::vector<std::string> *callLog = nullptr;
int64_t *failing = nullptr, *balance = nullptr;

size_t count(const std::string &line) { return size_t(std::count(callLog->begin(), callLog->end(), line)); }

tao_gpu_code code(int32_t arch, bool isPtx, const char *text) {
  return {0, arch, isPtx, 8, reinterpret_cast<const uint8_t *>(text)};
}

/// y[n] = x[n], by a kernel that has code for sm_80 and sm_90, and PTX of sm_80.
struct Copier {
  explicit Copier(int32_t sharedBytes = 0, bool hasCpuSteps = false) {
    auto n = image.symbol("n", 0, 0);
    int32_t x = image.input("x", kF32, {n}), y = image.output("y", kF32, {n});
    int32_t bytes = image.expr([](const int64_t *s) { return 4 * s[0]; });
    int32_t blocks = image.expr([](const int64_t *s) { return s[0]; });
    image.gpuLaunch("copier", nullptr, {x}, {y}, {bytes}, blocks);
    image.gpuKernels[0].shared_bytes = sharedBytes;
    image.gpuKernels[0].asks_for_them = sharedBytes > 48 << 10;
    image.setCode({code(80, false, "copy:80"), code(90, false, "copy:90"), code(80, true, "copy:ptx")});
    if (hasCpuSteps)
      image.setCpuSteps();
    model = tao_in_process_create(&image.finish());
  }
  ~Copier() { tao_in_process_destroy(model); }

  tao_status create(int32_t gpu = 0) {
    tao_create_options options = {sizeof(options), 1, gpu, nullptr};
    return tao_in_process_create_context(model, &options, &context);
  }
  void destroy() { table->destroy(context); }
  tao_status run(tao_tensor x, tao_tensor y) {
    tao_args args = {sizeof(args), &x, &y};
    return table->run(context, &args, nullptr);
  }
  std::string error(const tao_context *of) { return table->last_error(of); }

  TestImage image;
  const tao_model_table *table = tao_in_process_table();
  tao_in_process_model *model = nullptr;
  tao_context *context = nullptr;
};

class Driver : public testing::Test {
protected:
  void SetUp() override {
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    void *log = library ? dlsym(library, "fakeCudaLog") : nullptr;
    if (!log)
      GTEST_SKIP() << "needs the fake driver in LD_LIBRARY_PATH";
    callLog = *static_cast<std::vector<std::string> **>(log);
    failing = static_cast<int64_t *>(dlsym(library, "fakeCudaFailing"));
    balance = static_cast<int64_t *>(dlsym(library, "fakeCudaBalance"));
    callLog->clear();
  }
  void TearDown() override {
    unsetenv("TAO_FAKE_CUDA");
    if (balance) {
      EXPECT_EQ(*balance, 0);
    }
  }
};

TEST_F(Driver, ChoosesCode) {
  const std::pair<const char *, const char *> cases[] = {
      {"80", "load copy:80"}, {"86", "load copy:80"}, {"90", "load copy:90"}, {"120", "load copy:ptx"}};
  for (auto [capability, loaded] : cases) {
    setenv("TAO_FAKE_CUDA", capability, 1);
    Copier model;
    ASSERT_EQ(model.create(), TAO_OK) << model.error(nullptr);
    EXPECT_EQ(count(loaded), 1u) << capability;
    callLog->clear();
    model.destroy();
  }
  setenv("TAO_FAKE_CUDA", "75", 1);
  Copier model;
  EXPECT_EQ(model.create(), TAO_ERROR_DEVICE);
  EXPECT_EQ(model.error(nullptr),
            "create: GPU 0 (Fake 0) is of sm_75, and the model has code for: sm_80, sm_90, all from sm_80 up");
}

TEST_F(Driver, CountsGpus) {
  setenv("TAO_FAKE_CUDA", "80,90", 1);
  Copier model;
  ASSERT_EQ(model.create(1), TAO_OK) << model.error(nullptr);
  EXPECT_EQ(count("load copy:90"), 1u);
  model.destroy();
  EXPECT_EQ(model.create(2), TAO_ERROR_DEVICE);
  EXPECT_EQ(model.error(nullptr), "create: there is no GPU 2: the driver has 2");
  EXPECT_EQ(model.create(-1), TAO_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(model.error(nullptr), "create: the GPU's number is -1");
}

TEST_F(Driver, RunsOnTensorsOfEitherMemory) {
  Copier model(/*sharedBytes=*/100000);
  ASSERT_EQ(model.create(), TAO_OK) << model.error(nullptr);
  EXPECT_EQ(count("function attribute 8 100000"), 1u);
  alignas(16) float x[8] = {1, 2, 3, 4, 5}, y[8] = {};
  OwnedTensor in(kF32, {4}, x), out(kF32, {0}, y);
  tao_tensor input = in.view(), output = out.view();
  ASSERT_EQ(model.run(input, output), TAO_OK) << model.error(model.context);
  EXPECT_EQ(y[3], 4);
  EXPECT_EQ(count("launch 4 1 1 64 1 1 100000 "), 1u);
  EXPECT_EQ(count("copy 16"), 2u);
  EXPECT_EQ(count("allocate managed 1"), 0u);
  // On the GPU nothing is copied, unless kernels could not read it there.
  callLog->clear();
  input.device = output.device = {TAO_DEVICE_CUDA, 0};
  ASSERT_EQ(model.run(input, output), TAO_OK) << model.error(model.context);
  EXPECT_EQ(count("copy 16"), 0u);
  input.byte_offset = 4;
  ASSERT_EQ(model.run(input, output), TAO_OK) << model.error(model.context);
  EXPECT_EQ(count("copy 16"), 1u);
  EXPECT_EQ(y[3], 5);
  input.device.id = 1;
  EXPECT_EQ(model.run(input, output), TAO_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(model.error(model.context),
            "input 'x' is on device type 2 number 1, expected the CPU (1) or GPU number 0 (2)");
  model.destroy();
}

TEST_F(Driver, SharesMemoryWhereTheCpuHasSteps) {
  Copier model(0, /*hasCpuSteps=*/true);
  ASSERT_EQ(model.create(), TAO_OK) << model.error(nullptr);
  float x[4] = {1}, y[4] = {};
  OwnedTensor in(kF32, {4}, x), out(kF32, {0}, y);
  ASSERT_EQ(model.run(in.view(), out.view()), TAO_OK) << model.error(model.context);
  EXPECT_GE(count("allocate managed 1"), 2u);
  EXPECT_EQ(count("launch 4 1 1 64 1 1 0 "), 1u);
  model.destroy();
}

TEST_F(Driver, EachCallMayFail) {
  Copier model(100000);
  int failures = 0;
  for (int64_t number = 0;; ++number) {
    callLog->clear();
    *failing = number;
    float x[4] = {1, 2, 3, 4}, y[4] = {};
    OwnedTensor in(kF32, {4}, x), out(kF32, {0}, y);
    tao_status status = model.create();
    std::string error = model.error(nullptr);
    if (status == TAO_OK) {
      status = model.run(in.view(), out.view());
      error = model.error(model.context);
      model.destroy();
    }
    *failing = -1;
    // Without its context nothing of a GPU can be given back.
    if (callLog->size() > size_t(number) && (*callLog)[size_t(number)] == "push")
      *balance = 0;
    EXPECT_EQ(*balance, 0) << number;
    if (status == TAO_OK && callLog->size() <= size_t(number))
      break;
    // Memory cannot be had for whatever reason; of all else the driver's own words are told.
    if (status != TAO_OK) {
      ++failures;
      bool tells = error.find("made to fail") != std::string::npos || error.find("no memory") != std::string::npos;
      EXPECT_TRUE(tells) << number << ": " << error;
    }
  }
  EXPECT_GE(failures, 20);
}

TEST(DriverMissing, SaysSo) {
  if (dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL))
    GTEST_SKIP() << "there is a driver here";
  Copier model;
  EXPECT_EQ(model.create(), TAO_ERROR_DEVICE);
  EXPECT_EQ(
      model.error(nullptr),
      "create: the model was compiled for NVIDIA GPUs, and their driver cannot be loaded: libcuda.so.1: cannot open "
      "shared object file: No such file or directory; one compiled with --emulate runs on a CPU by tao-run "
      "--emulate");
}

} // namespace
