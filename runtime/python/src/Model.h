// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A loaded model as Python sees it: immutable, shared by any number of threads. Each run takes a session of its own.
#ifndef TAO_PYTHON_MODEL_H
#define TAO_PYTHON_MODEL_H

#include "Tensor.h"
#include "Trace.h"
#include "View.h"

#include <memory>
#include <nanobind/nanobind.h>
#include <string>
#include <vector>

namespace tao::python {

/// A context and room for the arguments of a run, so that a run allocates nothing but its outputs.
class Session {
public:
  Session(const Library &library, int threads);
  ~Session();
  Session(const Session &) = delete;

  /// Forgets the arguments of a run.
  void clear();

  const tao_model_table &table;
  tao_context *context = nullptr;
  std::vector<nb::object> given; // [num_inputs], null for one that is missing
  std::vector<View> inputViews, outputViews;
  std::vector<tao_tensor> inputs, outputs;
  std::vector<std::vector<int64_t>> outputShapes;
  std::vector<Memory> fresh; // [num_outputs], storage that this run made
};

class Model {
public:
  Model(std::shared_ptr<Library> library, int threads, std::string explanation);
  ~Model() { dropStale(); }
  Model(const Model &) = delete;

  const tao_model_info &info() const { return library->info; }
  int getThreads() const { return threads; }
  const std::shared_ptr<Library> &getLibrary() const { return library; }
  /// JSON of the compiler's report; empty when the model was loaded.
  const std::string &getExplanation() const { return explanation; }

  /// model(x, y), model(x=..., y=..., out=...)
  nb::object call(const nb::args &args, const nb::kwargs &named);
  /// model.run(inputs, out): a dict by name or a sequence.
  nb::object run(nb::handle inputs, nb::handle out);

private:
  class Lease;
  void dropStale();
  int32_t findInput(nb::handle name) const;
  void give(Session &session, int32_t input, nb::handle array) const;
  void giveNamed(Session &session, nb::handle name, nb::handle array) const;
  nb::object execute(Session &session, nb::handle out);
  void bindInputs(Session &session) const;
  std::vector<nb::object> bindOutputs(Session &session, nb::handle out) const;
  void checkOutputShapes(Session &session, const std::vector<nb::object> &arrays) const;
  tao_status launch(Session &session);
  tao_status runModel(Session &session, const tao_run_options &options) const;
  [[noreturn]] void raise(const Session &session, tao_status status) const;
  [[noreturn]] void refuse(const std::string &what) const;
  void checkCount(size_t given) const;
  std::string listInputs() const;

  std::shared_ptr<Library> library;
  int threads;
  std::string explanation;
  std::vector<nb::object> inputNames;
  std::vector<std::unique_ptr<Session>> idle; // guarded by the interpreter's lock; the last one used is taken first
  int64_t generation;                         // of processes: sessions of a parent have lost their threads
};

} // namespace tao::python
#endif
