// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module compiled in process, to be run.
#ifndef TAO_TESTS_FUSE_COMPILEDGRAPH_H
#define TAO_TESTS_FUSE_COMPILEDGRAPH_H

#include "compiler/include/tao/Jit.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/interp/HostTensor.h"
#include "runtime/src/InProcess.h"
#include "tao/runtime.h"

namespace tao {

/// Of f32 tensors.
using Outputs = std::vector<std::vector<float>>;

struct RunFault {
  std::string text;
};

class CompiledGraph {
public:
  /// Throws a RunFault with what the compiler said.
  CompiledGraph(mlir::ModuleOp module, const std::vector<std::string> &options);
  CompiledGraph(const CompiledGraph &) = delete;
  ~CompiledGraph();

  /// Throws a RunFault with the runtime's message.
  Outputs run(llvm::ArrayRef<HostTensor> inputs, int32_t threads);

private:
  tao_jit_result result = {};
  tao_in_process_model *model = nullptr;
};

/// The largest difference over the largest element; elements that are not finite must be the same.
double errorOf(llvm::ArrayRef<float> actual, llvm::ArrayRef<double> expected);

} // namespace tao
#endif
