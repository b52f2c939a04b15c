// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the groups of a function hand one another, for the report. A packed group counts as its parts, which hand each
// other nothing, so that neither a bound nor a reason depends on what shares a launch.
#ifndef TAO_COMPILER_REPORT_FLOW_H
#define TAO_COMPILER_REPORT_FLOW_H

#include "compiler/report/Traffic.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/MapVector.h"

namespace tao {

/// Memory groups are cut into parts; any other op that is no view and no constant is one node.
struct FlowNode {
  mlir::Operation *op = nullptr; // the group, or the op itself
  bool isMemory = false;
  bool isContraction = false; // or control flow
  llvm::SmallVector<mlir::Value, 2> results;
  llvm::SmallMapVector<mlir::Value, int64_t, 4> reads; // tensors in memory, and bytes of them
  llvm::SmallVector<unsigned, 4> readers;              // nodes; ascending
  int64_t depth = 0; // most contractions on a path from the inputs, itself not counted
};

class Flow {
public:
  Flow(mlir::func::FuncOp func, const Counter &counter);

  llvm::ArrayRef<FlowNode> getNodes() const { return nodes; }
  /// The node that computes a tensor; -1 for an input or constant.
  int64_t getProducer(mlir::Value storage) const;
  /// True when a path from one node to the other passes a contraction.
  bool hasContractionBetween(unsigned from, unsigned to);

private:
  void addGroup(stitch::GroupOp group, const Counter &counter);
  void connect();
  const llvm::BitVector &getBehindContractions(unsigned from);

  std::vector<FlowNode> nodes;
  llvm::DenseMap<mlir::Value, unsigned> producers;
  llvm::DenseMap<unsigned, llvm::BitVector> behind; // nodes that a contraction separates from the key
};

/// Memory work joined by tensors without a contraction between, or by reading one tensor at one depth: one kernel could
/// do it all, as far as order goes.
struct Component {
  llvm::SmallVector<mlir::Operation *> groups; // those that have a part in it, in program order
  int64_t bound = 0;                           // bytes: what enters is read once, what leaves is written once
  int64_t moved = 0;
  int64_t floor = 1; // kernels: the longest chain of its work that contractions separate
};
std::vector<Component> findComponents(Flow &flow, const Counter &counter);

/// Two groups, of which one reads the other, and why they are two.
struct Edge {
  mlir::Operation *producer, *reader;
  int64_t bytes; // that the reader reads
  WhyNot why;
};
/// In program order of the readers.
std::vector<Edge> findEdges(Flow &flow);

} // namespace tao
#endif
