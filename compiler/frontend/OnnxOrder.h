// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order in which a graph's nodes can be built. Files should list nodes in such an order and nearly all do; those that
// do not are sorted, and cycles are found.
#ifndef TAO_COMPILER_FRONTEND_ONNXORDER_H
#define TAO_COMPILER_FRONTEND_ONNXORDER_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringRef.h"
#include "onnx/onnx-ml.pb.h"
#include <optional>
#include <string>
#include <vector>

namespace tao {

using NodeList = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

/// A node's name, or "<operator>_<index>" when it has none.
std::string getNodeName(const onnx::NodeProto &node, int index);

class OnnxOrder {
public:
  /// Indices of `nodes`, each after those it depends on; the file's order where that is possible. On a cycle nullopt, and
  /// `cycle` has its nodes. Time is linear in the size of the graph, subgraphs included, or n log n when it must be sorted.
  std::optional<std::vector<int>> order(const NodeList &nodes, std::vector<int> &cycle);

private:
  /// Names that the subgraph takes from outside. The recursion is as deep as subgraphs nest, which the reader limits.
  const std::vector<llvm::StringRef> &captures(const onnx::GraphProto &graph);
  /// Calls `visit` on each name the node reads, those read in its subgraphs included.
  template <typename Visit> void forEachUse(const onnx::NodeProto &node, Visit visit);

  llvm::DenseMap<const onnx::GraphProto *, std::unique_ptr<std::vector<llvm::StringRef>>> captureCache;
};

} // namespace tao
#endif
