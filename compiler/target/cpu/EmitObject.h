// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the LLVM dialect to machine code.
#ifndef TAO_COMPILER_TARGET_CPU_EMITOBJECT_H
#define TAO_COMPILER_TARGET_CPU_EMITOBJECT_H

#include "compiler/target/cpu/CpuTarget.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"
#include <memory>
#include <vector>

namespace tao {

/// An LLVM module with the context it lives in.
struct LlvmModule {
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module; // null on failure
};

/// Translates a module of the LLVM dialect and runs the optimiser on it; with `checkAddresses` every access asks the
/// address sanitizer's runtime. Failure is an internal error, already reported as a diagnostic.
LlvmModule translateToLlvm(mlir::ModuleOp module, const CpuTarget &target, bool checkAddresses = false);

/// The module as an object file in memory. With several threads it is split, compiled in parallel and comes as several
/// objects; their number and content depend on the module alone. The module is consumed.
std::vector<llvm::SmallVector<char, 0>> emitObjects(LlvmModule module, const CpuTarget &target);
/// As assembly text.
std::string emitAssembly(LlvmModule module, const CpuTarget &target);

} // namespace tao
#endif
