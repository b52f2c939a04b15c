// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Time and memory of a run.
#ifndef TAO_RUN_BENCH_H
#define TAO_RUN_BENCH_H

#include "Session.h"

namespace tao::run {

/// Measures runs of the session on the given inputs and prints the result, as text or JSON, on stdout.
void bench(Session &session, const std::vector<tao_tensor> &inputs, OutputTensors &outputs, const Options &options);

} // namespace tao::run

#endif // TAO_RUN_BENCH_H
