// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluation of nodes on tensors whose elements are known as expressions over sizes, so that Shape -> Gather -> Concat ->
// Reshape comes out as a symbolic shape.
#ifndef TAO_PASSES_IMPORT_ONNX_CONTENT_H
#define TAO_PASSES_IMPORT_ONNX_CONTENT_H

#include "passes/import/NodeImport.h"

namespace tao {

using ElementFunction = llvm::function_ref<std::optional<SymExpr>(llvm::ArrayRef<SymExpr>)>;

/// Applies `function` to the elements of all inputs, broadcast. Sets result 0 and returns true if every element came out.
bool mapContent(NodeImport &n, mlir::Type resultType, ElementFunction function);

/// Sets result 0 to elements of input `index`: `source` gives the row-major position for each index of the result. Returns
/// false when the elements are not known.
bool moveContent(NodeImport &n, size_t index, const Dims &dims,
                 llvm::function_ref<int64_t(llvm::ArrayRef<int64_t>)> source);
/// The same elements under another shape.
bool reshapeContent(NodeImport &n, size_t index, const Dims &dims);

/// Extents that are all numbers.
std::optional<llvm::SmallVector<int64_t>> getStatic(llvm::ArrayRef<SymExpr> dims);
/// Calls `visit` for each index of a shape, in row-major order.
void forEachIndex(llvm::ArrayRef<int64_t> shape, llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);
/// Row-major position of an index.
int64_t linearize(llvm::ArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape);

/// True or false where that is certain for all sizes.
std::optional<bool> compareSizes(NodeImport &n, CmpPredicate predicate, const SymExpr &a, const SymExpr &b);

} // namespace tao
#endif
