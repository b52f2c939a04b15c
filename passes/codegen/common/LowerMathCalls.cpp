// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls of the C library's math functions from kernels, to the LLVM dialect. The general conversion of the func dialect does
// not serve here: it would take func.func @main along, which is still a tensor program.
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/codegen/Passes.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_LOWERMATHCALLS
#include "passes/codegen/Passes.h.inc"

namespace {
struct LowerMathCalls : impl::LowerMathCallsBase<LowerMathCalls> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    for (auto declaration : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      if (!declaration.isExternal())
        continue;
      OpBuilder b(declaration);
      FunctionType type = declaration.getFunctionType();
      auto external = LLVM::LLVMFuncOp::create(b, declaration.getLoc(), declaration.getSymName(),
                                               LLVM::LLVMFunctionType::get(type.getResult(0), type.getInputs()));
      for (auto function : module.getOps<LLVM::LLVMFuncOp>())
        function.walk([&](func::CallOp call) {
          if (call.getCallee() != declaration.getSymName())
            return;
          OpBuilder at(call);
          auto lowered = LLVM::CallOp::create(at, call.getLoc(), external, call.getOperands());
          call.replaceAllUsesWith(lowered.getResults());
          call.erase();
        });
      declaration.erase();
    }
  }
};
} // namespace
} // namespace tao
