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
LLVM::LLVMFuncOp declare(ModuleOp module, StringRef name, LLVM::LLVMFunctionType type) {
  if (auto existing = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return existing;
  OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
  return LLVM::LLVMFuncOp::create(b, module.getLoc(), name, type);
}

/// f64 expm1 and log1p lane by lane: upstream's lowering computes exp(x) - 1 and log(1 + x), which loses small x.
void callPerLane(ModuleOp module, Operation *op, StringRef name) {
  OpBuilder b(op);
  Location loc = op->getLoc();
  Type element = b.getF64Type();
  auto function = declare(module, name, LLVM::LLVMFunctionType::get(element, {element}));
  auto vector = dyn_cast<VectorType>(op->getResult(0).getType());
  Value result;
  if (!vector) {
    result = LLVM::CallOp::create(b, loc, function, op->getOperands()).getResult();
  } else {
    result = arith::ConstantOp::create(b, loc, b.getZeroAttr(vector));
    for (int64_t lane = 0; lane < vector.getNumElements(); ++lane) {
      Value x = vector::ExtractOp::create(b, loc, op->getOperand(0), lane);
      Value y = LLVM::CallOp::create(b, loc, function, x).getResult();
      result = vector::InsertOp::create(b, loc, y, result, lane);
    }
  }
  op->replaceAllUsesWith(ValueRange{result});
  op->erase();
}

struct LowerMathCalls : impl::LowerMathCallsBase<LowerMathCalls> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<Operation *> lossy;
    module.walk([&](Operation *op) {
      if (isa<math::ExpM1Op, math::Log1pOp>(op) && getElementTypeOrSelf(op->getResult(0).getType()).isF64())
        lossy.push_back(op);
    });
    for (Operation *op : lossy)
      callPerLane(module, op, isa<math::ExpM1Op>(op) ? "expm1" : "log1p");
    for (auto declaration : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      if (!declaration.isExternal())
        continue;
      FunctionType type = declaration.getFunctionType();
      std::string name = declaration.getSymName().str();
      SmallVector<func::CallOp> calls;
      for (auto function : module.getOps<LLVM::LLVMFuncOp>())
        function.walk([&](func::CallOp call) {
          if (call.getCallee() == name)
            calls.push_back(call);
        });
      declaration.erase(); // before its successor of the same name comes
      auto external = declare(module, name, LLVM::LLVMFunctionType::get(type.getResult(0), type.getInputs()));
      for (func::CallOp call : calls) {
        OpBuilder b(call);
        auto lowered = LLVM::CallOp::create(b, call.getLoc(), external, call.getOperands());
        call.replaceAllUsesWith(lowered.getResults());
        call.erase();
      }
    }
  }
};
} // namespace
} // namespace tao
