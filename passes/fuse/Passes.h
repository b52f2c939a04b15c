// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Phase fuse: from tao ops to groups, each of which becomes one kernel or one library call.
#ifndef TAO_PASSES_FUSE_PASSES_H
#define TAO_PASSES_FUSE_PASSES_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace tao {

struct FuseOptions {
  std::string planner = "xla-like"; // a name of getPlanners() in Planner.h
};

#define GEN_PASS_DECL
#include "passes/fuse/Passes.h.inc"

void buildFusePipeline(mlir::OpPassManager &pm, const FuseOptions &options);
void registerFusePasses();

} // namespace tao
#endif
