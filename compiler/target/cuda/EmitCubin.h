// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// GPU kernels from NVVM to machine code: LLVM IR, PTX by LLVM, cubins by ptxas.
#ifndef TAO_COMPILER_TARGET_CUDA_EMITCUBIN_H
#define TAO_COMPILER_TARGET_CUDA_EMITCUBIN_H

#include "compiler/target/cuda/Toolkit.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/ADT/SmallVector.h"

namespace tao {

/// Machine code of a kernel for one architecture, and what ptxas says of it.
struct Cubin {
  std::string kernel, arch;
  llvm::SmallVector<char, 0> code;
  int64_t registers = 0; // of a thread
  int64_t spills = 0;    // bytes of a thread that registers have no room for, stored and loaded
  int64_t shared = 0;    // static bytes of a block
};

/// The kernel's LLVM IR for an architecture, optimised; libdevice is linked where it is called. Null, with an error
/// diagnostic, on failure.
std::string emitGpuLlvm(mlir::gpu::GPUModuleOp module, llvm::StringRef arch, const CudaToolkit &toolkit);
/// Its PTX; empty, with an error diagnostic, on failure.
std::string emitPtx(mlir::gpu::GPUModuleOp module, llvm::StringRef arch, const CudaToolkit &toolkit);
/// PTX to assemble for an architecture.
struct AssemblyJob {
  std::string kernel, arch;
  size_t ptx = 0; // which of the texts
};
/// Machine code of all jobs, in order, several at a time; fewer than there are jobs, with an error, where one fails.
std::vector<Cubin> assemble(llvm::ArrayRef<AssemblyJob> jobs, llvm::ArrayRef<std::string> ptx,
                            const CudaToolkit &toolkit, ErrorList &errors);

} // namespace tao
#endif
