// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The import phase: frontend nodes -> tao ops.
// Before: func.func @main of frontend ops, as the reader makes it. After: tao ops and func.return only; every shape static or
// symbolic; every op located at its source node.
#ifndef TAO_PASSES_IMPORT_PASSES_H
#define TAO_PASSES_IMPORT_PASSES_H

#include "dialects/Frontend/FrontendDialect.h"
#include "dialects/Tao/TaoDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "passes/import/ImportOptions.h"
#include "passes/support/UserError.h"

namespace tao {

#define GEN_PASS_DECL
#include "passes/import/Passes.h.inc"

/// The importer as a pass. User errors go to `errors`, or become diagnostics when it is null; either way the pass fails.
/// `errors` must outlive the pass.
std::unique_ptr<mlir::Pass> createImportPass(const ImportOptions &options, ErrorList *errors);

/// The phase as a pipeline.
void buildImportPipeline(mlir::OpPassManager &pm, const ImportOptions &options, ErrorList *errors = nullptr);

void registerImportPasses();

/// Writes the supported operators, one line each: domain, name, since versions, remarks (`taoc --list-ops`).
void listOps(llvm::raw_ostream &os);

} // namespace tao
#endif
