// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model ready to run, whichever way it came: loaded from model.so, compiled in process, or interpreted.
#ifndef TAO_RUN_SESSION_H
#define TAO_RUN_SESSION_H

#include "Array.h"
#include "Options.h"

#include <memory>

struct tao_jit_model;

namespace tao::run {

class Session {
public:
  virtual ~Session() = default;

  /// The name of the function, "" for a model.so.
  virtual std::string name() const { return ""; }
  virtual const tao_model_info &info() const = 0;
  /// Runs into memory of the session, valid until the next run. Does not allocate. The message of a failure is in
  /// error(). The interpreter takes no options.
  virtual bool run(const tao_tensor *inputs, tao_tensor *outputs, const tao_run_options *options = nullptr) = 0;
  virtual std::string error() const = 0;
  /// The function of a test file, with the inputs and checks it gives; null for others.
  virtual const tao_jit_model *testFunction() const { return nullptr; }
  /// An address in the module whose allocations count as tao's own.
  virtual const void *moduleAddress() const = 0;
};

/// Opens what the options name; a .mlir file may hold several functions.
/// `device`, if there is one, runs the kernels of models for GPUs; it must outlive the sessions.
std::vector<std::unique_ptr<Session>> openSessions(const Options &options, const tao_gpu_device *device);

/// Tensors for the outputs of a session, with room for their shapes and no data.
class OutputTensors {
public:
  explicit OutputTensors(const tao_model_info &info);
  /// Forgets the data of the last run, so that the next one fills them in anew.
  tao_tensor *fresh();
  std::vector<std::pair<std::string, Array>> copy(const tao_model_info &info) const;

private:
  std::vector<std::vector<int64_t>> shapes;
  std::vector<tao_tensor> tensors;
};

} // namespace tao::run

#endif // TAO_RUN_SESSION_H
