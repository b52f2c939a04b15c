// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From groups of one routine to launches of the runtime's own kernel.
#ifndef TAO_PASSES_HOST_ROUTINECALL_H
#define TAO_PASSES_HOST_ROUTINECALL_H

#include "passes/host/LibraryCall.h"

namespace tao {

/// Creates the rt.launch of tao_rt_routine, which the module around gets a declaration of.
void createRoutineCall(mlir::OpBuilder &builder, stitch::GroupOp group, RoutineOp routine,
                       llvm::function_ref<mlir::Value(mlir::Value)> bufferOf, const StepLabels &labels);

} // namespace tao
#endif
