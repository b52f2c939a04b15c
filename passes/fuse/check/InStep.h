// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which classes of an operand an op reads at its own index of the same class.
#ifndef TAO_PASSES_FUSE_CHECK_INSTEP_H
#define TAO_PASSES_FUSE_CHECK_INSTEP_H

#include "dialects/Stitch/StitchPlan.h"
#include "dialects/Tao/TaoDialect.h"

namespace tao::check {

/// Extents that an op iterates over: the dims of its result, then those that it reduces, ascending.
llvm::SmallVector<SymExpr> getLoopExtents(mlir::Operation *op);

/// Classes c of `operand`, of which the index along c is that of the reader along c at every point of the reader. An
/// index is what remains of the dims' indices by the classes' place in the lists: the list (P, Q) of a dim makes its
/// index i the pair (i / |Q|, i mod |Q|). `producer` are the lists of the operand's dims; extents are those of classes.
llvm::SmallVector<int64_t> findInStep(mlir::OpOperand &operand, llvm::ArrayRef<llvm::SmallVector<int64_t, 2>> producer,
                                      const stitch::OpSpace &reader, llvm::ArrayRef<SymExpr> extents);

} // namespace tao::check
#endif
