// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pass around KernelLowering.
#include "passes/codegen/Passes.h"
#include "passes/codegen/cpu/KernelLowering.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_LOWERKERNELSTOVECTOR
#include "passes/codegen/Passes.h.inc"

namespace {
struct LowerKernelsToVector : impl::LowerKernelsToVectorBase<LowerKernelsToVector> {
  using LowerKernelsToVectorBase::LowerKernelsToVectorBase;
  void runOnOperation() override {
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<stitch::KernelOp>())) {
      if (failed(KernelLowering(kernel, vectorBytes).run()))
        return signalPassFailure();
      kernel.erase();
      ++numKernels;
    }
  }
};
} // namespace
} // namespace tao
