// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference interpreter: evaluates functions of tao ops, also inside stitch.group, on host tensors. It is the
// yardstick of the numeric tests and what constants are folded with.
#ifndef TAO_PASSES_INTERP_INTERPRETER_H
#define TAO_PASSES_INTERP_INTERPRETER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/interp/HostTensor.h"

namespace tao {

struct InterpretOptions {
  /// Round every op's result to its element type, as compiled code does. Otherwise floats stay in double precision,
  /// which gives a reference for the whole function; casts round in either case.
  bool roundResults = false;
  /// Tensors larger than this are an error.
  int64_t maxElements = int64_t(1) << 31;
};

/// Runs `function` on `inputs`. Size symbols are bound from the inputs' shapes and tao.assume ops are checked. On
/// failure `error` says which op failed and why.
mlir::LogicalResult interpret(mlir::func::FuncOp function, llvm::ArrayRef<HostTensor> inputs,
                              llvm::SmallVectorImpl<HostTensor> &outputs, std::string &error,
                              const InterpretOptions &options = {});

/// Evaluates a value that depends on constants only.
mlir::FailureOr<HostTensor> evaluateConstant(mlir::Value value, std::string &error,
                                             const InterpretOptions &options = {});

} // namespace tao
#endif
