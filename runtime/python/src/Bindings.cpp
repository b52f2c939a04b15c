// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The extension module tao._core: what Python sees of the classes beside this file.
#include "Model.h"

#include <cerrno>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <unistd.h>

namespace tao::python {

namespace {

/// One input or output.
struct Value {
  std::string name, dtype;
  nb::tuple shape;
  std::optional<std::string> alias;
};

nb::tuple describeValues(const tao_model_info &info, const tao_value_info *values, int32_t count) {
  nb::list list;
  for (int32_t i = 0; i < count; ++i) {
    const tao_value_info &value = values[i];
    nb::list shape;
    for (int32_t d = 0; d < value.ndim; ++d) {
      if (value.dims[d].value >= 0)
        shape.append(value.dims[d].value);
      else
        shape.append(value.dims[d].expr ? value.dims[d].expr : "?");
    }
    Value described = {value.name, tao_dtype_name(value.dtype), nb::tuple(shape), std::nullopt};
    if (values == info.outputs && value.alias >= 0)
      described.alias = info.inputs[value.alias].name;
    list.append(nb::cast(std::move(described)));
  }
  return nb::tuple(list);
}

nb::list kernelList(const tao_model_info &info) {
  nb::list kernels;
  for (int32_t i = 0; i < info.num_kernels; ++i) {
    const tao_kernel_info &kernel = info.kernels[i];
    nb::dict entry;
    entry["name"] = kernel.name;
    entry["kind"] = kernel.kind == TAO_KERNEL_MEMORY ? "memory" : "math";
    if (kernel.kind == TAO_KERNEL_LIBRARY)
      entry["library"] = "onednn";
    std::string nodes = kernel.nodes ? kernel.nodes : "";
    entry["nodes"] = nodes.empty() ? nb::object(nb::list()) : nb::str(nodes.c_str()).attr("split")("\n");
    kernels.append(entry);
  }
  return kernels;
}

/// The compiler's report where there is one, else what the artefact tells.
nb::object explain(const Model &model) {
  if (!model.getExplanation().empty())
    return nb::module_::import_("json").attr("loads")(model.getExplanation());
  const tao_model_info &info = model.info();
  int64_t memoryKernels = 0;
  for (int32_t i = 0; i < info.num_kernels; ++i)
    memoryKernels += info.kernels[i].kind == TAO_KERNEL_MEMORY;
  nb::dict totals, report;
  totals["memory_kernels"] = memoryKernels;
  totals["math_kernels"] = info.num_kernels - memoryKernels;
  totals["arena_bytes"] = info.arena_bytes < 0 ? nb::none() : nb::object(nb::int_(info.arena_bytes));
  report["model"] = info.name;
  report["kernels"] = kernelList(info);
  report["totals"] = totals;
  return report;
}

Model *load(const nb::bytes &path, int threads, std::string explanation) {
  std::string file(path.c_str(), path.size());
  tao_model *model = nullptr;
  char message[2048];
  tao_load_status status;
  {
    nb::gil_scoped_release unlocked;
    status = tao_model_load(file.c_str(), &model, message, sizeof(message));
  }
  if (status == TAO_LOAD_OK)
    return new Model(std::make_shared<Library>(model), threads, std::move(explanation));
  PyObject *type = PyExc_ValueError;
  if (status == TAO_LOAD_UNREADABLE)
    type = access(file.c_str(), F_OK) != 0 && errno == ENOENT ? PyExc_FileNotFoundError : PyExc_OSError;
  PyErr_SetString(type, message);
  throw nb::python_error();
}

/// [(model, thread, begin, end, [(kernel, kind, nodes, begin, end)])], times in nanoseconds.
nb::list stopTrace() {
  nb::list runs;
  for (const RunTime &run : Recorder::get().stop()) {
    const tao_model_info &info = run.library->info;
    nb::list kernels;
    for (const KernelTime &time : run.kernels) {
      const tao_kernel_info &kernel = info.kernels[time.kernel];
      kernels.append(nb::make_tuple(kernel.name, kernel.kind == TAO_KERNEL_MEMORY ? "memory" : "math",
                                    kernel.nodes ? kernel.nodes : "", time.begin, time.end));
    }
    runs.append(nb::make_tuple(info.name, run.thread, run.begin, run.end, kernels));
  }
  return runs;
}

void bindValue(nb::module_ &module) {
  nb::class_<Value>(module, "Value", nb::is_final(), "An input or output of a model.")
      .def_ro("name", &Value::name)
      .def_ro("dtype", &Value::dtype, "Element type, such as 'float32' or 'bfloat16'.")
      .def_ro("shape", &Value::shape, nb::sig("def shape(self) -> tuple[int | str, ...]"),
              "Extents; a dynamic one is an expression over the model's symbols, such as 'batch' or 'past + 1'.")
      .def_ro("alias", &Value::alias, "Of an output: the input over which it may be written, or None.")
      .def("__repr__", [](const Value &value) {
        return "tao.Value(name=" + std::string(nb::repr(nb::str(value.name.c_str())).c_str()) +
               ", dtype=" + value.dtype + ", shape=" + nb::repr(value.shape).c_str() + ")";
      });
}

void bindModel(nb::module_ &module) {
  auto text = [](const char *tao_model_info::*member) {
    return [member](const Model &model) { return model.info().*member; };
  };
  nb::class_<Model>(
      module, "Model", nb::is_final(),
      "A compiled model. Immutable: any number of threads may call it at once.\n\n"
      "model(x, y) and model(name=x) take anything that speaks DLPack or the buffer protocol, dense and "
      "row-major, without a copy, and return a Tensor, or a tuple of them when there are several outputs. "
      "out= gives the arrays to write to. The interpreter's lock is not held meanwhile. Raises TypeError "
      "for a wrong count, name or element type, ValueError for a wrong shape or layout, MemoryError, and "
      "RuntimeError for what goes wrong while it runs.")
      .def(
          "__call__", &Model::call,
          nb::sig("def __call__(self, *inputs: typing.Any, out: typing.Any = None, **named: typing.Any) -> typing.Any"))
      .def("run", &Model::run, nb::arg("inputs"), nb::arg("out") = nb::none(),
           nb::sig("def run(self, inputs: typing.Mapping[str, typing.Any] | typing.Sequence[typing.Any], "
                   "out: typing.Any = None) -> typing.Any"),
           "The same with the inputs in a dict, list or tuple, for models with an input named 'out' or 'self'.")
      .def_prop_ro(
          "inputs", [](const Model &m) { return describeValues(m.info(), m.info().inputs, m.info().num_inputs); },
          nb::sig("def inputs(self) -> tuple[Value, ...]"))
      .def_prop_ro(
          "outputs", [](const Model &m) { return describeValues(m.info(), m.info().outputs, m.info().num_outputs); },
          nb::sig("def outputs(self) -> tuple[Value, ...]"))
      .def("explain", explain, nb::sig("def explain(self) -> dict[str, typing.Any]"),
           "What `taoc --explain=json` reports of a model that was compiled here: kernels, their source nodes, bytes "
           "and "
           "operations. Of a loaded model: kernels, their kinds and source nodes.")
      .def(
          "with_threads",
          [](const Model &m, int threads) { return new Model(m.getLibrary(), threads, m.getExplanation()); },
          nb::arg("threads"), "The same model, weights shared, run by another number of threads; 0 is all there are.")
      .def_prop_ro("threads", &Model::getThreads, "Threads of one run; 0 is as many as the process may run on.")
      .def_prop_ro("name", text(&tao_model_info::name))
      .def_prop_ro("compiler", text(&tao_model_info::compiler), "Version of the compiler.")
      .def_prop_ro("target", text(&tao_model_info::target), "The device, such as 'cpu'.")
      .def_prop_ro("cpu", text(&tao_model_info::cpu), "The processor that the code was made for.")
      .def_prop_ro("weight_bytes", [](const Model &m) { return m.info().weight_bytes; })
      .def("__repr__", [](const Model &m) {
        nb::object values = nb::make_tuple(describeValues(m.info(), m.info().inputs, m.info().num_inputs),
                                           describeValues(m.info(), m.info().outputs, m.info().num_outputs));
        return nb::str("tao.Model({!r}, inputs={}, outputs={})").format(nb::str(m.info().name), values[0], values[1]);
      });
}

} // namespace

NB_MODULE(_core, module) {
  module.attr("__version__") = TAO_VERSION;
  module.doc() = "The runtime side of the package tao.";
  bindTensor(module);
  bindValue(module);
  bindModel(module);
  module.def("load", load, nb::arg("path"), nb::arg("threads"), nb::arg("explanation"), nb::rv_policy::take_ownership);
  module.def("start_trace", [] { return Recorder::get().start(); });
  module.def("stop_trace", stopTrace, nb::sig("def stop_trace() -> list[tuple[typing.Any, ...]]"));
}

} // namespace tao::python
