// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The plan checker: is what a planner decided right? docs/plan.md names the invariants; each violation is reported with
// its name. It shares no code with the planners. What runs in step with what, scopes, sizes and live ranges are derived
// anew, from the ops and from what the plan says of their classes.
#ifndef TAO_PASSES_FUSE_CHECK_PLANCHECKER_H
#define TAO_PASSES_FUSE_CHECK_PLANCHECKER_H

#include "dialects/Stitch/StitchPlan.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Operation.h"
#include <vector>

namespace tao::check {

/// What a machine allows.
struct ArchLimits {
  int64_t units = 1; // run blocks at the same time
  int64_t warp = 1;  // threads
  int64_t threadsPerBlock = 1, threadsPerUnit = 1, blocksPerUnit = 1;
  int64_t registersPerThread = 0, registersPerUnit = 0, registerBytes = 4;
  int64_t sharedPerBlock = 0, sharedPerUnit = 0;
  int64_t sharedReserved = 0; // of sharedPerUnit, for each block besides its own
};

struct Violation {
  llvm::StringRef invariant; // its name in docs/plan.md
  std::string text;
  std::string str() const { return invariant.str() + ": " + text; }
};

/// A group of a partition: ops of one function in block order, and those of them whose results leave it.
struct GroupMembers {
  llvm::ArrayRef<mlir::Operation *> ops, stores;
};

/// Checks the plan of a group. `known` holds for all sizes with which the function runs.
std::vector<Violation> checkPlan(const GroupMembers &members, const stitch::StitchPlan &plan, const ArchLimits &limits,
                                 llvm::ArrayRef<stitch::GuardCondition> known = {});
/// Checks the plan of the group whose body is `body`.
std::vector<Violation> checkPlan(mlir::Block &body, const stitch::StitchPlan &plan, const ArchLimits &limits,
                                 llvm::ArrayRef<stitch::GuardCondition> known = {});

/// Checks that the groups cover the function's memory ops and do not depend on one another in a cycle.
std::vector<Violation> checkPartition(mlir::func::FuncOp function, llvm::ArrayRef<GroupMembers> groups);

} // namespace tao::check
#endif
