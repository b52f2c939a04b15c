// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Phase simplify: from imported tao ops to the fewest and cheapest ones, in the layouts that libraries compute fastest.
#ifndef TAO_PASSES_SIMPLIFY_PASSES_H
#define TAO_PASSES_SIMPLIFY_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace tao {

struct SimplifyOptions {
  /// Most bytes of constants that folding may add.
  int64_t foldLimitBytes = int64_t(256) << 20;
  /// Contract bf16 in f32: for CPUs whose library has no bf16.
  bool upcastBf16 = false;
  /// Give convolutions their channels last.
  bool channelsLast = true;
};

#define GEN_PASS_DECL
#include "passes/simplify/Passes.h.inc"

void buildSimplifyPipeline(mlir::OpPassManager &pm, const SimplifyOptions &options);
void registerSimplifyPasses();

} // namespace tao
#endif
