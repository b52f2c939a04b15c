// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The plan of a stitched group: regions, where their loops run, what passes between them and where it lies.
// docs/plan.md gives the meaning of every field. Plain data, without pointers into IR: ops and values are numbers of
// ops in the group's body, in order; size expressions are over the symbols of the function.
#ifndef TAO_DIALECTS_STITCH_STITCHPLAN_H
#define TAO_DIALECTS_STITCH_STITCHPLAN_H

#include "dialects/Tao/SymExpr.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/JSON.h"
#include <optional>
#include <string>
#include <vector>

namespace tao::stitch {

/// Version of a plan file; a reader refuses any other.
inline constexpr int64_t kStitchPlanVersion = 2;

/// How far a value travels from the thread that computes it.
enum class Scope { Thread, Lane, Block, Grid };
/// Where a value lies meanwhile.
enum class MemoryLevel { Register, Shared, Workspace };

/// The classes of each dim that an op iterates over, outermost factor first: the dims of its result, then those that it
/// reduces, in ascending order. A dim of extent 1 has none.
using OpSpace = std::vector<llvm::SmallVector<int64_t, 2>>;

/// grid x warp x lane x seq x vec >= extent of the class.
struct ClassPlacement {
  int64_t classNumber = 0;
  SymExpr grid = 1;
  int64_t warp = 1, lane = 1;
  SymExpr seq = 1;
  int64_t vec = 1;
};

/// Regions that a block runs together.
struct PlanPart {
  SymExpr blocks;
  llvm::SmallVector<int64_t> outer; // classes whose grid and seq loops are around all regions, outermost first
};

struct PlanRegion {
  int64_t part = 0;
  llvm::SmallVector<int64_t> dominants; // ascending, among `ops`: what others need of it
  llvm::SmallVector<int64_t> ops;       // ascending
  llvm::SmallVector<ClassPlacement> placement;
  bool lastBlockFinishes = false;
};

struct PlanEdge {
  int64_t value = 0;
  int64_t region = 0; // the reader
  Scope scope = Scope::Thread;
};

struct PlanBuffer {
  int64_t value = 0;
  MemoryLevel level = MemoryLevel::Shared;
  bool isPartials = false; // of a reduction, not its value
  SymExpr offset, bytes;
  int64_t first = 0, last = 0; // regions, inclusive
};

struct PlanBarrier {
  int64_t region = 0;
  bool isInside = false; // between the partial results of the region's reduction and their sum; else before the region
  Scope scope = Scope::Block;
};

/// expr <= max.
struct GuardCondition {
  SymExpr expr;
  int64_t max = 0;
};

struct PlanVariant {
  std::vector<GuardCondition> guard; // all must hold
  std::vector<PlanPart> parts;
  std::vector<PlanRegion> regions;
  std::vector<PlanEdge> edges;
  std::vector<PlanBuffer> buffers;
  std::vector<PlanBarrier> barriers;
  int64_t threads = 1, registers = 0;
  SymExpr shared, workspace;
};

struct StitchPlan {
  std::string arch;
  std::vector<SymExpr> classes; // extents
  std::vector<OpSpace> spaces;  // of each op
  std::vector<PlanVariant> variants;
};

llvm::StringRef getName(Scope scope);
llvm::StringRef getName(MemoryLevel level);

/// The canonical JSON form: equal plans give equal text.
llvm::json::Object toJson(const StitchPlan &plan);
/// Reads what toJson wrote; nullopt with a reason when something is missing, malformed or unknown. Of a plan that was
/// read, all numbers of parts, regions and classes are in range, ops are ascending, and factors positive; what depends
/// on the group itself remains for the checker.
std::optional<StitchPlan> planFromJson(const llvm::json::Value &value, std::string *reason);

/// The attribute form: the same objects, lists, strings and numbers as attributes.
mlir::DictionaryAttr toAttr(const StitchPlan &plan, mlir::MLIRContext *context);
std::optional<StitchPlan> planFromAttr(mlir::DictionaryAttr attr, std::string *reason);

} // namespace tao::stitch
#endif
