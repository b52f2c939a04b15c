// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the weight blob of a model holds. It travels as the module attribute `tao.weights`, so that the host phase's
// result is complete as text, and its bytes never pass through LLVM IR.
#ifndef TAO_PASSES_HOST_WEIGHTPLAN_H
#define TAO_PASSES_HOST_WEIGHTPLAN_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include <vector>

namespace tao {

/// The symbol that the image refers to; defined by whoever places the blob.
inline constexpr llvm::StringLiteral kWeightsSymbol = "tao_weights_data";
/// Alignment of each constant in the blob, and of the blob itself in a file.
inline constexpr int64_t kWeightAlignment = 64, kWeightBlobAlignment = 4096;

struct WeightPlan {
  struct Entry {
    mlir::ElementsAttr value;
    int64_t offset;
  };
  std::vector<Entry> entries; // by rising offset; the gaps are zero
  int64_t bytes = 0;

  static WeightPlan get(mlir::ModuleOp module);
  void set(mlir::ModuleOp module) const;
  /// Calls `write` with consecutive pieces that make up the blob, until it returns false.
  bool forEachPiece(llvm::function_ref<bool(llvm::ArrayRef<char>)> write) const;
};

} // namespace tao
#endif
