// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The structs that DLPack's capsules carry, written from its specification (dmlc.github.io/dlpack). tao_tensor is its
// DLTensor.
#ifndef TAO_PYTHON_DLPACK_H
#define TAO_PYTHON_DLPACK_H

#include "tao/model_abi.h"

namespace tao::python {

/// What a capsule named "dltensor" points to: the form before version 1.0.
struct DLManaged {
  tao_tensor tensor;
  void *manager;
  void (*deleter)(DLManaged *);
};

struct DLVersion {
  uint32_t major, minor;
};
inline constexpr DLVersion kDLVersion = {1, 0};
inline constexpr uint64_t kDLReadOnly = 1, kDLCopied = 2;

/// What a capsule named "dltensor_versioned" points to.
struct DLManagedVersioned {
  DLVersion version;
  void *manager;
  void (*deleter)(DLManagedVersioned *);
  uint64_t flags;
  tao_tensor tensor;
};

/// Of a managed struct's capsule: its name when it may be taken, and when it has been.
template <typename Managed> struct DLCapsule;
template <> struct DLCapsule<DLManaged> {
  static constexpr const char *fresh = "dltensor", *used = "used_dltensor";
};
template <> struct DLCapsule<DLManagedVersioned> {
  static constexpr const char *fresh = "dltensor_versioned", *used = "used_dltensor_versioned";
};

} // namespace tao::python
#endif
