// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The inputs of a run: from a file, checked against the model, or random.
#ifndef TAO_RUN_INPUTS_H
#define TAO_RUN_INPUTS_H

#include "Array.h"
#include "Options.h"

namespace tao::run {

/// In the order of the model's inputs. Every difference between file and model is reported at once.
std::vector<Array> inputsFromFile(const tao_model_info &info, const std::string &path);

/// Equal options give equal inputs, on any machine.
std::vector<Array> randomInputs(const tao_model_info &info, const Options &options);

/// The bytes of an array as the dtype that a model expects, when only the name of the type differs (bfloat16).
bool convertDtype(Array &array, tao_dtype expected);

} // namespace tao::run

#endif // TAO_RUN_INPUTS_H
