// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a part of a plan becomes loops on a CPU, before any code is made: which of its outer loops are around what, which
// class runs over lanes, and where values and sums wait. docs/stitch-code.md explains the terms.
#ifndef TAO_PASSES_SCHEDULE_STITCH_PARTLAYOUT_H
#define TAO_PASSES_SCHEDULE_STITCH_PARTLAYOUT_H

#include "passes/schedule/stitch/KernelMemory.h"
#include "passes/schedule/stitch/PlanView.h"

namespace tao {

/// An outer class that is cut into blocks or iterations. A block has the indices [digit * span, (digit + 1) * span).
struct OuterLoop {
  int64_t number = 0;
  SymExpr extent, grid, span;
  int64_t vec = 1;
};

/// Memory of a value, or of a sum, in one task.
struct Stage {
  llvm::SmallVector<int64_t> classes; // of its dims
  mlir::RankedTensorType type;
  bool isWorkspace = false; // a result of the kernel with a row for each block, instead of scratch
  SymExpr offset;           // in scratch
  size_t result = 0;        // of the kernel, in the workspace
  mlir::Value buffer;       // once there is code
};

/// A reduction over outer loops.
struct Accumulator {
  int64_t op = 0;
  llvm::SmallVector<int64_t> outerReduced; // classes
  Stage sums, indices;                     // indices of an arg-reduction only
  bool hasLaneSlot = false;                // each lane sums for itself; the last dim is the lane
  SymExpr pieces = 1;                      // partial results that make up the whole, one for each block along it
};

/// Regions under the same outer loops.
struct Nest {
  llvm::SmallVector<int64_t> classes; // of its loops, in the part's order
  llvm::SmallVector<int64_t> regions; // in order, with those that they read
  bool isPlain = false;               // one loop body: nothing crosses regions but at the point itself
  llvm::SmallVector<int64_t> reduced; // of a plain nest: classes that its reductions remove
  std::vector<Accumulator> accumulators;
};

class PartLayout {
public:
  PartLayout(const PlanView &view, int64_t part, int64_t vectorBytes, KernelMemory &memory);

  const PlanView &view;
  int64_t part;
  SymExpr blocks;
  llvm::SmallVector<OuterLoop> loops; // in the plan's order
  int64_t lane = -1;                  // class of the loop whose steps are lanes, or -1
  int64_t lanesPerRegister = 1;
  bool hasHeavyOps = false;
  std::vector<Nest> nests;
  llvm::DenseMap<int64_t, Stage> stages; // of values that later regions read in a plain loop's stead

  KernelMemory &memory;

  /// True when all that the part does is elementwise, on tensors of one shape of several dims: their memory may be
  /// taken for that of vectors. Then the extents are in `shape`.
  bool isElementwiseOnly() const { return !shape.empty(); }
  llvm::SmallVector<SymExpr> shape;
  bool isFlat = false; // and it is

  /// Dominants that share nothing but numbers: a loop for each set reads fewer streams at a time than one for all.
  std::vector<llvm::SmallVector<int64_t>> splitApart(llvm::ArrayRef<int64_t> dominants) const;

  bool isLoop(int64_t c) const { return findLoop(c) != nullptr; }
  const OuterLoop *findLoop(int64_t c) const;
  /// Classes of the region's own loops, outermost first.
  llvm::SmallVector<int64_t> getInner(int64_t region) const;
  /// Outer classes of the region that are loops, in the part's order.
  llvm::SmallVector<int64_t> getOuter(int64_t region) const;
  bool isCrossing(int64_t op) const { return crossing.contains(op); }
  /// True when lanes of the nest need their number: memory is addressed with it.
  bool countsLanes(const Nest &nest) const;
  /// Lanes that run together over `extent` indices.
  int64_t chooseWidth(const SymExpr &extent, int64_t registers) const;
  int64_t getWidth(const SymExpr &extent) const { return chooseWidth(extent, hasHeavyOps ? 2 : 4); }

private:
  void findLoops();
  void findNests();
  void findShape();
  void addNest(llvm::ArrayRef<int64_t> classes);
  bool stores(int64_t region) const;
  bool isPlain(const Nest &nest) const;
  bool hasFarRows(int64_t op) const;
  void addStages();
  void addAccumulators(Nest &nest);
  Stage makeStage(mlir::Type element, llvm::ArrayRef<int64_t> classes, llvm::ArrayRef<SymExpr> extents,
                  const stitch::PlanBuffer *buffer);

  llvm::DenseSet<int64_t> crossing; // ops that another region of the part reads
};

} // namespace tao
#endif
