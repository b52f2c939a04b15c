// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What passes between regions and how far: invariants order, pinned, finish and scope.
#include "passes/fuse/check/CheckContext.h"

using namespace mlir;

namespace tao::check {

using stitch::Scope;

static ClassSet intersect(const ClassSet &a, const ClassSet &b) {
  ClassSet result;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(result, result.end()));
  return result;
}
static ClassSet subtract(const ClassSet &a, const ClassSet &b) {
  ClassSet result;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(result, result.end()));
  return result;
}

/// Follows reads from the region's dominants down to what it does not compute itself. On the way it keeps, for each op,
/// the classes whose index is the region's own on every path.
static void findCrossings(Variant &v, int64_t r) {
  const Group &group = v.group;
  const stitch::PlanRegion &region = v.region(r);
  std::map<int64_t, ClassSet> own, crossing;
  for (int64_t op : region.dominants)
    own[op] = group.space[op];
  auto meet = [&](std::map<int64_t, ClassSet> &sets, int64_t op, const ClassSet &inStep) {
    auto [it, inserted] = sets.try_emplace(op, inStep);
    if (!inserted)
      it->second = intersect(it->second, inStep);
  };
  for (int64_t op : llvm::reverse(region.ops)) {
    auto it = own.find(op);
    if (it == own.end())
      continue; // not needed here, which invariant regions refuses
    for (int64_t number : group.reads[op]) {
      const Use &use = group.uses[number];
      ClassSet inStep = intersect(it->second, use.inStep);
      if (!v.computes(r, use.producer)) {
        meet(crossing, use.producer, inStep);
      } else if (!group.isReduction(use.producer)) {
        meet(own, use.producer, inStep);
      } else if (ClassSet moved = subtract(group.result[use.producer], inStep); !moved.empty()) {
        v.report("pinned", "region " + Twine(r) + " reads its own reduction " + opName(group, use.producer) +
                               " at other indices of class " + Twine(*moved.begin()) +
                               " than its own, of which a thread has no result");
      }
    }
  }
  for (const auto &[value, inStep] : crossing)
    v.crossings.push_back({value, r, 0, subtract(group.result[value], inStep), Scope::Thread, Scope::Thread});
}

/// Product of a factor over the entries behind a class.
static int64_t strideOf(const stitch::PlanRegion &region, int64_t classNumber,
                        int64_t stitch::ClassPlacement::*factor) {
  int64_t stride = 1;
  for (const stitch::ClassPlacement &p : llvm::reverse(region.placement)) {
    if (p.classNumber == classNumber)
      return stride;
    stride *= p.*factor;
  }
  return stride;
}

/// Whether a thread has the same indices of the class in both regions.
static bool isAlike(const Variant &v, int64_t a, int64_t b, int64_t classNumber) {
  const stitch::ClassPlacement *x = v.place(a, classNumber), *y = v.place(b, classNumber);
  if (!x || !y || x->grid != y->grid || x->warp != y->warp || x->lane != y->lane || x->seq != y->seq ||
      x->vec != y->vec)
    return false;
  auto sameStride = [&](int64_t stitch::ClassPlacement::*factor) {
    return x->*factor == 1 || strideOf(v.region(a), classNumber, factor) == strideOf(v.region(b), classNumber, factor);
  };
  return sameStride(&stitch::ClassPlacement::lane) && sameStride(&stitch::ClassPlacement::warp);
}

/// How far the value of a crossing has to travel; false when no edge can carry it.
static bool findScope(Variant &v, Crossing &crossing) {
  const Group &group = v.group;
  int64_t r = crossing.region, value = crossing.value;
  std::string what = "region " + std::to_string(r) + " reads op " + opName(group, value);
  std::optional<int64_t> home = v.findHome(value, v.region(r).part);
  if (!home || *home >= r) {
    v.report("order", what + (home ? " of region " + Twine(*home) + ", which is not before it"
                                   : ", which it does not compute and which is a dominant of no region of its part"));
    return false;
  }
  crossing.home = *home;
  if (group.isReduction(value) && v.addsUpOutside(value, *home)) {
    v.report("finish", what + ", a reduction that is complete only behind the outer loops");
    return false;
  }
  for (int64_t c : crossing.pinned)
    if (v.isCut(*home, c)) {
      v.report("pinned", what + " at other indices of class " + Twine(c) +
                             " than its own, but a block has only a part of that class");
      return false;
    }
  bool alike =
      crossing.pinned.empty() && llvm::all_of(group.result[value], [&](int64_t c) { return isAlike(v, *home, r, c); });
  crossing.needed = alike ? Scope::Thread : Scope::Block;
  return true;
}

/// The widest level at which a reduction is split.
static Scope findOwnScope(const Variant &v, int64_t op, int64_t home) {
  Scope scope = Scope::Thread;
  for (int64_t c : v.group.reduced[op]) {
    const stitch::ClassPlacement *p = v.place(home, c);
    Scope level = !p->grid.isConstant(1) ? Scope::Grid
                  : p->warp > 1          ? Scope::Block
                  : p->lane > 1          ? Scope::Lane
                                         : Scope::Thread;
    scope = std::max(scope, level);
  }
  return scope;
}

static void checkStated(Variant &v) {
  const Group &group = v.group;
  std::map<std::pair<int64_t, int64_t>, Scope> stated; // by value and region
  for (const stitch::PlanEdge &edge : v.variant.edges)
    if (!stated.try_emplace({edge.value, edge.region}, edge.scope).second)
      v.report("scope", "two edges from op " + opName(group, edge.value) + " to region " + Twine(edge.region));
  auto take = [&](int64_t value, int64_t region, Scope needed) {
    auto it = stated.find({value, region});
    std::string what = "edge from op " + opName(group, value) + " to region " + std::to_string(region);
    if (it == stated.end()) {
      v.report("scope", what + " is missing");
      return needed;
    }
    Scope scope = it->second;
    stated.erase(it);
    if (scope < needed)
      v.report("scope", what + " has scope " + getName(scope) + ", the placements demand " + getName(needed));
    return scope;
  };
  for (Crossing &crossing : v.crossings)
    crossing.stated = take(crossing.value, crossing.region, crossing.needed);
  v.forEachReduction([&](int64_t op, int64_t home) { take(op, home, findOwnScope(v, op, home)); });
  for (const auto &[edge, scope] : stated) {
    auto interface = cast<IndexMapOpInterface>(group.ops[edge.first]);
    // A window is reduced by one thread, with nothing to say about it.
    if (interface.getOpClass() != OpClass::Reduction ||
        v.findHome(edge.first, v.region(edge.second).part) != edge.second)
      v.report("scope", "region " + Twine(edge.second) + " does not read op " + opName(group, edge.first) +
                            ", from which it has an edge");
  }
}

static void checkFinish(Variant &v) {
  const Group &group = v.group;
  std::vector<char> needsFinish(v.variant.regions.size());
  v.forEachReduction([&](int64_t op, int64_t home) {
    if (!v.addsUpOutside(op, home))
      return;
    bool isRead = false; // by its part; other parts have their own
    for (size_t r = 0; r < v.variant.regions.size(); ++r)
      for (int64_t reader : v.region(r).ops)
        for (int64_t use : group.reads[reader])
          isRead |= v.region(r).part == v.region(home).part && group.uses[use].producer == op;
    if (isRead)
      v.report("finish", "reduction " + opName(group, op) +
                             " over blocks or outer loops is read by its part, where it is not complete");
    if (findOwnScope(v, op, home) != Scope::Grid)
      return;
    needsFinish[home] = true;
    if (!v.region(home).lastBlockFinishes)
      v.report("finish", "reduction " + opName(group, op) + " is spread over blocks, and region " + Twine(home) +
                             " has no finish");
  });
  for (auto [r, region] : llvm::enumerate(v.variant.regions))
    if (region.lastBlockFinishes && !needsFinish[r])
      v.report("finish", "region " + Twine(r) + " has a finish, but no reduction over blocks");
}

bool checkEdges(Variant &v) {
  size_t before = v.violations.size();
  for (size_t r = 0; r < v.variant.regions.size(); ++r)
    findCrossings(v, r);
  for (Crossing &crossing : v.crossings)
    findScope(v, crossing);
  if (v.violations.size() == before)
    checkStated(v);
  checkFinish(v);
  return v.violations.size() == before;
}

} // namespace tao::check
