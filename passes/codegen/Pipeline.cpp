// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel phase, in order: on a CPU, and on a GPU.
#include "mlir/Conversion/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/codegen/Passes.h"

namespace tao {

/// Scalar and vector code of functions to the LLVM dialect of a CPU.
static void buildCpuConversions(mlir::OpPassManager &pm) {
  pm.nest<mlir::LLVM::LLVMFuncOp>().addPass(mlir::createSCFToControlFlowPass());
  // Functions that upstream would lower with a loss go to the C library before it sees them.
  pm.addPass(createLowerMathCalls());
  mlir::ConvertVectorToLLVMPassOptions vectors;
  vectors.reassociateFPReductions = true; // the lane tree is ours to choose; its width is in the plan
  pm.addPass(mlir::createConvertVectorToLLVMPass(vectors));
  // Functions with an LLVM intrinsic first, then what is left goes to the C library one lane at a time.
  pm.addPass(mlir::createConvertMathToLLVMPass());
  pm.addPass(mlir::createConvertMathToLibmPass());
  pm.addPass(createLowerMathCalls());
  pm.addPass(mlir::createConvertVectorToLLVMPass(vectors));
  pm.addPass(mlir::createArithToLLVMConversionPass());
  pm.addPass(mlir::createConvertIndexToLLVMPass());
  pm.addPass(mlir::createConvertControlFlowToLLVMPass());
  pm.addPass(mlir::createReconcileUnrealizedCastsPass());
}

static void buildGpuKernelPipeline(mlir::OpPassManager &pm, bool emulates) {
  pm.addPass(createLowerKernelsToGpu());
  {
    auto &kernels = pm.nest<mlir::gpu::GPUModuleOp>().nest<mlir::gpu::GPUFuncOp>();
    kernels.addPass(createExpandMath());
    kernels.addPass(mlir::createCanonicalizerPass());
    kernels.addPass(mlir::createCSEPass());
    kernels.addPass(mlir::createLoopInvariantCodeMotionPass());
  }
  // What the emulator runs is what the GPU runs up to here.
  if (emulates)
    pm.addPass(createLowerGpuToEmulator());
  auto &modules = pm.nest<mlir::gpu::GPUModuleOp>();
  modules.addNestedPass<mlir::gpu::GPUFuncOp>(mlir::createSCFToControlFlowPass());
  modules.addPass(mlir::createConvertGpuOpsToNVVMOps());
  modules.addPass(createLowerGpuMath());
  if (emulates)
    return buildCpuConversions(pm);
  pm.addPass(mlir::createReconcileUnrealizedCastsPass());
}

void buildKernelPipeline(mlir::OpPassManager &pm, const KernelOptions &options) {
  if (options.isGpu)
    return buildGpuKernelPipeline(pm, options.emulates);
  LowerKernelsToVectorOptions lower;
  lower.vectorBytes = options.vectorBytes;
  pm.addPass(createLowerKernelsToVector(lower));
  auto &kernels = pm.nest<mlir::LLVM::LLVMFuncOp>();
  // Polynomials share constants and range reductions with their neighbours.
  kernels.addPass(createExpandMath());
  kernels.addPass(mlir::createCanonicalizerPass());
  kernels.addPass(mlir::createCSEPass());
  buildCpuConversions(pm);
}

} // namespace tao
