// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where values lie: invariants buffers, overlap, limit and resident.
#include "passes/fuse/check/CheckContext.h"

using namespace mlir;

namespace tao::check {

using stitch::MemoryLevel;
using stitch::PlanBuffer;
using stitch::Scope;

static std::string describe(const Variant &v, const PlanBuffer &buffer) {
  return (Twine(getName(buffer.level)) + (buffer.isPartials ? " buffer of partial results of op " : " buffer of op ") +
          opName(v.group, buffer.value))
      .str();
}

/// Elements of the value that a thread has: in one iteration of the outer loops, or of a sum that is under way.
static std::optional<SymExpr> elementsOfThread(const Variant &v, int64_t op, int64_t home, bool isSum) {
  SmallVector<SymExpr> factors;
  for (int64_t c : v.group.result[op]) {
    const stitch::ClassPlacement *p = v.place(home, c);
    factors.push_back(p->vec);
    if (!v.isOuter(home, c) || (isSum && v.isWithinSum(op, home, c)))
      factors.push_back(p->seq);
  }
  return multiply(factors);
}

enum class Span {
  Iteration, // one iteration of the outer loops
  Sum,       // a sum that is under way
};

/// Elements of the value that a block has.
static std::optional<SymExpr> elementsOfBlock(const Variant &v, int64_t op, int64_t home, Span span) {
  SmallVector<SymExpr> factors;
  for (int64_t c : v.group.result[op]) {
    const stitch::ClassPlacement *p = v.place(home, c);
    SymExpr tile = v.tileOf(home, c);
    if (span == Span::Sum && v.isWithinSum(op, home, c)) {
      std::optional<SymExpr> all = multiply({p->warp, p->lane, p->seq, p->vec});
      tile = all ? SymExpr::min(v.plan.classes[c], *all) : v.plan.classes[c];
    }
    factors.push_back(tile);
  }
  return multiply(factors);
}

static void needBytes(Variant &v, const PlanBuffer &buffer, std::optional<SymExpr> elements, const SymExpr &times) {
  if (elements)
    elements = multiply(*elements, times);
  if (!elements || !v.proof.isAtMost(*elements, buffer.bytes))
    v.report("buffers", "the " + describe(v, buffer) + " has " + buffer.bytes.str() +
                            " bytes, which is not shown to be at least the " +
                            (elements ? elements->str() : "more than can be counted") + " that it holds");
}

/// Blocks and warps of a block over which a reduction is split.
struct SumSplit {
  SymExpr blocks = 1;
  int64_t warps = 1;
  SumSplit(const Variant &v, int64_t op, int64_t home) {
    for (int64_t c : v.group.reduced[op]) {
      const stitch::ClassPlacement *p = v.place(home, c);
      blocks = multiply(blocks, p->grid).value_or(blocks);
      warps *= p->warp;
    }
  }
};

/// Whether the buffer lives in all regions of the reduction's part.
static bool livesThroughout(const Variant &v, const PlanBuffer &buffer) {
  for (int64_t r = 0, end = v.variant.regions.size(); r < end; ++r)
    if (v.region(r).part == v.region(buffer.first).part && (r < buffer.first || r > buffer.last))
      return false;
  return true;
}

/// Of partial results in the workspace those of blocks come last, behind what adds up over the outer loops.
static bool isLastPartials(const Variant &v, const PlanBuffer &buffer) {
  return std::none_of(&buffer + 1, v.variant.buffers.data() + v.variant.buffers.size(), [&](const PlanBuffer &other) {
    return other.isPartials && other.value == buffer.value && other.level == MemoryLevel::Workspace &&
           v.findHome(other) == v.findHome(buffer);
  });
}

/// Partial results, or what adds up over the outer loops, of a reduction that has such.
static void checkPartials(Variant &v, const PlanBuffer &buffer) {
  const Group &group = v.group;
  int64_t op = buffer.value;
  if (!group.isReduction(op))
    return v.report("buffers", "the " + describe(v, buffer) + " is of no reduction");
  int64_t home = *v.findHome(buffer);
  SymExpr bytes = group.partialBytes(op);
  bool addsUp = v.addsUpOutside(op, home), isAtHome = buffer.first == home && buffer.last == home;
  SumSplit split(v, op, home);
  switch (buffer.level) {
  case MemoryLevel::Register:
    if (!addsUp || !livesThroughout(v, buffer))
      v.report("buffers", "the " + describe(v, buffer) + " does not live through the loops that add it up");
    return needBytes(v, buffer, elementsOfThread(v, op, home, true), bytes);
  case MemoryLevel::Shared:
    if (!isAtHome && !(addsUp && livesThroughout(v, buffer)))
      v.report("buffers",
               "the " + describe(v, buffer) + " lives neither in the reduction's region alone nor in all of its part");
    return needBytes(v, buffer, elementsOfBlock(v, op, home, addsUp ? Span::Sum : Span::Iteration),
                     SymExpr(split.warps) * bytes);
  case MemoryLevel::Workspace: {
    bool isOfBlocks = isAtHome && !split.blocks.isConstant(1);
    if (addsUp && livesThroughout(v, buffer) && !(isOfBlocks && isLastPartials(v, buffer))) {
      std::optional<SymExpr> times = multiply({v.partOf(home).blocks, SymExpr(split.warps), bytes});
      return needBytes(v, buffer, elementsOfBlock(v, op, home, Span::Sum), times ? *times : bytes);
    }
    if (!isOfBlocks)
      v.report("buffers", "the " + describe(v, buffer) + " is of no reduction that its region spreads over blocks");
    SmallVector<SymExpr> elements{split.blocks};
    for (int64_t c : group.result[op])
      elements.push_back(v.plan.classes[c]);
    return needBytes(v, buffer, multiply(elements), bytes);
  }
  }
}

static void checkValue(Variant &v, const PlanBuffer &buffer) {
  int64_t op = buffer.value, home = *v.findHome(buffer), bytes = v.group.elementBytes(op);
  if (buffer.first != home)
    v.report("buffers", "the " + describe(v, buffer) + " lives from region " + Twine(buffer.first) +
                            ", it is written by " + Twine(home));
  if (buffer.level == MemoryLevel::Register) {
    if (buffer.offset != SymExpr(0))
      v.report("buffers", "the " + describe(v, buffer) + " has an offset");
    return needBytes(v, buffer, elementsOfThread(v, op, home, false), bytes);
  }
  SymExpr shares = buffer.level == MemoryLevel::Workspace ? v.partOf(home).blocks : SymExpr(1);
  if (std::optional<SymExpr> all = multiply(shares, SymExpr(bytes)))
    needBytes(v, buffer, elementsOfBlock(v, op, home, Span::Iteration), *all);
}

/// Buffers in memory that is addressed lie inside it, at addresses that their elements may have.
static void checkPlace(Variant &v, const PlanBuffer &buffer) {
  if (buffer.level == MemoryLevel::Register)
    return;
  const SymExpr &size = buffer.level == MemoryLevel::Shared ? v.variant.shared : v.variant.workspace;
  if (!v.proof.isAtMost(buffer.offset + buffer.bytes, size))
    v.report("buffers", "the " + describe(v, buffer) + " ends at " + (buffer.offset + buffer.bytes).str() +
                            ", which is not shown to be within the " + size.str() + " bytes of the " +
                            getName(buffer.level) + " memory");
  if (buffer.offset != SymExpr(0) && !buffer.offset.exactDiv(v.group.elementBytes(buffer.value)))
    v.report("buffers", "the " + describe(v, buffer) + " starts at " + buffer.offset.str() +
                            ", where its elements are not aligned");
}

/// Every crossing finds its value, and every reduction its partial results.
static void checkPresent(Variant &v) {
  std::set<const PlanBuffer *> used;
  for (const Crossing &crossing : v.crossings) {
    bool found = false;
    for (const PlanBuffer &buffer : v.variant.buffers) {
      bool reaches = crossing.stated == Scope::Thread || buffer.level == MemoryLevel::Workspace ||
                     (buffer.level == MemoryLevel::Shared && crossing.stated != Scope::Grid);
      if (buffer.value != crossing.value || v.findHome(buffer) != crossing.home || buffer.isPartials || !reaches ||
          buffer.last < crossing.region)
        continue;
      found = true;
      used.insert(&buffer);
    }
    if (!found)
      v.report("buffers", "no buffer carries op " + opName(v.group, crossing.value) + " to region " +
                              Twine(crossing.region) + " at scope " + getName(crossing.stated));
  }
  for (const PlanBuffer &buffer : v.variant.buffers)
    if (!buffer.isPartials && !used.count(&buffer))
      v.report("buffers", "nothing reads the " + describe(v, buffer));

  v.forEachReduction([&](int64_t op, int64_t home) {
    SumSplit split(v, op, home);
    auto need = [&](llvm::function_ref<bool(const PlanBuffer &)> fits, const Twine &what) {
      bool found = llvm::any_of(v.variant.buffers, [&](const PlanBuffer &buffer) {
        return buffer.isPartials && buffer.value == op && v.findHome(buffer) == home && fits(buffer);
      });
      if (!found)
        v.report("buffers", "reduction " + opName(v.group, op) + " has no buffer for " + what);
    };
    if (split.warps > 1)
      need([](auto &b) { return b.level == MemoryLevel::Shared; }, "the partial results of warps");
    if (!split.blocks.isConstant(1))
      need([](auto &b) { return b.level == MemoryLevel::Workspace; }, "the partial results of blocks");
    if (v.addsUpOutside(op, home) && v.isLooped(v.region(home).part))
      need(
          [&](auto &b) {
            bool isOfBlocks = b.level == MemoryLevel::Workspace && !split.blocks.isConstant(1) && isLastPartials(v, b);
            return !isOfBlocks && livesThroughout(v, b);
          },
          "what adds up over the outer loops");
  });
}

/// Whether there is a moment at which both buffers hold something.
static bool liveTogether(const Variant &v, const PlanBuffer &a, const PlanBuffer &b) {
  int64_t part = v.region(a.first).part;
  if (v.region(b.first).part != part)
    return false;
  // Both are written behind the outer loops.
  if (a.isPartials && b.isPartials && v.addsUpOutside(a.value, *v.findHome(a)) &&
      v.addsUpOutside(b.value, *v.findHome(b)))
    return true;
  for (int64_t r = std::max(a.first, b.first), last = std::min(a.last, b.last); r <= last; ++r)
    if (v.region(r).part == part)
      return true;
  return false;
}

static void checkOverlap(Variant &v) {
  const std::vector<PlanBuffer> &buffers = v.variant.buffers;
  for (size_t i = 0; i < buffers.size(); ++i)
    for (size_t j = i + 1; j < buffers.size(); ++j) {
      const PlanBuffer &a = buffers[i], &b = buffers[j];
      // All blocks, of whatever part, have the workspace at once, and nothing in it is used again.
      bool together = a.level == b.level &&
                      (a.level == MemoryLevel::Workspace || (a.level == MemoryLevel::Shared && liveTogether(v, a, b)));
      if (together && !v.proof.isAtMost(a.offset + a.bytes, b.offset) &&
          !v.proof.isAtMost(b.offset + b.bytes, a.offset))
        v.report("overlap", "the " + describe(v, a) + " and the " + describe(v, b) +
                                " live at the same time and are not shown to lie apart");
    }
}

/// Bytes of registers that the values which live in a region take of a thread.
static void checkRegisters(Variant &v) {
  for (size_t r = 0; r < v.variant.regions.size(); ++r) {
    SymExpr bytes = 0;
    for (const PlanBuffer &buffer : v.variant.buffers)
      if (buffer.level == MemoryLevel::Register && buffer.first <= static_cast<int64_t>(r) &&
          buffer.last >= static_cast<int64_t>(r) && v.region(buffer.first).part == v.region(r).part)
        bytes = bytes + buffer.bytes;
    int64_t have = std::min(v.variant.registers, v.limits.registersPerThread) * v.limits.registerBytes;
    if (!v.proof.isAtMost(bytes, have))
      v.report("limit", "values take " + bytes.str() + " bytes of registers in region " + Twine(r) + ", a thread has " +
                            Twine(have));
  }
}

void checkBuffers(Variant &v) {
  size_t before = v.violations.size();
  for (const PlanBuffer &buffer : v.variant.buffers) {
    if (!v.findHome(buffer)) {
      v.report("buffers", "the " + describe(v, buffer) + " is of a value that no region of its part exists for");
      return;
    }
    buffer.isPartials ? checkPartials(v, buffer) : checkValue(v, buffer);
    checkPlace(v, buffer);
  }
  checkPresent(v);
  if (v.violations.size() != before)
    return;
  checkOverlap(v);
  checkRegisters(v);
}

void checkLimits(Variant &v) {
  const ArchLimits &limits = v.limits;
  if (!v.proof.isAtMost(v.variant.shared, limits.sharedPerBlock))
    v.report("limit", "a block takes " + v.variant.shared.str() +
                          " bytes of shared memory, which is not shown to be within " + Twine(limits.sharedPerBlock));
  bool waitsForGrid = llvm::any_of(v.variant.barriers, [](auto &barrier) { return barrier.scope == Scope::Grid; });
  if (!waitsForGrid)
    return;
  int64_t threads = std::max<int64_t>(v.variant.threads, 1);
  int64_t perUnit = std::min(limits.blocksPerUnit, limits.threadsPerUnit / threads);
  if (v.variant.registers > 0)
    perUnit = std::min(perUnit, limits.registersPerUnit / (threads * v.variant.registers));
  SymExpr blocks = 0;
  for (const stitch::PlanPart &part : v.variant.parts)
    blocks = blocks + part.blocks;
  // So many blocks of a unit must fit its shared memory.
  std::optional<SymExpr> shared = multiply(v.variant.shared + SymExpr(limits.sharedReserved), SymExpr(perUnit));
  while (perUnit > 0 && !(shared && v.proof.isAtMost(*shared, limits.sharedPerUnit)))
    shared = multiply(v.variant.shared + SymExpr(limits.sharedReserved), SymExpr(--perUnit));
  if (!v.proof.isAtMost(blocks, perUnit * limits.units))
    v.report("resident", "all " + blocks.str() + " blocks wait for one another, but no more than " +
                             Twine(perUnit * limits.units) + " are shown to run at once");
}

} // namespace tao::check
