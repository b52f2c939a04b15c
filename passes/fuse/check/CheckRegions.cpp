// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What regions compute, and where their iterations run: invariants regions, spaces, extents and threads.
#include "passes/fuse/check/CheckContext.h"

using namespace mlir;

namespace tao::check {

/// Homes of the ops that have one. Parts hand each other nothing, so each has its own.
static void findHomes(Variant &v) {
  const Group &group = v.group;
  std::vector<char> isComputed(group.ops.size()), hasHome(group.ops.size());
  for (auto [r, region] : llvm::enumerate(v.variant.regions)) {
    for (int64_t op : region.ops)
      isComputed[op] = true;
    for (int64_t op : region.dominants) {
      hasHome[op] = true;
      auto [it, inserted] = v.homes.try_emplace({op, region.part}, r);
      if (!inserted)
        v.report("regions",
                 "op " + opName(group, op) + " is a dominant of regions " + Twine(it->second) + " and " + Twine(r));
    }
  }
  for (size_t op = 0; op < group.ops.size(); ++op) {
    if (!isComputed[op])
      v.report("regions", "op " + opName(group, op) + " is in no region");
    else if (!hasHome[op] && (group.isStored[op] || group.isReduction(op)))
      v.report("regions", "op " + opName(group, op) + ", which is " + (group.isStored[op] ? "stored" : "a reduction") +
                              ", is a dominant of no region");
  }
}

/// A region exists for what is stored there, the first part that has the op storing it, or read in its part.
static void checkNeeded(Variant &v) {
  std::set<int64_t> stored;
  for (const auto &[key, home] : v.homes) {
    auto [op, part] = key;
    bool isNeeded = v.group.isStored[op] && stored.insert(op).second; // homes are by op, then part
    for (size_t r = 0; r < v.variant.regions.size() && !isNeeded; ++r)
      isNeeded =
          v.region(r).part == part && llvm::any_of(v.region(r).ops, [&](int64_t reader) {
            return llvm::any_of(v.group.reads[reader], [&](int64_t use) { return v.group.uses[use].producer == op; });
          });
    if (!isNeeded)
      v.report("regions", "region " + Twine(home) + " computes op " + opName(v.group, op) +
                              ", which its part neither stores nor reads");
  }
}

bool checkRegions(Variant &v) {
  size_t before = v.violations.size();
  const Group &group = v.group;
  findHomes(v);
  checkNeeded(v);
  for (auto [r, region] : llvm::enumerate(v.variant.regions)) {
    ClassSet placed;
    for (const stitch::ClassPlacement &p : region.placement)
      if (!placed.insert(p.classNumber).second)
        v.report("extents", "region " + Twine(r) + " places class " + Twine(p.classNumber) + " twice");
    if (region.dominants.empty())
      v.report("regions", "region " + Twine(r) + " has no dominant");
    for (int64_t op : region.dominants)
      if (group.space[op] != placed)
        v.report("spaces", "dominant " + opName(group, op) + " of region " + Twine(r) +
                               " iterates over other classes than the region places");
    for (int64_t op : region.ops) {
      bool isHome = v.findHome(op, region.part) == static_cast<int64_t>(r);
      if (group.isReduction(op) && !isHome)
        v.report("regions", "reduction " + opName(group, op) + " is computed again by region " + Twine(r));
      auto reads = [&](int64_t reader) {
        return llvm::any_of(group.reads[reader], [&](int64_t use) { return group.uses[use].producer == op; });
      };
      if (!isHome && !llvm::any_of(region.ops, reads))
        v.report("regions",
                 "op " + opName(group, op) + " is computed by region " + Twine(r) + ", which does not need it");
    }
  }
  return v.violations.size() == before;
}

/// The outer classes of a part are cut alike in all its regions, and its blocks are what they are cut into.
static void checkOuter(Variant &v, int64_t part) {
  const stitch::PlanPart &p = v.variant.parts[part];
  SmallVector<SymExpr> grids;
  ClassSet seen;
  for (int64_t c : p.outer) {
    if (!seen.insert(c).second)
      v.report("extents", "part " + Twine(part) + " has the outer class " + Twine(c) + " twice");
    const stitch::ClassPlacement *first = nullptr;
    for (size_t r = 0; r < v.variant.regions.size(); ++r) {
      const stitch::ClassPlacement *here = v.region(r).part == part ? v.place(r, c) : nullptr;
      if (!here)
        continue;
      if (!first)
        first = here;
      bool alike = here->grid == first->grid && here->seq == first->seq && here->warp == first->warp &&
                   here->lane * here->vec == first->lane * first->vec;
      if (!alike)
        v.report("extents", "outer class " + Twine(c) + " is cut in region " + Twine(r) +
                                " into other pieces than in an earlier region of part " + Twine(part));
    }
    if (first)
      grids.push_back(first->grid);
    else
      v.report("extents", "no region of part " + Twine(part) + " places its outer class " + Twine(c));
  }
  std::optional<SymExpr> blocks = multiply(grids);
  if (!blocks || *blocks != p.blocks)
    v.report("extents", "part " + Twine(part) + " has " + p.blocks.str() + " blocks, its outer classes are cut into " +
                            (blocks ? blocks->str() : "more than can be counted"));
}

static void checkPlacement(Variant &v, int64_t r, const stitch::ClassPlacement &p) {
  const SymExpr &extent = v.plan.classes[p.classNumber];
  std::optional<SymExpr> product = multiply({p.grid, p.warp, p.lane, p.seq, p.vec});
  if (!product || !v.proof.isAtMost(extent, *product))
    v.report("extents", "region " + Twine(r) + " runs " + (product ? product->str() : "more than can be counted") +
                            " iterations of class " + Twine(p.classNumber) +
                            ", which is not shown to be at least its extent " + extent.str());
  if (!v.isOuter(r, p.classNumber) && !p.grid.isConstant(1))
    v.report("extents", "region " + Twine(r) + " spreads class " + Twine(p.classNumber) +
                            " over blocks, but it is no outer class of the part");
}

/// A stored result that lacks an outer class is there even where the class has no index, so a block must run for it.
static void checkRuns(Variant &v) {
  std::set<std::pair<int64_t, int64_t>> reported;
  for (const auto &[key, home] : v.homes) {
    auto [op, part] = key;
    // Of several parts that compute it the first one stores it.
    auto storing = v.homes.lower_bound({op, 0});
    if (storing->first.second != part)
      continue;
    for (int64_t c : v.variant.parts[part].outer) {
      if (!v.group.isStored[op] || v.group.result[op].count(c))
        continue;
      for (size_t r = 0; r < v.variant.regions.size(); ++r) {
        const stitch::ClassPlacement *p = v.region(r).part == part ? v.place(r, c) : nullptr;
        if (p && !(v.proof.isAtMost(1, p->grid) && v.proof.isAtMost(1, p->seq)) && reported.insert({part, c}).second)
          v.report("extents", "part " + Twine(part) + " is not shown to have a block and an iteration where class " +
                                  Twine(c) + " is empty, but op " + opName(v.group, op) + " is stored then");
      }
    }
  }
}

bool checkPlacements(Variant &v) {
  size_t before = v.violations.size();
  const ArchLimits &limits = v.limits;
  for (size_t part = 0; part < v.variant.parts.size(); ++part)
    checkOuter(v, part);
  checkRuns(v);
  int64_t threads = v.variant.threads;
  if (threads < 1 || threads > limits.threadsPerBlock)
    v.report("threads", Twine(threads) + " threads, the limit is " + Twine(limits.threadsPerBlock));
  else if (threads % limits.warp)
    v.report("threads", Twine(threads) + " threads are no whole number of warps of " + Twine(limits.warp));
  if (v.variant.registers > limits.registersPerThread)
    v.report("threads", Twine(v.variant.registers) + " registers, the limit is " + Twine(limits.registersPerThread));
  else if (v.variant.registers > 0 && threads > limits.registersPerUnit / v.variant.registers)
    v.report("threads", Twine(threads) + " threads of " + Twine(v.variant.registers) + " registers, a unit has " +
                            Twine(limits.registersPerUnit));
  for (auto [r, region] : llvm::enumerate(v.variant.regions)) {
    double lanes = 1, warps = 1; // a product of numbers from a file
    for (const stitch::ClassPlacement &p : region.placement) {
      checkPlacement(v, r, p);
      lanes *= p.lane;
      warps *= p.warp;
    }
    if (lanes > limits.warp)
      v.report("threads", "region " + Twine(r) + " has " + Twine(static_cast<int64_t>(lanes)) + " lanes, a warp has " +
                              Twine(limits.warp));
    if (warps * limits.warp > threads)
      v.report("threads", "region " + Twine(r) + " has " + Twine(static_cast<int64_t>(warps)) + " warps, its block " +
                              Twine(threads) + " threads");
  }
  return v.violations.size() == before;
}

} // namespace tao::check
