// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Tensor.h.
#include "Tensor.h"
#include "DLPack.h"

#include <cstring>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <optional>
#include <string>
#include <utility>

namespace tao::python {

nb::tuple shapeTuple(const int64_t *shape, int32_t rank) {
  auto result = nb::steal<nb::tuple>(PyTuple_New(rank));
  for (int32_t d = 0; d < rank; ++d)
    PyTuple_SET_ITEM(result.ptr(), d, PyLong_FromLongLong(shape[d]));
  return result;
}

Tensor::Tensor(Memory memory, const tao_tensor &like)
    : memory(std::move(memory)), type(like.dtype), numDims(like.ndim), extents(), byteStrides() {
  auto stride = Py_ssize_t(tao_dtype_bytes(type));
  for (int32_t d = numDims - 1; d >= 0; --d) {
    extents[d] = like.shape[d];
    byteStrides[d] = stride;
    stride *= extents[d];
  }
}

size_t Tensor::bytes() const {
  size_t bytes = tao_dtype_bytes(type);
  for (int32_t d = 0; d < numDims; ++d)
    bytes *= size_t(extents[d]);
  return bytes;
}

tao_tensor Tensor::view() const {
  return {data(), {TAO_DEVICE_CPU, 0}, numDims, type, const_cast<int64_t *>(extents), nullptr, 0};
}

namespace {

bool isBfloat16(const Tensor &tensor) { return tensor.dtype().code == TAO_BFLOAT; }

//===-- The buffer protocol ---------------------------------------------------------------------------------------===//

/// The format of Python's struct module; null for bfloat16, which has none.
const char *bufferFormat(tao_dtype dtype) {
  struct Row {
    uint8_t code, bits;
    const char *format;
  };
  static constexpr Row rows[] = {{TAO_BOOL, 8, "?"},  {TAO_INT, 8, "b"},    {TAO_INT, 16, "h"},   {TAO_INT, 32, "i"},
                                 {TAO_INT, 64, "q"},  {TAO_UINT, 8, "B"},   {TAO_UINT, 16, "H"},  {TAO_UINT, 32, "I"},
                                 {TAO_UINT, 64, "Q"}, {TAO_FLOAT, 16, "e"}, {TAO_FLOAT, 32, "f"}, {TAO_FLOAT, 64, "d"}};
  for (const Row &row : rows)
    if (row.code == dtype.code && row.bits == dtype.bits)
      return row.format;
  return nullptr;
}

} // namespace

int getBuffer(PyObject *self, Py_buffer *buffer, int flags) {
  Tensor &tensor = *nb::inst_ptr<Tensor>(self);
  const char *format = bufferFormat(tensor.type);
  *buffer = {};
  if ((flags & PyBUF_FORMAT) && !format) {
    PyErr_SetString(PyExc_BufferError, "bfloat16 has no buffer format; take the tensor by DLPack, or by numpy(), which "
                                       "needs the package ml_dtypes");
    return -1;
  }
  if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && tensor.numDims > 1) {
    PyErr_SetString(PyExc_BufferError, "the tensor is row-major, not column-major");
    return -1;
  }
  buffer->buf = tensor.data();
  buffer->obj = Py_NewRef(self);
  buffer->len = Py_ssize_t(tensor.bytes());
  buffer->itemsize = Py_ssize_t(tao_dtype_bytes(tensor.type));
  buffer->ndim = tensor.numDims;
  static_assert(sizeof(Py_ssize_t) == sizeof(int64_t));
  if (flags & PyBUF_FORMAT)
    buffer->format = const_cast<char *>(format);
  if (flags & PyBUF_ND)
    buffer->shape = reinterpret_cast<Py_ssize_t *>(tensor.extents);
  if ((flags & PyBUF_STRIDES) == PyBUF_STRIDES)
    buffer->strides = tensor.byteStrides;
  return 0;
}

namespace {

//===-- NumPy -----------------------------------------------------------------------------------------------------===//

nb::dict arrayInterface(const Tensor &tensor) {
  if (isBfloat16(tensor))
    throw nb::attribute_error("__array_interface__: NumPy has no bfloat16");
  char kind = tensor.dtype().code == TAO_BOOL    ? 'b'
              : tensor.dtype().code == TAO_FLOAT ? 'f'
              : tensor.dtype().code == TAO_UINT  ? 'u'
                                                 : 'i';
  size_t size = tao_dtype_bytes(tensor.dtype());
  nb::dict interface;
  interface["version"] = 3;
  interface["typestr"] = std::string(size == 1 ? "|" : "<") + kind + std::to_string(size);
  interface["shape"] = shapeTuple(tensor.shape(), tensor.rank());
  interface["data"] = nb::make_tuple(reinterpret_cast<uintptr_t>(tensor.data()), false);
  return interface;
}

/// NumPy knows bfloat16 only as the package ml_dtypes defines it, over integers of the same size.
nb::object toNumpy(nb::handle self) {
  nb::module_ numpy = nb::module_::import_("numpy");
  const auto &tensor = nb::cast<const Tensor &>(self);
  if (!isBfloat16(tensor))
    return numpy.attr("asarray")(self);
  nb::object flat = numpy.attr("frombuffer")(self, "uint16");
  return flat.attr("reshape")(shapeTuple(tensor.shape(), tensor.rank()))
      .attr("view")(nb::module_::import_("ml_dtypes").attr("bfloat16"));
}

nb::object array(nb::handle self, nb::handle dtype, nb::handle copy) {
  nb::object result = toNumpy(self);
  if (!dtype.is_none())
    result = result.attr("astype")(dtype, nb::arg("copy") = false);
  return copy.is(Py_True) ? result.attr("copy")() : result;
}

//===-- DLPack ----------------------------------------------------------------------------------------------------===//

/// A managed struct with what its tensor points to.
template <typename Managed> struct Export {
  Managed managed;
  PyObject *owner;
  int64_t strides[TAO_MAX_RANK];

  /// May come from any thread, with the interpreter gone in the worst case.
  static void release(Managed *managed) {
    auto *self = static_cast<Export *>(managed->manager);
    if (Py_IsInitialized()) {
      nb::gil_scoped_acquire gil;
      Py_DECREF(self->owner);
    }
    delete self;
  }
  /// Of a capsule that nobody took.
  static void dropCapsule(PyObject *capsule) {
    if (PyCapsule_IsValid(capsule, DLCapsule<Managed>::fresh))
      release(static_cast<Managed *>(PyCapsule_GetPointer(capsule, DLCapsule<Managed>::fresh)));
  }
};

template <typename Managed> nb::object exportTensor(nb::handle owner, uint64_t flags) {
  const auto &tensor = nb::cast<const Tensor &>(owner);
  auto *made = new Export<Managed>();
  made->owner = Py_NewRef(owner.ptr());
  int64_t stride = 1;
  for (int32_t d = tensor.rank() - 1; d >= 0; --d) {
    made->strides[d] = stride;
    stride *= tensor.shape()[d];
  }
  made->managed.tensor = tensor.view();
  made->managed.tensor.strides = made->strides;
  made->managed.manager = made;
  made->managed.deleter = Export<Managed>::release;
  if constexpr (std::is_same_v<Managed, DLManagedVersioned>) {
    made->managed.version = kDLVersion;
    made->managed.flags = flags;
  }
  PyObject *capsule = PyCapsule_New(&made->managed, DLCapsule<Managed>::fresh, Export<Managed>::dropCapsule);
  if (!capsule) {
    Export<Managed>::release(&made->managed);
    throw nb::python_error();
  }
  return nb::steal(capsule);
}

nb::object dlpack(nb::handle self, nb::handle stream, std::optional<std::pair<int, int>> maxVersion,
                  std::optional<std::pair<int, int>> device, std::optional<bool> copy) {
  if (!stream.is_none())
    throw nb::value_error("__dlpack__: the tensor is on the CPU, where stream must be None");
  if (device && *device != std::pair(int(TAO_DEVICE_CPU), 0))
    throw nb::buffer_error("__dlpack__: the tensor is on the CPU and cannot be exported to another device");
  nb::object owner = nb::borrow(self);
  if (copy.value_or(false)) {
    const auto &tensor = nb::cast<const Tensor &>(self);
    Memory memory = allocateAligned(tensor.bytes());
    if (!memory)
      throw std::bad_alloc();
    std::memcpy(memory.get(), tensor.data(), tensor.bytes());
    owner = nb::cast(Tensor(std::move(memory), tensor.view()));
  }
  if (maxVersion && maxVersion->first >= 1)
    return exportTensor<DLManagedVersioned>(owner, copy.value_or(false) ? kDLCopied : 0);
  return exportTensor<DLManaged>(owner, 0);
}

std::string repr(const Tensor &tensor) {
  nb::tuple shape = shapeTuple(tensor.shape(), tensor.rank());
  return std::string("tao.Tensor(shape=") + nb::repr(shape).c_str() + ", dtype=" + tao_dtype_name(tensor.dtype()) + ")";
}

} // namespace

void bindTensor(nb::module_ &module) {
  static PyType_Slot slots[] = {{Py_bf_getbuffer, reinterpret_cast<void *>(getBuffer)}, {0, nullptr}};
  nb::class_<Tensor>(module, "Tensor", nb::type_slots(slots), nb::is_final(),
                     "The result of a run, in row-major memory of its own. Other libraries take it without a copy: "
                     "numpy.asarray(t), numpy.from_dlpack(t), torch.from_dlpack(t), memoryview(t).")
      .def_prop_ro(
          "dtype", [](const Tensor &tensor) { return tao_dtype_name(tensor.dtype()); },
          "Element type, such as 'float32' or 'bfloat16'.")
      .def_prop_ro(
          "shape", [](const Tensor &tensor) { return shapeTuple(tensor.shape(), tensor.rank()); },
          nb::sig("def shape(self) -> tuple[int, ...]"), "Extents.")
      .def_prop_ro("ndim", &Tensor::rank, "Number of dimensions.")
      .def_prop_ro("nbytes", &Tensor::bytes, "Size in bytes.")
      .def("numpy", toNumpy, nb::sig("def numpy(self) -> typing.Any"),
           "A NumPy array over the same memory. For bfloat16 it has the type of the package ml_dtypes.")
      .def("__array__", array, nb::arg("dtype") = nb::none(), nb::arg("copy") = nb::none(),
           nb::sig("def __array__(self, dtype: typing.Any = None, copy: bool | None = None) -> typing.Any"))
      .def_prop_ro("__array_interface__", arrayInterface)
      .def("__dlpack__", dlpack, nb::kw_only(), nb::arg("stream") = nb::none(), nb::arg("max_version") = nb::none(),
           nb::arg("dl_device") = nb::none(), nb::arg("copy") = nb::none(),
           nb::sig("def __dlpack__(self, *, stream: None = None, max_version: tuple[int, int] | None = None, "
                   "dl_device: tuple[int, int] | None = None, copy: bool | None = None) -> typing.Any"))
      .def("__dlpack_device__", [](const Tensor &) { return std::pair(int(TAO_DEVICE_CPU), 0); })
      .def("__repr__", repr);
}

} // namespace tao::python
