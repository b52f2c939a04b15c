// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a part of a plan lies in the memory of a block of GPU threads, before any code is made: where values wait for
// other regions, where partial results of warps and blocks meet, and which loops are written out. docs/cuda.md
// explains.
#ifndef TAO_PASSES_SCHEDULE_GPU_BLOCKLAYOUT_H
#define TAO_PASSES_SCHEDULE_GPU_BLOCKLAYOUT_H

#include "passes/schedule/stitch/KernelMemory.h"
#include "passes/schedule/stitch/PlanView.h"

namespace tao {

/// A dim of a stage: what of a class's index it is.
struct StageDim {
  enum Kind {
    Whole,  // the index itself
    AtOnce, // that within one iteration of the outer loops, over warps, lanes and vec
    Seq,    // the iteration
    Vec     // the position in the vector
  };
  int64_t classNumber = 0;
  Kind kind = Whole;
  SymExpr extent;
};

/// Memory of values of a block, or of a thread of its own.
struct BlockStage {
  llvm::SmallVector<StageDim> dims;
  mlir::RankedTensorType type; // null: there is none
  bool isPrivate = false;
  bool isWorkspace = false; // a result of the kernel with a row for each block
  size_t result = 0;        // which
  SymExpr offset = 0;       // in shared memory
  mlir::Value buffer;       // once there is code
};

/// Where the value of a dominant is found by those that do not compute it.
struct ValuePlace {
  BlockStage own;    // what each thread has for its own indices
  BlockStage shared; // what all threads see
};

/// A reduction's way from the sums of threads to its result.
struct SumPlace {
  llvm::SmallVector<int64_t> reduced;      // all classes that it removes
  llvm::SmallVector<int64_t> outerReduced; // those of them that are outer
  int64_t warps = 1;                       // over which the removed classes are spread
  SymExpr pieces = 1;                      // blocks, likewise
  BlockStage ofWarps, ofWarpsIndex;        // partial results, first dim the warp
  bool isCarried = false;                  // adds up over the iterations of outer loops,
  BlockStage carried, carriedIndex;        // here
};

class BlockLayout {
public:
  BlockLayout(const PlanView &view, int64_t part, KernelMemory &memory);
  /// Plans the memory; a reason where the part is of a kind that has no code yet.
  std::string prepare();

  const PlanView &view;
  int64_t part;
  KernelMemory &memory;

  const stitch::ClassPlacement &placementOf(int64_t region, int64_t c) const { return *view.find(region, c); }
  bool isOuter(int64_t c) const;
  llvm::ArrayRef<int64_t> getOuter() const { return view.variant.parts[part].outer; }
  /// Of the region's lanes and warps, how many places an index step of the class is apart.
  int64_t laneStride(int64_t region, int64_t c) const;
  int64_t warpStride(int64_t region, int64_t c) const;
  int64_t countLanes(int64_t region) const;
  int64_t countWarps(int64_t region) const;
  /// True when the region's loop over the class is written out, since registers are addressed with it.
  bool isUnrolled(int64_t region, int64_t c) const { return unrolled.contains({region, c}); }
  bool needsBarrier(int64_t region) const { return barriers.contains(region); }

  std::map<int64_t, ValuePlace> values; // by op
  std::map<int64_t, SumPlace> sums;

private:
  std::string checkRegions();
  std::string addValue(int64_t op);
  std::string addSum(int64_t op);
  std::string addOwn(int64_t op, BlockStage &stage, mlir::Type element, bool isCarried);
  std::string addShared(int64_t op, BlockStage &stage, mlir::Type element, llvm::ArrayRef<StageDim> dims,
                        const stitch::PlanBuffer &buffer, const SymExpr &offset, int64_t scale);
  llvm::SmallVector<StageDim> dimsOfBlock(int64_t op, bool isCarried) const;
  const stitch::PlanBuffer *findPartials(int64_t op, bool isCarried) const;
  bool isWithinSum(int64_t op, int64_t c) const;

  bool hasOuterLoop = false;
  llvm::DenseSet<std::pair<int64_t, int64_t>> unrolled;
  llvm::DenseSet<int64_t> barriers; // before these regions
};

} // namespace tao
#endif
