// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// print-dim-classes: the analysis of DimClasses.h as text, over all memory ops of a function.
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/fuse/Passes.h"
#include "passes/fuse/stitch/DimClasses.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_PRINTDIMCLASSES
#include "passes/fuse/Passes.h.inc"

namespace {
struct PrintDimClasses : impl::PrintDimClassesBase<PrintDimClasses> {
  // On the module, so that functions are printed in order.
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      SmallVector<Operation *> ops;
      func.walk([&](IndexMapOpInterface op) {
        if (op.getOpClass() != OpClass::Contraction)
          ops.push_back(op);
      });
      llvm::errs() << "@" << func.getName() << "\n";
      DimClasses(ops).print(llvm::errs());
    }
    markAllAnalysesPreserved();
  }
};
} // namespace
} // namespace tao
