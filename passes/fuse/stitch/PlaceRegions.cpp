// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlaceRegions.h. After AStitch (ASPLOS 2022, section 4.3): dominants, and merging of those that only local ops
// join. Every step is one walk over the ops or over the ops of each region.
#include "passes/fuse/stitch/PlaceRegions.h"
#include "passes/fuse/GroupBuilder.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/IntEqClasses.h"

using namespace mlir;

namespace tao {

ClassSet unite(const ClassSet &a, const ClassSet &b) {
  ClassSet result;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}
ClassSet intersect(const ClassSet &a, const ClassSet &b) {
  ClassSet result;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}
ClassSet subtract(const ClassSet &a, const ClassSet &b) {
  ClassSet result;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

PlacedPart::PlacedPart(ArrayRef<Operation *> list, llvm::function_ref<bool(Operation *)> isStored, bool keepsHeavy,
                       SizeEstimate estimate)
    : classes(list), estimate(estimate) {
  llvm::DenseMap<Operation *, unsigned> numbers;
  usesOf.resize(list.size());
  operandsOf.resize(list.size());
  for (Operation *op : list) {
    unsigned self = ops.size();
    PlacedOp placed;
    placed.op = op;
    placed.result = classes.getFactors(op->getResult(0));
    placed.reduced = classes.getReduced(op);
    llvm::sort(placed.result);
    llvm::sort(placed.reduced);
    placed.space = unite(placed.result, placed.reduced);
    placed.isStored = isStored(op);
    placed.isReduction = isa<ReduceOp, ArgReduceOp>(op);
    // A window reads many elements for each of its own.
    placed.isHeavy = keepsHeavy && (isHeavy(op) || isa<ReduceWindowOp>(op));
    placed.isFree = isa<BroadcastOp, ReshapeOp, TransposeOp, SliceOp, IotaOp, SizeOp>(op);
    ops.push_back(std::move(placed));
    for (OpOperand &operand : op->getOpOperands()) {
      auto it = numbers.find(operand.get().getDefiningOp());
      if (it == numbers.end())
        continue;
      ops[it->second].isRead = true;
      usesOf[it->second].push_back(uses.size());
      operandsOf[self].push_back(uses.size());
      uses.push_back({it->second, self, classes.getPinned(operand)});
    }
    numbers[op] = self;
  }
  // Before the grid is known nothing is in a block, and a heavy op is kept for what its edges pin alone.
  wantedBy([](unsigned) { return false; });
  llvm::DenseSet<DimClasses::Class> inBlock;
  for (auto [i, op] : llvm::enumerate(ops)) {
    if (!isKept[i])
      continue;
    inBlock.insert(shifted[i].begin(), shifted[i].end());
    inBlock.insert(op.reduced.begin(), op.reduced.end());
  }
  auto isCostly = [&](Operation *op) { return ops[numbers.lookup(op)].isReduction || ops[numbers.lookup(op)].isHeavy; };
  grid = chooseGrid(classes, list, inBlock, isCostly, estimate);
}

bool PlacedPart::isInBlock(const ClassSet &set) const {
  return llvm::any_of(set, [&](DimClasses::Class c) { return !isInGrid(c); });
}

void PlacedPart::wantedBy(llvm::function_ref<bool(unsigned)> isRecomputed) {
  shifted.assign(ops.size(), {});
  repeated.assign(ops.size(), {});
  isKept.assign(ops.size(), false);
  for (unsigned i = ops.size(); i-- > 0;) {
    const PlacedOp &op = ops[i];
    for (unsigned u : usesOf[i]) {
      // A reader that is kept computes itself at its own indices only; any other, wherever its readers want it.
      const PlacedUse &use = uses[u];
      shifted[i] = unite(shifted[i], intersect(use.pinned, op.result));
      repeated[i] = unite(repeated[i], ops[use.reader].space);
      if (!isKept[use.reader]) {
        shifted[i] = unite(shifted[i], intersect(shifted[use.reader], op.result));
        repeated[i] = unite(repeated[i], repeated[use.reader]);
      }
    }
    repeated[i] = subtract(repeated[i], op.result);
    // A heavy op that has no class inside the block is one number for a thread; repeating it costs nothing.
    bool isWorthKeeping = op.isHeavy && isInBlock(op.result) && (!shifted[i].empty() || isInBlock(repeated[i]));
    if (grid.classes.empty() && grid.points == 0) // not chosen yet
      isWorthKeeping = op.isHeavy && !shifted[i].empty();
    isKept[i] = op.isRead && (op.isReduction || (isWorthKeeping && !isRecomputed(i)));
  }
}

/// True when the reader needs all of the producer's region to be complete.
bool PlacedPart::breaks(const PlacedUse &use) const {
  if (!isKept[use.producer])
    return false;
  const PlacedOp &producer = ops[use.producer];
  if (producer.isReduction || !use.pinned.empty())
    return true;
  ClassSet wanted = ops[use.reader].space;
  if (!isKept[use.reader]) {
    if (!intersect(shifted[use.reader], producer.result).empty())
      return true;
    wanted = unite(wanted, repeated[use.reader]);
  }
  return wanted != producer.result;
}

unsigned PlacedPart::getRegion(unsigned depth, const ClassSet &space) {
  for (auto [r, region] : llvm::enumerate(regions))
    if (region.depth == depth && region.classes == space)
      return r;
  regions.push_back({depth, space, {}, {}});
  return regions.size() - 1;
}

bool PlacedPart::formRegions(llvm::function_ref<bool(unsigned)> isRecomputed, std::string &reason) {
  wantedBy(isRecomputed);
  depths.assign(ops.size(), 0);
  for (const PlacedUse &use : uses) // in the order of readers
    depths[use.reader] = std::max(depths[use.reader], depths[use.producer] + (breaks(use) ? 1 : 0));
  regions.clear();
  crossings.clear();
  homes.assign(ops.size(), -1);
  regionsOf.assign(ops.size(), {});
  for (unsigned i = ops.size(); i-- > 0;)
    if (!assign(i, isRecomputed, reason))
      return false;
  sortRegions();
  findPinned();
  return true;
}

/// Decides in which regions an op is computed; its readers are decided already.
bool PlacedPart::assign(unsigned i, llvm::function_ref<bool(unsigned)> isRecomputed, std::string &reason) {
  const PlacedOp &op = ops[i];
  SmallVector<unsigned, 4> readers;
  for (unsigned u : usesOf[i])
    for (unsigned r : regionsOf[uses[u].reader])
      if (!llvm::is_contained(readers, r))
        readers.push_back(r);
  bool mayKeep = !op.isFree && !isRecomputed(i) && isInBlock(op.result) &&
                 llvm::none_of(shifted[i], [&](DimClasses::Class c) { return isInGrid(c); });
  int home = -1;
  if (isKept[i] || op.isStored || op.isReduction) {
    home = getRegion(depths[i], op.space);
  } else if (readers.empty()) {
    reason = "nothing reads " + op.op->getName().getStringRef().str();
    return false;
  } else if (readers.size() > 1 && mayKeep) {
    // The first region that runs in step with it computes it for all that come after.
    for (unsigned r : readers)
      if (regions[r].classes == op.space && (home < 0 || regions[r].depth < regions[home].depth))
        home = r;
  }
  if (home >= 0)
    regionsOf[i].push_back(home);
  bool isNeeded = isKept[i] || op.isStored || op.isReduction;
  for (unsigned r : readers) {
    if (static_cast<int>(r) == home)
      continue;
    bool isLater = home >= 0 && regions[r].depth > regions[home].depth;
    if (isLater && (isKept[i] || mayKeep)) {
      crossings.push_back({i, r, {}});
      isNeeded = true;
    } else if (isKept[i]) {
      reason = "no order of its regions lets " + op.op->getName().getStringRef().str() + " be read";
      return false;
    } else {
      regionsOf[i].push_back(r);
    }
  }
  if (home >= 0 && isNeeded)
    homes[i] = home;
  return true;
}

std::vector<char> PlacedPart::findCheapAgain() const {
  constexpr int64_t kStoreAndLoad = 2, kNever = 1000;
  std::vector<int64_t> price(ops.size());
  std::vector<char> isCheap(ops.size());
  for (auto [i, op] : llvm::enumerate(ops)) { // producers first
    llvm::SmallDenseSet<Value, 4> loaded;
    int64_t sum = op.isFree ? 0 : 1;
    for (Value operand : op.op->getOperands()) {
      auto use =
          llvm::find_if(operandsOf[i], [&](unsigned u) { return ops[uses[u].producer].op == operand.getDefiningOp(); });
      bool isComputed = use != operandsOf[i].end();
      const PlacedOp *producer = isComputed ? &ops[uses[*use].producer] : nullptr;
      if (producer && !producer->isReduction && !producer->isHeavy)
        sum += price[uses[*use].producer];
      else if (isInBlock(producer ? producer->result : classes.getFactors(operand)) && loaded.insert(operand).second)
        sum += isSplatConstant(operand) ? 0 : 1;
    }
    bool isLight = !op.isReduction && !op.isHeavy && isElementwise(op.op);
    // What has no class inside of the block is one number for all of a loop.
    price[i] = !isInBlock(op.result) ? 0 : std::min(isLight || op.isFree ? sum : kNever, kNever);
    isCheap[i] = isLight && price[i] <= kStoreAndLoad;
  }
  return isCheap;
}

std::vector<SmallVector<Operation *>> PlacedPart::getIndependentStores() const {
  llvm::IntEqClasses sets(regions.size());
  for (const Crossing &crossing : crossings)
    sets.join(homes[crossing.value], crossing.region);
  std::map<ClassSet, unsigned> firstOver; // the first set over these classes of the grid
  sets.compress();
  std::vector<ClassSet> spread(sets.getNumClasses());
  for (auto [r, region] : llvm::enumerate(regions))
    for (DimClasses::Class c : region.classes)
      if (isInGrid(c))
        spread[sets[r]] = unite(spread[sets[r]], {c});
  for (auto [s, classes] : llvm::enumerate(spread))
    firstOver.try_emplace(classes, s);
  if (firstOver.size() < 2)
    return {};
  std::map<unsigned, SmallVector<Operation *>> stores;
  for (auto [i, op] : llvm::enumerate(ops))
    if (op.isStored)
      stores[firstOver[spread[sets[homes[i]]]]].push_back(op.op);
  std::vector<SmallVector<Operation *>> result;
  for (auto &[first, list] : stores)
    result.push_back(std::move(list));
  return result;
}

void PlacedPart::sortRegions() {
  // At equal depth the smaller space first; then as the ops follow, of which the last one's region was made first.
  auto order = llvm::to_vector(llvm::seq<unsigned>(0, regions.size()));
  llvm::sort(order, [&](unsigned a, unsigned b) {
    const PlacedRegion &x = regions[a], &y = regions[b];
    return std::make_tuple(x.depth, x.classes.size(), b) < std::make_tuple(y.depth, y.classes.size(), a);
  });
  SmallVector<unsigned> numbers(regions.size());
  std::vector<PlacedRegion> sorted;
  for (unsigned r : order) {
    numbers[r] = sorted.size();
    sorted.push_back(std::move(regions[r]));
  }
  regions = std::move(sorted);
  for (unsigned i = 0; i < ops.size(); ++i) {
    for (unsigned &r : regionsOf[i]) {
      r = numbers[r];
      regions[r].ops.push_back(i);
    }
    if (homes[i] < 0)
      continue;
    homes[i] = numbers[homes[i]];
    regions[homes[i]].dominants.push_back(i);
  }
  for (Crossing &crossing : crossings)
    crossing.region = numbers[crossing.region];
  llvm::sort(crossings, [](const Crossing &a, const Crossing &b) {
    return std::make_pair(a.region, a.value) < std::make_pair(b.region, b.value);
  });
}

/// Which classes of each crossing value its region wants at other indices than its own: from the dominants down, along
/// every path inside the region.
void PlacedPart::findPinned() {
  llvm::DenseMap<std::pair<unsigned, unsigned>, Crossing *> crossingOf;
  for (Crossing &crossing : crossings)
    crossingOf[{crossing.region, crossing.value}] = &crossing;
  for (auto [r, region] : llvm::enumerate(regions)) {
    llvm::DenseMap<unsigned, ClassSet> wanted;
    for (unsigned i : llvm::reverse(region.ops)) {
      const ClassSet own = wanted.lookup(i);
      for (unsigned u : operandsOf[i]) {
        const PlacedUse &use = uses[u];
        ClassSet classes =
            unite(intersect(use.pinned, ops[use.producer].result), intersect(own, ops[use.producer].result));
        auto it = crossingOf.find({static_cast<unsigned>(r), use.producer});
        ClassSet &target = it != crossingOf.end() ? it->second->pinned : wanted[use.producer];
        target = unite(target, classes);
      }
    }
  }
}

} // namespace tao
