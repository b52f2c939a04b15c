// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builds frontend ops from the nodes of a graph, of its subgraphs and of the model functions it calls.
#ifndef TAO_COMPILER_FRONTEND_ONNXGRAPH_H
#define TAO_COMPILER_FRONTEND_ONNXGRAPH_H

#include "compiler/frontend/OnnxNames.h"
#include "compiler/frontend/OnnxOrder.h"
#include "compiler/frontend/OnnxReader.h"
#include "compiler/frontend/OnnxTensor.h"
#include "llvm/ADT/SetVector.h"
#include "mlir/IR/Builders.h"

namespace tao {

/// Versions of the operator sets that a model or a function imports, by domain ("" is ONNX's own).
class OpsetVersions {
public:
  /// Reads the imports; on failure false with an error added.
  bool read(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto> &imports, llvm::StringRef owner,
            ErrorList &errors);
  std::optional<int64_t> find(llvm::StringRef domain) const;
  void set(llvm::StringRef domain, int64_t version) { versions[domain] = version; }

private:
  llvm::StringMap<int64_t> versions;
};

/// "" for both spellings of ONNX's own domain.
llvm::StringRef normalizeDomain(llvm::StringRef domain);

class OnnxGraphBuilder {
public:
  OnnxGraphBuilder(mlir::OpBuilder &builder, const onnx::ModelProto &model, const OpsetVersions &versions,
                   const ReaderOptions &options, TensorReader &tensors, ErrorList &errors);

  /// Values of one graph by name. Subgraphs see those of the graphs around them.
  struct Scope {
    const Scope *outer = nullptr;
    llvm::StringMap<mlir::Value> values;
    mlir::Value find(llvm::StringRef name) const;
  };
  /// Names a value; adds an error and returns false when the scope has the name already.
  bool define(Scope &scope, llvm::StringRef name, mlir::Value value);

  /// Initializers, then nodes, at the builder's insertion point. Errors are collected; false when there were any.
  bool buildGraph(const onnx::GraphProto &graph, Scope &scope);

private:
  /// Where the nodes being built come from.
  struct Frame {
    const onnx::FunctionProto *function = nullptr; // null outside functions
    const OpsetVersions *versions = nullptr;
    llvm::StringMap<const onnx::AttributeProto *> arguments; // attributes of the call
    std::string prefix;                                      // of node names
    int64_t depth = 0;
  };

  bool buildInitializers(const onnx::GraphProto &graph, Scope &scope);
  bool buildNodes(const NodeList &nodes, Scope &scope, const Frame &frame);
  bool buildNode(const onnx::NodeProto &node, int index, Scope &scope, const Frame &frame);
  bool buildCall(const onnx::NodeProto &node, const onnx::FunctionProto &function, mlir::ValueRange inputs,
                 const std::string &name, Scope &scope, const Frame &frame);
  bool buildSubgraph(const onnx::GraphProto &graph, mlir::Region &region, const Scope &outer, const Frame &frame);

  /// An attribute after substitution of the function's parameters; null when the call leaves it out.
  const onnx::AttributeProto *resolve(const onnx::AttributeProto &attribute, const Frame &frame);
  /// The attribute's value; null on failure with the reason in `error`.
  mlir::Attribute convert(const onnx::AttributeProto &attribute, UserError &error);
  mlir::Attribute convertTensor(const onnx::TensorProto &tensor, UserError &error);

  mlir::Value getNone();
  bool fail(UserError error) {
    errors.add(std::move(error));
    return false;
  }

  mlir::OpBuilder &builder;
  const OpsetVersions &modelVersions;
  const ReaderOptions &options;
  TensorReader &tensors;
  ErrorList &errors;
  llvm::StringMap<const onnx::FunctionProto *> functions;
  llvm::DenseMap<const onnx::FunctionProto *, OpsetVersions> functionVersions;
  llvm::DenseMap<const NodeList *, std::vector<int>> functionOrders;
  llvm::SmallVector<const onnx::FunctionProto *> activeCalls;
  OnnxOrder order;
  mlir::Value none; // made once, in the entry block
  int64_t nodeCount = 0;
  bool overLimit = false;
};

} // namespace tao
#endif
