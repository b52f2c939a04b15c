// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels with threads, one after the other. Before: stitch.kernel. After: a gpu.module with a gpu.func for each.
#include "passes/codegen/Passes.h"
#include "passes/codegen/gpu/GpuLowering.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_LOWERKERNELSTOGPU
#include "passes/codegen/Passes.h.inc"

namespace {
struct LowerKernelsToGpu : impl::LowerKernelsToGpuBase<LowerKernelsToGpu> {
  void runOnOperation() override {
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<stitch::KernelOp>())) {
      if (!kernel.getThreads()) {
        kernel.emitOpError() << "has no threads, so it is no kernel for GPUs";
        return signalPassFailure();
      }
      if (failed(GpuLowering(kernel).run()))
        return signalPassFailure();
      kernel.erase();
      ++numKernels;
    }
  }
};
} // namespace
} // namespace tao
