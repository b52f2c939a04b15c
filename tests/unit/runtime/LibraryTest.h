// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tests of contractions and convolutions share: buffers of f32 or bf16, operands, chains of post-ops and their
// meaning in double.
#ifndef TAO_TESTS_RUNTIME_LIBRARYTEST_H
#define TAO_TESTS_RUNTIME_LIBRARYTEST_H

#include "TestImage.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <random>

namespace tao::test {

/// Elements of one type, read as double.
class Buffer {
public:
  Buffer() = default;
  Buffer(int64_t count, bool bf16) : bf16(bf16), words(size_t(count) * (bf16 ? 1 : 2)) {}
  void *data() { return words.data(); }
  size_t bytes() const { return words.size() * 2; }
  double operator[](int64_t i) const {
    float value;
    uint32_t bits = bf16 ? uint32_t(words[size_t(i)]) << 16 : 0;
    memcpy(&value, bf16 ? static_cast<const void *>(&bits) : static_cast<const void *>(&words[size_t(i) * 2]), 4);
    return value;
  }
  void set(int64_t i, float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    if (bf16)
      words[size_t(i)] = uint16_t(bits >> 16);
    else
      memcpy(&words[size_t(i) * 2], &value, 4);
  }
  bool bf16 = false;

private:
  std::vector<uint16_t> words;
};

inline Buffer randomBuffer(int64_t count, uint32_t seed, bool bf16) {
  Buffer buffer(count, bf16);
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (int64_t i = 0; i < count; ++i)
    buffer.set(i, uniform(random));
  return buffer;
}

inline int64_t offsetOf(const std::vector<int64_t> &index, const std::vector<int64_t> &strides) {
  int64_t offset = 0;
  for (size_t d = 0; d < index.size(); ++d)
    offset += strides[d] < 0 ? 0 : index[d] * strides[d];
  return offset;
}

template <typename Body> void forEachIndex(const std::vector<int64_t> &dims, Body body) {
  std::vector<int64_t> index(dims.size(), 0);
  for (int64_t dim : dims)
    if (dim == 0)
      return;
  while (true) {
    body(index);
    size_t d = dims.size();
    while (d > 0 && ++index[d - 1] == dims[d - 1])
      index[--d] = 0;
    if (d == 0)
      return;
  }
}

inline tao_library_operand operand(TestImage &image, int32_t storage, int32_t dtype,
                                   const std::vector<int64_t> &strides, bool constant) {
  tao_library_operand result = {};
  result.storage = storage;
  result.dtype = dtype;
  result.constant = constant;
  for (size_t d = 0; d < strides.size(); ++d)
    result.strides[d] = strides[d] < 0 ? -1 : image.constant(strides[d]);
  return result;
}

/// A post-op and, for ADD and MUL, how its operand spans dst.
struct Post {
  enum Shape { Scalar, LastDim, Rows, Full, Permuted, FirstDim, Channel, Dst };
  int32_t kind;
  float alpha = 0, beta = 0;
  Shape shape = Scalar;
};

/// A chain of post-ops in an image, with the operands' data.
struct PostChain {
  std::vector<tao_post_op> ops;
  std::vector<OwnedTensor> inputs;
  std::vector<Buffer> data;
  std::vector<std::vector<int64_t>> strides;
  std::vector<bool> readsDst;
  Buffer initialDst;

  void build(TestImage &image, const std::vector<Post> &posts, const std::vector<int64_t> &dims,
             const std::vector<int64_t> &dstStrides, int32_t dstStorage, const Buffer &dst, bool bf16) {
    initialDst = randomBuffer(int64_t(dst.bytes() / (bf16 ? 2 : 4)), 99, bf16);
    data.resize(posts.size());
    inputs.reserve(posts.size());
    for (size_t i = 0; i < posts.size(); ++i) {
      const Post &post = posts[i];
      tao_post_op op = {post.kind, post.alpha, post.beta, {}};
      bool binary = post.kind == TAO_POST_ADD || post.kind == TAO_POST_MUL;
      strides.push_back(binary ? operandStrides(post.shape, dims, dstStrides) : std::vector<int64_t>());
      readsDst.push_back(binary && post.shape == Post::Dst);
      if (binary) {
        int32_t storage = dstStorage;
        if (post.shape != Post::Dst) {
          int64_t count = 1;
          for (size_t d = 0; d < dims.size(); ++d)
            count += strides[i][d] < 0 ? 0 : std::max<int64_t>(dims[d] - 1, 0) * strides[i][d];
          data[i] = randomBuffer(count, uint32_t(10 + i), bf16);
          storage = image.input("post" + std::to_string(i), bf16 ? kBF16 : kF32, {count});
          inputs.emplace_back(bf16 ? kBF16 : kF32, std::vector<int64_t>{count}, data[i].data());
        }
        op.operand = operand(image, storage, bf16 ? TAO_LIB_BF16 : TAO_LIB_F32, strides[i], false);
      }
      ops.push_back(op);
    }
  }

  double apply(double x, const std::vector<int64_t> &index) const {
    for (size_t i = 0; i < ops.size(); ++i) {
      const tao_post_op &op = ops[i];
      double a = op.alpha, b = op.beta;
      auto other = [&] {
        return readsDst[i] ? initialDst[offsetOf(index, strides[i])] : data[i][offsetOf(index, strides[i])];
      };
      switch (op.kind) {
      case TAO_POST_RELU:
        x = x > 0 ? x : a * x;
        break;
      case TAO_POST_CLIP:
        x = std::min(std::max(x, a), b);
        break;
      case TAO_POST_TANH:
        x = std::tanh(x);
        break;
      case TAO_POST_LOGISTIC:
        x = 1 / (1 + std::exp(-x));
        break;
      case TAO_POST_GELU_ERF:
        x = 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
        break;
      case TAO_POST_GELU_TANH:
        x = 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
        break;
      case TAO_POST_SWISH:
        x = x / (1 + std::exp(-a * x));
        break;
      case TAO_POST_LINEAR:
        x = a * x + b;
        break;
      case TAO_POST_ADD:
        x += other();
        break;
      case TAO_POST_MUL:
        x *= other();
        break;
      case TAO_POST_EXP:
        x = std::exp(x);
        break;
      case TAO_POST_ABS:
        x = std::abs(x);
        break;
      case TAO_POST_SQRT:
        x = std::sqrt(x);
        break;
      }
    }
    return x;
  }

private:
  static std::vector<int64_t> operandStrides(Post::Shape shape, const std::vector<int64_t> &dims,
                                             const std::vector<int64_t> &dstStrides) {
    size_t rank = dims.size();
    std::vector<int64_t> result(rank, -1);
    switch (shape) {
    case Post::Scalar:
      break;
    case Post::LastDim:
      result[rank - 1] = 1;
      break;
    case Post::Rows:
      result[rank - 2] = 1;
      break;
    case Post::FirstDim:
      result[0] = dims[rank - 1];
      result[rank - 1] = 1;
      break;
    case Post::Channel:
      result[1] = 1;
      break;
    case Post::Full:
    case Post::Dst:
      result = dstStrides;
      break;
    case Post::Permuted: {
      int64_t next = 1;
      for (size_t d = 0; d < rank; ++d) {
        result[d] = next;
        next *= dims[d];
      }
      break;
    }
    }
    return result;
  }
};

} // namespace tao::test

#endif // TAO_TESTS_RUNTIME_LIBRARYTEST_H
