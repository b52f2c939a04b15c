// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a kernel loops over: the dims of its results or, with reductions, of their inputs.
#ifndef TAO_PASSES_FUSE_ITERATIONSPACE_H
#define TAO_PASSES_FUSE_ITERATIONSPACE_H

#include "dialects/Tao/TaoDialect.h"

namespace tao {

struct IterationSpace {
  llvm::SmallVector<SymExpr> dims;
  llvm::SmallVector<int64_t> reduced; // sorted
  bool isPrivate = false;             // a sliding window's loops: shared with nothing

  static IterationSpace of(mlir::Operation *root);

  /// True when roots of both spaces can come from one loop nest: equal dims, and equal reduced dims or none on one
  /// side. An elementwise root joins only reductions of rows, that is of the innermost dims, with some dim kept: the
  /// nest of any other reduction has the wrong order for it, or no parallel dim.
  bool canShareWith(const IterationSpace &other) const;
  /// Takes in another space that canShareWith this one.
  void join(const IterationSpace &other);
};

} // namespace tao
#endif
