// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An array of the caller's, whatever library it is of, as a tensor of the model interface. Nothing is copied.
#ifndef TAO_PYTHON_VIEW_H
#define TAO_PYTHON_VIEW_H

#include "DLPack.h"

#include <nanobind/nanobind.h>
#include <string>
#include <vector>

namespace tao::python {

namespace nb = nanobind;

/// What messages call an argument: input 'x'.
struct ArgumentName {
  const char *role, *name;
  std::string text() const { return std::string(role) + " '" + name + "'"; }
};

class View {
public:
  enum class Use { Read, Write };

  View() = default;
  View(const View &) = delete;
  ~View() { release(); }

  /// Holds `array` until release. Throws TypeError for what is no array or has elements that no model takes, ValueError
  /// for a read-only one that is to be written.
  void acquire(nb::handle array, Use use, ArgumentName name);
  void release();

  const tao_tensor &tensor() const { return view; }

private:
  bool acquireBuffer(nb::handle array, Use use, ArgumentName name);
  bool acquireBfloat16(nb::handle array, Use use, ArgumentName name);
  bool acquireDlpack(nb::handle array, Use use, ArgumentName name);
  void setLayout(Use use, ArgumentName name);

  tao_tensor view = {};
  Py_buffer buffer = {};
  DLManaged *managed = nullptr;
  DLManagedVersioned *versioned = nullptr;
  nb::object keep;              // a tensor of ours
  std::vector<int64_t> strides; // of a buffer that is not compact
};

} // namespace tao::python
#endif
