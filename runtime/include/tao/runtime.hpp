// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// C++17 over runtime.h: a Model that unloads itself, Contexts that run it, Tensors that own their memory. Failures are
// thrown as tao::Error with the message of the runtime. Link with tao_loader.
//
//   tao::Model model("model.so");
//   tao::Context context(model, /*threads=*/2);
//   std::vector<tao::Tensor> inputs;
//   inputs.push_back(tao::Tensor::of<float>({1, 4}, values));
//   std::vector<tao::Tensor> outputs = context.run(inputs);
#ifndef TAO_RUNTIME_HPP
#define TAO_RUNTIME_HPP

#include "tao/runtime.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tao {

class Error : public std::runtime_error {
public:
  Error(tao_status status, const std::string &message) : std::runtime_error(message), code(status) {}
  tao_status status() const { return code; }

private:
  tao_status code;
};

/// The element type of a C++ type. Half precision types have none in C++17: name them as tao_dtype.
template <typename T> constexpr tao_dtype dtypeOf() {
  static_assert(std::is_arithmetic_v<T>, "elements are numbers or bool");
  if constexpr (std::is_same_v<T, bool>)
    return {TAO_BOOL, 8, 1};
  else if constexpr (std::is_floating_point_v<T>)
    return {TAO_FLOAT, sizeof(T) * 8, 1};
  else
    return {std::is_signed_v<T> ? uint8_t(TAO_INT) : uint8_t(TAO_UINT), sizeof(T) * 8, 1};
}

/// A dense row-major tensor in memory of its own, aligned to 64 bytes. Elements of a new one are zero.
class Tensor {
public:
  Tensor(tao_dtype dtype, std::vector<int64_t> shape) : type(dtype), extents(std::move(shape)) {
    size_t room = (bytes() + 63) / 64 * 64;
    void *p = std::aligned_alloc(64, room ? room : 64);
    if (!p)
      throw std::bad_alloc();
    storage.reset(p);
    std::memset(p, 0, room);
  }
  template <typename T> static Tensor of(std::vector<int64_t> shape, const T *values) {
    Tensor result(dtypeOf<T>(), std::move(shape));
    std::memcpy(result.data(), values, result.bytes());
    return result;
  }

  tao_dtype dtype() const { return type; }
  const std::vector<int64_t> &shape() const { return extents; }
  size_t size() const {
    size_t count = 1;
    for (int64_t extent : extents)
      count *= size_t(extent);
    return count;
  }
  size_t bytes() const { return size() * tao_dtype_bytes(type); }
  void *data() { return storage.get(); }
  const void *data() const { return storage.get(); }
  template <typename T> T *as() { return static_cast<T *>(data()); }
  template <typename T> const T *as() const { return static_cast<const T *>(data()); }

  /// A view for the C interface, valid as long as the tensor.
  tao_tensor view() const {
    return {storage.get(),
            {TAO_DEVICE_CPU, 0},
            int32_t(extents.size()),
            type,
            const_cast<int64_t *>(extents.data()),
            nullptr,
            0};
  }

private:
  struct Free {
    void operator()(void *p) const { std::free(p); }
  };
  tao_dtype type;
  std::vector<int64_t> extents;
  std::unique_ptr<void, Free> storage;
};

/// A loaded model. May be shared by threads; must outlive its contexts.
class Model {
public:
  explicit Model(const std::string &path) {
    char message[1024];
    if (tao_model_load(path.c_str(), &model, message, sizeof(message)) != TAO_LOAD_OK)
      throw Error(TAO_ERROR_INVALID_ARGUMENT, message);
  }
  ~Model() { tao_model_unload(model); }
  Model(Model &&other) noexcept : model(std::exchange(other.model, nullptr)) {}
  Model &operator=(Model &&other) noexcept {
    std::swap(model, other.model);
    return *this;
  }

  const tao_model_info &info() const { return *tao_model_info_of(model); }
  const tao_model_table &table() const { return *tao_model_table_of(model); }

private:
  tao_model *model = nullptr;
};

/// One thread's use of a model.
class Context {
public:
  /// `threads` 0: as many as the process may run on.
  explicit Context(const Model &model, int threads = 0) : table(&model.table()) {
    tao_create_options options = {sizeof(options), threads, 0, nullptr};
    if (tao_status status = table->create(&options, &context))
      throw Error(status, table->last_error(nullptr));
  }
  ~Context() {
    if (context)
      table->destroy(context);
  }
  Context(Context &&other) noexcept : table(other.table), context(std::exchange(other.context, nullptr)) {}
  Context &operator=(Context &&other) noexcept {
    std::swap(table, other.table);
    std::swap(context, other.context);
    return *this;
  }

  /// The shape of each output for inputs of the given dtypes and shapes.
  std::vector<std::vector<int64_t>> outputShapes(const std::vector<Tensor> &inputs) {
    const tao_model_info &info = *table->info;
    checkCount(inputs.size());
    std::vector<tao_tensor> views = viewsOf(inputs);
    size_t total = 0;
    for (int32_t i = 0; i < info.num_outputs; ++i)
      total += size_t(info.outputs[i].ndim);
    std::vector<int64_t> extents(total + 1);
    check(table->output_shapes(context, views.data(), extents.data()));
    std::vector<std::vector<int64_t>> shapes;
    const int64_t *next = extents.data();
    for (int32_t i = 0; i < info.num_outputs; ++i) {
      shapes.emplace_back(next, next + info.outputs[i].ndim);
      next += info.outputs[i].ndim;
    }
    return shapes;
  }

  /// Runs into tensors that the caller owns, whose shapes must be those of outputShapes.
  void run(const std::vector<Tensor> &inputs, std::vector<Tensor> &outputs, const tao_run_options *options = nullptr) {
    checkCount(inputs.size());
    if (outputs.size() != size_t(table->info->num_outputs))
      throw Error(TAO_ERROR_INVALID_ARGUMENT, "the model has " + std::to_string(table->info->num_outputs) +
                                                  " outputs, " + std::to_string(outputs.size()) + " were given");
    std::vector<std::vector<int64_t>> shapes = outputShapes(inputs);
    for (size_t i = 0; i < shapes.size(); ++i)
      if (outputs[i].shape() != shapes[i])
        throw Error(TAO_ERROR_INVALID_ARGUMENT,
                    "output '" + std::string(table->info->outputs[i].name) + "' has not the shape of this run");
    std::vector<tao_tensor> in = viewsOf(inputs), out = viewsOf(outputs);
    tao_args args = {sizeof(args), in.data(), out.data()};
    check(table->run(context, &args, options));
  }

  /// Runs into new tensors.
  std::vector<Tensor> run(const std::vector<Tensor> &inputs, const tao_run_options *options = nullptr) {
    std::vector<Tensor> outputs;
    std::vector<std::vector<int64_t>> shapes = outputShapes(inputs);
    for (size_t i = 0; i < shapes.size(); ++i)
      outputs.emplace_back(table->info->outputs[i].dtype, std::move(shapes[i]));
    run(inputs, outputs, options);
    return outputs;
  }

  tao_context *get() const { return context; }

private:
  static std::vector<tao_tensor> viewsOf(const std::vector<Tensor> &tensors) {
    std::vector<tao_tensor> views;
    for (const Tensor &tensor : tensors)
      views.push_back(tensor.view());
    return views;
  }
  void checkCount(size_t given) const {
    if (given != size_t(table->info->num_inputs))
      throw Error(TAO_ERROR_INVALID_ARGUMENT, "the model has " + std::to_string(table->info->num_inputs) + " inputs, " +
                                                  std::to_string(given) + " were given");
  }
  void check(tao_status status) const {
    if (status != TAO_OK)
      throw Error(status, table->last_error(context));
  }

  const tao_model_table *table;
  tao_context *context = nullptr;
};

} // namespace tao

#endif // TAO_RUNTIME_HPP
