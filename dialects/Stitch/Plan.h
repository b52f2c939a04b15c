// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The fields of a fusion plan. A plan is data: it is printed, stored, checked and read back; code generation follows it
// and decides nothing itself.
#ifndef TAO_DIALECTS_STITCH_PLAN_H
#define TAO_DIALECTS_STITCH_PLAN_H

#include "dialects/Stitch/StitchPlan.h"
#include <optional>
#include <string>

namespace tao::stitch {

class PlanAttr;

/// Version of the plan's format; a reader refuses any other.
inline constexpr int64_t kPlanVersion = 1;

/// How the loop dims of a region are spread. Dims are numbered over the iteration space of the region's dominant: its
/// result dims, then its reduced dims in operand order.
struct Placement {
  llvm::SmallVector<int64_t> grid; // dims whose iterations are tasks, outermost first
  int64_t tile = 1;                // iterations of the last grid dim per task
  llvm::SmallVector<int64_t> seq;  // dims looped in order inside a task, outermost first
  int64_t lane = -1;               // the dim spread over lanes, or -1: scalar code
  int64_t width = 1;               // lanes that run together
  int64_t piece = -1;              // a grid dim cut into pieces that are looped over inside the lanes, or -1
  int64_t pieceSize = 1;           // iterations of a piece
};

struct RegionPlan {
  int64_t dominant = 0; // index of the group's result whose op leads the region
  Placement placement;
};

/// What runs a group: a generated kernel of memory-bound ops, a library call, or a generated kernel in which the softmax
/// between two products is taken block by block (docs/online-reduce.md).
enum class PlanKind { Memory, Library, Online };

/// Block sizes of an online group.
struct OnlinePlan {
  int64_t rows = 0; // of the first product that a task computes
  int64_t cols = 0; // of it that are in scratch memory at a time
};

struct Plan {
  std::string planner;
  PlanKind kind = PlanKind::Memory;
  llvm::SmallVector<RegionPlan> regions; // empty until placement
  std::optional<StitchPlan> stitch;      // of a memory group that a stitching planner made
  llvm::SmallVector<int64_t> ops;        // with it: what it computes, by numbers of the function's ops
  std::string key;                       // and the hash of the group alone
  OnlinePlan online;                     // of an online group

  PlanAttr toAttr(mlir::MLIRContext *context) const;
  /// Reads what toAttr wrote; nullopt with a reason when a field is missing or malformed.
  static std::optional<Plan> fromAttr(PlanAttr attr, std::string *reason = nullptr);
};

} // namespace tao::stitch
#endif
