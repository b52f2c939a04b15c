// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The check of phase boundaries as a pass, for tests.
#ifndef TAO_PASSES_CONTRACTS_PASSES
#define TAO_PASSES_CONTRACTS_PASSES

include "mlir/Pass/PassBase.td"

def VerifyContract : Pass<"verify-contract", "::mlir::ModuleOp"> {
  let summary = "checks what may remain after a phase";
  let description = [{
    The table is Contracts.def.

    ```mlir
    func.func @main(%x: tensor<4xf32>) { %0 = tao.exp %x : tensor<4xf32> ... }   // no error after simplify, one after fuse
    ```
  }];
  let options = [Option<"phase", "phase", "std::string", "\"\"", "Phase whose result this is">];
}

#endif
