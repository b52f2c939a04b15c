// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The three ways to a model; see Session.h.
#include "Session.h"

#include "Error.h"
#include "compiler/include/tao/Jit.h"
#include "runtime/src/InProcess.h"
#include "tao/runtime.h"

#include <cstring>
#include <dlfcn.h>
#include <iostream>
#include <unistd.h>

namespace tao::run {
namespace {

class LoadedSession : public Session {
public:
  LoadedSession(const Options &options, const tao_create_options &create) {
    char message[1024];
    tao_load_status status = tao_model_load(options.model.c_str(), &model, message, sizeof(message));
    if (status != TAO_LOAD_OK)
      throw Failure(status == TAO_LOAD_UNREADABLE ? ErrorCode::Unreadable : ErrorCode::NotAModel, message);
    table = tao_model_table_of(model);
    const std::string target = table->info->target;
    if (!options.target.empty() && options.target != target.substr(0, target.find(' '))) {
      tao_model_unload(model);
      throw Failure(ErrorCode::Usage,
                    "'" + options.model + "' was compiled for " + target + ", not for --target=" + options.target);
    }
    if (table->create(&create, &context) != TAO_OK) {
      std::string reason = table->last_error(nullptr);
      tao_model_unload(model);
      throw Failure(ErrorCode::CannotCreate, reason);
    }
  }
  ~LoadedSession() override {
    table->destroy(context);
    tao_model_unload(model);
  }
  const tao_model_info &info() const override { return *table->info; }
  bool run(const tao_tensor *inputs, tao_tensor *outputs, const tao_run_options *options) override {
    tao_args args = {sizeof(args), inputs, outputs};
    return table->run(context, &args, options) == TAO_OK;
  }
  std::string error() const override { return table->last_error(context); }
  const void *moduleAddress() const override { return table; }

private:
  tao_model *model = nullptr;
  const tao_model_table *table;
  tao_context *context = nullptr;
};

/// What the compiler handed over, kept until the last of its functions is done with.
struct JitResult {
  tao_jit_result result = {};
  ~JitResult() {
    if (result.release)
      result.release(result.handle);
  }
};

class CompiledSession : public Session {
public:
  CompiledSession(std::shared_ptr<JitResult> owner, const tao_jit_model &function, const tao_create_options &options)
      : owner(std::move(owner)), function(function), table(tao_in_process_table()) {
    model = tao_in_process_create(function.image);
    if (!model)
      throw Failure(ErrorCode::Internal, "the compiler's image is of another version than tao-run");
    if (tao_in_process_create_context(model, &options, &context) != TAO_OK) {
      std::string reason = table->last_error(nullptr);
      tao_in_process_destroy(model);
      throw Failure(ErrorCode::CannotCreate, reason);
    }
  }
  ~CompiledSession() override {
    table->destroy(context);
    tao_in_process_destroy(model);
  }
  std::string name() const override { return function.name; }
  const tao_model_info &info() const override { return *function.info; }
  bool run(const tao_tensor *inputs, tao_tensor *outputs, const tao_run_options *options) override {
    tao_args args = {sizeof(args), inputs, outputs};
    return table->run(context, &args, options) == TAO_OK;
  }
  std::string error() const override { return table->last_error(context); }
  const tao_jit_model *testFunction() const override { return &function; }
  const void *moduleAddress() const override { return table; }

private:
  std::shared_ptr<JitResult> owner;
  const tao_jit_model &function;
  const tao_model_table *table;
  tao_in_process_model *model = nullptr;
  tao_context *context = nullptr;
};

class InterpretedSession : public Session {
public:
  InterpretedSession(std::shared_ptr<JitResult> owner, const tao_jit_model &function)
      : owner(std::move(owner)), function(function) {}
  std::string name() const override { return function.name; }
  const tao_model_info &info() const override { return *function.info; }
  bool run(const tao_tensor *inputs, tao_tensor *outputs, const tao_run_options *) override {
    message = nullptr;
    return function.interpret(function.self, inputs, outputs, &message) == TAO_OK;
  }
  std::string error() const override { return message ? message : "the interpreter failed"; }
  const tao_jit_model *testFunction() const override { return &function; }
  const void *moduleAddress() const override { return tao_in_process_table(); }

private:
  std::shared_ptr<JitResult> owner;
  const tao_jit_model &function;
  const char *message = nullptr;
};

/// The compiler in the library folder next to the executable's (build tree, installed), or beside it.
tao_compiler_jit_fn loadCompiler() {
  char self[4096];
  ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
  std::string folder(self, length > 0 ? size_t(length) : 0);
  folder.resize(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'));
  std::string reasons;
  for (const char *place : {"/" TAO_COMPILER_LIBDIR, "/../lib", ""}) {
    std::string path = folder + place + "/libtao-compiler.so";
    // The compiler's symbols stay its own; its LLVM must not meet another one.
    void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      const char *reason = dlerror();
      reasons += std::string("\n  ") + (reason ? reason : path.c_str());
      continue;
    }
    if (auto jit = reinterpret_cast<tao_compiler_jit_fn>(dlsym(library, TAO_COMPILER_JIT_SYMBOL)))
      return jit;
    reasons += "\n  " + path + ": does not export " TAO_COMPILER_JIT_SYMBOL;
  }
  throw Failure(ErrorCode::NoCompiler,
                "the compiler, needed for files other than model.so, cannot be loaded:" + reasons);
}

std::vector<std::unique_ptr<Session>> compile(const Options &options, const tao_create_options &create) {
  if (access(options.model.c_str(), R_OK) != 0)
    throw Failure(ErrorCode::Unreadable, "'" + options.model + "' cannot be opened: " + strerror(errno));
  std::vector<std::string> arguments;
  for (const std::string &option : options.compileOptions)
    arguments.push_back("--" + option);
  if (options.interpret)
    arguments.push_back("--interpret");
  if (!options.target.empty())
    arguments.push_back("--target=" + options.target);
  if (options.emulate)
    arguments.push_back("--emulate");
  std::vector<const char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(argument.c_str());
  static const tao_jit_runtime runtime = {tao_rt_launch,  tao_rt_pack, tao_rt_matmul, tao_rt_conv,      tao_rt_copy,
                                          tao_rt_routine, tao_rt_loop, tao_rt_branch, tao_rt_gpu_launch};
  auto owner = std::make_shared<JitResult>();
  const tao_jit_result &result = owner->result;
  int exitCode = loadCompiler()(options.model.c_str(), int(argv.size()), argv.data(), &runtime, &owner->result);
  if (result.diagnostics)
    std::cerr << result.diagnostics;
  if (exitCode != 0)
    throw Failure(ErrorCode::CompileFailed, "'" + options.model + "' was not compiled", exitCode);
  std::vector<std::unique_ptr<Session>> sessions;
  for (int32_t i = 0; i < result.num_models; ++i) {
    const tao_jit_model &function = result.models[i];
    if (!options.function.empty() && options.function != function.name)
      continue;
    if (function.image)
      sessions.push_back(std::make_unique<CompiledSession>(owner, function, create));
    else
      sessions.push_back(std::make_unique<InterpretedSession>(owner, function));
  }
  if (sessions.empty())
    throw Failure(ErrorCode::Usage, options.function.empty()
                                        ? "'" + options.model + "' has no functions"
                                        : "'" + options.model + "' has no function '" + options.function + "'");
  return sessions;
}

} // namespace

std::vector<std::unique_ptr<Session>> openSessions(const Options &options, const tao_gpu_device *device) {
  tao_create_options create = {};
  create.size = sizeof(create);
  create.num_threads = options.threads;
  create.gpu_device = device;
  const std::string suffix = ".so";
  const std::string &path = options.model;
  if (path.size() < suffix.size() || path.compare(path.size() - suffix.size(), suffix.size(), suffix) != 0)
    return compile(options, create);
  if (options.interpret || !options.compileOptions.empty() || !options.function.empty())
    throw Failure(ErrorCode::Usage, "--interpret, --function and --compile-option are for .onnx and .mlir files");
  std::vector<std::unique_ptr<Session>> sessions;
  sessions.push_back(std::make_unique<LoadedSession>(options, create));
  return sessions;
}

OutputTensors::OutputTensors(const tao_model_info &info) {
  for (int32_t i = 0; i < info.num_outputs; ++i)
    shapes.emplace_back(size_t(info.outputs[i].ndim) + 1);
  for (int32_t i = 0; i < info.num_outputs; ++i)
    tensors.push_back({nullptr,
                       {TAO_DEVICE_CPU, 0},
                       info.outputs[i].ndim,
                       info.outputs[i].dtype,
                       shapes[size_t(i)].data(),
                       nullptr,
                       0});
}

tao_tensor *OutputTensors::fresh() {
  for (tao_tensor &tensor : tensors)
    tensor.data = nullptr;
  return tensors.data();
}

std::vector<std::pair<std::string, Array>> OutputTensors::copy(const tao_model_info &info) const {
  std::vector<std::pair<std::string, Array>> arrays;
  for (int32_t i = 0; i < info.num_outputs; ++i)
    arrays.emplace_back(info.outputs[i].name, Array(tensors[size_t(i)]));
  return arrays;
}

} // namespace tao::run
