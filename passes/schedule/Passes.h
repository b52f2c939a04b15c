// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The schedule phase. Before: memory groups with a plan. After: stitch.kernel and stitch.call; library groups
// unchanged.
#ifndef TAO_PASSES_SCHEDULE_PASSES_H
#define TAO_PASSES_SCHEDULE_PASSES_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/Pass.h"

namespace tao {

class ErrorList;

struct ScheduleOptions {
  int vectorBytes = 32;        // of the target's vector registers
  std::string gpu;             // the architecture table of GPU kernels; empty for a CPU
  ErrorList *errors = nullptr; // for groups of which no GPU kernel can be made
};

#define GEN_PASS_DECL
#include "passes/schedule/Passes.h.inc"

/// Groups that it refuses become user errors.
std::unique_ptr<mlir::Pass> createMaterializeGpu(const MaterializeGpuOptions &options, ErrorList *errors);

void buildSchedulePipeline(mlir::OpPassManager &pm, const ScheduleOptions &options);

#define GEN_PASS_REGISTRATION
#include "passes/schedule/Passes.h.inc"

} // namespace tao
#endif
