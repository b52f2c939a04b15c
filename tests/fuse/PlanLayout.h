// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a plan puts things, with the sizes of one run: which block, iteration and thread has which index of a class,
// which region is an op's home, and where in a block's buffer an element lies.
#ifndef TAO_TESTS_FUSE_PLANLAYOUT_H
#define TAO_TESTS_FUSE_PLANLAYOUT_H

#include "GroupRun.h"
#include "dialects/Stitch/StitchPlan.h"

namespace tao {

/// A placement with the sizes of this run.
struct Factors {
  int64_t classNumber = 0, extent = 0, grid = 1, warp = 1, lane = 1, seq = 1, vec = 1;
  int64_t warpStride = 1, laneStride = 1;
  bool isOuter = false;
};

/// The layout, and the place in it where the run is.
class PlanLayout : public GroupRun {
public:
  PlanLayout(stitch::GroupOp group, const stitch::StitchPlan &plan, llvm::ArrayRef<HostTensor> inputs, int64_t warp,
             int64_t prime);

  /// The region of the part that has the op as a dominant; -1 without one.
  int64_t homeOf(int64_t op, int64_t inPart) const;
  /// A region's factors of a class, or those of the first region of this part that has it; null without any.
  const Factors *find(int64_t r, int64_t c) const;
  const Factors *findOuter(int64_t c) const;

  int64_t digitOf(const Factors &f, int64_t t, bool ofWarp) const;
  int64_t indexOf(const Factors &f, int64_t t, int64_t seq, int64_t vec) const;
  /// Calls visit with the index of each class for each point of the thread, over the classes that `takes` says.
  void forEachPoint(int64_t t, llvm::function_ref<bool(int64_t)> takes, llvm::function_ref<void()> visit);
  /// Index along the first `dims` dims of the op's space at the point.
  Index loopIndex(int64_t op, size_t dims) const;

  /// Of blocks and iterations that repeat a region, the first counts.
  bool isFirst() const;
  /// True for a reduction of an outer class.
  bool addsUpOutside(int64_t op) const;
  /// Threads beyond the products of factors repeat others; these do not.
  bool isFirstLane(int64_t t) const;
  bool isWorker(int64_t t) const;
  /// Warps that reduce into the same result are told apart by their digits of the reduced classes: this one's number,
  /// and how many there are.
  std::pair<int64_t, int64_t> reducedWarp(int64_t op, int64_t t) const;
  /// Row-major number of an element within what a block has of the value.
  int64_t placeOf(int64_t op, int64_t at) const;
  int64_t elementBytes(int64_t op) const;

protected:
  struct Digits {
    int64_t grid = 0, seq = 0; // of an outer class
  };

  const stitch::StitchPlan &plan;
  const stitch::PlanVariant &variant; // the first whose guard holds
  const int64_t warp;                 // threads
  std::vector<int64_t> extents;       // of classes
  std::vector<int64_t> storedBy;      // the part that stores an op, or -1

  // Where the run is.
  int64_t part = 0, block = 0, blocks = 1, region = 0;
  std::map<int64_t, Digits> digits; // of outer classes
  std::map<int64_t, int64_t> coordinates;

private:
  const stitch::PlanVariant &choose() const;
  void addFactors(int64_t r);
  void findStores();

  std::vector<std::vector<Factors>> factors; // of each region
};

} // namespace tao
#endif
