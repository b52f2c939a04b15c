// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The state of one import: what is known of each value of the graph, and of the sizes.
#ifndef TAO_PASSES_IMPORT_IMPORTCONTEXT_H
#define TAO_PASSES_IMPORT_IMPORTCONTEXT_H

#include "passes/import/ImportOptions.h"
#include "passes/import/SizeRelations.h"
#include "passes/support/UserError.h"
#include <functional>

namespace tao {

using Dims = llvm::SmallVector<SymExpr, 4>;

/// What import knows of one value. An op exists only once somebody needs the data: sizes and small constants that only
/// parametrise other nodes never become ops.
struct Tensor {
  Dims dims;
  mlir::Type elementType;
  mlir::Value value;           // null while no op has been made
  mlir::ElementsAttr constant; // set for constants
  /// The elements in row-major order, where each is known as an expression over sizes. Small integer tensors only.
  std::optional<std::vector<SymExpr>> content;
  /// False for a result of a node that is not supported.
  bool isKnown = true;
};

/// Tensors with more elements have no content: keeping expressions per element is for shapes, not for data.
inline constexpr int64_t kMaxContent = 256;

class ImportContext {
public:
  ImportContext(mlir::OpBuilder &builder, const ImportOptions &options, ErrorList &errors)
      : builder(builder), options(options), errors(errors), sizes(builder) {}

  mlir::OpBuilder &builder;
  const ImportOptions &options;
  ErrorList &errors;
  SizeRelations sizes;

  /// The record of a frontend value; created empty.
  Tensor &operator[](mlir::Value frontendValue) { return tensors[frontendValue]; }

  /// The content, read from the constant when there is one; null when it is not known.
  const std::vector<SymExpr> *getContent(Tensor &tensor);
  /// Imports the nodes of a subgraph at the insertion point; those of its values that stay unknown have had their error
  /// reported.
  std::function<void(mlir::Block &)> importNodes;

  /// The tensor as a value, made at the insertion point if there is none yet that can be seen from there.
  mlir::Value getValue(Tensor &tensor, mlir::Location location);
  /// Spells extents that an assumption has made 1 as 1, so that they broadcast.
  void refine(Tensor &tensor, mlir::Location location);
  /// The record of a value.
  static Tensor fromValue(mlir::Value value);

private:
  mlir::Value materialize(const Tensor &tensor, mlir::Location location);
  llvm::DenseMap<mlir::Value, Tensor> tensors;
};

/// Types whose elements may be content: integers that sizes are computed in, and the truth values they are compared to.
bool mayHaveContent(mlir::Type elementType, llvm::ArrayRef<SymExpr> dims);
/// The elements of an integer constant as 64-bit numbers.
llvm::SmallVector<int64_t> getIntegers(mlir::ElementsAttr constant);
/// The elements of a constant of any type as doubles.
llvm::SmallVector<double> getNumbers(mlir::ElementsAttr constant);

} // namespace tao
#endif
