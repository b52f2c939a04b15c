// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The import of a whole module, apart from the pass that wraps it.
#ifndef TAO_PASSES_IMPORT_IMPORTMODULE_H
#define TAO_PASSES_IMPORT_IMPORTMODULE_H

#include "mlir/IR/BuiltinOps.h"
#include "passes/import/ImportOptions.h"
#include "passes/support/UserError.h"

namespace tao {

struct ImportStatistics {
  size_t nodes = 0, assumptions = 0;
};

/// Replaces the frontend ops of @main by tao ops. On failure `errors` says why, and the module is unchanged.
mlir::LogicalResult importModule(mlir::ModuleOp module, const ImportOptions &options, ErrorList &errors,
                                 ImportStatistics &statistics);

} // namespace tao
#endif
