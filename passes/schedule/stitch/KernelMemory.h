// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The memory that a planned group's kernel has, beside what it reads.
#ifndef TAO_PASSES_SCHEDULE_STITCH_KERNELMEMORY_H
#define TAO_PASSES_SCHEDULE_STITCH_KERNELMEMORY_H

#include "dialects/Tao/SymExpr.h"
#include "mlir/IR/BuiltinTypes.h"
#include <map>

namespace tao {

/// Results of the kernel, and the scratch memory.
struct KernelMemory {
  llvm::SmallVector<mlir::RankedTensorType> results; // what the group stores, then partial results and workspace
  std::vector<size_t> outputOf; // the kernel's result that each of the group's is, where none adds up over blocks
  SymExpr shared;               // that the plan gives out, from offset 0
  int64_t own = 0;              // what code needs besides, behind it

  size_t addResult(mlir::RankedTensorType type) {
    results.push_back(type);
    return results.size() - 1;
  }
  /// Partial results of an op: all variants leave them in the same place.
  struct Partials {
    size_t values = 0, indices = 0;
    SymExpr pieces;
  };
  std::map<int64_t, Partials> partials; // by op
  bool doVariantsDiffer = false;        // in the pieces of an op
};

} // namespace tao
#endif
