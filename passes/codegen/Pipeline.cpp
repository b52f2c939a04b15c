// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel phase on a CPU, in order.
#include "mlir/Conversion/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/codegen/Passes.h"

namespace tao {

void buildKernelPipeline(mlir::OpPassManager &pm, const KernelOptions &options) {
  LowerKernelsToVectorOptions lower;
  lower.vectorBytes = options.vectorBytes;
  pm.addPass(createLowerKernelsToVector(lower));
  auto &kernels = pm.nest<mlir::LLVM::LLVMFuncOp>();
  // Polynomials share constants and range reductions with their neighbours.
  kernels.addPass(createExpandMath());
  kernels.addPass(mlir::createCanonicalizerPass());
  kernels.addPass(mlir::createCSEPass());
  kernels.addPass(mlir::createSCFToControlFlowPass());
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

} // namespace tao
