// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a planner is: it partitions the memory ops of a function into groups. How groups are built from that is the same
// for all (GroupMemory.cpp). A new planner is one row of the table in Planner.cpp.
#ifndef TAO_PASSES_FUSE_PLANNER_H
#define TAO_PASSES_FUSE_PLANNER_H

#include "dialects/Stitch/StitchPlan.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/fuse/WhyNot.h"
#include "passes/fuse/stitch/Arch.h"
#include "llvm/ADT/DenseMap.h"
#include <memory>
#include <vector>

namespace tao {

/// One future group. `roots` are the ops whose results it stores; `ops` are all it computes, in block order, roots
/// included.
struct PlannedGroup {
  llvm::SmallVector<mlir::Operation *> ops;
  llvm::SmallVector<mlir::Operation *> roots;
  std::optional<stitch::StitchPlan> plan;  // from planners that stitch
  llvm::SmallVector<int64_t> numbers = {}; // of its ops in the function, and the hash of the group: GraphHash.h
  std::string key = {};
  /// Why it reads these roots of other groups, as far as the planner knows.
  llvm::DenseMap<mlir::Operation *, WhyNot> apart;
  std::string refused = {}; // what the checker said of the plan of a larger group that it was part of
};
/// Every memory op is a root of exactly one group, or inside all groups that read it and nowhere stored.
using Partition = std::vector<PlannedGroup>;

class Planner {
public:
  virtual ~Planner() = default;
  /// The function is in canonical order, without dead ops. Same graph and architecture, same partition.
  virtual Partition plan(mlir::func::FuncOp func, const Arch &arch) const = 0;
};

struct PlannerInfo {
  llvm::StringRef name;    // as --fusion= takes it
  llvm::StringRef summary; // for the help text
  bool movesReshapes;      // run move-reshapes before it
  bool stitches;           // its groups may hold reductions that they read themselves, and several iteration spaces
  std::unique_ptr<Planner> (*create)();
};

llvm::ArrayRef<PlannerInfo> getPlanners();
const PlannerInfo *findPlanner(llvm::StringRef name);

} // namespace tao
#endif
