// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The read phase: an ONNX file -> frontend.node ops, one per node, verbatim. Weights are not copied: constants point into the
// mapped file, which lives as long as they do.
#ifndef TAO_COMPILER_FRONTEND_ONNXREADER_H
#define TAO_COMPILER_FRONTEND_ONNXREADER_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "passes/support/UserError.h"

namespace tao {

/// Limits that keep a hostile file from exhausting the machine.
struct ReaderOptions {
  int64_t maxNodes = 1'000'000; // of the whole model, functions expanded
  int64_t maxNesting = 16;      // of subgraphs, and of calls of model functions
  int64_t maxRank = 12;
};

/// Reads and validates the model. On failure the result is null and `errors` has at least one entry. The file must not change
/// while the module lives.
mlir::OwningOpRef<mlir::ModuleOp> readOnnx(mlir::MLIRContext &context, llvm::StringRef path, const ReaderOptions &options,
                                           ErrorList &errors);

} // namespace tao
#endif
