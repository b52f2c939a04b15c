// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs of hand-made images: outputs of either owner, shapes that come and go, checks and their messages, failures of
// kernels, and that a known shape costs no allocation.
#include "TestImage.h"
#include "tools/tao-run/AllocCount.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <thread>

using namespace tao::test;

namespace {

// y = 2 x + 1, element by element.
void scaleKernel(void *const *buffers, const int64_t *, int64_t begin, int64_t end, int32_t *) {
  auto *x = static_cast<const float *>(buffers[0]);
  auto *y = static_cast<float *>(buffers[1]);
  for (int64_t i = begin; i < end; ++i)
    y[i] = 2 * x[i] + 1;
}

void failKernel(void *const *, const int64_t *, int64_t begin, int64_t end, int32_t *status) {
  for (int64_t i = begin; i < end; ++i)
    if (i % 100 == 57)
      *status = i > 500 ? 2 : 1;
}

/// y[n, 4] = f(f(x[n, 4])) through the arena, with a symbol n.
struct Doubler {
  explicit Doubler(int64_t costPerRow = 1 << 20) {
    auto n = image.symbol("n", 0, 0);
    int32_t x = image.input("x", kF32, {n, 4});
    int32_t y = image.output("y", kF32, {n, 4});
    int32_t bytes = image.expr([](const int64_t *s) { return s[0] * 16; });
    int32_t tasks = image.expr([](const int64_t *s) { return s[0] * 4; });
    int32_t cost = image.expr([=](const int64_t *s) { return s[0] * costPerRow; });
    int32_t middle = image.arena(bytes, 0, 1);
    image.launch("first", scaleKernel, {x, middle}, {}, tasks, cost);
    image.launch("second", scaleKernel, {middle, y}, {}, tasks, cost);
  }
  TestImage image;
};

/// Runs a Doubler on n rows, in the caller's memory or not, and checks the numbers.
void expectDoubled(TestRun &run, int64_t n, bool ownOutput, const tao_run_options *options = nullptr) {
  std::vector<float> x(size_t(n * 4)), y(size_t(n * 4), -1);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = float(i) / 8;
  OwnedTensor in(kF32, {n, 4}, x.data()), out(kF32, {0, 0}, ownOutput ? y.data() : nullptr);
  std::vector<tao_tensor> inputs = {in.view()}, outputs = {out.view()};
  ASSERT_EQ(run.run(inputs, outputs, options), TAO_OK) << run.error();
  EXPECT_EQ(out.shape, (std::vector<int64_t>{n, 4}));
  auto *result = static_cast<float *>(outputs[0].data);
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_EQ(result[i], 4 * x[i] + 3) << i;
}

TEST(Run, BothOwnersOfOutputs) {
  Doubler model;
  TestRun run(model.image);
  expectDoubled(run, 5, true);
  expectDoubled(run, 9, false);
  expectDoubled(run, 1, false);
  expectDoubled(run, 0, false);
  expectDoubled(run, 0, true);
}

TEST(Run, AllocatorIsAsked) {
  Doubler model;
  TestRun run(model.image);
  std::vector<std::pair<int32_t, size_t>> asked;
  tao_allocator allocator = {&asked, [](void *self, int32_t output, size_t bytes) -> void * {
                               static_cast<decltype(asked) *>(self)->push_back({output, bytes});
                               return aligned_alloc(64, 4096);
                             }};
  tao_run_options options = {};
  options.size = sizeof(options);
  options.allocator = &allocator;
  std::vector<float> x(12, 1.0f);
  OwnedTensor in(kF32, {3, 4}, x.data()), out(kF32, {0, 0});
  std::vector<tao_tensor> inputs = {in.view()}, outputs = {out.view()};
  ASSERT_EQ(run.run(inputs, outputs, &options), TAO_OK) << run.error();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0], (std::pair<int32_t, size_t>(0, 48)));
  EXPECT_EQ(static_cast<float *>(outputs[0].data)[11], 7.0f);
  free(outputs[0].data);

  allocator.allocate = [](void *, int32_t, size_t) -> void * { return nullptr; };
  outputs[0].data = nullptr;
  EXPECT_EQ(run.run(inputs, outputs, &options), TAO_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(run.error(), "output 'y': no memory for 48 bytes");
}

TEST(Run, OutputShapes) {
  Doubler model;
  TestRun run(model.image);
  OwnedTensor in(kF32, {7, 4});
  tao_tensor input = in.view();
  int64_t shape[2];
  ASSERT_EQ(run.table->output_shapes(run.context, &input, shape), TAO_OK);
  EXPECT_EQ(shape[0], 7);
  EXPECT_EQ(shape[1], 4);
}

// y[i] = i, by way of scratch memory that nobody else may touch meanwhile.
void scratchKernel(void *const *buffers, const int64_t *, int64_t begin, int64_t end, int32_t *) {
  auto *y = static_cast<float *>(buffers[0]), *scratch = static_cast<float *>(buffers[1]);
  for (int64_t i = begin; i < end; ++i) {
    for (int64_t j = 0; j < 1024; ++j)
      scratch[j] = float(i);
    std::this_thread::yield();
    bool isWhole = std::all_of(scratch, scratch + 1024, [&](float value) { return value == float(i); });
    y[i] = isWhole ? scratch[0] : -1;
  }
}

TEST(Run, ScratchIsTheWorkersOwn) {
  TestImage image;
  int32_t y = image.output("y", kF32, {2000});
  image.launch("scratch", scratchKernel, {y}, {}, image.constant(2000), image.constant(1 << 30), {}, 4096);
  for (int32_t threads : {1, 2, 5}) {
    TestRun run(image, threads);
    for (int repeat = 0; repeat < 3; ++repeat) {
      OwnedTensor out(kF32, {2000});
      std::vector<tao_tensor> inputs, outputs = {out.view()};
      ASSERT_EQ(run.run(inputs, outputs), TAO_OK) << run.error();
      for (int64_t i = 0; i < 2000; ++i)
        ASSERT_EQ(static_cast<float *>(outputs[0].data)[i], float(i));
    }
  }
}

TEST(Run, ThreadsGiveTheSameNumbers) {
  Doubler model;
  for (int32_t threads : {1, 2, 5}) {
    TestRun run(model.image, threads);
    expectDoubled(run, 4000, true);
    HostPool host(threads);
    tao_run_options options = {};
    options.size = sizeof(options);
    options.pool = &host.pool;
    expectDoubled(run, 4000, true, &options);
    EXPECT_EQ(host.calls, threads > 1 ? 2 : 0);
  }
}

TEST(Run, ContextsOnTheirOwnThreads) {
  Doubler model;
  const tao_image &image = model.image.finish();
  tao_in_process_model *shared = tao_in_process_create(&image);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      tao_context *context = nullptr;
      ASSERT_EQ(tao_in_process_create_context(shared, nullptr, &context), TAO_OK);
      const tao_model_table *table = tao_in_process_table();
      for (int64_t n = 1; n < 60; ++n) {
        std::vector<float> x(size_t(n * 4), float(t)), y(size_t(n * 4));
        OwnedTensor in(kF32, {n, 4}, x.data()), out(kF32, {0, 0}, y.data());
        tao_tensor input = in.view(), output = out.view();
        tao_args args = {sizeof(args), &input, &output};
        ASSERT_EQ(table->run(context, &args, nullptr), TAO_OK) << table->last_error(context);
        ASSERT_EQ(y.back(), float(4 * t + 3));
      }
      table->destroy(context);
    });
  for (auto &thread : threads)
    thread.join();
  tao_in_process_destroy(shared);
}

TEST(Run, KnownShapesAllocateNothing) {
  if (!tao::run::allocCountAvailable())
    GTEST_SKIP() << "another malloc is in use";
  Doubler model;
  TestRun run(model.image, 2);
  std::vector<float> x(400, 1.0f), y(400);
  OwnedTensor small(kF32, {10, 4}, x.data()), large(kF32, {100, 4}, x.data()), out(kF32, {0, 0}, y.data());
  auto once = [&](OwnedTensor &in, bool own) {
    tao_tensor input = in.view(), output = out.view();
    if (!own)
      output.data = nullptr;
    tao_args args = {sizeof(args), &input, &output};
    return run.table->run(run.context, &args, nullptr);
  };
  auto all = [&] {
    for (bool own : {true, false})
      for (OwnedTensor *in : {&small, &large})
        ASSERT_EQ(once(*in, own), TAO_OK);
  };
  all();
  all();
  tao::run::startAllocCount();
  for (int i = 0; i < 50; ++i)
    all();
  EXPECT_EQ(tao::run::stopAllocCount().all, 0);
}

TEST(Run, MoreShapesThanAreRemembered) {
  Doubler model;
  TestRun run(model.image);
  for (int round = 0; round < 3; ++round)
    for (int64_t n = 1; n < 30; ++n)
      expectDoubled(run, n * 37 % 31, false);
}

TEST(Run, TimingOfEveryKernel) {
  Doubler model;
  TestRun run(model.image);
  std::vector<int32_t> kernels;
  tao_run_options options = {};
  options.size = sizeof(options);
  options.timing_user = &kernels;
  options.timing = [](void *user, int32_t kernel, int64_t begin, int64_t end) {
    EXPECT_LE(begin, end);
    static_cast<std::vector<int32_t> *>(user)->push_back(kernel);
  };
  expectDoubled(run, 3, true, &options);
  EXPECT_EQ(kernels, (std::vector<int32_t>{0, 1}));
}

TEST(Run, OldCallersGetDefaults) {
  Doubler model;
  TestRun run(model.image);
  tao_run_options options;
  memset(&options, 0xff, sizeof(options)); // members beyond size must not be read
  options.size = sizeof(size_t);
  expectDoubled(run, 3, true, &options);
}

TEST(Run, KernelFailureHasOneMessage) {
  TestImage image;
  image.output("y", kF32, {1});
  image.launch("gather", failKernel, {}, {}, image.constant(1000), image.constant(1 << 20),
               {"index out of range", "index far out of range"});
  for (int32_t threads : {1, 2, 4}) {
    TestRun run(image, threads);
    OwnedTensor out(kF32, {0});
    std::vector<tao_tensor> inputs, outputs = {out.view()};
    EXPECT_EQ(run.run(inputs, outputs), TAO_ERROR_RUNTIME);
    // The worst task of one chunk speaks for it, the smallest status for the launch: chunks below 500 exist at any
    // count.
    EXPECT_EQ(run.error(),
              threads == 1 ? "kernel 'gather': index far out of range" : "kernel 'gather': index out of range");
  }
}

// Kernels of different numbers of tasks, one of none, in one launch: each sees its own tasks, buffers and scratch.
TEST(Run, PacksRunEveryTaskOnce) {
  for (int64_t cost : {1, 1 << 30}) {
    TestImage image;
    int32_t x = image.input("x", kF32, {1000}), y = image.output("y", kF32, {1000});
    int32_t z = image.output("z", kF32, {2000}), none = image.output("none", kF32, {1});
    image.launch("a", scaleKernel, {x, y}, {}, image.constant(1000), image.constant(cost));
    image.launch("b", failKernel, {none}, {}, image.constant(0), image.constant(cost), {"never"});
    image.launch("c", scratchKernel, {z}, {}, image.constant(2000), image.constant(cost), {}, 4096);
    image.pack("abc", 3);
    for (int32_t threads : {1, 2, 5}) {
      TestRun run(image, threads);
      std::vector<float> numbers(1000);
      for (size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = float(i);
      OwnedTensor in(kF32, {1000}, numbers.data()), a(kF32, {1000}), b(kF32, {2000}), c(kF32, {1});
      std::vector<tao_tensor> inputs = {in.view()}, outputs = {a.view(), b.view(), c.view()};
      ASSERT_EQ(run.run(inputs, outputs), TAO_OK) << run.error();
      for (int64_t i = 0; i < 1000; ++i)
        ASSERT_EQ(static_cast<float *>(outputs[0].data)[i], 2 * float(i) + 1);
      for (int64_t i = 0; i < 2000; ++i)
        ASSERT_EQ(static_cast<float *>(outputs[1].data)[i], float(i));
    }
  }
}

TEST(Run, FailureInAPackNamesThePack) {
  TestImage image;
  image.output("y", kF32, {1});
  image.launch("a", failKernel, {}, {}, image.constant(10), image.constant(1), {"not this", "nor this"});
  image.launch("b", failKernel, {}, {}, image.constant(100), image.constant(1), {"index out of range", "far out"});
  image.pack("ab", 2);
  TestRun run(image, 2);
  OwnedTensor out(kF32, {0});
  std::vector<tao_tensor> inputs, outputs = {out.view()};
  EXPECT_EQ(run.run(inputs, outputs), TAO_ERROR_RUNTIME);
  EXPECT_EQ(run.error(), "kernel 'ab': index out of range");
}

} // namespace
