// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The phase as a straight line.
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "passes/simplify/Passes.h"

using namespace mlir;

namespace tao {

#define GEN_PASS_REGISTRATION
#include "passes/simplify/Passes.h.inc"

void buildSimplifyPipeline(OpPassManager &pm, const SimplifyOptions &options) {
  FoldConstantsOptions fold{options.foldLimitBytes};
  // Before all that looks at extents.
  pm.addPass(createSettleSizes());
  OpPassManager &whole = pm.nest<func::FuncOp>();
  // So that importers may write the plainest decomposition.
  whole.addPass(createAlgebra());
  // Before folding, which would evaluate equal chains once each.
  whole.addPass(createCSEPass());
  // What depends on constants alone leaves loops, so that it folds once.
  whole.addPass(createHoistInvariants());
  whole.addPass(createFoldConstants(fold));
  // From here on bodies of control flow are functions like any other.
  pm.addPass(createOutlineBodies());
  OpPassManager &function = pm.nest<func::FuncOp>();
  // What follows looks for constant weights and scales, also those that folding has just made; the new weights fold
  // again.
  function.addPass(createFoldScales());
  function.addPass(createFoldConstants(fold));
  // Before layouts: only what a library will compute is worth a layout.
  ExpandContractOptions expand;
  expand.upcastBf16 = options.upcastBf16;
  function.addPass(createExpandContract(expand));
  if (options.channelsLast)
    function.addPass(createChannelsLast());
  // Transposes that found no partner meet contractions and reshapes now.
  function.addPass(createAlgebra());
  // After the last pass that changes the maps of contractions.
  function.addPass(createCanonicalizeContract());
  // The reshapes around contractions cancel against one another, and constant operands take their new shapes.
  function.addPass(createAlgebra());
  function.addPass(createFoldConstants(fold));
  function.addPass(createCSEPass());
}

void registerSimplifyPasses() {
  registerSimplifyPhasePasses();
  struct PipelineOptions : PassPipelineOptions<PipelineOptions> {
    Option<int64_t> limit{*this, "fold-limit-bytes", llvm::cl::desc("Most bytes of folded constants"),
                          llvm::cl::init(SimplifyOptions().foldLimitBytes)};
    Option<bool> upcast{*this, "upcast-bf16", llvm::cl::desc("Contract bf16 in f32"), llvm::cl::init(false)};
    Option<bool> channelsLast{*this, "channels-last", llvm::cl::desc("Move channels last"), llvm::cl::init(true)};
  };
  PassPipelineRegistration<PipelineOptions>("simplify", "Phase simplify: constants, algebra and layouts",
                                            [](OpPassManager &pm, const PipelineOptions &options) {
                                              SimplifyOptions simplify{options.limit, options.upcast,
                                                                       options.channelsLast};
                                              buildSimplifyPipeline(pm, simplify);
                                            });
}

} // namespace tao
