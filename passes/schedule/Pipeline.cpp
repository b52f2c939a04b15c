// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The schedule phase, in order.
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/schedule/Passes.h"

namespace tao {

static void buildGpuPipeline(mlir::OpPassManager &pm, const ScheduleOptions &options) {
  MaterializeGpuOptions gpu;
  gpu.arch = options.gpu;
  pm.addPass(createMaterializeGpu(gpu, options.errors));
  auto &kernels = pm.nest<stitch::KernelOp>();
  kernels.addPass(mlir::createCanonicalizerPass());
  kernels.addPass(mlir::createCSEPass());
}

void buildSchedulePipeline(mlir::OpPassManager &pm, const ScheduleOptions &options) {
  if (!options.gpu.empty())
    return buildGpuPipeline(pm, options);
  // First: what has a stitching plan is placed by it. The sums of its partial results are groups like any other.
  pm.addPass(createSplitParts());
  MaterializeStitchOptions stitch;
  stitch.vectorBytes = options.vectorBytes;
  pm.addPass(createMaterializeStitch(stitch));
  MaterializeOnlineOptions online;
  online.vectorBytes = options.vectorBytes;
  pm.addPass(createMaterializeOnline(online));
  // Before the others, so that placement sees as few and as long dims as possible.
  pm.addNestedPass<mlir::func::FuncOp>(createCollapseDims());
  PlaceGroupsOptions place;
  place.vectorBytes = options.vectorBytes;
  pm.addNestedPass<mlir::func::FuncOp>(createPlaceGroups(place));
  pm.addPass(createMaterializeKernels());
  pm.addNestedPass<mlir::func::FuncOp>(createGatherPacks());
  // Inlining producers repeats index arithmetic and constants.
  pm.addNestedPass<stitch::KernelOp>(mlir::createCSEPass());
}

} // namespace tao
