// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dialect of numeric tests.
#ifndef TAO_DIALECTS_CHECK_DIALECT_H
#define TAO_DIALECTS_CHECK_DIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Check/CheckDialect.h.inc"
#define GET_OP_CLASSES
#include "dialects/Check/CheckOps.h.inc"

#endif
