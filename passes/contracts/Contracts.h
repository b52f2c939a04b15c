// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The contracts between phases. A phase that leaves behind what the next one does not expect is caught at the boundary,
// by name, instead of somewhere later by accident.
#ifndef TAO_PASSES_CONTRACTS_CONTRACTS_H
#define TAO_PASSES_CONTRACTS_CONTRACTS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace tao {

#define GEN_PASS_DECL
#include "passes/contracts/Passes.h.inc"

/// Emits an error for the first op that may not remain after `phase`. A phase without rows has no contract.
mlir::LogicalResult verifyContract(mlir::ModuleOp module, llvm::StringRef phase);

void registerContractPasses();

} // namespace tao
#endif
