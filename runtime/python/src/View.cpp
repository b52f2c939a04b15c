// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See View.h. The buffer protocol comes before DLPack, for it is the quicker of the two with NumPy.
#include "View.h"
#include "Tensor.h"

#include <cstring>

namespace tao::python {

namespace {

/// The element type of a buffer, by the formats of Python's struct module. False for formats that no model takes.
bool readFormat(const Py_buffer &buffer, tao_dtype &dtype) {
  const char *format = buffer.format ? buffer.format : "B";
  bool swapped = *format == '>' || *format == '!';
  if (swapped || *format == '@' || *format == '=' || *format == '<')
    ++format;
  if (format[0] == 0 || format[1] != 0 || (swapped && buffer.itemsize > 1) || buffer.itemsize > 8)
    return false;
  uint8_t code;
  if (*format == '?')
    code = TAO_BOOL;
  else if (strchr("bhilqn", *format))
    code = TAO_INT;
  else if (strchr("BHILQN", *format))
    code = TAO_UINT;
  else if (strchr("efd", *format))
    code = TAO_FLOAT;
  else
    return false;
  dtype = {code, uint8_t(buffer.itemsize * 8), 1};
  return true;
}

[[noreturn]] void throwType(const std::string &message) { throw nb::type_error(message.c_str()); }
[[noreturn]] void throwReadOnly(ArgumentName name) { throw nb::value_error((name.text() + " is read-only").c_str()); }

} // namespace

void View::acquire(nb::handle array, Use use, ArgumentName name) {
  release();
  if (nb::isinstance<Tensor>(array)) {
    keep = nb::borrow(array);
    view = nb::inst_ptr<Tensor>(array)->view();
    return;
  }
  if (PyObject_CheckBuffer(array.ptr()) && (acquireBuffer(array, use, name) || acquireBfloat16(array, use, name)))
    return;
  if (!acquireDlpack(array, use, name))
    throwType(name.text() + ": an object of type '" + Py_TYPE(array.ptr())->tp_name +
              "' speaks neither DLPack nor the buffer protocol");
}

/// False when the object has buffers, but not of its present elements.
bool View::acquireBuffer(nb::handle array, Use use, ArgumentName name) {
  // Asked for without write access, so that a read-only array is told from one without a buffer.
  if (PyObject_GetBuffer(array.ptr(), &buffer, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
    PyErr_Clear();
    buffer = {};
    return false;
  }
  if (!readFormat(buffer, view.dtype))
    throwType(name.text() + " has elements of buffer format '" + (buffer.format ? buffer.format : "") +
              "', which no model takes");
  setLayout(use, name);
  return true;
}

/// NumPy gives no buffer of a bfloat16 array, as the package ml_dtypes defines it, but of the same bits as integers.
bool View::acquireBfloat16(nb::handle array, Use use, ArgumentName name) {
  nb::object dtype = nb::getattr(array, "dtype", nb::none());
  if (!nb::getattr(dtype, "name", nb::none()).equal(nb::str("bfloat16")) || !nb::hasattr(array, "view"))
    return false;
  nb::object bits = array.attr("view")("uint16");
  if (!acquireBuffer(bits, use, name))
    return false;
  view.dtype.code = TAO_BFLOAT;
  return true;
}

/// The tensor over `buffer`. Its dtype is set.
void View::setLayout(Use use, ArgumentName name) {
  if (use == Use::Write && buffer.readonly)
    throwReadOnly(name);
  view.data = buffer.buf;
  view.device = {TAO_DEVICE_CPU, 0};
  view.ndim = buffer.ndim;
  static_assert(sizeof(Py_ssize_t) == sizeof(int64_t));
  view.shape = reinterpret_cast<int64_t *>(buffer.shape);
  view.strides = nullptr;
  view.byte_offset = 0;
  if (PyBuffer_IsContiguous(&buffer, 'C'))
    return;
  // The runtime says what is wrong with these. A stride that is no multiple of the element is not expressible; zero is
  // as wrong.
  strides.clear();
  for (int32_t d = 0; d < buffer.ndim; ++d)
    strides.push_back(buffer.strides[d] % buffer.itemsize == 0 ? buffer.strides[d] / buffer.itemsize : 0);
  view.strides = strides.data();
}

/// Takes what a capsule holds, if it is of this kind.
template <typename Managed> static bool take(nb::handle capsule, Managed *&managed) {
  using Names = DLCapsule<Managed>;
  if (!PyCapsule_IsValid(capsule.ptr(), Names::fresh))
    return false;
  managed = static_cast<Managed *>(PyCapsule_GetPointer(capsule.ptr(), Names::fresh));
  PyCapsule_SetName(capsule.ptr(), Names::used);
  return true;
}

bool View::acquireDlpack(nb::handle array, Use use, ArgumentName name) {
  // A type, too, has the attribute, but nothing to export.
  if (PyType_Check(array.ptr()) || !nb::hasattr(array, "__dlpack__"))
    return false;
  nb::object exporter = array.attr("__dlpack__"), capsule;
  try {
    capsule = exporter(nb::arg("max_version") = nb::make_tuple(kDLVersion.major, kDLVersion.minor));
  } catch (nb::python_error &error) {
    if (!error.matches(PyExc_TypeError))
      throw;
    capsule = exporter(); // a library from before version 1.0
  }
  if (take(capsule, versioned)) {
    if (versioned->version.major != kDLVersion.major)
      throwType(name.text() + " has DLPack's version " + std::to_string(versioned->version.major) + ", expected " +
                std::to_string(kDLVersion.major));
    if (use == Use::Write && (versioned->flags & kDLReadOnly))
      throwReadOnly(name);
    view = versioned->tensor;
  } else if (take(capsule, managed)) {
    view = managed->tensor;
  } else {
    throwType(name.text() + ": __dlpack__ returned no capsule of DLPack");
  }
  return true;
}

void View::release() {
  if (buffer.obj)
    PyBuffer_Release(&buffer);
  if (managed && managed->deleter)
    managed->deleter(managed);
  if (versioned && versioned->deleter)
    versioned->deleter(versioned);
  managed = nullptr;
  versioned = nullptr;
  keep.reset();
  view = {};
}

} // namespace tao::python
