// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All dialects and passes of the compiler, for tools that work on IR.
#ifndef TAO_REGISTRATION_H
#define TAO_REGISTRATION_H

namespace mlir {
class DialectRegistry;
}

namespace tao {
/// Dialects that occur between any two phases, with their translations to LLVM IR.
void registerDialects(mlir::DialectRegistry &registry);
/// The passes of all phases, by the names in their Passes.td. Call once.
void registerPasses();
} // namespace tao
#endif
