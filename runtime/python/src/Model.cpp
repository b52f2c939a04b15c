// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A run from Python: arrays become tensors without a copy, the model runs without the interpreter's lock, and its
// outputs are handed over with their memory.
#include "Model.h"

#include <algorithm>
#include <atomic>
#include <pthread.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace tao::python {

namespace {

/// Counts forks: a child has none of its parent's threads, so it cannot use its parent's contexts.
int64_t currentGeneration() {
  static std::atomic<int64_t> forks = 0;
  [[maybe_unused]] static int registered = pthread_atfork(nullptr, nullptr, [] { ++forks; });
  return forks;
}

void *allocateOutput(void *self, int32_t output, size_t bytes) {
  auto &session = *static_cast<Session *>(self);
  session.fresh[output] = allocateAligned(bytes);
  return session.fresh[output].get();
}

void recordKernel(void *user, int32_t kernel, int64_t begin, int64_t end) {
  static_cast<RunTime *>(user)->kernels.push_back({kernel, begin, end});
}

bool sameDtype(tao_dtype a, tao_dtype b) { return a.code == b.code && a.bits == b.bits && a.lanes == b.lanes; }

[[noreturn]] void raiseStatus(tao_status status, const char *message) {
  PyObject *type = status == TAO_ERROR_INVALID_ARGUMENT ? PyExc_ValueError
                   : status == TAO_ERROR_OUT_OF_MEMORY  ? PyExc_MemoryError
                                                        : PyExc_RuntimeError;
  PyErr_SetString(type, message);
  throw nb::python_error();
}

} // namespace

//===-- Sessions --------------------------------------------------------------------------------------------------===//

Session::Session(const Library &library, int threads)
    : table(library.table), given(library.info.num_inputs), inputViews(library.info.num_inputs),
      outputViews(library.info.num_outputs), inputs(library.info.num_inputs), outputs(library.info.num_outputs),
      fresh(library.info.num_outputs) {
  for (int32_t i = 0; i < library.info.num_outputs; ++i)
    outputShapes.emplace_back(library.info.outputs[i].ndim);
  tao_create_options options = {sizeof(options), threads, 0, nullptr};
  if (tao_status status = table.create(&options, &context))
    raiseStatus(status, table.last_error(nullptr));
}

Session::~Session() { table.destroy(context); }

void Session::clear() {
  for (nb::object &array : given)
    array.reset();
  for (View &view : inputViews)
    view.release();
  for (View &view : outputViews)
    view.release();
  for (Memory &memory : fresh)
    memory.reset();
}

/// Forgets the sessions of the process that this one is a fork of: to destroy them would wait for threads that are not
/// there.
void Model::dropStale() {
  int64_t current = currentGeneration();
  if (generation == current)
    return;
  for (std::unique_ptr<Session> &session : idle)
    (void)session.release();
  idle.clear();
  generation = current;
}

/// A session for the length of a call.
class Model::Lease {
public:
  explicit Lease(Model &model) : model(model) {
    model.dropStale();
    if (model.idle.empty()) {
      session = std::make_unique<Session>(*model.library, model.threads);
    } else {
      session = std::move(model.idle.back());
      model.idle.pop_back();
    }
  }
  ~Lease() {
    session->clear();
    model.idle.push_back(std::move(session));
  }
  Session &operator*() { return *session; }

private:
  Model &model;
  std::unique_ptr<Session> session;
};

//===-- Arguments -------------------------------------------------------------------------------------------------===//

Model::Model(std::shared_ptr<Library> library, int threads, std::string explanation)
    : library(std::move(library)), threads(threads), explanation(std::move(explanation)),
      generation(currentGeneration()) {
  for (int32_t i = 0; i < info().num_inputs; ++i)
    inputNames.push_back(nb::steal(PyUnicode_InternFromString(info().inputs[i].name)));
  Lease(*this); // says at once when this CPU cannot run the model
}

/// Raises TypeError: "model 'm' " and then what.
void Model::refuse(const std::string &what) const {
  throw nb::type_error((std::string("model '") + info().name + "' " + what).c_str());
}

void Model::checkCount(size_t given) const {
  if (given > size_t(info().num_inputs))
    refuse("takes " + listInputs() + ", but " + std::to_string(given) + " inputs were given");
}

std::string Model::listInputs() const {
  std::string list;
  for (int32_t i = 0; i < info().num_inputs; ++i)
    list += (i ? ", '" : "'") + std::string(info().inputs[i].name) + "'";
  return list.empty() ? "no inputs" : list;
}

/// -1 when there is none.
int32_t Model::findInput(nb::handle name) const {
  for (size_t i = 0; i < inputNames.size(); ++i) // names of keywords are interned
    if (inputNames[i].is(name))
      return int32_t(i);
  for (size_t i = 0; i < inputNames.size(); ++i)
    if (inputNames[i].equal(name))
      return int32_t(i);
  return -1;
}

void Model::give(Session &session, int32_t input, nb::handle array) const {
  if (session.given[input].is_valid())
    throw nb::type_error((std::string("input '") + info().inputs[input].name + "' was given twice").c_str());
  session.given[input] = nb::borrow(array);
}

void Model::giveNamed(Session &session, nb::handle name, nb::handle array) const {
  int32_t input = findInput(name);
  if (input < 0)
    refuse(std::string("has no input '") + nb::str(name).c_str() + "', it takes " + listInputs());
  give(session, input, array);
}

/// Views of what was given, which must be all.
void Model::bindInputs(Session &session) const {
  std::string missing;
  for (int32_t i = 0; i < info().num_inputs; ++i)
    if (!session.given[i].is_valid())
      missing += (missing.empty() ? "'" : ", '") + std::string(info().inputs[i].name) + "'";
  if (!missing.empty())
    refuse("takes " + listInputs() + ", but these were not given: " + missing);
  for (int32_t i = 0; i < info().num_inputs; ++i) {
    session.inputViews[i].acquire(session.given[i], View::Use::Read, {"input", info().inputs[i].name});
    session.inputs[i] = session.inputViews[i].tensor();
  }
}

/// Fills in the outputs; returns the caller's arrays, none for those that the run is to make.
std::vector<nb::object> Model::bindOutputs(Session &session, nb::handle out) const {
  std::vector<nb::object> arrays;
  if (!out.is_none()) {
    auto count = size_t(info().num_outputs);
    if (PyTuple_Check(out.ptr()) || PyList_Check(out.ptr()))
      for (nb::handle array : out)
        arrays.push_back(nb::borrow(array));
    else
      arrays.push_back(nb::borrow(out));
    if (arrays.size() != count)
      refuse("needs out to hold " + std::to_string(count) + ", one for each output, not " +
             std::to_string(arrays.size()));
  }
  for (int32_t i = 0; i < info().num_outputs; ++i) {
    session.outputs[i] = {};
    session.outputs[i].shape = session.outputShapes[i].data();
    if (arrays.empty() || arrays[i].is_none())
      continue;
    session.outputViews[i].acquire(arrays[i], View::Use::Write, {"output", info().outputs[i].name});
    session.outputs[i] = session.outputViews[i].tensor();
  }
  if (!arrays.empty())
    checkOutputShapes(session, arrays);
  return arrays;
}

/// The runtime writes shapes and trusts that there is room; here they must be those of this run.
void Model::checkOutputShapes(Session &session, const std::vector<nb::object> &arrays) const {
  size_t total = 0;
  for (const std::vector<int64_t> &shape : session.outputShapes)
    total += shape.size();
  std::vector<int64_t> extents(total + 1);
  if (tao_status status = session.table.output_shapes(session.context, session.inputs.data(), extents.data()))
    raise(session, status);
  const int64_t *expected = extents.data();
  for (int32_t i = 0; i < info().num_outputs; ++i) {
    int32_t rank = info().outputs[i].ndim;
    tao_tensor &output = session.outputs[i];
    if (!arrays[i].is_none()) {
      if (output.ndim != rank || !std::equal(expected, expected + rank, output.shape))
        throw nb::value_error((std::string("output '") + info().outputs[i].name + "' has shape " +
                               nb::repr(shapeTuple(output.shape, output.ndim)).c_str() + ", expected " +
                               nb::repr(shapeTuple(expected, rank)).c_str())
                                  .c_str());
      // The runtime writes the extents, which are the same, but the array's own stay untouched.
      std::copy(expected, expected + rank, session.outputShapes[i].begin());
      output.shape = session.outputShapes[i].data();
    }
    expected += rank;
  }
}

//===-- Runs ------------------------------------------------------------------------------------------------------===//

nb::object Model::call(const nb::args &args, const nb::kwargs &named) {
  Lease lease(*this);
  Session &session = *lease;
  checkCount(args.size());
  for (size_t i = 0; i < args.size(); ++i)
    session.given[i] = nb::borrow(args[i]);
  nb::handle out = nb::none();
  if (named.is_valid() && named.size() > 0)
    for (auto [name, array] : named) {
      // An input that is called out is an input; run takes both.
      if (nb::str("out").equal(name) && findInput(name) < 0)
        out = array;
      else
        giveNamed(session, name, array);
    }
  return execute(session, out);
}

nb::object Model::run(nb::handle inputs, nb::handle out) {
  Lease lease(*this);
  Session &session = *lease;
  if (PyDict_Check(inputs.ptr())) {
    for (auto [name, array] : nb::borrow<nb::dict>(inputs))
      giveNamed(session, name, array);
    return execute(session, out);
  }
  if (!PyTuple_Check(inputs.ptr()) && !PyList_Check(inputs.ptr()))
    throw nb::type_error("run: inputs must be a dict by name, a tuple or a list");
  checkCount(nb::len(inputs));
  for (size_t i = 0; i < nb::len(inputs); ++i)
    give(session, int32_t(i), nb::borrow<nb::sequence>(inputs)[i]);
  return execute(session, out);
}

nb::object Model::execute(Session &session, nb::handle out) {
  bindInputs(session);
  std::vector<nb::object> arrays = bindOutputs(session, out);
  if (tao_status status = launch(session))
    raise(session, status);
  auto result = [&](int32_t i) {
    if (!arrays.empty() && !arrays[i].is_none())
      return arrays[i];
    return nb::cast(Tensor(std::move(session.fresh[i]), session.outputs[i]));
  };
  if (info().num_outputs == 1)
    return result(0);
  auto results = nb::steal<nb::tuple>(PyTuple_New(info().num_outputs));
  for (int32_t i = 0; i < info().num_outputs; ++i)
    PyTuple_SET_ITEM(results.ptr(), i, result(i).release().ptr());
  return results;
}

/// OpenMP, on which libraries run, keeps the threads of each thread's team. In a fork they are gone, and the thread
/// that forked would wait for them for ever; a new thread has a new team.
static bool hasLostTeam() {
  thread_local int64_t teamGeneration = -1;
  if (teamGeneration < 0)
    teamGeneration = currentGeneration();
  return teamGeneration != currentGeneration();
}

tao_status Model::runModel(Session &session, const tao_run_options &options) const {
  tao_args args = {sizeof(args), session.inputs.data(), session.outputs.data()};
  auto run = [&] { return session.table.run(session.context, &args, &options); };
  bool runsTeam = threads != 1 && *info().libraries;
  if (!runsTeam || !hasLostTeam())
    return run();
  tao_status status = TAO_OK;
  std::thread([&] { status = run(); }).join();
  return status;
}

tao_status Model::launch(Session &session) {
  tao_allocator allocator = {&session, allocateOutput};
  tao_run_options options = {sizeof(options), nullptr, nullptr, &allocator, nullptr, nullptr, nullptr};
  nb::gil_scoped_release unlocked;
  if (!Recorder::get().isOn())
    return runModel(session, options);
  RunTime run;
  run.library = library;
  run.thread = uint64_t(gettid());
  options.timing = recordKernel;
  options.timing_user = &run;
  run.begin = nowNs();
  tao_status status = runModel(session, options);
  run.end = nowNs();
  Recorder::get().add(std::move(run));
  return status;
}

/// An element type that is wrong is a TypeError; all else that is wrong with an argument is a ValueError.
void Model::raise(const Session &session, tao_status status) const {
  const char *message = session.table.last_error(session.context);
  if (status != TAO_ERROR_INVALID_ARGUMENT)
    raiseStatus(status, message);
  for (int32_t i = 0; i < info().num_inputs; ++i)
    if (!sameDtype(session.inputs[i].dtype, info().inputs[i].dtype))
      throw nb::type_error(message);
  for (int32_t i = 0; i < info().num_outputs; ++i)
    if (session.outputs[i].data && !sameDtype(session.outputs[i].dtype, info().outputs[i].dtype))
      throw nb::type_error(message);
  raiseStatus(status, message);
}

} // namespace tao::python
