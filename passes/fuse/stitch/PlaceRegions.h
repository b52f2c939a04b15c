// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The regions of a group: which ops are computed together, in which order, and which values later regions read. The
// first step of Place.h; factors and memory come after it.
//
// A region exists for its dominants: reductions, what the group stores, and values that are cheaper to keep than to
// compute again. All dominants of a region iterate over the same classes. Every other op is computed where its readers
// are. Two dominants are of one region when they iterate over the same classes and equally many regions must be
// complete before them; so dominants that are joined through local ops share loads and registers.
#ifndef TAO_PASSES_FUSE_STITCH_PLACEREGIONS_H
#define TAO_PASSES_FUSE_STITCH_PLACEREGIONS_H

#include "passes/fuse/stitch/GroupGrid.h"

namespace tao {

/// Classes in ascending order.
using ClassSet = DimClasses::Factors;

/// An op of a part, with what the steps ask of it. Numbers are of the part's ops.
struct PlacedOp {
  mlir::Operation *op = nullptr;
  ClassSet result, reduced, space; // space: both
  bool isStored = false, isReduction = false, isHeavy = false;
  bool isFree = false; // moves values only: never worth keeping
  bool isRead = false; // by the part itself
};

/// An operand edge between two ops of the part.
struct PlacedUse {
  unsigned producer = 0, reader = 0;
  ClassSet pinned;
};

struct PlacedRegion {
  unsigned depth = 0; // regions that must be complete before it, along the longest path
  ClassSet classes;
  llvm::SmallVector<unsigned> dominants, ops; // ascending
};

/// A value that a region reads from an earlier one, and the classes of it that are read at other indices than the
/// region's.
struct Crossing {
  unsigned value = 0, region = 0;
  ClassSet pinned;
};

/// Ops of a group that hand values to one another, directly or not.
class PlacedPart {
public:
  /// `ops` in block order. Without `keepsHeavy`, heavy ops and sliding windows are computed again where the part itself
  /// reads them, like light ones.
  PlacedPart(llvm::ArrayRef<mlir::Operation *> ops, llvm::function_ref<bool(mlir::Operation *)> isStored,
             bool keepsHeavy, SizeEstimate estimate);

  /// Forms the regions. Values that `isRecomputed` says are not kept, unless they have to be. False when there is no
  /// order for them, with the reason.
  bool formRegions(llvm::function_ref<bool(unsigned)> isRecomputed, std::string &reason);

  /// Ops whose values take no more accesses and light operations to compute again than to store and load, where no
  /// register holds them.
  std::vector<char> findCheapAgain() const;

  /// Sets of stored ops whose regions hand each other nothing and run over different classes of the grid: in one part,
  /// the blocks of each would repeat the other. Empty when there is one set. After formRegions.
  std::vector<llvm::SmallVector<mlir::Operation *>> getIndependentStores() const;

  DimClasses classes;
  std::vector<PlacedOp> ops;
  std::vector<PlacedUse> uses;
  GroupGrid grid;

  // What formRegions made.
  std::vector<PlacedRegion> regions;
  std::vector<Crossing> crossings; // by region, then value
  std::vector<int> homes;          // region of each op of which it is a dominant; -1 for the others

private:
  /// One walk from the results: how the readers of each op want it.
  void wantedBy(llvm::function_ref<bool(unsigned)> isRecomputed);
  bool isInGrid(DimClasses::Class c) const { return llvm::is_contained(grid.classes, c); }
  bool isInBlock(const ClassSet &set) const;
  bool breaks(const PlacedUse &use) const;
  unsigned getRegion(unsigned depth, const ClassSet &space);
  bool assign(unsigned op, llvm::function_ref<bool(unsigned)> isRecomputed, std::string &reason);
  void sortRegions();
  void findPinned();

  SizeEstimate estimate;
  std::vector<llvm::SmallVector<unsigned, 4>> usesOf, operandsOf; // numbers of uses, by producer and by reader
  std::vector<ClassSet> shifted;                                  // classes at which some reader wants other indices
  std::vector<ClassSet> repeated;                                 // classes of readers that the op itself lacks
  std::vector<char> isKept;                                       // computed once, in its home, for all readers
  std::vector<unsigned> depths;
  std::vector<llvm::SmallVector<unsigned, 2>> regionsOf;
};

ClassSet unite(const ClassSet &a, const ClassSet &b);
ClassSet intersect(const ClassSet &a, const ClassSet &b);
ClassSet subtract(const ClassSet &a, const ClassSet &b);

} // namespace tao
#endif
