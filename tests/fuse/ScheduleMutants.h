// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Schedule IR with one mistake each.
#ifndef TAO_TESTS_FUSE_SCHEDULEMUTANTS_H
#define TAO_TESTS_FUSE_SCHEDULEMUTANTS_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace tao {

struct ScheduleMutant {
  llvm::StringRef mistake;
  size_t where; // among the places at which it can be made
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// Calls `visit` with each mutant of a module of kernels, which need not pass the verifier.
void forEachScheduleMutant(mlir::ModuleOp module, llvm::function_ref<void(ScheduleMutant &)> visit);

} // namespace tao
#endif
