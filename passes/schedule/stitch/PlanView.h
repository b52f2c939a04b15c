// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A variant of a plan beside the group that it is for: what the numbers stand for, and what follows from them. Plans
// that come here have passed the checker.
#ifndef TAO_PASSES_SCHEDULE_STITCH_PLANVIEW_H
#define TAO_PASSES_SCHEDULE_STITCH_PLANVIEW_H

#include "dialects/Stitch/StitchDialect.h"
#include <map>

namespace tao {

class PlanView {
public:
  PlanView(stitch::GroupOp group, const stitch::StitchPlan &plan, const stitch::PlanVariant &variant);

  const stitch::StitchPlan &plan;
  const stitch::PlanVariant &variant;
  llvm::SmallVector<mlir::Operation *> ops;            // by number
  std::vector<llvm::SmallVector<size_t, 1>> resultsOf; // results of the group that each op is

  /// -1 for what is no numbered op of the group.
  int64_t numberOf(mlir::Operation *op) const {
    auto it = numbers.find(op);
    return it == numbers.end() ? -1 : it->second;
  }
  int64_t numberOf(mlir::Value value) const { return numberOf(value.getDefiningOp()); }
  const SymExpr &extent(int64_t c) const { return plan.classes[c]; }
  size_t rankOf(int64_t op) const { return getDims(ops[op]->getResult(0)).size(); }
  bool isReduction(int64_t op) const { return mlir::isa<ReduceOp, ArgReduceOp>(ops[op]); }

  /// Classes of the dims of an op's result, and of those that it reduces.
  llvm::SmallVector<int64_t> getKept(int64_t op) const;
  llvm::SmallVector<int64_t> getReduced(int64_t op) const;

  const stitch::ClassPlacement *find(int64_t region, int64_t c) const;
  /// Of an outer class, from any region of the part.
  const stitch::ClassPlacement *findOuter(int64_t part, int64_t c) const;
  /// The region of the part that has the op as a dominant, or -1.
  int64_t homeOf(int64_t op, int64_t part) const {
    auto it = homes.find({op, part});
    return it == homes.end() ? -1 : it->second;
  }
  /// True when the part stores the op's result: the first one that has a home for it.
  bool isStoredBy(int64_t op, int64_t part) const { return storedBy[op] == part; }
  /// True when blocks leave partial results of what the part stores of the op.
  bool isSpread(int64_t op, int64_t part) const;
  /// True when a region reads the op's value as its home left it, instead of computing it.
  bool isReadFromHome(int64_t op, int64_t region) const;
  bool computes(int64_t region, int64_t op) const;
  /// Ops of a region by step: those of step n wait for the result of a reduction of step n - 1 of the same region.
  std::map<int64_t, int64_t> getSteps(int64_t region) const;
  /// The buffer in which the value waits for later regions of the part, or null.
  const stitch::PlanBuffer *findBuffer(int64_t op, int64_t part, bool isPartials) const;
  /// True when an edge of the part, other than a reduction's own, goes beyond a thread.
  bool hasBlockEdges(int64_t part) const;

private:
  llvm::DenseMap<mlir::Operation *, int64_t> numbers;
  llvm::DenseMap<std::pair<int64_t, int64_t>, int64_t> homes; // (op, part) -> region
  std::vector<int64_t> storedBy;                              // part, or -1
};

} // namespace tao
#endif
