// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Library contractions against a loop in double: layouts, batches, post-ops, types, empty sums, pools.
#include "LibraryTest.h"

using namespace tao::test;

namespace {

/// A contraction to be tried, in words; batch broadcasts and layouts by flags.
struct Case {
  std::vector<int64_t> batch;
  int64_t m, n, k;
  bool lhsTransposed = false, rhsTransposed = false, dstTransposed = false;
  bool rhsConstant = true, rhsBroadcast = false, lhsBroadcast = false;
  bool headsInside = false;    // batch [b, h] with memory [b, m, h, k], as attention has it
  bool lhsRowsOutside = false; // batch [b] with lhs in memory as [m, b, k]
  bool bf16 = false;
  std::vector<Post> posts = {};
};

/// Element strides of [batch.., rows, columns], and the number of elements.
std::vector<int64_t> layout(const Case &c, int64_t rows, int64_t columns, bool transposed, bool broadcast,
                            int64_t &elements) {
  size_t rank = c.batch.size() + 2;
  std::vector<int64_t> strides(rank);
  if (c.headsInside && c.batch.size() == 2 && !broadcast) {
    int64_t b = c.batch[0], h = c.batch[1];
    elements = b * h * rows * columns;
    // The memory is [b, s, h, d], where s and d are rows and columns, or the reverse for a transposed operand.
    int64_t inner = transposed ? rows : columns;
    int64_t outer = transposed ? columns : rows;
    strides = {outer * h * inner, inner, h * inner, 1};
    if (transposed)
      std::swap(strides[2], strides[3]);
    return strides;
  }
  strides[rank - 1] = transposed ? rows : 1;
  strides[rank - 2] = transposed ? 1 : columns;
  elements = rows * columns;
  for (size_t i = c.batch.size(); i-- > 0;) {
    strides[i] = broadcast ? -1 : elements;
    if (!broadcast)
      elements *= c.batch[i];
  }
  return strides;
}

class MatmulRunner {
public:
  explicit MatmulRunner(const Case &c) : c(c) {
    int32_t type = c.bf16 ? TAO_LIB_BF16 : TAO_LIB_F32;
    int64_t lhsCount, rhsCount, dstCount;
    lhsStrides = layout(c, c.m, c.k, c.lhsTransposed, c.lhsBroadcast, lhsCount);
    if (c.lhsRowsOutside)
      lhsStrides = {c.k, c.batch[0] * c.k, 1};
    rhsStrides = layout(c, c.k, c.n, c.rhsTransposed, c.rhsBroadcast, rhsCount);
    dstStrides = layout(c, c.m, c.n, c.dstTransposed, false, dstCount);
    lhs = randomBuffer(lhsCount, 1, c.bf16);
    rhs = randomBuffer(rhsCount, 2, c.bf16);
    dst = Buffer(dstCount, c.bf16);
    dims = c.batch;
    dims.push_back(c.m);
    dims.push_back(c.n);

    call.kernel = image.kernel("matmul", TAO_KERNEL_LIBRARY);
    call.slot = image.slot();
    call.num_batch = int32_t(c.batch.size());
    for (size_t i = 0; i < c.batch.size(); ++i)
      call.batch[i] = image.constant(c.batch[i]);
    call.m = image.constant(c.m);
    call.n = image.constant(c.n);
    call.k = image.constant(c.k);
    call.lhs = operand(image, image.input("lhs", dtype(), {lhsCount}), type, lhsStrides, false);
    int32_t rhsStorage =
        c.rhsConstant ? image.weight(rhs.data(), rhs.bytes()) : image.input("rhs", dtype(), {rhsCount});
    call.rhs = operand(image, rhsStorage, type, rhsStrides, c.rhsConstant);
    int32_t dstStorage = image.output("dst", dtype(), {dstCount});
    call.dst = operand(image, dstStorage, type, dstStrides, false);
    posts.build(image, c.posts, dims, dstStrides, dstStorage, dst, c.bf16);
    call.num_post_ops = int32_t(posts.ops.size());
    call.post_ops = posts.ops.data();
    image.step([this](tao_context *context) { return tao_rt_matmul(context, &call); });
    lhsShape = lhsCount;
    rhsShape = rhsCount;
  }

  void check(int32_t threads, HostPool *host = nullptr) {
    TestRun run(image, threads);
    OwnedTensor lhsTensor(dtype(), {lhsShape}, lhs.data()), rhsTensor(dtype(), {rhsShape}, rhs.data());
    Buffer result = posts.initialDst;
    OwnedTensor dstTensor(dtype(), {0}, result.data());
    std::vector<tao_tensor> inputs = {lhsTensor.view()}, outputs = {dstTensor.view()};
    if (!c.rhsConstant)
      inputs.push_back(rhsTensor.view());
    for (OwnedTensor &tensor : posts.inputs)
      inputs.push_back(tensor.view());
    tao_run_options options = {};
    options.size = sizeof(options);
    options.pool = host ? &host->pool : nullptr;
    for (int round = 0; round < 2; ++round) { // the second run uses the remembered plan
      result = posts.initialDst;
      outputs[0].data = result.data();
      ASSERT_EQ(run.run(inputs, outputs, &options), TAO_OK) << run.error();
      compare(result);
    }
  }

private:
  tao_dtype dtype() const { return c.bf16 ? kBF16 : kF32; }

  void compare(const Buffer &result) {
    double worst = 0;
    forEachIndex(dims, [&](const std::vector<int64_t> &index) {
      size_t rank = index.size();
      std::vector<int64_t> l = index, r = index;
      double sum = 0, magnitude = 1;
      for (int64_t k = 0; k < c.k; ++k) {
        l[rank - 1] = k;
        r[rank - 2] = k;
        double product = lhs[offsetOf(l, lhsStrides)] * rhs[offsetOf(r, rhsStrides)];
        sum += product;
        magnitude += std::abs(product);
      }
      double expected = posts.apply(sum, index), got = result[offsetOf(index, dstStrides)];
      double error = std::abs(got - expected) / (magnitude + std::abs(expected));
      if (!(error <= worst)) // also when it is NaN
        worst = error;
    });
    EXPECT_LT(worst, c.bf16 ? 8e-3 : 2e-6);
  }

  Case c;
  TestImage image;
  tao_matmul call = {};
  std::vector<int64_t> dims, lhsStrides, rhsStrides, dstStrides;
  Buffer lhs, rhs, dst;
  PostChain posts;
  int64_t lhsShape, rhsShape;
};

void checkAll(const Case &c) {
  MatmulRunner runner(c);
  runner.check(1);
  runner.check(2);
  HostPool host(3);
  runner.check(1, &host);
}

TEST(Matmul, Sizes) {
  for (int64_t m : {1, 2, 7, 16, 33, 128})
    for (int64_t n : {1, 3, 16, 100, 384})
      for (int64_t k : {1, 5, 64, 130}) {
        SCOPED_TRACE(testing::Message() << m << " x " << n << " x " << k);
        MatmulRunner runner({.batch = {}, .m = m, .n = n, .k = k});
        runner.check(1);
      }
}

TEST(Matmul, Layouts) {
  for (int flags = 0; flags < 16; ++flags) {
    SCOPED_TRACE(flags);
    checkAll({.batch = {},
              .m = 37,
              .n = 70,
              .k = 29,
              .lhsTransposed = (flags & 1) != 0,
              .rhsTransposed = (flags & 2) != 0,
              .dstTransposed = (flags & 4) != 0,
              .rhsConstant = (flags & 8) != 0});
  }
}

TEST(Matmul, Batches) {
  for (bool constant : {false, true})
    for (auto batch : std::vector<std::vector<int64_t>>{{3}, {1}, {2, 3}, {2, 1, 4}, {5, 1}, {1, 1, 1}})
      for (int broadcast = 0; broadcast < 3; ++broadcast) {
        SCOPED_TRACE(testing::Message() << "rank " << batch.size() << " broadcast " << broadcast);
        checkAll({.batch = batch,
                  .m = 17,
                  .n = 40,
                  .k = 24,
                  .rhsConstant = constant,
                  .rhsBroadcast = broadcast == 1,
                  .lhsBroadcast = broadcast == 2});
      }
}

// What a recurrent layer reads: batches that become rows once the left operand is copied.
TEST(Matmul, RowsOutsideBatches) {
  using P = Post;
  for (int64_t n : {40, 136})
    for (bool bf16 : {false, true}) {
      SCOPED_TRACE(testing::Message() << "columns " << n << " bf16 " << bf16);
      Case c = {.batch = {6}, .m = 17, .n = n, .k = 24, .rhsBroadcast = true, .lhsRowsOutside = true, .bf16 = bf16};
      checkAll(c);
      c.posts = {{TAO_POST_ADD, 0, 0, P::LastDim}, {TAO_POST_RELU, 0, 0}};
      checkAll(c);
      c.posts = {{TAO_POST_ADD, 0, 0, P::Full}};
      checkAll(c);
      c.posts = {{TAO_POST_ADD, 0, 0, P::Rows}}; // the same for all batches: they stay what they are
      checkAll(c);
    }
}

TEST(Matmul, BothOperandsBroadcast) {
  checkAll({.batch = {3}, .m = 9, .n = 12, .k = 8, .rhsBroadcast = true, .lhsBroadcast = true});
}

TEST(Matmul, AttentionLayouts) {
  checkAll({.batch = {2, 4},
            .m = 48,
            .n = 48,
            .k = 16,
            .rhsTransposed = true,
            .rhsConstant = false,
            .headsInside = true,
            .posts = {{TAO_POST_LINEAR, 0.25f, 0}}});
  checkAll({.batch = {2, 4}, .m = 48, .n = 16, .k = 48, .rhsConstant = false, .headsInside = true});
  checkAll({.batch = {1, 4}, .m = 1, .n = 16, .k = 48, .rhsConstant = false, .headsInside = true});
}

TEST(Matmul, PostOpsOfOneOperand) {
  for (int32_t kind : {TAO_POST_RELU, TAO_POST_CLIP, TAO_POST_TANH, TAO_POST_LOGISTIC, TAO_POST_GELU_ERF,
                       TAO_POST_GELU_TANH, TAO_POST_SWISH, TAO_POST_LINEAR, TAO_POST_EXP, TAO_POST_ABS})
    for (bool constant : {true, false}) {
      SCOPED_TRACE(testing::Message() << "post-op " << kind);
      checkAll({.batch = {}, .m = 19, .n = 48, .k = 12, .rhsConstant = constant, .posts = {{kind, 0.5f, 1.25f}}});
    }
  checkAll({.batch = {},
            .m = 19,
            .n = 48,
            .k = 12,
            .posts = {{TAO_POST_ABS, 0, 0}, {TAO_POST_SQRT, 0, 0}, {TAO_POST_RELU, 0.125f, 0}}});
}

TEST(Matmul, PostOpsWithOperands) {
  using P = Post;
  for (bool constant : {true, false})
    for (auto batch : std::vector<std::vector<int64_t>>{{}, {3}, {2, 3}})
      for (int32_t kind : {TAO_POST_ADD, TAO_POST_MUL})
        for (P::Shape shape : {P::Scalar, P::LastDim, P::Rows, P::Full, P::Permuted, P::FirstDim, P::Dst}) {
          SCOPED_TRACE(testing::Message() << "rank " << batch.size() + 2 << " kind " << kind << " shape " << shape);
          checkAll({.batch = batch,
                    .m = 21,
                    .n = 40,
                    .k = 16,
                    .rhsConstant = constant,
                    .rhsBroadcast = constant,
                    .posts = {{kind, 0, 0, shape}}});
        }
}

TEST(Matmul, Chains) {
  using P = Post;
  std::vector<std::vector<Post>> chains = {
      {{TAO_POST_ADD, 0, 0, P::LastDim}, {TAO_POST_GELU_ERF, 0, 0}},
      {{TAO_POST_ADD, 0, 0, P::LastDim}, {TAO_POST_ADD, 0, 0, P::Full}, {TAO_POST_RELU, 0, 0}},
      {{TAO_POST_ADD, 0, 0, P::LastDim}, {TAO_POST_ADD, 0, 0, P::Dst}, {TAO_POST_RELU, 0, 0}},
      {{TAO_POST_LINEAR, 0.5f, 0}, {TAO_POST_ADD, 0, 0, P::LastDim}, {TAO_POST_MUL, 0, 0, P::Full}},
      {{TAO_POST_LINEAR, 0.5f, 2}, {TAO_POST_ADD, 0, 0, P::Rows}, {TAO_POST_TANH, 0, 0}},
      {{TAO_POST_TANH, 0, 0}, {TAO_POST_ADD, 0, 0, P::Dst}},
      {{TAO_POST_MUL, 0, 0, P::Dst}, {TAO_POST_ADD, 0, 0, P::Dst}},
      {{TAO_POST_RELU, 0, 0}, {TAO_POST_MUL, 0, 0, P::LastDim}, {TAO_POST_ADD, 0, 0, P::LastDim}}};
  for (size_t i = 0; i < chains.size(); ++i)
    for (int flags = 0; flags < 8; ++flags) {
      SCOPED_TRACE(testing::Message() << "chain " << i << " flags " << flags);
      checkAll({.batch = {},
                .m = 50,
                .n = 72,
                .k = 30,
                .dstTransposed = (flags & 2) != 0,
                .rhsConstant = (flags & 1) != 0,
                .bf16 = (flags & 4) != 0,
                .posts = chains[i]});
    }
}

TEST(Matmul, Bfloat16) {
  for (bool constant : {true, false}) {
    checkAll({.batch = {}, .m = 20, .n = 33, .k = 50, .rhsConstant = constant, .bf16 = true});
    checkAll({.batch = {3}, .m = 20, .n = 33, .k = 50, .rhsTransposed = true, .rhsConstant = constant, .bf16 = true});
  }
}

TEST(Matmul, NothingToSum) {
  using P = Post;
  checkAll({.batch = {2},
            .m = 4,
            .n = 5,
            .k = 0,
            .posts = {{TAO_POST_ADD, 0, 0, P::LastDim}, {TAO_POST_RELU, 0.5f, 0}, {TAO_POST_MUL, 0, 0, P::Full}}});
  checkAll({.batch = {}, .m = 0, .n = 5, .k = 3});
  checkAll({.batch = {0}, .m = 2, .n = 5, .k = 3, .rhsConstant = false});
  checkAll({.batch = {}, .m = 4, .n = 0, .k = 3});
}

// Cut by columns, which share one packed copy of the weights; the last piece is narrower than the layout's blocks.
TEST(Matmul, ProductsOfOneRow) {
  using P = Post;
  for (int64_t m : {1, 2, 6})
    for (int64_t n : {1000, 1003})
      for (bool transposed : {false, true}) {
        SCOPED_TRACE(testing::Message() << m << " x " << n << (transposed ? ", transposed" : ""));
        MatmulRunner runner({.batch = {},
                             .m = m,
                             .n = n,
                             .k = 331,
                             .rhsTransposed = transposed,
                             .posts = {{TAO_POST_ADD, 0, 0, P::LastDim}, {TAO_POST_RELU, 0, 0}}});
        runner.check(1);
        runner.check(2);
        runner.check(5);
        HostPool host(3);
        runner.check(1, &host);
      }
}

TEST(Matmul, PiecesOfBf16Weights) {
  for (int64_t m : {1, 2}) {
    MatmulRunner runner(
        {.batch = {}, .m = m, .n = 1003, .k = 331, .bf16 = true, .posts = {{TAO_POST_ADD, 0, 0, Post::LastDim}}});
    runner.check(3);
    HostPool host(3);
    runner.check(1, &host);
  }
}

TEST(Matmul, PoolsCutEveryWay) {
  HostPool host(4);
  MatmulRunner({.batch = {}, .m = 1, .n = 1000, .k = 200}).check(1, &host);                       // columns
  MatmulRunner({.batch = {}, .m = 301, .n = 64, .k = 200}).check(1, &host);                       // rows
  MatmulRunner({.batch = {7}, .m = 20, .n = 64, .k = 200, .rhsConstant = false}).check(1, &host); // batch
  MatmulRunner({.batch = {2}, .m = 100, .n = 64, .k = 200, .rhsConstant = false}).check(1, &host);
  EXPECT_EQ(host.calls, 8);
}

} // namespace
