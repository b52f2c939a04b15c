// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Phase host. Before: func.func @main of stitch.call, library groups, constants, reshapes and assumptions, beside
// kernels as LLVM functions. After: LLVM dialect only, with the image of model_abi.h and the module attribute
// tao.weights.
#ifndef TAO_PASSES_HOST_PASSES_H
#define TAO_PASSES_HOST_PASSES_H

#include "dialects/Rt/RtDialect.h"
#include "dialects/Stitch/StitchDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/Pass.h"

namespace tao {

struct HostOptions {
  std::string cpu;         // resolved name, recorded in the model
  std::string cpuFeatures; // as in /proc/cpuinfo, comma separated
  std::string gpus;        // of a model for GPUs: those that get code, comma separated
  std::string compiler = "tao";
};

#define GEN_PASS_DECL
#include "passes/host/Passes.h.inc"

/// Bytes of the arena of a planned program when the symbols have these values; nullopt when a size cannot be computed.
std::optional<int64_t> getArenaBytes(rt::ProgramOp program,
                                     llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> valueOf);

void buildHostPipeline(mlir::OpPassManager &pm, const HostOptions &options);
void registerHostPasses();

} // namespace tao
#endif
