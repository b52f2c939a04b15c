// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlaceClasses.h. On a GPU the length of a row decides, the points that one block iteration has to cover: short
// rows get a warp each and several of them a block; long ones are spread over warps. Lanes go to what lies contiguous
// in memory. On a CPU lanes are vector elements, and only the number of tasks is chosen. Classes that a reduction over
// the grid removes get loops, so that each partial result covers at least kRowsPerPartial rows.
#include "passes/fuse/stitch/PlaceClasses.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;

namespace tao {

namespace {
using Class = DimClasses::Class;
constexpr int64_t kWarpLanes = 32;
constexpr int64_t kSectorBytes = 32;
constexpr int64_t kRowsPerPartial = 16;
constexpr double kShortRow = 8;     // iterations of one warp
constexpr double kSeqOfLongRow = 4; // iterations that each thread of a long row makes
constexpr int64_t kWarpsOfSimpleBlock = 8, kWarpsOfFullBlock = 16;
constexpr int64_t kPartOfShared = 8;  // that partial results of columns may take
constexpr int64_t kBlocksPerUnit = 4; // more make no difference where each costs a partial result
constexpr double kPointsPerTask = 8192;
/// What a CPU fetches ahead ends at a page: blocks that share rows take no less of each where they could take rows
/// apart.
constexpr int64_t kPageBytes = 4096;

int64_t floorPower(double x) {
  return int64_t(1) << std::clamp<int64_t>(std::floor(std::log2(std::max(x, 1.0))), 0, 30);
}
int64_t ceilPower(double x) { return int64_t(1) << std::clamp<int64_t>(std::ceil(std::log2(std::max(x, 1.0))), 0, 30); }

class FactorChooser {
public:
  FactorChooser(const PlacedPart &part, const Arch &arch, SizeEstimate estimate)
      : part(part), arch(arch), estimate(estimate) {
    // What only ops inside of regions iterate over has no loops to spread.
    for (Class c : part.grid.classes)
      if (llvm::any_of(part.regions, [&](const PlacedRegion &r) { return llvm::is_contained(r.classes, c); }))
        gridClasses.push_back(c);
  }

  PartFactors choose() {
    orderClasses();
    for (const PlacedOp &op : part.ops) {
      double inside = 1;
      bool isFinished = false;
      for (Class c : op.reduced) {
        inside *= isInGrid(c) ? 1 : extent(c);
        if (op.isRead || !isInGrid(c))
          continue;
        isFinished = true;
        if (!llvm::is_contained(finished, c))
          finished.push_back(c);
      }
      if (isFinished)
        rowsLeft = std::max(rowsLeft, kRowsPerPartial / inside);
    }
    chooseVector();
    if (arch.isGpu())
      for (unsigned r : bySize())
        spreadOverThreads(part.regions[r].classes);
    arch.isGpu() ? spreadOverBlocks() : spreadOverTasks();
    return collect();
  }

private:
  bool isInGrid(Class c) const { return llvm::is_contained(gridClasses, c); }
  double extent(Class c) const { return estimate(part.classes.getExtent(c)); }
  /// Iterations of the class that are left for loops or blocks.
  double rest(Class c) { return std::ceil(extent(c) / static_cast<double>(factors[c].atOnce())); }
  double points(const ClassSet &set) const {
    double product = 1;
    for (Class c : set)
      product *= extent(c);
    return product;
  }

  /// Loop order: that of the dims of the largest op, in memory; what it lacks comes outside.
  void orderClasses() {
    const PlacedOp *largest = nullptr;
    auto dims = [&](const PlacedOp &op) {
      return part.classes.getFactors(op.isReduction ? op.op->getOperand(0) : op.op->getResult(0));
    };
    for (const PlacedOp &op : part.ops)
      if (!largest || points(op.space) > points(largest->space))
        largest = &op;
    llvm::append_range(order, dims(*largest));
    for (const PlacedOp &op : part.ops) {
      ClassSet list = dims(op);
      for (Class c : llvm::reverse(list))
        if (!llvm::is_contained(order, c))
          order.insert(order.begin(), c);
    }
    for (Class c : order)
      factors[c].number = c;
  }

  SmallVector<unsigned> bySize() const {
    auto list = llvm::to_vector(llvm::seq<unsigned>(0, part.regions.size()));
    llvm::sort(list, [&](unsigned a, unsigned b) {
      double x = points(part.regions[a].classes), y = points(part.regions[b].classes);
      return x != y ? x > y : a < b;
    });
    return list;
  }

  /// Whole registers, or accesses of the widest kind, along the class that is contiguous in memory.
  void chooseVector() {
    if (order.empty())
      return;
    for (const PlacedOp &op : part.ops)
      elementBytes = std::max(elementBytes,
                              getElementBytes(cast<RankedTensorType>(op.op->getResult(0).getType()).getElementType()));
    Class c = order.back();
    int64_t vec = std::max<int64_t>(arch.vector_bytes / elementBytes, 1);
    const SymExpr &size = part.classes.getExtent(c);
    if (auto constant = size.constant())
      vec = std::min(vec, floorPower(static_cast<double>(*constant)));
    // A GPU has no access that crosses its own alignment.
    while (arch.isGpu() && vec > 1 && !size.exactDiv(vec))
      vec /= 2;
    factors[c].vec = vec;
  }

  //===-- GPU: warps and lanes
  //----------------------------------------------------------------------------------------===//

  /// Threads for those classes of a region that no larger region has placed.
  void spreadOverThreads(const ClassSet &classes) {
    int64_t lanes = kWarpLanes, warps = arch.threads_per_block / arch.warp;
    double row = 1, others = 1;
    SmallVector<Class> inBlock, inGrid; // innermost first
    for (Class c : llvm::reverse(order)) {
      if (!llvm::is_contained(classes, c))
        continue;
      (isInGrid(c) ? others : row) *= std::ceil(extent(c) / static_cast<double>(factors[c].vec));
      if (placed.insert(c).second) {
        (isInGrid(c) ? inGrid : inBlock).push_back(c);
      } else {
        lanes /= factors[c].lane;
        warps /= factors[c].warp;
      }
    }
    auto give = [&](Class c, int64_t &left, int64_t &factor, int64_t wanted) {
      int64_t given = std::clamp<int64_t>(wanted, 1, std::max<int64_t>(left, 1));
      factor *= given;
      left /= given;
    };
    auto giveLanes = [&](Class c) { give(c, lanes, factors[c].lane, ceilPower(rest(c))); };
    auto giveWarps = [&](Class c, int64_t &left) { give(c, left, factors[c].warp, floorPower(rest(c))); };

    // Columns lie side by side: a block takes as many as there are to spare, but no less than memory hands out at once.
    if (Class c = order.empty() ? 0 : order.back(); !order.empty() && llvm::is_contained(inGrid, c)) {
      int64_t least = llvm::divideCeilSigned(kSectorBytes, factors[c].vec * elementBytes);
      int64_t spare = inBlock.empty() ? kWarpLanes : floorPower(others / static_cast<double>(arch.units));
      give(c, lanes, factors[c].lane, std::min(std::max(least, spare), ceilPower(rest(c))));
    }
    llvm::for_each(inBlock, giveLanes);
    llvm::for_each(inGrid, giveLanes);

    double iterations = 1; // of a thread along the row
    for (Class c : inBlock)
      iterations *= rest(c);
    // Columns that are summed over the grid: a row stays with as few warps as can be.
    if (!inBlock.empty() && iterations > (finished.empty() ? kShortRow : 1)) {
      bool isAlone = others < static_cast<double>(arch.units) || !finished.empty();
      int64_t wanted = std::min(warps, std::max<int64_t>(ceilPower(iterations / (isAlone ? 1 : kSeqOfLongRow)), 2));
      int64_t used = 1;
      for (Class c : inBlock) {
        giveWarps(c, wanted);
        used *= factors[c].warp;
      }
      // Few warps draw little from memory: others take further rows of the block's share, where there is room for their
      // partial results.
      double columns = row * static_cast<double>(factors[order.back()].vec * elementBytes);
      int64_t room = floorPower(static_cast<double>(arch.shared_per_block / kPartOfShared) / columns);
      int64_t further = std::min({warps / used, kWarpsOfFullBlock / used, room});
      for (Class c : inGrid)
        if (llvm::is_contained(finished, c))
          giveWarps(c, further);
      return;
    }
    double blocks = 1;
    for (Class c : inGrid)
      blocks *= rest(c);
    int64_t wanted = std::min({warps, kWarpsOfSimpleBlock, floorPower(blocks / static_cast<double>(arch.units))});
    for (Class c : inGrid)
      if (llvm::is_contained(finished, c))
        giveWarps(c, wanted);
    for (Class c : inGrid)
      if (!llvm::is_contained(finished, c))
        giveWarps(c, wanted);
  }

  void spreadOverBlocks() {
    double blocks = 1;
    for (Class c : gridClasses)
      blocks *= rest(c);
    for (Class c : llvm::reverse(order)) {
      ClassFactors &f = factors[c];
      const SymExpr &size = part.classes.getExtent(c);
      if (!isInGrid(c)) {
        f.seq = size.ceilDiv(f.atOnce());
        continue;
      }
      int64_t loop = 1;
      if (llvm::is_contained(finished, c)) {
        double spare = blocks / static_cast<double>(arch.units * kBlocksPerUnit);
        loop = std::max(loopForRows(c), floorPower(spare));
        blocks /= static_cast<double>(loop);
      }
      setGrid(f, size, loop);
    }
  }

  //===-- CPU: tasks
  //--------------------------------------------------------------------------------------------------===//

  void spreadOverTasks() {
    double largest = 1;
    for (const PlacedOp &op : part.ops)
      largest = std::max(largest, points(op.space));
    double left = std::clamp(largest / kPointsPerTask, 1.0, static_cast<double>(arch.units * kBlocksPerUnit));
    auto spread = [&](Class c) {
      double iterations = rest(c);
      auto loop = static_cast<int64_t>(std::max(std::floor(iterations / left), 1.0));
      if (llvm::is_contained(finished, c))
        loop = std::max(loop, loopForRows(c));
      else if (!finished.empty() && c == order.back())
        loop = std::max(loop, llvm::divideCeilSigned(kPageBytes, factors[c].vec * elementBytes));
      if (left < 2)
        factors[c].seq = part.classes.getExtent(c).ceilDiv(factors[c].atOnce());
      else
        setGrid(factors[c], part.classes.getExtent(c), loop);
      left = std::max(left / std::ceil(iterations / static_cast<double>(loop)), 1.0);
    };
    for (Class c : order)
      if (!isInGrid(c))
        factors[c].seq = part.classes.getExtent(c).ceilDiv(factors[c].atOnce());
      else if (!llvm::is_contained(finished, c))
        spread(c);
    for (Class c : order)
      if (llvm::is_contained(finished, c))
        spread(c);
  }

  /// Iterations of a class that a reduction over the grid removes, as its share of the rows of a partial result.
  int64_t loopForRows(Class c) {
    auto loop = static_cast<int64_t>(std::min<double>(std::ceil(rowsLeft / factors[c].atOnce()), rest(c)));
    rowsLeft = std::max(rowsLeft / static_cast<double>(loop * factors[c].atOnce()), 1.0);
    return loop;
  }

  /// At most `loop` iterations in a block, and no more than there are.
  void setGrid(ClassFactors &f, const SymExpr &size, int64_t loop) {
    if (auto constant = size.constant())
      loop = std::clamp<int64_t>(llvm::divideCeilSigned(*constant, f.atOnce()), 1, loop);
    f.seq = loop;
    f.grid = size.ceilDiv(f.atOnce() * loop);
  }

  PartFactors collect() {
    PartFactors result;
    for (Class c : order)
      if (isInGrid(c)) {
        // What does not run over the class is there even where the class is empty.
        if (llvm::any_of(part.ops,
                         [&](const PlacedOp &op) { return op.isStored && !llvm::is_contained(op.result, c); })) {
          factors[c].grid = SymExpr::max(factors[c].grid, 1);
          factors[c].seq = SymExpr::max(factors[c].seq, 1);
        }
        result.outer.push_back(c);
        result.blocks = result.blocks * factors[c].grid;
      }
    int64_t maxWarps = arch.threads_per_block / arch.warp;
    for (const PlacedRegion &region : part.regions) {
      auto &list = result.regions.emplace_back();
      int64_t lanes = 1, warps = 1;
      for (Class c : order)
        if (llvm::is_contained(region.classes, c)) {
          list.push_back(factors[c]);
          lanes *= factors[c].lane;
          warps *= factors[c].warp;
        }
      // Classes that larger regions have placed one by one may be too many threads together: then every thread loops.
      if (lanes > arch.warp || warps > maxWarps) {
        lanes = warps = 1;
        for (ClassFactors &f : list) {
          if (!isInGrid(f.number)) {
            f.warp = f.lane = 1;
            f.seq = part.classes.getExtent(f.number).ceilDiv(f.vec);
          }
          lanes *= f.lane;
          warps *= f.warp;
        }
      }
      result.warps = std::max(result.warps, warps);
    }
    return result;
  }

  const PlacedPart &part;
  const Arch &arch;
  SizeEstimate estimate;
  SmallVector<Class> gridClasses;
  SmallVector<Class> order;    // outermost first
  SmallVector<Class> finished; // grid classes that a reduction removes
  llvm::DenseMap<Class, ClassFactors> factors;
  llvm::DenseSet<Class> placed;
  int64_t elementBytes = 1; // of the widest value
  double rowsLeft = 1;      // that a partial result has to cover by loops over these
};
} // namespace

const ClassFactors *PartFactors::find(unsigned region, Class c) const {
  const auto *it = llvm::find_if(regions[region], [&](const ClassFactors &f) { return f.number == c; });
  return it == regions[region].end() ? nullptr : it;
}

const ClassFactors *PartFactors::findOuter(Class c) const {
  for (unsigned r = 0; r < regions.size(); ++r)
    if (const ClassFactors *f = find(r, c))
      return f;
  return nullptr;
}

bool PartFactors::isAlike(unsigned a, unsigned b, Class c) const {
  const ClassFactors *x = find(a, c), *y = find(b, c);
  if (!x || !y)
    return false;
  auto strides = [&](unsigned region, const ClassFactors *f) {
    int64_t lane = 1, warp = 1;
    for (const ClassFactors *g = f + 1; g != regions[region].end(); ++g) {
      lane *= g->lane;
      warp *= g->warp;
    }
    // Without a factor there is nothing to stride over.
    return std::make_pair(f->lane == 1 ? 1 : lane, f->warp == 1 ? 1 : warp);
  };
  return x->grid == y->grid && x->warp == y->warp && x->lane == y->lane && x->seq == y->seq && x->vec == y->vec &&
         strides(a, x) == strides(b, y);
}

PartFactors chooseFactors(const PlacedPart &part, const Arch &arch, SizeEstimate estimate) {
  return FactorChooser(part, arch, estimate).choose();
}

} // namespace tao
