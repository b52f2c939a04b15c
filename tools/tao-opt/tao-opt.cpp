// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs passes on IR, for tests and for work on the compiler.
#include "compiler/include/tao/Registration.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  tao::registerDialects(registry);
  tao::registerPasses();
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::registerSymbolDCEPass();
  mlir::registerStripDebugInfoPass();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "tao optimizer driver\n", registry));
}
