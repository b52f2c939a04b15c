// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The front end's dialect. Rationale: docs/dialects/frontend.md.
#ifndef TAO_DIALECTS_FRONTEND_DIALECT_H
#define TAO_DIALECTS_FRONTEND_DIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Frontend/FrontendDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Frontend/FrontendAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Frontend/FrontendTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/Frontend/FrontendOps.h.inc"

namespace tao::frontend {

/// The domain part of node names for ONNX's own operators.
inline constexpr llvm::StringLiteral kOnnxDomain = "onnx";

} // namespace tao::frontend
#endif
