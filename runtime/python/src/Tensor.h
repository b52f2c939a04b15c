// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The result of a run: a dense row-major tensor that owns its memory. Others see it, without a copy, through DLPack,
// the buffer protocol and NumPy's array interface.
#ifndef TAO_PYTHON_TENSOR_H
#define TAO_PYTHON_TENSOR_H

#include "tao/runtime.h"

#include <cstdlib>
#include <memory>
#include <nanobind/nanobind.h>

namespace tao::python {

namespace nb = nanobind;

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

/// At least `bytes` bytes aligned to 64, as the model interface asks of outputs; null when there are none.
inline Memory allocateAligned(size_t bytes) {
  size_t rounded = (bytes + 63) / 64 * 64;
  return Memory(rounded < bytes ? nullptr : std::aligned_alloc(64, rounded ? rounded : 64));
}

/// (3, 224, 224)
nb::tuple shapeTuple(const int64_t *shape, int32_t rank);

class Tensor {
public:
  /// Of the type and shape of `like`, in `memory`.
  Tensor(Memory memory, const tao_tensor &like);

  tao_dtype dtype() const { return type; }
  int32_t rank() const { return numDims; }
  const int64_t *shape() const { return extents; }
  size_t bytes() const;
  void *data() const { return memory.get(); }
  /// Valid as long as this tensor.
  tao_tensor view() const;

private:
  friend int getBuffer(PyObject *self, Py_buffer *buffer, int flags);

  Memory memory;
  tao_dtype type;
  int32_t numDims;
  int64_t extents[TAO_MAX_RANK];
  Py_ssize_t byteStrides[TAO_MAX_RANK];
};

void bindTensor(nb::module_ &module);

} // namespace tao::python
#endif
