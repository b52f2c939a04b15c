// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The sample model through runtime.hpp, in C++17. Usage: abi_cpp model.so
#include "tao/runtime.hpp"

#include <cstdio>
#include <thread>

namespace {

int failures = 0;

void expect(bool condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "abi_cpp: %s\n", what);
  ++failures;
}

tao::Tensor rows(int64_t count) {
  tao::Tensor x(tao::dtypeOf<float>(), {count, 4});
  for (size_t i = 0; i < x.size(); ++i)
    x.as<float>()[i] = float(i) / 4;
  return x;
}

void expectNumbers(const tao::Tensor &x, const std::vector<tao::Tensor> &outputs) {
  bool good = true;
  for (size_t i = 0; i < x.size(); ++i)
    good = good && outputs[0].as<float>()[i] == 2 * x.as<float>()[i] + 1;
  expect(good, "y is 2 x + 1");
  expect(outputs[0].shape() == x.shape() && outputs[1].shape() == std::vector<int64_t>{x.shape()[0]}, "output shapes");
}

template <typename Body> std::string messageOf(Body body) {
  try {
    body();
  } catch (const tao::Error &error) {
    return error.what();
  }
  return "no error";
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: abi_cpp model.so\n");
    return 2;
  }
  tao::Model model(argv[1]);
  expect(std::string(model.info().inputs[0].name) == "x", "the input's name");
  {
    tao::Context context(model, 2);
    for (int64_t count : {1, 7, 0, 500}) {
      std::vector<tao::Tensor> inputs;
      inputs.push_back(rows(count));
      std::vector<tao::Tensor> outputs = context.run(inputs);
      expectNumbers(inputs[0], outputs);
      context.run(inputs, outputs); // again, into the same tensors
      expectNumbers(inputs[0], outputs);
    }
    std::vector<tao::Tensor> wrong;
    wrong.emplace_back(tao::dtypeOf<float>(), std::vector<int64_t>{2, 3});
    expect(messageOf([&] { context.run(wrong); }) == "input 'x': dimension 1 is 3, expected 4", "wrong shape");
    wrong[0] = tao::Tensor(tao::dtypeOf<int32_t>(), {2, 4});
    expect(messageOf([&] { context.run(wrong); }) == "input 'x' has dtype int32, expected float32", "wrong dtype");
    expect(messageOf([&] { context.run({}); }) == "the model has 1 inputs, 0 were given", "wrong count");
    tao::Context moved = std::move(context);
    std::vector<tao::Tensor> inputs;
    inputs.push_back(rows(2));
    expectNumbers(inputs[0], moved.run(inputs));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      tao::Context context(model);
      for (int64_t count = 1; count < 200; count += 9) {
        std::vector<tao::Tensor> inputs;
        inputs.push_back(rows(count));
        expectNumbers(inputs[0], context.run(inputs));
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  expect(messageOf([] { tao::Model("/no/such/model.so"); }) ==
             "'/no/such/model.so' cannot be opened: No such file or directory",
         "missing file");
  return failures == 0 ? 0 : 1;
}
