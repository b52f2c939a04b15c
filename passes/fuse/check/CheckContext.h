// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the checker's files share: a group as its plan numbers it, one variant of the plan, and what the first steps
// derive for the later ones.
#ifndef TAO_PASSES_FUSE_CHECK_CHECKCONTEXT_H
#define TAO_PASSES_FUSE_CHECK_CHECKCONTEXT_H

#include "dialects/Tao/TaoDialect.h"
#include "passes/fuse/check/PlanChecker.h"
#include "passes/fuse/check/SizeProof.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallSet.h"
#include <map>
#include <optional>
#include <set>

namespace tao::check {

using ClassSet = std::set<int64_t>;

/// An operand that an op of the group reads from another one.
struct Use {
  int64_t producer = 0, reader = 0;
  ClassSet inStep; // classes of the value that are read at the reader's own index
};

/// The group, with numbers for ops as docs/plan.md gives them.
struct Group {
  std::vector<mlir::Operation *> ops; // constants left out
  std::vector<char> isStored;
  std::vector<Use> uses;                         // by reader
  std::vector<llvm::SmallVector<int64_t>> reads; // of each op: its uses
  std::vector<char> isRead;                      // by an op of the group
  // From the plan's spaces: classes of the result, of what is reduced, and both.
  std::vector<ClassSet> result, reduced, space;

  /// Also when all that it reduces has an extent of 1. The window of a sliding reduction is one thread's affair.
  bool isReduction(int64_t op) const { return mlir::isa<ReduceOp, ArgReduceOp>(ops[op]); }
  /// Bytes of an element in a buffer, or of an accumulator: sums of half precision are kept in single.
  int64_t elementBytes(int64_t op) const;
  int64_t partialBytes(int64_t op) const;
};

/// A value that a region reads from an earlier one.
struct Crossing {
  int64_t value = 0, region = 0;
  int64_t home = 0; // the region that it is from
  ClassSet pinned;  // classes that some reader wants at other indices than the region's
  stitch::Scope needed = stitch::Scope::Thread;
  stitch::Scope stated = stitch::Scope::Thread; // by its edge
};

/// One variant under check.
struct Variant {
  const Group &group;
  const stitch::StitchPlan &plan;
  const stitch::PlanVariant &variant;
  const ArchLimits &limits;
  SizeProof proof; // under the guard
  std::vector<Violation> &violations;

  // Each step leaves these for those behind it.
  std::map<std::pair<int64_t, int64_t>, int64_t> homes; // of an op and a part: the region of which it is a dominant
  std::vector<Crossing> crossings;

  void report(llvm::StringRef invariant, const llvm::Twine &text) { violations.push_back({invariant, text.str()}); }
  const stitch::PlanRegion &region(int64_t r) const { return variant.regions[r]; }
  const stitch::PlanPart &partOf(int64_t r) const { return variant.parts[region(r).part]; }
  bool computes(int64_t r, int64_t op) const { return llvm::is_contained(region(r).ops, op); }
  const stitch::ClassPlacement *place(int64_t r, int64_t classNumber) const;
  bool isOuter(int64_t r, int64_t classNumber) const { return llvm::is_contained(partOf(r).outer, classNumber); }
  /// Whether blocks or the loops around the regions cut the class, so that none sees all of it.
  bool isCut(int64_t r, int64_t classNumber) const;
  /// True when the part runs its regions more than once.
  bool isLooped(int64_t part) const;
  /// The region of the part of which the op is a dominant; that of the part a buffer lives in.
  std::optional<int64_t> findHome(int64_t op, int64_t part) const;
  std::optional<int64_t> findHome(const stitch::PlanBuffer &buffer) const {
    return findHome(buffer.value, region(buffer.first).part);
  }
  /// Calls `visit` on each reduction with each of its homes.
  void forEachReduction(llvm::function_ref<void(int64_t op, int64_t home)> visit) const;
  /// Whether the reduction removes an outer class: it adds up over blocks and over the loops around the regions.
  bool addsUpOutside(int64_t op, int64_t home) const;
  /// Whether the loop of a class that such a reduction keeps is within the outermost loop that it adds up over: all
  /// iterations of the class are then under way at once.
  bool isWithinSum(int64_t op, int64_t home, int64_t classNumber) const;
  /// Elements of the class that a block has in one iteration of the outer loops.
  SymExpr tileOf(int64_t r, int64_t classNumber) const;
};

std::string opName(const Group &group, int64_t op);

// The steps, in order. Each returns false when those behind it would make no sense.
bool checkForm(const Group &group, const stitch::StitchPlan &plan, std::vector<Violation> &violations);
bool checkSpaces(const Group &group, const stitch::StitchPlan &plan, std::vector<Violation> &violations);
bool checkRegions(Variant &v);
bool checkPlacements(Variant &v);
bool checkEdges(Variant &v);
void checkBuffers(Variant &v);
void checkBarriers(Variant &v);
void checkLimits(Variant &v);

} // namespace tao::check
#endif
