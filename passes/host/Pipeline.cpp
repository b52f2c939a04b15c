// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The host phase, in order.
#include "mlir/Pass/PassManager.h"
#include "passes/host/Passes.h"

namespace tao {
namespace generated {
#define GEN_PASS_REGISTRATION
#include "passes/host/Passes.h.inc"
} // namespace generated

void buildHostPipeline(mlir::OpPassManager &pm, const HostOptions &options) {
  // Storage first: which tensors share memory decides what there is to plan.
  pm.addPass(createLowerToRt());
  pm.addNestedPass<rt::ProgramOp>(createPlanMemory());
  // A wrong plan gives wrong numbers without a trace, so it is checked in every build, by other means than it was made.
  pm.addNestedPass<rt::ProgramOp>(createVerifyMemory());
  // After lowering to rt, since only then is it known which constants remain.
  pm.addPass(createLayoutWeights());
  LowerRtToLlvmOptions image;
  image.cpu = options.cpu;
  image.cpuFeatures = options.cpuFeatures;
  image.gpus = options.gpus;
  image.compiler = options.compiler;
  pm.addPass(createLowerRtToLlvm(image));
}

void registerHostPasses() { generated::registerHostPasses(); }

} // namespace tao
