// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Packs: groups, later calls of their kernels, that do not depend on one another and run in one launch. A discardable
// attribute `pack` tells which belong together.
#ifndef TAO_PASSES_SCHEDULE_PACK_H
#define TAO_PASSES_SCHEDULE_PACK_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"
#include <optional>

namespace tao {

struct PackInfo {
  int64_t number = 0;    // unique within a function
  mlir::StringAttr name; // of the launch, in reports and traces
};

void setPack(mlir::Operation *op, const PackInfo &pack);
/// nullopt for an op that is launched alone.
std::optional<PackInfo> getPack(mlir::Operation *op);

} // namespace tao
#endif
