// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Wrong arguments: each ends in a status and a message that names the value, the dimension, and both numbers.
#include "TestImage.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace tao::test;

namespace {

void nothing(void *const *, const int64_t *, int64_t, int64_t, int32_t *) {}

/// a[batch, 128], b[batch, past + 1], mask[past]; past >= 2; out[batch], updated in place of state[batch].
struct Checked {
  Checked() {
    auto batch = image.symbol("batch", 0, 0);
    auto past = image.symbol("past", 2, 0);
    TestImage::Dim next("past + 1", [](const int64_t *s) { return s[1] + 1; });
    image.input("a", kF32, {batch, 128});
    image.input("b", kF32, {batch, next});
    image.input("mask", kI64, {past});
    image.input("state", kF32, {batch});
    image.output("out", kF32, {batch}, 3);
    image.output("big", kF32, {TestImage::Dim("batch * past - 3", [](const int64_t *s) { return s[0] * s[1] - 3; })});
    image.arena(image.expr([](const int64_t *s) { return s[0] < 100 ? 64 : s[0] * s[1] << 40; }), 0, 0);
    image.check(TAO_CHECK_GE, image.expr([](const int64_t *s) { return s[1]; }), image.constant(2),
                "'past' must be at least 2");
    image.launch("nothing", nothing, {}, {}, image.constant(1), image.constant(1));
  }
  TestImage image;
};

class Arguments : public testing::Test {
protected:
  /// Runs with the given shapes and expects a refusal with this message.
  void expect(const std::string &message, tao_status status = TAO_ERROR_INVALID_ARGUMENT) {
    std::vector<tao_tensor> inputs = {a.view(), b.view(), mask.view(), state.view()};
    std::vector<tao_tensor> outputs = {out.view(), big.view()};
    if (edit)
      edit(inputs, outputs);
    EXPECT_EQ(run.run(inputs, outputs), status);
    EXPECT_EQ(run.error(), message);
  }

  Checked model;
  TestRun run{model.image};
  alignas(64) float data[4096] = {}, more[64] = {};
  int64_t integers[64] = {};
  OwnedTensor a{kF32, {4, 128}, data}, b{kF32, {4, 6}, data}, mask{kI64, {5}, integers}, state{kF32, {4}, more};
  OwnedTensor out{kF32, {0}}, big{kF32, {0}};
  std::function<void(std::vector<tao_tensor> &, std::vector<tao_tensor> &)> edit;
};

TEST_F(Arguments, Right) { expect("", TAO_OK); }

TEST_F(Arguments, StaticExtent) {
  a.shape = {4, 64};
  expect("input 'a': dimension 1 is 64, expected 128");
}

TEST_F(Arguments, EveryMismatchIsNamed) {
  a.shape = {4, 64};
  mask.dtype = kF32;
  b.shape = {4};
  expect("input 'a': dimension 1 is 64, expected 128\n"
         "input 'b' has rank 1, expected 2\n"
         "input 'mask' has dtype float32, expected int64");
}

TEST_F(Arguments, SymbolsMustAgree) {
  b.shape = {5, 6};
  expect("inputs 'a' dim 0 and 'b' dim 0 must both be batch: 4 and 5");
}

TEST_F(Arguments, ExpressionOfSymbols) {
  b.shape = {4, 9};
  expect("input 'b': dimension 1 is 9, expected past + 1 = 6");
}

TEST_F(Arguments, MismatchAfterAGoodRunOfTheSameSymbols) {
  expect("", TAO_OK);
  b.shape = {4, 9};
  expect("input 'b': dimension 1 is 9, expected past + 1 = 6");
  b.shape = {4, 6};
  expect("", TAO_OK);
}

TEST_F(Arguments, ShapeCheck) {
  mask.shape = {1};
  b.shape = {4, 2};
  expect("'past' must be at least 2: 1 and 2");
}

TEST_F(Arguments, NegativeExtent) {
  a.shape = {-1, 128};
  expect("input 'a': dimension 0 is negative: -1");
}

TEST_F(Arguments, OverflowingInput) {
  a.shape = {int64_t(1) << 60, 128};
  expect("input 'a' is larger than memory can be");
}

TEST_F(Arguments, OverflowingIntermediate) {
  a.shape = {128, 128};
  b.shape = {128, 6};
  state.shape = {128};
  expect("a value of the model would have 703687441776640 bytes with these input shapes");
}

TEST_F(Arguments, NegativeOutput) {
  a.shape = {0, 128};
  b.shape = {0, 6};
  state.shape = {0};
  expect("output 'big': dimension 0 would be -3 with these input shapes");
}

TEST_F(Arguments, NoData) {
  a.data = nullptr;
  expect("input 'a' has no data");
}

TEST_F(Arguments, Misaligned) {
  a.data = reinterpret_cast<char *>(data) + 2;
  expect("input 'a' is not aligned to its elements of 4 bytes");
}

TEST_F(Arguments, Strided) {
  static int64_t strides[] = {256, 1}, compact[] = {128, 1};
  edit = [](auto &inputs, auto &) { inputs[0].strides = strides; };
  expect("input 'a' is strided, expected row-major and compact");
  edit = [](auto &inputs, auto &) { inputs[0].strides = compact; };
  expect("", TAO_OK);
}

TEST_F(Arguments, OtherDevice) {
  edit = [](auto &inputs, auto &) { inputs[0].device.type = TAO_DEVICE_CUDA; };
  expect("input 'a' is on device type 2, expected the CPU (1)");
}

TEST_F(Arguments, OutputForm) {
  edit = [this](auto &, auto &outputs) {
    outputs[0].data = more + 32;
    outputs[0].dtype = kI64;
  };
  expect("output 'out' has dtype int64, expected float32");
}

TEST_F(Arguments, AliasMayShareOnlyFromTheSameAddress) {
  edit = [this](auto &, auto &outputs) { outputs[0].data = more; };
  expect("", TAO_OK);
  edit = [this](auto &, auto &outputs) { outputs[0].data = more + 1; };
  expect("output 'out' overlaps input 'state'");
  edit = [this](auto &, auto &outputs) { outputs[1].data = data; };
  expect("output 'big' overlaps input 'a'");
  edit = [this](auto &, auto &outputs) {
    outputs[0].data = more + 32;
    outputs[1].data = more + 33;
  };
  expect("outputs 'out' and 'big' overlap");
}

TEST_F(Arguments, Options) {
  tao_run_options options = {};
  options.size = sizeof(options);
  std::vector<tao_tensor> inputs = {a.view(), b.view(), mask.view(), state.view()};
  std::vector<tao_tensor> outputs = {out.view(), big.view()};
  options.stream = &options;
  EXPECT_EQ(run.run(inputs, outputs, &options), TAO_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(run.error(), "run: a stream was given, but the model runs on the CPU");
  options.stream = nullptr;
  tao_thread_pool pool = {nullptr, 0, nullptr};
  options.pool = &pool;
  EXPECT_EQ(run.run(inputs, outputs, &options), TAO_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(run.error(), "run: the thread pool has 0 threads and no parallel_for");
}

TEST(Create, Refusals) {
  Checked model;
  tao_in_process_model *image = tao_in_process_create(&model.image.finish());
  const tao_model_table *table = tao_in_process_table();
  tao_context *context = nullptr;
  tao_create_options options = {sizeof(options), -2};
  EXPECT_EQ(tao_in_process_create_context(image, &options, &context), TAO_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(table->last_error(nullptr), "create: num_threads is -2, expected 0 to 1024");
  EXPECT_EQ(context, nullptr);
  tao_in_process_destroy(image);
}

TEST(Create, MissingCpuFeatures) {
  Checked model;
  model.image.setCpuFeatures("sse2,popcnt,no_such_feature,cx16,another");
  tao_in_process_model *image = tao_in_process_create(&model.image.finish());
  tao_context *context = nullptr;
  EXPECT_EQ(tao_in_process_create_context(image, nullptr, &context), TAO_ERROR_UNSUPPORTED_CPU);
  EXPECT_STREQ(tao_in_process_table()->last_error(nullptr),
               "model 'hand-made' was compiled for x86-64, and this CPU lacks: no_such_feature, another");
  tao_in_process_destroy(image);
}

TEST(Create, ImageOfAnotherVersion) {
  Checked model;
  tao_image image = model.image.finish();
  image.version = TAO_IMAGE_VERSION + 1;
  EXPECT_EQ(tao_in_process_create(&image), nullptr);
}

} // namespace
