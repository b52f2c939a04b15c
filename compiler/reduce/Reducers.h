// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is reduced by which steps. Each starts the reduction with the file and applies its steps until none helps;
// errors of reading go to `errors`.
#ifndef TAO_COMPILER_REDUCE_REDUCERS_H
#define TAO_COMPILER_REDUCE_REDUCERS_H

#include "compiler/reduce/Reduction.h"

namespace tao {

void reduceOnnx(const std::string &path, Reduction &reduction, ErrorList &errors);
void reduceModule(const std::string &path, Reduction &reduction, ErrorList &errors);

} // namespace tao
#endif
