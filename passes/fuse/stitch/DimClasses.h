// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dimension classes: which dims of which values run together when a set of ops becomes one kernel.
//
// Two dims are of one class when some op of the set demands that they be iterated in step: an elementwise op its
// operands' dims with its result's, a broadcast the dims it keeps, a reduction the dims it leaves, a transpose the dims
// it moves. Values that the set reads from outside take part like any other, so that two ops that read the same tensor
// are linked through it. A dim is an ordered list of factors, outermost first; a reshape that cuts a dim splits its
// class, and with it every dim of that class. So [B, S, H*D] -> [B, S, H, D] gives the third dim of the operand the
// factors (H, D).
//
// Not every edge can be put in step: a gather reads at indices that depend on data, a shifted slice reads its
// neighbours' elements, and x + transpose(x) would give one value the same class twice. Such an edge pins the classes
// of what it reads: whoever computes that value must compute all of it before the edge is crossed.
#ifndef TAO_PASSES_FUSE_STITCH_DIMCLASSES_H
#define TAO_PASSES_FUSE_STITCH_DIMCLASSES_H

#include "dialects/Tao/TaoDialect.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include <vector>

namespace tao {

class DimClasses {
public:
  /// Number of a class; equal numbers are the same class. Numbers are stable once the analysis is done.
  using Class = uint32_t;
  using Factors = llvm::SmallVector<Class, 2>;

  /// Ops in block order, each with one result. Deterministic: the same ops give the same numbers.
  explicit DimClasses(llvm::ArrayRef<mlir::Operation *> ops);

  /// Factors of dim `dim` of a value that an op of the set computes or reads, outermost first. A dim of extent 1 has
  /// none.
  Factors getFactors(mlir::Value value, int64_t dim) const;
  /// All factors of a value, in the order of its dims.
  Factors getFactors(mlir::Value value) const;
  /// What an op iterates over: its result's factors, then those it reduces.
  Factors getIterationSpace(mlir::Operation *op) const;
  /// The factors that a reduction removes; none for other ops.
  Factors getReduced(mlir::Operation *op) const;
  const SymExpr &getExtent(Class c) const { return nodes[c].extent; }

  /// Classes of `operand`'s value that `op` reads at other indices than its own: see above.
  Factors getPinned(mlir::OpOperand &operand) const { return pinned.lookup(&operand); }

  /// All classes, in order of their numbers.
  llvm::SmallVector<Class> getClasses() const;
  /// One line per value: "%name: [N, (H, D)]" with extents, for tests and dumps.
  void print(llvm::raw_ostream &os) const;

private:
  static constexpr Class kNone = ~Class(0);
  struct Node {
    SymExpr extent;
    Class parent;                       // itself when a root
    Class outer = kNone, inner = kNone; // children of a root that was split
    std::vector<unsigned> values;       // numbers of the values that have it, sorted; roots only
  };

  // DimClasses.cpp: classes and their arithmetic.
  unsigned number(mlir::Value value);
  /// Puts two runs of dims in step; on failure nothing is merged and false is returned.
  bool unify(llvm::ArrayRef<Class> a, llvm::ArrayRef<Class> b);
  bool canMerge(Class a, Class b) const;
  void merge(Class a, Class b);
  /// Splits a class into `outer` x `inner`.
  std::pair<Class, Class> split(Class c, const SymExpr &outer, const SymExpr &inner);
  Class addNode(SymExpr extent, std::vector<unsigned> values);
  Class find(Class c) const;
  void expand(Class c, Factors &out) const;

  // LinkDims.cpp: what each op demands.
  void link(mlir::Operation *op);
  void linkByMaps(mlir::Operation *op);
  void linkReshape(ReshapeOp op);
  void linkSlice(SliceOp op);
  void linkConcat(ConcatOp op);
  void linkWindow(ReduceWindowOp op);
  void linkGather(GatherOp op);
  void linkGatherElements(GatherElementsOp op);
  void linkGatherNd(GatherNdOp op);
  /// The operand's dim runs with the result's dim, or is pinned where that cannot be.
  void linkDim(mlir::OpOperand &operand, int64_t dim, int64_t resultDim);
  void pinDim(mlir::OpOperand &operand, int64_t dim);
  Class node(mlir::Value value, int64_t dim) { return dims[number(value)][dim]; }

  std::vector<mlir::Operation *> ops;
  std::vector<Node> nodes;
  llvm::DenseMap<mlir::Value, unsigned> numbers;
  std::vector<mlir::Value> values;
  std::vector<std::vector<Class>> dims;              // of each value: its first node per dim; kNone for an extent of 1
  llvm::DenseMap<mlir::OpOperand *, Factors> pinned; // nodes while linking, classes afterwards
};

} // namespace tao
#endif
