// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel phase. Before: stitch.kernel. After: llvm.func in the LLVM dialect, one per kernel, with the kernel's name
// and the signature tao_kernel_fn of the model's interface.
#ifndef TAO_PASSES_CODEGEN_PASSES_H
#define TAO_PASSES_CODEGEN_PASSES_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace tao {

struct KernelOptions {
  int vectorBytes = 32;  // of the target's vector registers
  bool emulates = false; // of GPU kernels also functions for the emulator
  bool isGpu = false;    // kernels are for GPUs: after the phase they are llvm.func with NVVM, each in a gpu.module
};

#define GEN_PASS_DECL
#include "passes/codegen/Passes.h.inc"

void buildKernelPipeline(mlir::OpPassManager &pm, const KernelOptions &options);

#define GEN_PASS_REGISTRATION
#include "passes/codegen/Passes.h.inc"

} // namespace tao
#endif
