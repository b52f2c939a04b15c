// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops and branches of the runtime on hand-made images: rows in both directions, values that are exchanged,
// conditions, failures in bodies, and that iterations allocate nothing.
#include "TestImage.h"
#include "runtime/src/Context.h"
#include "tools/tao-run/AllocCount.h"

#include <gtest/gtest.h>

using namespace tao::test;

namespace {

/// sum[0..3] of old and row.
void addKernel(void *const *buffers, const int64_t *, int64_t begin, int64_t end, int32_t *) {
  auto *old = static_cast<const float *>(buffers[0]), *row = static_cast<const float *>(buffers[1]);
  auto *sum = static_cast<float *>(buffers[2]);
  for (int64_t i = begin; i < end; ++i)
    sum[i] = old[i] + row[i];
}
void failOnNegative(void *const *buffers, const int64_t *, int64_t, int64_t, int32_t *status) {
  *status = static_cast<const float *>(buffers[0])[0] < 0 ? 1 : 0;
}

/// y[n, 4]: running sums of x[n, 4] from an initial s[4], whose last one is t[4]; the body is a launch or two.
struct RunningSum {
  explicit RunningSum(bool reversed) {
    auto n = image.symbol("n", 0, 0);
    trips = image.expr([](const int64_t *s) { return s[0]; });
    bytes = image.constant(16);
    x = image.input("x", kF32, {n, 4});
    s = image.input("s", kF32, {4});
    y = image.output("y", kF32, {n, 4});
    t = image.output("t", kF32, {4});
    row = image.view(x, bytes);
    out = image.view(y, bytes);
    current = image.arena(bytes, 0, 4);
    four = image.constant(4);
    views[0] = {row, reversed};
    views[1] = {out, reversed};
    swaps[0] = current;
    swaps[1] = out;
    add = {addKernel, image.kernel("add"), 3, 0, 0, buffers, nullptr, four, four, nullptr};
    test = {failOnNegative, image.kernel("test"), 1, 0, 1, &row, nullptr, four, four, messages};
    buffers[0] = current;
    buffers[1] = row;
    buffers[2] = out;
    loop = {trips, -1, 2, 1, 0, views, swaps, nullptr, body};
    first = {image.kernel("copy_initial"), s, current, bytes};
    last = {image.kernel("copy_last"), current, t, bytes};
    image.step([this](tao_context *context) { return tao_rt_copy(context, &first); });
    image.step([this](tao_context *context) {
      self = this;
      return tao_rt_loop(context, &loop);
    });
    image.step([this](tao_context *context) { return tao_rt_copy(context, &last); });
  }
  static int32_t body(tao_context *context) {
    if (int32_t status = tao_rt_launch(context, &self->test))
      return status;
    return tao_rt_launch(context, &self->add);
  }

  tao_status run(TestRun &run, std::vector<float> &rows) {
    int64_t n = rows.size() / 4;
    sums.assign(rows.size(), -1);
    std::vector<float> start = {1, 2, 3, 4};
    OwnedTensor in(kF32, {n, 4}, rows.data()), initial(kF32, {4}, start.data());
    OwnedTensor all(kF32, {0, 0}, sums.data()), end(kF32, {0}, final);
    std::vector<tao_tensor> inputs = {in.view(), initial.view()}, outputs = {all.view(), end.view()};
    return run.run(inputs, outputs);
  }

  static RunningSum *self; // bodies get the context alone
  TestImage image;
  int32_t trips, bytes, x, s, y, t, row, out, current, four;
  tao_loop_view views[2];
  int32_t swaps[2], buffers[3];
  const char *messages[1] = {"a row is negative"};
  tao_launch add, test;
  tao_loop loop;
  tao_copy first, last;
  std::vector<float> sums;
  float final[4];
};
RunningSum *RunningSum::self = nullptr;

TEST(Control, RowsAndExchangedValues) {
  for (bool reversed : {false, true}) {
    RunningSum model(reversed);
    TestRun run(model.image);
    for (int64_t n : {0, 1, 2, 5}) {
      std::vector<float> rows(n * 4), sum = {1, 2, 3, 4};
      for (size_t i = 0; i < rows.size(); ++i)
        rows[i] = float(i + 1);
      ASSERT_EQ(model.run(run, rows), TAO_OK) << run.error();
      for (int64_t k = 0; k < n; ++k)
        for (int64_t i = 0, row = reversed ? n - 1 - k : k; i < 4; ++i) {
          sum[i] += rows[row * 4 + i];
          ASSERT_EQ(model.sums[row * 4 + i], sum[i]);
        }
      for (int64_t i = 0; i < 4; ++i)
        ASSERT_EQ(model.final[i], sum[i]);
    }
  }
}

TEST(Control, FailureEndsTheLoop) {
  RunningSum model(false);
  TestRun run(model.image);
  std::vector<float> rows = {1, 1, 1, 1, -1, 1, 1, 1, 1, 1, 1, 1};
  EXPECT_EQ(model.run(run, rows), TAO_ERROR_RUNTIME);
  EXPECT_NE(run.error().find("a row is negative"), std::string::npos);
  EXPECT_EQ(model.sums[0], 2);
  EXPECT_EQ(model.sums[4], -1) << "no iteration after the failure";
}

TEST(Control, IterationsAllocateNothing) {
  RunningSum model(false);
  TestRun run(model.image);
  // What the test itself allocates does not depend on the number of iterations.
  int64_t counts[2] = {};
  for (int64_t n : {10, 1000}) {
    std::vector<float> rows(n * 4, 1.0f);
    for (int i = 0; i < 3; ++i) {
      tao::run::startAllocCount();
      ASSERT_EQ(model.run(run, rows), TAO_OK);
      counts[n == 1000] = tao::run::stopAllocCount().all;
    }
  }
  EXPECT_EQ(counts[0], counts[1]);
}

/// Counts down the byte of the condition, then takes a branch by another.
struct Countdown {
  Countdown() {
    go = image.input("go", {TAO_UINT, 8, 1}, {1});
    flag = image.input("flag", {TAO_UINT, 8, 1}, {1});
    int32_t one = image.constant(1);
    state = image.arena(one, 0, 4);
    copy = {image.kernel("copy_initial"), go, state, one};
    loop = {-1, state, 0, 0, 0, nullptr, nullptr, nullptr, [](tao_context *context) {
              --*static_cast<uint8_t *>(context->buffers[self->state]);
              ++self->iterations;
              return int32_t(TAO_OK);
            }};
    branch = {flag, [](tao_context *) { return self->taken = 1, int32_t(TAO_OK); },
              [](tao_context *) { return self->taken = 2, int32_t(TAO_OK); }};
    image.step([this](tao_context *context) { return tao_rt_copy(context, &copy); });
    image.step([this](tao_context *context) {
      self = this;
      return tao_rt_loop(context, &loop);
    });
    image.step([this](tao_context *context) { return tao_rt_branch(context, &branch); });
  }
  static Countdown *self;
  TestImage image;
  int32_t go, flag, state, iterations = 0, taken = 0;
  tao_copy copy;
  tao_loop loop;
  tao_branch branch;
};
Countdown *Countdown::self = nullptr;

TEST(Control, Conditions) {
  Countdown model;
  TestRun run(model.image);
  for (uint8_t count : {uint8_t(0), uint8_t(1), uint8_t(9)}) {
    uint8_t flag = count == 1;
    OwnedTensor go({TAO_UINT, 8, 1}, {1}, &count), which({TAO_UINT, 8, 1}, {1}, &flag);
    std::vector<tao_tensor> inputs = {go.view(), which.view()}, outputs;
    model.iterations = 0;
    ASSERT_EQ(run.run(inputs, outputs), TAO_OK) << run.error();
    EXPECT_EQ(model.iterations, count);
    EXPECT_EQ(model.taken, flag ? 1 : 2);
  }
}

} // namespace
