// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models for GPUs on a device of the test: what lies where, in which order things are asked for, failed checks, steps
// that the CPU runs, and a device that refuses each call in turn.
#include "FakeDevice.h"
#include "TestImage.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <thread>

using namespace tao::test;

namespace {

template <typename T> T *pointer(void **args, int i) { return *static_cast<T **>(args[i]); }
int64_t number(void **args, int i) { return *static_cast<int64_t *>(args[i]); }

/// y[n] = w[0] x[n]; args: x, w, y, n, status. A negative x fails check 1, one above 1000 check 2.
void scale(void **args, int64_t) {
  auto *x = pointer<const float>(args, 0), *w = pointer<const float>(args, 1);
  auto *y = pointer<float>(args, 2);
  auto *status = pointer<int32_t>(args, 4);
  for (int64_t i = 0; i < number(args, 3); ++i) {
    y[i] = w[0] * x[i];
    *status = std::max(*status, x[i] < 0 ? 1 : x[i] > 1000 ? 2 : 0);
  }
}

void addOne(void *const *buffers, const int64_t *, int64_t begin, int64_t end, int32_t *) {
  auto *x = static_cast<const float *>(buffers[0]);
  auto *y = static_cast<float *>(buffers[1]);
  for (int64_t i = begin; i < end; ++i)
    y[i] = x[i] + 1;
}

/// y[n] = 3 (3 x[n]), through the arena; with a step of the CPU between, y = 3 (3 x + 1).
struct Scaler {
  explicit Scaler(bool hasCpuStep = false) {
    auto n = image.symbol("n", 0, 0);
    float three = 3;
    x = image.input("x", kF32, {n});
    int32_t y = image.output("y", kF32, {n}), w = image.weight(&three, sizeof(three));
    int32_t bytes = image.expr([](const int64_t *s) { return 4 * s[0]; });
    int32_t count = image.expr([](const int64_t *s) { return s[0]; });
    int32_t middle = image.arena(bytes, 0, 1), other = hasCpuStep ? image.arena(bytes, 1, 2) : middle;
    auto *kernel = reinterpret_cast<void *>(scale);
    image.gpuLaunch("first", kernel, {x, w}, {middle}, {count}, count, {"x is negative", "x is large"});
    if (hasCpuStep) {
      image.setCpuSteps();
      image.launch("on the CPU", addOne, {middle, other}, {}, count, count);
    }
    image.gpuLaunch("second", kernel, {other, w}, {y}, {count}, count, {"y is negative", "y is large"});
  }
  TestImage image;
  int32_t x;
};

tao_status runOn(TestRun &run, std::vector<float> &x, std::vector<float> &y) {
  y.assign(x.size(), -1);
  OwnedTensor in(kF32, {int64_t(x.size())}, x.data()), out(kF32, {0}, y.data());
  std::vector<tao_tensor> inputs = {in.view()}, outputs = {out.view()};
  return run.run(inputs, outputs);
}

void expectScaled(TestRun &run, size_t n, float factor = 9, float more = 0) {
  std::vector<float> x(n), y;
  for (size_t i = 0; i < n; ++i)
    x[i] = float(i % 10);
  ASSERT_EQ(runOn(run, x, y), TAO_OK) << run.error();
  for (size_t i = 0; i < n; ++i)
    ASSERT_EQ(y[i], factor * x[i] + more) << i;
}

TEST(Gpu, MovesTensorsAndKnownShapesAllocateNothing) {
  FakeDevice device;
  Scaler model;
  {
    TestRun run(model.image, 1, device.get());
    for (size_t n : {5, 3000, 2, 0, 3000})
      expectScaled(run, n);
    device.calls.clear();
    expectScaled(run, 3000);
    EXPECT_EQ(device.calls,
              (std::vector<std::string>{"copy", "launch first", "launch second", "synchronize", "copy", "copy"}));
  }
  EXPECT_EQ(device.numAllocations(), 0u);
  EXPECT_EQ(device.numLoaded, 0);
}

TEST(Gpu, WeightsAreSharedByContextsOfADevice) {
  FakeDevice device, other;
  Scaler model;
  const tao_image &image = model.image.finish();
  tao_in_process_model *shared = tao_in_process_create(&image);
  const tao_model_table *table = tao_in_process_table();
  tao_create_options options = {sizeof(options), 1, 0, device.get()};
  tao_context *first = nullptr, *second = nullptr, *third = nullptr;
  ASSERT_EQ(tao_in_process_create_context(shared, &options, &first), TAO_OK);
  size_t alone = device.numAllocations();
  ASSERT_EQ(tao_in_process_create_context(shared, &options, &second), TAO_OK);
  EXPECT_EQ(device.numAllocations(), alone + 1); // its own statuses
  options.gpu_device = other.get();
  ASSERT_EQ(tao_in_process_create_context(shared, &options, &third), TAO_OK);
  EXPECT_EQ(device.numLoaded, 1);
  EXPECT_EQ(other.numLoaded, 1);
  table->destroy(first);
  EXPECT_EQ(device.numLoaded, 1);
  table->destroy(second);
  EXPECT_EQ(device.numLoaded, 0);
  EXPECT_EQ(device.numAllocations(), 0u);
  table->destroy(third);
  EXPECT_EQ(other.numAllocations(), 0u);
  tao_in_process_destroy(shared);
}

TEST(Gpu, FailedChecksAreReportedOnce) {
  FakeDevice device;
  Scaler model;
  TestRun run(model.image, 1, device.get());
  std::vector<float> large = {1, 2000}, negative = {-1, 2000}, late = {200}, y;
  EXPECT_EQ(runOn(run, large, y), TAO_ERROR_RUNTIME);
  EXPECT_EQ(run.error(), "kernel 'first': x is large");
  expectScaled(run, 4);
  EXPECT_EQ(runOn(run, negative, y), TAO_ERROR_RUNTIME);
  EXPECT_EQ(run.error(), "kernel 'first': x is large"); // the largest number
  late = {400};
  EXPECT_EQ(runOn(run, late, y), TAO_ERROR_RUNTIME);
  EXPECT_EQ(run.error(), "kernel 'second': y is large");
  expectScaled(run, 4);
}

TEST(Gpu, StepsOfTheCpuWaitAndShareMemory) {
  FakeDevice device;
  Scaler model(/*hasCpuStep=*/true);
  TestRun run(model.image, 1, device.get());
  expectScaled(run, 100, 9, 3);
  auto launched = std::find(device.calls.begin(), device.calls.end(), "launch first");
  ASSERT_NE(launched, device.calls.end());
  EXPECT_EQ(*(launched + 1), "synchronize");
  // A failed check ends the run before the CPU works on what it left.
  std::vector<float> negative = {-1}, y;
  device.calls.clear();
  EXPECT_EQ(runOn(run, negative, y), TAO_ERROR_RUNTIME);
  EXPECT_EQ(run.error(), "kernel 'first': x is negative");
  EXPECT_EQ(std::count(device.calls.begin(), device.calls.end(), "launch second"), 0);
}

TEST(Gpu, EachCallMayFail) {
  FakeDevice device;
  Scaler model(/*hasCpuStep=*/true);
  const tao_image &image = model.image.finish();
  tao_in_process_model *shared = tao_in_process_create(&image);
  const tao_model_table *table = tao_in_process_table();
  tao_create_options options = {sizeof(options), 1, 0, device.get()};
  int failedCreates = 0, failedRuns = 0;
  for (int64_t failing = 0;; ++failing) {
    device.calls.clear();
    device.failing = failing;
    tao_context *context = nullptr;
    tao_status status = tao_in_process_create_context(shared, &options, &context);
    if (status != TAO_OK) {
      ++failedCreates;
      EXPECT_NE(std::string(table->last_error(nullptr)), "");
      EXPECT_EQ(context, nullptr);
    } else {
      std::vector<float> x = {1, 2}, y = {0, 0};
      OwnedTensor in(kF32, {2}, x.data()), out(kF32, {0}, y.data());
      tao_tensor input = in.view(), output = out.view();
      tao_args args = {sizeof(args), &input, &output};
      status = table->run(context, &args, nullptr);
      if (status != TAO_OK) {
        ++failedRuns;
        EXPECT_NE(std::string(table->last_error(context)), "");
        device.failing = -1;
        EXPECT_EQ(table->run(context, &args, nullptr), TAO_OK) << table->last_error(context);
        EXPECT_EQ(y, (std::vector<float>{12, 21}));
      }
      table->destroy(context);
    }
    EXPECT_EQ(device.numAllocations(), 0u) << failing;
    EXPECT_EQ(device.numLoaded, 0) << failing;
    if (status == TAO_OK)
      break;
  }
  EXPECT_EQ(failedCreates, 4); // load, the weights' memory and copy, statuses
  EXPECT_GE(failedRuns, 8);
  tao_in_process_destroy(shared);
}

TEST(Gpu, TensorsOnAnotherDeviceAreRefused) {
  FakeDevice device;
  Scaler model;
  TestRun run(model.image, 1, device.get());
  std::vector<float> x = {1}, y = {0};
  OwnedTensor in(kF32, {1}, x.data()), out(kF32, {0}, y.data());
  std::vector<tao_tensor> inputs = {in.view()}, outputs = {out.view()};
  inputs[0].device = {TAO_DEVICE_CUDA, 0};
  EXPECT_EQ(run.run(inputs, outputs), TAO_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(run.error(), "input 'x' is on device type 2, expected the CPU (1)");
}

TEST(Gpu, UnalignedTensorsAreMoved) {
  FakeDevice device;
  Scaler model;
  TestRun run(model.image, 1, device.get());
  std::vector<float> x = {0, 1, 2}, y = {-1, -1, -1};
  OwnedTensor in(kF32, {2}, x.data() + 1), out(kF32, {0}, y.data() + 1);
  std::vector<tao_tensor> inputs = {in.view()}, outputs = {out.view()};
  ASSERT_EQ(run.run(inputs, outputs), TAO_OK) << run.error();
  EXPECT_EQ(y, (std::vector<float>{-1, 9, 18}));
}

TEST(Gpu, OutputsOfTheContextLieOnTheCpu) {
  FakeDevice device;
  Scaler model;
  TestRun run(model.image, 1, device.get());
  std::vector<float> x = {5};
  OwnedTensor in(kF32, {1}, x.data()), out(kF32, {0}, nullptr);
  std::vector<tao_tensor> inputs = {in.view()}, outputs = {out.view()};
  ASSERT_EQ(run.run(inputs, outputs), TAO_OK) << run.error();
  EXPECT_EQ(*static_cast<float *>(outputs[0].data), 45);
}

TEST(Gpu, TimesAreThoseOfKernels) {
  FakeDevice device;
  Scaler model;
  TestRun run(model.image, 1, device.get());
  std::vector<int32_t> timed;
  tao_run_options options = {};
  options.size = sizeof(options);
  options.timing_user = &timed;
  options.timing = [](void *user, int32_t kernel, int64_t, int64_t) {
    static_cast<std::vector<int32_t> *>(user)->push_back(kernel);
  };
  std::vector<float> x = {5}, y = {0};
  OwnedTensor in(kF32, {1}, x.data()), out(kF32, {0}, y.data());
  std::vector<tao_tensor> inputs = {in.view()}, outputs = {out.view()};
  ASSERT_EQ(run.run(inputs, outputs, &options), TAO_OK) << run.error();
  EXPECT_EQ(timed, (std::vector<int32_t>{0, 1}));
  for (const char *launch : {"launch first", "launch second"})
    EXPECT_EQ(*(std::find(device.calls.begin(), device.calls.end(), launch) + 1), "synchronize");
}

//===-- Loops -----------------------------------------------------------------------------------------------------===//

/// x[0] counts down; go = x[0] > 0; a negative x fails.
void countDown(void **args, int64_t) {
  auto *x = pointer<const float>(args, 0);
  *pointer<float>(args, 1) = x[0] - 1;
  *pointer<uint8_t>(args, 2) = x[0] - 1 > 0;
  if (x[0] < 0)
    *pointer<int32_t>(args, 3) = 1;
}

TEST(Gpu, ConditionsAreReadFromTheDevice) {
  TestImage image;
  int32_t x = image.input("x", kF32, {1}), y = image.output("y", kF32, {1});
  int32_t four = image.constant(4), one = image.constant(1);
  int32_t current = image.arena(four, 0, 9), next = image.arena(four, 0, 9), go = image.arena(one, 0, 9);
  static const tao_gpu_launch *launch;
  static int32_t buffers[3], swaps[2];
  static const char *failures[] = {"x is negative"};
  image.gpuKernels.push_back({"down", 32, 0, 0, 0, 0, reinterpret_cast<void *>(countDown), nullptr, nullptr});
  int32_t kernel = image.kernel("down");
  buffers[0] = current, buffers[1] = next, buffers[2] = go;
  tao_gpu_launch step = {kernel, 0, 1, 2, 0, 1, buffers, nullptr, one, failures};
  launch = &step;
  swaps[0] = current, swaps[1] = next;
  auto body = [](tao_context *context) { return tao_rt_gpu_launch(context, launch); };
  tao_loop loop = {-1, go, 0, 1, 0, nullptr, swaps, nullptr, body};
  tao_copy first = {image.kernel("first"), x, current, four}, last = {image.kernel("last"), current, y, four};
  // Once before the loop, for the condition.
  image.step([&](tao_context *context) { return tao_rt_copy(context, &first); });
  image.step([&](tao_context *context) { return tao_rt_gpu_launch(context, &step); });
  image.step([&](tao_context *context) { return tao_rt_loop(context, &loop); });
  image.step([&](tao_context *context) { return tao_rt_copy(context, &last); });
  FakeDevice device;
  TestRun run(image, 1, device.get());
  std::vector<float> in = {5}, out;
  ASSERT_EQ(runOn(run, in, out), TAO_OK) << run.error();
  EXPECT_EQ(out[0], 0);
  EXPECT_EQ(std::count(device.calls.begin(), device.calls.end(), "launch down"),
            6); // one for the first condition, and five iterations
  in = {-3};
  EXPECT_EQ(runOn(run, in, out), TAO_ERROR_RUNTIME);
  EXPECT_EQ(run.error(), "kernel 'down': x is negative");
}

} // namespace
