// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Math that PTX has instructions for. Before: NVVM with calls of libdevice, as upstream lowers all math. After: those
// of one instruction are LLVM's intrinsics; most kernels then need nothing of libdevice.
#include "passes/codegen/Passes.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_LOWERGPUMATH
#include "passes/codegen/Passes.h.inc"

namespace {
template <typename Intrinsic> Value make(OpBuilder &b, LLVM::CallOp call) {
  return Intrinsic::create(b, call.getLoc(), call.getResult().getType(), call.getOperands());
}

struct Row {
  llvm::StringLiteral name; // without the f of single precision
  Value (*make)(OpBuilder &, LLVM::CallOp);
};
constexpr Row kRows[] = {
    {"__nv_fma", make<LLVM::FMAOp>},        {"__nv_fabs", make<LLVM::FAbsOp>},
    {"__nv_sqrt", make<LLVM::SqrtOp>},      {"__nv_floor", make<LLVM::FFloorOp>},
    {"__nv_ceil", make<LLVM::FCeilOp>},     {"__nv_trunc", make<LLVM::FTruncOp>},
    {"__nv_rint", make<LLVM::RoundEvenOp>}, {"__nv_copysign", make<LLVM::CopySignOp>},
};

struct LowerGpuMath : impl::LowerGpuMathBase<LowerGpuMath> {
  void runOnOperation() override {
    getOperation().walk([](LLVM::CallOp call) {
      StringRef callee = call.getCallee().value_or("");
      for (const Row &row : kRows)
        if (callee == row.name || (callee.starts_with(row.name) && callee.drop_front(row.name.size()) == "f")) {
          OpBuilder b(call);
          call.getResult().replaceAllUsesWith(row.make(b, call));
          call.erase();
          return;
        }
    });
    SymbolTable symbols(getOperation());
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<LLVM::LLVMFuncOp>()))
      if (function.isExternal() && SymbolTable::symbolKnownUseEmpty(function, getOperation()))
        symbols.erase(function);
  }
};
} // namespace
} // namespace tao
