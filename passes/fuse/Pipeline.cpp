// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The phase as a straight line.
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "passes/fuse/Passes.h"
#include "passes/fuse/Planner.h"

using namespace mlir;

namespace tao {

namespace registration {
#define GEN_PASS_REGISTRATION
#include "passes/fuse/Passes.h.inc"
} // namespace registration

void buildFusePipeline(OpPassManager &pm, const FuseOptions &options) {
  OpPassManager &function = pm.nest<func::FuncOp>();
  bool epilogues = options.gemm == GemmFusion::Epilogues || options.gemm == GemmFusion::All;
  // Before contractions are grouped; the transposes are memory work like any other.
  if (options.gemm == GemmFusion::None || options.gemm == GemmFusion::Epilogues)
    function.addPass(createPlainContractions());
  // Before all that chooses, so that every later choice sees the canonical order and no dead op counts as a reader.
  function.addPass(createCanonicalOrder());
  // Before contractions are grouped one by one.
  const PlannerInfo *planner = findPlanner(options.planner);
  if (planner && planner->stitches && options.gemm != GemmFusion::None)
    function.addPass(createGroupOnline(GroupOnlineOptions{options.planner, options.arch}));
  // Before any planner: what a library call absorbs is not memory work, whichever planner runs.
  function.addPass(createGroupMath(GroupMathOptions{options.planner, epilogues, options.libraryCurves}));
  // After the epilogues have pushed reshapes below themselves; only planners that inline care where reshapes stand.
  if (planner && planner->movesReshapes)
    function.addPass(createMoveReshapes());
  // Before the canonical order, which places the copies.
  if (planner && planner->stitches) {
    function.addPass(createRecompute(RecomputeOptions{options.arch}));
    function.addPass(createUnshareNumbers());
  }
  // The passes above left ops behind their new places, and dead ones.
  function.addPass(createCanonicalOrder());
  GroupMemoryOptions grouping{options.planner, options.arch, options.strictPlans, options.refusePlans};
  function.addPass(options.planFile ? createGroupMemory(grouping, *options.planFile, *options.errors)
                                    : createGroupMemory(grouping));
  // Always on, for code follows plans without asking; but what is not strict has asked already.
  if (options.planFile)
    function.addPass(createVerifyPlans(*options.errors));
  else if (options.strictPlans)
    function.addPass(createVerifyPlans());
  // The contract of the phase.
  function.addPass(createVerifyGroups());
}

void registerFusePasses() {
  registration::registerFusePasses();
  struct PipelineOptions : PassPipelineOptions<PipelineOptions> {
    Option<std::string> planner{*this, "planner", llvm::cl::desc("Planner"), llvm::cl::init(FuseOptions().planner)};
    Option<std::string> arch{*this, "arch", llvm::cl::desc("Architecture table"), llvm::cl::init(FuseOptions().arch)};
    Option<GemmFusion> gemm{*this, "gemm-fusion", llvm::cl::desc("What contractions absorb"),
                            llvm::cl::init(FuseOptions().gemm),
                            llvm::cl::values(clEnumValN(GemmFusion::None, "none", "nothing"),
                                             clEnumValN(GemmFusion::Strides, "strides", "transposes"),
                                             clEnumValN(GemmFusion::Epilogues, "epilogues", "post-ops"),
                                             clEnumValN(GemmFusion::All, "all", "both"))};
    Option<bool> libraryCurves{*this, "library-curves", llvm::cl::desc("tanh and GELU in the library"),
                               llvm::cl::init(FuseOptions().libraryCurves)};
    Option<bool> strict{*this, "strict", llvm::cl::desc("Plans that the checker refuses are errors"),
                        llvm::cl::init(FuseOptions().strictPlans)};
    Option<bool> refuse{*this, "refuse", llvm::cl::desc("Refuse every plan"),
                        llvm::cl::init(FuseOptions().refusePlans)};
  };
  PassPipelineRegistration<PipelineOptions>(
      "fuse", "Phase fuse: from tao ops to groups", [](OpPassManager &pm, const PipelineOptions &options) {
        buildFusePipeline(pm, FuseOptions{options.planner, options.arch, options.gemm, options.libraryCurves,
                                          options.strict, options.refuse});
      });
}

} // namespace tao
