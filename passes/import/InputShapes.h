// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The shapes of the inputs under the user's `--shape` options.
#ifndef TAO_PASSES_IMPORT_INPUTSHAPES_H
#define TAO_PASSES_IMPORT_INPUTSHAPES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/import/ImportContext.h"

namespace tao {

/// A range that the user gave for a size.
struct SizeBound {
  SymExpr size;
  std::optional<int64_t> min, max;
};

struct InputShapes {
  llvm::SmallVector<mlir::RankedTensorType> types; // of the arguments
  std::vector<SizeBound> bounds;
  std::map<std::string, int64_t> likely; // size by symbol
  bool changedStatic = false;            // an extent that the model fixes was given another value
};

/// Applies the options to the arguments of `main`. An extent given for a named size holds wherever the name occurs.
/// On failure errors are added.
mlir::FailureOr<InputShapes> getInputShapes(mlir::func::FuncOp main, const ImportOptions &options, ErrorList &errors);

/// The name of argument `index`.
std::string getInputName(mlir::func::FuncOp main, unsigned index);

} // namespace tao
#endif
