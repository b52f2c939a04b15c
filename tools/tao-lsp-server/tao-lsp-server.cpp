// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The language server for .mlir files with tao's dialects: diagnostics, hover, definitions and completion in an editor.
// MLIR's own server does the work.
#include "compiler/include/tao/Registration.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Support/LogicalResult.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  tao::registerDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry)) ? 1 : 0;
}
