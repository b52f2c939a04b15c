// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dialect of the host program. Rationale: docs/dialects/rt.md.
#ifndef TAO_DIALECTS_RT_DIALECT_H
#define TAO_DIALECTS_RT_DIALECT_H

#include "dialects/Tao/TaoDialect.h"
#include "mlir/IR/SymbolTable.h"

#include "dialects/Rt/RtDialect.h.inc"
#include "dialects/Rt/RtEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Rt/RtAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Rt/RtInterfaces.h.inc"
#include "dialects/Rt/RtTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/Rt/RtOps.h.inc"

namespace tao::rt {
/// The size expression of a verified attribute.
SymExpr getSize(llvm::StringRef text);
inline SymExpr getSize(mlir::StringAttr text) { return getSize(text.getValue()); }
/// The steps of a program in order, those in bodies included; the position is the step's number.
llvm::SmallVector<StepOpInterface> getSteps(ProgramOp program);

/// Moments of a program as it is written: one for each step, and two for each loop or branch, around those inside.
struct Span {
  int64_t first, last;
};
llvm::DenseMap<mlir::Operation *, Span> getMoments(ProgramOp program);
} // namespace tao::rt

#endif
