// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Phase fuse: from tao ops to groups, each of which becomes one kernel or one library call.
#ifndef TAO_PASSES_FUSE_PASSES_H
#define TAO_PASSES_FUSE_PASSES_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "passes/support/UserError.h"

namespace tao {

/// What a contraction absorbs: transposes of its operands and its result, as strides; and what follows it, as post-ops.
enum class GemmFusion { None, Strides, Epilogues, All };
struct PlanFile;

struct FuseOptions {
  std::string planner = "xla-like"; // a name of getPlanners() in Planner.h
  std::string arch = "x86-avx2";    // a name of getArchs() in stitch/Arch.h
  GemmFusion gemm = GemmFusion::All;
  bool libraryCurves = true; // whether the library computes tanh and both GELUs behind a product as fast as kernels
  bool strictPlans = true;   // a planner's plan that the checker refuses is an error
  bool refusePlans = false;  // every one is refused: for tests, without strictPlans
  const PlanFile *planFile = nullptr; // followed instead of planning
  ErrorList *errors = nullptr;        // for what is wrong with it
};

#define GEN_PASS_DECL
#include "passes/fuse/Passes.h.inc"

void buildFusePipeline(mlir::OpPassManager &pm, const FuseOptions &options);

/// The passes for a plan file: group-memory that follows it, and verify-plans. Its faults become user errors. All must
/// outlive the passes.
std::unique_ptr<mlir::Pass> createGroupMemory(const GroupMemoryOptions &options, const PlanFile &file,
                                              ErrorList &errors);
std::unique_ptr<mlir::Pass> createVerifyPlans(ErrorList &errors);
void registerFusePasses();

} // namespace tao
#endif
