// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The fusion dialect. Rationale: docs/dialects/stitch.md.
#ifndef TAO_DIALECTS_STITCH_DIALECT_H
#define TAO_DIALECTS_STITCH_DIALECT_H

#include "dialects/Stitch/Plan.h"
#include "dialects/Tao/TaoDialect.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"

#include "dialects/Stitch/StitchDialect.h.inc"
#include "dialects/Stitch/StitchEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Stitch/StitchAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Stitch/StitchTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/Stitch/StitchOps.h.inc"

namespace tao::stitch {
/// Lanes of a warp, on every NVIDIA GPU.
inline constexpr int64_t kWarpSize = 32;
/// True for monoids that carry an index beside the value.
bool isArgMonoid(Monoid monoid);
/// The identity of a monoid in a scalar type; for arg monoids, of the value.
mlir::TypedAttr getIdentity(Monoid monoid, mlir::Type type);
/// The kind of plan of a group.
PlanKind getPlanKind(GroupOp group);
} // namespace tao::stitch

#endif
