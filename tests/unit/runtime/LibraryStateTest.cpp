// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What library calls keep between runs: plans by shape, weights packed once for all contexts; and that a known shape
// makes tao allocate nothing.
#include "LibraryTest.h"
#include "tools/tao-run/AllocCount.h"

#include <thread>

using namespace tao::test;

namespace {

/// y[m, 32] = x[m, 48] w + b with a symbol m, twice in a row through the arena: [m, 48] -> [m, 32] -> [m, 32].
struct Layers {
  Layers() {
    auto m = image.symbol("m", 0, 0);
    int32_t x = image.input("x", kF32, {m, 48});
    int32_t y = image.output("y", kF32, {m, 32});
    int32_t middle = image.arena(image.expr([](const int64_t *s) { return s[0] * 32 * 4; }), 0, 1);
    rows = image.expr([](const int64_t *s) { return s[0]; });
    add(x, 48, first, 1, middle);
    add(middle, 32, second, 2, y);
  }

  void add(int32_t from, int64_t depth, Buffer &weights, uint32_t seed, int32_t to) {
    weights = randomBuffer(depth * 32, seed, false);
    tao_matmul &call = calls.emplace_back();
    call = {};
    call.kernel = image.kernel("layer", TAO_KERNEL_LIBRARY);
    call.slot = image.slot();
    call.m = rows;
    call.n = image.constant(32);
    call.k = image.constant(depth);
    call.lhs = operand(image, from, TAO_LIB_F32, {depth, 1}, false);
    call.rhs = operand(image, image.weight(weights.data(), weights.bytes()), TAO_LIB_F32, {32, 1}, true);
    call.dst = operand(image, to, TAO_LIB_F32, {32, 1}, false);
    image.step([&call](tao_context *context) { return tao_rt_matmul(context, &call); });
  }

  double expected(const std::vector<float> &x, int64_t row, int64_t column) const {
    double sum = 0;
    for (int64_t j = 0; j < 32; ++j) {
      double middle = 0;
      for (int64_t k = 0; k < 48; ++k)
        middle += x[size_t(row * 48 + k)] * first[k * 32 + j];
      sum += middle * second[j * 32 + column];
    }
    return sum;
  }

  TestImage image;
  int32_t rows;
  Buffer first, second;
  std::deque<tao_matmul> calls;
};

std::vector<float> makeRows(int64_t m) {
  std::vector<float> x(size_t(m * 48));
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = float(int(i * 7919 % 201) - 100) / 100;
  return x;
}

void runRows(const Layers &layers, const tao_model_table *table, tao_context *context, int64_t m) {
  std::vector<float> x = makeRows(m), y(size_t(m * 32));
  OwnedTensor in(kF32, {m, 48}, x.data()), out(kF32, {0, 0}, y.data());
  tao_tensor input = in.view(), output = out.view();
  tao_args args = {sizeof(args), &input, &output};
  ASSERT_EQ(table->run(context, &args, nullptr), TAO_OK) << table->last_error(context);
  for (int64_t row = 0; row < m; row += std::max<int64_t>(m / 3, 1))
    for (int64_t column = 0; column < 32; ++column)
      ASSERT_NEAR(y[size_t(row * 32 + column)], layers.expected(x, row, column), 1e-4);
}

TEST(LibraryState, ManyShapes) {
  Layers layers;
  TestRun run(layers.image, 2);
  for (int round = 0; round < 2; ++round)
    for (int64_t m : {1, 7, 64, 0, 3, 100, 8, 9, 10, 11, 12, 13, 1, 7})
      runRows(layers, run.table, run.context, m);
}

TEST(LibraryState, ContextsShareAModel) {
  Layers layers;
  tao_in_process_model *model = tao_in_process_create(&layers.image.finish());
  for (int round = 0; round < 2; ++round) { // the second round packs again, all contexts having gone
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        tao_create_options options = {sizeof(options), 1};
        tao_context *context = nullptr;
        ASSERT_EQ(tao_in_process_create_context(model, &options, &context), TAO_OK);
        for (int64_t m : {5, 40, 5, 1})
          runRows(layers, tao_in_process_table(), context, m);
        tao_in_process_table()->destroy(context);
      });
    for (std::thread &thread : threads)
      thread.join();
  }
  tao_in_process_destroy(model);
}

TEST(LibraryState, KnownShapesAllocateNothingOfOurs) {
  if (!tao::run::allocCountAvailable())
    GTEST_SKIP() << "another malloc is in use";
  Layers layers;
  TestRun run(layers.image, 2);
  std::vector<float> x = makeRows(100), y(3200);
  OwnedTensor small(kF32, {10, 48}, x.data()), large(kF32, {100, 48}, x.data()), out(kF32, {0, 0}, y.data());
  auto both = [&] {
    for (OwnedTensor *in : {&small, &large}) {
      tao_tensor input = in->view(), output = out.view();
      tao_args args = {sizeof(args), &input, &output};
      ASSERT_EQ(run.table->run(run.context, &args, nullptr), TAO_OK);
    }
  };
  both();
  both();
  // The runtime is part of this executable, and nothing else of it runs while counting.
  tao::run::watchModuleOf(reinterpret_cast<const void *>(&tao_in_process_table));
  tao::run::startAllocCount();
  for (int i = 0; i < 20; ++i)
    both();
  EXPECT_EQ(tao::run::stopAllocCount().own, 0);
}

} // namespace
