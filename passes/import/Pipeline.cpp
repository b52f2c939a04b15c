// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The import phase as a pipeline.
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "passes/import/Passes.h"

namespace tao {

void buildImportPipeline(mlir::OpPassManager &pm, const ImportOptions &options, ErrorList *errors) {
  // One pass: shapes, content and errors of all nodes must be known together.
  pm.addPass(createImportPass(options, errors));
}

namespace registration {
#define GEN_PASS_REGISTRATION
#include "passes/import/Passes.h.inc"
} // namespace registration

void registerImportPasses() { registration::registerImportPasses(); }

} // namespace tao
