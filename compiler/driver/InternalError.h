// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Faults of the compiler itself: they end in a message with an id and a reproducer, never in a stack trace or a signal.
#ifndef TAO_COMPILER_DRIVER_INTERNALERROR_H
#define TAO_COMPILER_DRIVER_INTERNALERROR_H

#include "mlir/IR/BuiltinOps.h"
#include "passes/support/UserError.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace tao {

/// While one lives, faults in code under `guard` are caught, and LLVM's own fatal errors keep quiet.
class FaultGuard {
public:
  FaultGuard();
  ~FaultGuard();
  /// Runs `body` on a stack deep enough for any graph. False when it faulted; `reason` then says how. Should the fault
  /// have left the allocator locked, so that whatever follows waits forever, the process ends with a short message and
  /// exit code 3 after some seconds, unless the guard is gone or the fault reported by then.
  bool guard(llvm::function_ref<void()> body, std::string &reason);
};

/// Reports a fault in `phase`. `before` is the module that the phase was given, or null; it is written to a file that
/// --compile-from=`phase` takes, with weights replaced by zeros.
void reportInternalError(llvm::StringRef phase, llvm::StringRef reason, mlir::ModuleOp before, ErrorList &errors);

} // namespace tao
#endif
