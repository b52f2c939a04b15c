// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Library convolutions against a loop in double: one to three spatial dimensions, both layouts, groups, strides,
// dilations, pads of either sign, post-ops, types, pools.
#include "LibraryTest.h"

using namespace tao::test;

namespace {

struct Case {
  int64_t n = 1, ic = 8, oc = 16, groups = 1;
  std::vector<int64_t> in = {9, 10};
  std::vector<int32_t> window = {3, 3}, stride = {1, 1}, dilation = {1, 1}, padLow = {1, 1}, padHigh = {1, 1};
  bool channelsLast = true, bf16 = false, constant = true;
  std::vector<Post> posts = {};
  bool positive = false; // all that is summed: rounding errors do not cancel
};

std::vector<int64_t> activationStrides(const std::vector<int64_t> &dims, bool channelsLast) {
  std::vector<int64_t> strides(dims.size());
  int64_t next = channelsLast ? dims[1] : 1;
  for (size_t d = dims.size(); d-- > 2;) {
    strides[d] = next;
    next *= dims[d];
  }
  strides[1] = channelsLast ? 1 : next;
  strides[0] = channelsLast ? next : next * dims[1];
  return strides;
}

class ConvRunner {
public:
  explicit ConvRunner(const Case &c) : c(c) {
    size_t spatial = c.in.size();
    inDims = {c.n, c.ic};
    dims = {c.n, c.oc};
    int64_t taps = 1;
    for (size_t i = 0; i < spatial; ++i) {
      inDims.push_back(c.in[i]);
      int64_t range = (c.window[i] - 1) * c.dilation[i] + 1;
      dims.push_back((c.in[i] + c.padLow[i] + c.padHigh[i] - range) / c.stride[i] + 1);
      taps *= c.window[i];
    }
    inStrides = activationStrides(inDims, c.channelsLast);
    outStrides = activationStrides(dims, c.channelsLast);
    srcCount = product(inDims);
    weightCount = c.oc * (c.ic / c.groups) * taps;
    dstCount = product(dims);
    src = randomBuffer(srcCount, 1, c.bf16);
    weights = randomBuffer(weightCount, 2, c.bf16);

    for (int64_t i = 0; c.positive && i < srcCount; ++i)
      src.set(i, std::abs(src[i]));
    for (int64_t i = 0; c.positive && i < weightCount; ++i)
      weights.set(i, std::abs(weights[i]));

    call.kernel = image.kernel("conv", TAO_KERNEL_LIBRARY);
    call.slot = image.slot();
    call.spatial = int32_t(spatial);
    call.channels_last = c.channelsLast;
    call.n = image.constant(c.n);
    call.ic = image.constant(c.ic);
    call.oc = image.constant(c.oc);
    call.groups = image.constant(c.groups);
    for (size_t i = 0; i < spatial; ++i) {
      call.in[i] = image.constant(c.in[i]);
      call.out[i] = image.constant(dims[2 + i]);
      call.window[i] = c.window[i];
      call.stride[i] = c.stride[i];
      call.dilation[i] = c.dilation[i];
      call.pad_low[i] = c.padLow[i];
      call.pad_high[i] = c.padHigh[i];
    }
    int32_t type = c.bf16 ? TAO_LIB_BF16 : TAO_LIB_F32;
    call.src = operand(image, image.input("src", dtype(), {srcCount}), type, {}, false);
    int32_t storage =
        c.constant ? image.weight(weights.data(), weights.bytes()) : image.input("weights", dtype(), {weightCount});
    call.weights = operand(image, storage, type, {}, c.constant);
    int32_t dstStorage = image.output("dst", dtype(), {dstCount});
    call.dst = operand(image, dstStorage, type, {}, false);
    posts.build(image, c.posts, dims, outStrides, dstStorage, Buffer(dstCount, c.bf16), c.bf16);
    call.num_post_ops = int32_t(posts.ops.size());
    call.post_ops = posts.ops.data();
    image.step([this](tao_context *context) { return tao_rt_conv(context, &call); });
  }

  void check(int32_t threads, HostPool *host = nullptr) {
    TestRun run(image, threads);
    OwnedTensor srcTensor(dtype(), {srcCount}, src.data()), weightTensor(dtype(), {weightCount}, weights.data());
    Buffer result = posts.initialDst;
    OwnedTensor dstTensor(dtype(), {0}, result.data());
    std::vector<tao_tensor> inputs = {srcTensor.view()}, outputs = {dstTensor.view()};
    if (!c.constant)
      inputs.push_back(weightTensor.view());
    for (OwnedTensor &tensor : posts.inputs)
      inputs.push_back(tensor.view());
    tao_run_options options = {};
    options.size = sizeof(options);
    options.pool = host ? &host->pool : nullptr;
    for (int round = 0; round < 2; ++round) {
      result = posts.initialDst;
      outputs[0].data = result.data();
      ASSERT_EQ(run.run(inputs, outputs, &options), TAO_OK) << run.error();
      compare(result);
    }
  }

private:
  tao_dtype dtype() const { return c.bf16 ? kBF16 : kF32; }
  static int64_t product(const std::vector<int64_t> &dims) {
    int64_t result = 1;
    for (int64_t dim : dims)
      result *= dim;
    return result;
  }

  void compare(const Buffer &result) {
    int64_t icPer = c.ic / c.groups, ocPer = c.oc / c.groups;
    std::vector<int64_t> windowDims(c.window.begin(), c.window.end());
    int64_t taps = product(windowDims);
    double worst = 0;
    forEachIndex(dims, [&](const std::vector<int64_t> &index) {
      double sum = 0, magnitude = 1;
      int64_t tap = 0;
      std::vector<int64_t> at = index;
      forEachIndex(windowDims, [&](const std::vector<int64_t> &w) {
        bool inside = true;
        for (size_t i = 0; i < w.size(); ++i) {
          at[2 + i] = index[2 + i] * c.stride[i] - c.padLow[i] + w[i] * c.dilation[i];
          inside = inside && at[2 + i] >= 0 && at[2 + i] < c.in[i];
        }
        for (int64_t i = 0; inside && i < icPer; ++i) {
          at[1] = index[1] / ocPer * icPer + i;
          double value = src[offsetOf(at, inStrides)] * weights[(index[1] * icPer + i) * taps + tap];
          sum += value;
          magnitude += std::abs(value);
        }
        ++tap;
      });
      double expected = posts.apply(sum, index), got = result[offsetOf(index, outStrides)];
      double error = std::abs(got - expected) / (magnitude + std::abs(expected));
      if (!(error <= worst)) // also when it is NaN
        worst = error;
    });
    EXPECT_LT(worst, c.bf16 ? 8e-3 : c.positive ? 8e-7 : 2e-6);
  }

  Case c;
  TestImage image;
  tao_conv call = {};
  std::vector<int64_t> dims, inDims, inStrides, outStrides;
  int64_t srcCount, weightCount, dstCount;
  Buffer src, weights;
  PostChain posts;
};

void checkAll(const Case &c) {
  ConvRunner runner(c);
  runner.check(1);
  runner.check(2);
  HostPool host(3);
  runner.check(1, &host);
}

/// Both layouts.
void checkLayouts(Case c) {
  for (bool channelsLast : {true, false}) {
    SCOPED_TRACE(channelsLast ? "channels last" : "channels first");
    c.channelsLast = channelsLast;
    checkAll(c);
  }
}

TEST(Conv, Shapes) {
  checkLayouts({});
  checkLayouts({.n = 3, .ic = 3, .oc = 10});
  checkLayouts({.ic = 64, .oc = 24, .window = {1, 1}, .padLow = {0, 0}, .padHigh = {0, 0}});
  checkLayouts({.ic = 16, .in = {17, 15}, .window = {7, 5}, .stride = {2, 3}, .padLow = {3, 2}, .padHigh = {3, 2}});
  checkLayouts({.n = 2, .ic = 1, .oc = 1});
}

TEST(Conv, SpatialRanks) {
  checkLayouts({.in = {30}, .window = {5}, .stride = {2}, .dilation = {1}, .padLow = {2}, .padHigh = {1}});
  checkLayouts({.ic = 4,
                .oc = 8,
                .in = {5, 6, 7},
                .window = {3, 2, 3},
                .stride = {1, 2, 1},
                .dilation = {1, 1, 1},
                .padLow = {1, 0, 1},
                .padHigh = {1, 0, 1}});
}

TEST(Conv, Groups) {
  checkLayouts({.ic = 32, .oc = 32, .groups = 32});
  checkLayouts({.n = 2, .ic = 24, .oc = 24, .groups = 24, .stride = {2, 2}});
  checkLayouts({.ic = 16, .oc = 32, .groups = 4});
  checkLayouts({.ic = 16, .oc = 32, .groups = 16}); // two outputs per input channel
}

// Groups that are computed one by one.
TEST(Conv, GroupsApart) {
  using P = Post;
  std::vector<std::vector<Post>> chains = {{},
                                           {{TAO_POST_ADD, 0, 0, P::Channel}, {TAO_POST_RELU, 0, 0}},
                                           {{TAO_POST_ADD, 0, 0, P::Channel}, {TAO_POST_ADD, 0, 0, P::Dst}},
                                           {{TAO_POST_ADD, 0, 0, P::Full}},
                                           {{TAO_POST_MUL, 0, 0, P::Channel}, {TAO_POST_MUL, 0, 0, P::Scalar}}};
  for (size_t i = 0; i < chains.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "chain " << i);
    checkLayouts(
        {.ic = 68, .oc = 136, .groups = 4, .window = {1, 1}, .padLow = {0, 0}, .padHigh = {0, 0}, .posts = chains[i]});
  }
  checkLayouts({.n = 3, .ic = 18, .oc = 24, .groups = 6, .stride = {2, 1}, .dilation = {1, 2}, .padLow = {0, 2}});
}

TEST(Conv, Dilations) { checkLayouts({.dilation = {2, 3}, .padLow = {2, 3}, .padHigh = {2, 3}}); }

TEST(Conv, Pads) {
  checkLayouts({.padLow = {0, 2}, .padHigh = {2, 0}});
  checkLayouts({.padLow = {-1, 0}, .padHigh = {0, -2}});
  checkLayouts({.in = {12, 11}, .stride = {3, 3}, .padLow = {0, -1}, .padHigh = {-2, 1}}); // leaves a rest over
  checkLayouts({.in = {3, 3}, .window = {2, 2}, .padLow = {3, 3}, .padHigh = {3, 3}});     // windows in the pad alone
}

TEST(Conv, PostOps) {
  using P = Post;
  std::vector<std::vector<Post>> chains = {
      {{TAO_POST_ADD, 0, 0, P::Channel}, {TAO_POST_RELU, 0, 0}},
      {{TAO_POST_ADD, 0, 0, P::Channel}, {TAO_POST_CLIP, 0, 6}},
      {{TAO_POST_ADD, 0, 0, P::Channel}, {TAO_POST_ADD, 0, 0, P::Full}, {TAO_POST_RELU, 0, 0}},
      {{TAO_POST_ADD, 0, 0, P::Channel}, {TAO_POST_ADD, 0, 0, P::Dst}, {TAO_POST_RELU, 0, 0}},
      {{TAO_POST_MUL, 0, 0, P::Channel}, {TAO_POST_ADD, 0, 0, P::Channel}, {TAO_POST_SWISH, 1, 0}},
      {{TAO_POST_LINEAR, 0.5f, 0}, {TAO_POST_MUL, 0, 0, P::Scalar}, {TAO_POST_LOGISTIC, 0, 0}},
      {{TAO_POST_ADD, 0, 0, P::Permuted}, {TAO_POST_TANH, 0, 0}},
      {{TAO_POST_MUL, 0, 0, P::Dst}}};
  for (size_t i = 0; i < chains.size(); ++i)
    for (int flags = 0; flags < 4; ++flags) {
      SCOPED_TRACE(testing::Message() << "chain " << i << " flags " << flags);
      checkLayouts({.n = 2,
                    .ic = flags & 1 ? 16 : 8,
                    .oc = 16,
                    .groups = flags & 1 ? 16 : 1,
                    .bf16 = (flags & 2) != 0,
                    .posts = chains[i]});
      checkLayouts({.ic = 16,
                    .oc = 24,
                    .window = {1, 1},
                    .padLow = {0, 0},
                    .padHigh = {0, 0},
                    .bf16 = (flags & 2) != 0,
                    .posts = chains[i]});
    }
}

// Enough work for each byte that the library's own layout is worth the way there.
TEST(Conv, OtherLayouts) {
  using P = Post;
  checkLayouts({.ic = 96, .oc = 96});
  checkLayouts({.n = 3, .ic = 100, .oc = 93, .in = {7, 5}, .stride = {2, 1}, .padLow = {0, 2}, .padHigh = {2, 1}});
  checkLayouts({.ic = 192, .oc = 192, .groups = 2, .dilation = {2, 1}, .padLow = {2, -1}, .padHigh = {1, 1}});
  checkLayouts(
      {.ic = 256, .oc = 256, .in = {40}, .window = {3}, .stride = {1}, .dilation = {1}, .padLow = {1}, .padHigh = {1}});
  std::vector<std::vector<Post>> chains = {{{TAO_POST_ADD, 0, 0, P::Channel}, {TAO_POST_RELU, 0, 0}},
                                           {{TAO_POST_ADD, 0, 0, P::Channel}, {TAO_POST_ADD, 0, 0, P::Dst}},
                                           {{TAO_POST_ADD, 0, 0, P::Dst}, {TAO_POST_MUL, 0, 0, P::Scalar}},
                                           {{TAO_POST_ADD, 0, 0, P::Full}},
                                           {{TAO_POST_MUL, 0, 0, P::Channel}}};
  for (size_t i = 0; i < chains.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "chain " << i);
    checkLayouts({.ic = 96, .oc = 96, .posts = chains[i]});
  }
}

// Long sums are computed in slices: the error does not grow with all of the length, and post-ops come once.
TEST(Conv, DeepSums) {
  using P = Post;
  std::vector<std::vector<Post>> chains = {
      {},
      {{TAO_POST_ADD, 0, 0, P::Channel}, {TAO_POST_RELU, 0, 0}},
      {{TAO_POST_ADD, 0, 0, P::Channel}, {TAO_POST_ADD, 0, 0, P::Dst}, {TAO_POST_RELU, 0, 0}},
      {{TAO_POST_ADD, 0, 0, P::Dst}, {TAO_POST_ADD, 0, 0, P::Channel}},
      {{TAO_POST_RELU, 0, 0}, {TAO_POST_ADD, 0, 0, P::Dst}},
      {{TAO_POST_ADD, 0, 0, P::Full}, {TAO_POST_LINEAR, 0.5f, 1}},
      {{TAO_POST_MUL, 0, 0, P::Channel}, {TAO_POST_ADD, 0, 0, P::Channel}}};
  for (size_t i = 0; i < chains.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "chain " << i);
    checkLayouts({.n = 2, .ic = 260, .oc = 24, .in = {5, 6}, .posts = chains[i]});
    checkLayouts({.ic = 2300,
                  .oc = 24,
                  .in = {5, 6},
                  .window = {1, 1},
                  .padLow = {0, 0},
                  .padHigh = {0, 0},
                  .posts = chains[i]});
  }
  checkLayouts({.ic = 512, .oc = 16, .in = {7, 7}, .positive = true});
}

TEST(Conv, Bfloat16) { checkLayouts({.n = 2, .bf16 = true}); }

TEST(Conv, WeightsFromAnInput) { checkLayouts({.constant = false}); }

TEST(Conv, Empty) {
  checkLayouts({.n = 0});
  checkLayouts({.ic = 0, .posts = {{TAO_POST_ADD, 0, 0, Post::Channel}, {TAO_POST_RELU, 0, 0}}});
}

TEST(Conv, PoolsCutEveryWay) {
  HostPool host(4);
  ConvRunner({.ic = 32, .oc = 32, .in = {23, 20}, .stride = {2, 1}}).check(1, &host);      // rows
  ConvRunner({.n = 5, .ic = 32, .oc = 32, .in = {14, 14}}).check(1, &host);                // images
  ConvRunner({.ic = 32, .oc = 32, .in = {14, 14}, .channelsLast = false}).check(1, &host); // channels
  EXPECT_EQ(host.calls, 6);
}

} // namespace
