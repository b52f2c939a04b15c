// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One node as its import function sees it: inputs, attributes, results, and the ways to say no.
//
// The first error of a node is kept and everything after it is ignored, so an import function may go on with the
// default value that a getter returns after an error, and its own result then does not count.
#ifndef TAO_PASSES_IMPORT_NODEIMPORT_H
#define TAO_PASSES_IMPORT_NODEIMPORT_H

#include "dialects/Frontend/FrontendDialect.h"
#include "passes/import/TensorBuilder.h"
#include "llvm/ADT/StringSet.h"

namespace tao {

class NodeImport : public TensorBuilder {
public:
  NodeImport(ImportContext &context, frontend::NodeOp node, int64_t since)
      : TensorBuilder(context, node.getLoc()), node(node), since(since) {}

  frontend::NodeOp node;
  /// The version of the operator that the model's opset selects.
  const int64_t since;

  // Inputs. Those that the operator requires are there; optional ones must be asked for with hasInput.
  size_t numInputs() { return node.getInputs().size(); }
  bool hasInput(size_t index);
  Tensor &input(size_t index);
  mlir::Value value(size_t index) { return context.getValue(input(index), location); }
  llvm::SmallVector<mlir::Value> values();
  const Dims &dims(size_t index) { return input(index).dims; }
  int64_t rank(size_t index) { return dims(index).size(); }
  mlir::Type elementType(size_t index) { return input(index).elementType; }
  bool isFloat(size_t index) { return llvm::isa<mlir::FloatType>(elementType(index)); }
  const std::vector<SymExpr> *content(size_t index) { return context.getContent(input(index)); }
  /// The elements of an integer input that selects a shape, axes and so on; an error when they depend on data.
  std::vector<SymExpr> sizes(size_t index, llvm::StringRef what);
  /// The same where numbers are needed.
  llvm::SmallVector<int64_t> integers(size_t index, llvm::StringRef what);
  /// The elements of a small constant of any type; nullopt when the input is not constant.
  std::optional<llvm::SmallVector<double>> numbers(size_t index);

  // Attributes. Whatever is not asked for by the end of the import is an error, so nothing is ignored by accident.
  bool hasAttr(llvm::StringRef name);
  int64_t intAttr(llvm::StringRef name, int64_t otherwise);
  double floatAttr(llvm::StringRef name, double otherwise);
  std::string stringAttr(llvm::StringRef name, llvm::StringRef otherwise);
  /// Empty when absent.
  llvm::SmallVector<int64_t> intsAttr(llvm::StringRef name);
  llvm::SmallVector<double> floatsAttr(llvm::StringRef name);
  llvm::SmallVector<std::string> stringsAttr(llvm::StringRef name);
  mlir::ElementsAttr tensorAttr(llvm::StringRef name);
  void requireAttr(llvm::StringRef name);
  void ignoreAttr(llvm::StringRef name) { seen.insert(name); }
  /// Attributes that nobody asked for, in the node's order.
  llvm::SmallVector<llvm::StringRef> unseenAttrs();

  // Subgraphs.
  /// The graph of an attribute; an error and null when it is missing or takes another number of inputs.
  mlir::Block *graphAttr(llvm::StringRef name, size_t numInputs);
  /// Imports a graph at the insertion point, its inputs being these. When one of its outputs is not known, the reason
  /// has been reported, and the node counts as neither imported nor wrong.
  std::optional<std::vector<Tensor>> importGraph(mlir::Block &graph, llvm::ArrayRef<Tensor> inputs);
  bool isIncomplete() const { return incomplete; }

  // Results.
  size_t numResults() { return node.getOutputs().size(); }
  bool wantsResult(size_t index) { return index < numResults() && !node.getOutputs()[index].use_empty(); }
  void setResult(size_t index, mlir::Value value) { setResult(index, ImportContext::fromValue(value)); }
  void setResult(size_t index, Tensor tensor);
  /// A result of which only the elements are known so far.
  void setContent(size_t index, Dims dims, mlir::Type elementType, std::vector<SymExpr> elements);
  const llvm::DenseMap<size_t, Tensor> &getResults() const { return results; }

  // Saying no. Each records the error, unless there is one already, and returns failure.
  /// The operator or a form of it that tao does not have; counted with others of the same reason.
  mlir::LogicalResult unsupported(const llvm::Twine &reason);
  /// The same when the attributes alone decide it, so that nodes like this one need not be looked at.
  mlir::LogicalResult unsupportedAttribute(const llvm::Twine &reason);
  /// Inputs whose shapes or types contradict each other.
  mlir::LogicalResult mismatch(const llvm::Twine &reason);
  /// Something that the operator's definition forbids.
  mlir::LogicalResult badNode(const llvm::Twine &reason);
  mlir::LogicalResult tooLarge(const llvm::Twine &reason);

  bool isErrorOfAttributes() const { return errorOfAttributes; }
  bool hasError() const { return !error.reason.empty(); }
  const UserError &getError() const { return error; }

  // Checks that many operators share.
  /// Normalises an axis in [-rank, rank); an error when it is outside.
  int64_t axis(int64_t value, int64_t rank);
  llvm::SmallVector<int64_t> axes(llvm::ArrayRef<int64_t> values, int64_t rank);
  mlir::LogicalResult expectFloat(size_t index);
  mlir::LogicalResult expectRank(size_t index, int64_t least, int64_t most);
  mlir::LogicalResult expectSameType(llvm::ArrayRef<size_t> indices);
  /// Makes sure that a shape about to be built has no negative extents, sane rank and size.
  mlir::LogicalResult checkDims(llvm::ArrayRef<SymExpr> dims);
  /// Makes two extents equal or reports a mismatch; `what` says which they are.
  SymExpr unify(const SymExpr &a, const SymExpr &b, llvm::StringRef what);
  void requireAtLeast(const SymExpr &expr, int64_t bound, llvm::StringRef what);
  /// The extents of numpy's multidirectional broadcast; an error when there are none.
  Dims broadcastDims(llvm::ArrayRef<Dims> shapes);
  /// Reports a mismatch unless `from` broadcasts to `to` without changing it; `what` names the former.
  mlir::LogicalResult expectBroadcast(const Dims &from, const Dims &to, llvm::StringRef what);
  /// All inputs in their common shape.
  llvm::SmallVector<mlir::Value> broadcastInputs();

private:
  mlir::Attribute attr(llvm::StringRef name);
  /// A message of a run-time check, with the node that asks for it.
  std::string about(llvm::StringRef what);
  mlir::LogicalResult fail(ErrorCode code, const llvm::Twine &reason);
  void wrongKind(llvm::StringRef name, mlir::Attribute attribute, llvm::StringRef expected);

  llvm::StringSet<> seen;
  llvm::DenseMap<size_t, Tensor> results;
  UserError error;
  bool errorOfAttributes = false;
  bool incomplete = false;
};

/// False for expressions so long, or with factors so large, that no real model has them.
bool isManageable(const SymExpr &expr);
/// "[2, batch, 3]".
std::string shapeText(llvm::ArrayRef<SymExpr> dims);
/// "float", "int64"...: ONNX's name of an element type.
std::string typeText(mlir::Type elementType);
/// The element type for a number of the ONNX format's data types; null for those that tao does not have.
mlir::Type getOnnxType(mlir::MLIRContext *context, int64_t number);

} // namespace tao
#endif
