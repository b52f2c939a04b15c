// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types of the values inside a model that may not compile.
#ifndef TAO_COMPILER_REDUCE_ONNXTYPES_H
#define TAO_COMPILER_REDUCE_ONNXTYPES_H

#include "compiler/reduce/OnnxEdit.h"

namespace tao {

/// Types of the main graph's values: those that the model declares, and those that the importer finds for all it can
/// import. `scratch` is a path that may be written.
ValueTypes inferTypes(const onnx::ModelProto &model, const std::string &scratch);

} // namespace tao
#endif
