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
static std::optional<SymExpr> elementsOfThread(const Variant &v, int64_t op, bool isSum) {
  SmallVector<SymExpr> factors;
  for (int64_t c : v.group.result[op]) {
    const stitch::ClassPlacement *p = v.place(*v.home[op], c);
    factors.push_back(p->vec);
    if (!v.isOuter(*v.home[op], c) || (isSum && v.isWithinSum(op, c)))
      factors.push_back(p->seq);
  }
  return multiply(factors);
}

enum class Span {
  Iteration, // one iteration of the outer loops
  Sum,       // a sum that is under way
  All,       // all iterations
};

/// Elements of the value that a block has.
static std::optional<SymExpr> elementsOfBlock(const Variant &v, int64_t op, Span span) {
  SmallVector<SymExpr> factors;
  for (int64_t c : v.group.result[op]) {
    const stitch::ClassPlacement *p = v.place(*v.home[op], c);
    SymExpr tile = v.tileOf(*v.home[op], c);
    if (span == Span::All || (span == Span::Sum && v.isWithinSum(op, c))) {
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

/// A buffer of partial results is there when the reduction needs one of its level, and as large as it must be.
static void checkPartials(Variant &v, const PlanBuffer &buffer) {
  const Group &group = v.group;
  int64_t op = buffer.value;
  if (!group.isReduction(op))
    return v.report("buffers", "the " + describe(v, buffer) + " is of no reduction");
  int64_t home = *v.home[op], bytes = group.partialBytes(op);
  bool isAccumulators = v.addsUpOutside(op) && buffer.level != MemoryLevel::Workspace &&
                        (buffer.first != home || buffer.last != home || buffer.level == MemoryLevel::Register);
  if (isAccumulators) {
    for (size_t r = 0; r < v.variant.regions.size(); ++r)
      if (v.region(r).part == v.region(home).part &&
          (static_cast<int64_t>(r) < buffer.first || static_cast<int64_t>(r) > buffer.last))
        return v.report("buffers", "the " + describe(v, buffer) + " does not live in region " + Twine(r) +
                                       ", through which it adds up");
    bool isPerThread = buffer.level == MemoryLevel::Register;
    return needBytes(v, buffer, isPerThread ? elementsOfThread(v, op, true) : elementsOfBlock(v, op, Span::Sum), bytes);
  }
  if (buffer.first != home || buffer.last != home)
    v.report("buffers", "the " + describe(v, buffer) + " lives outside the reduction's region");
  int64_t warps = 1;
  bool isOverGrid = false;
  for (int64_t c : group.reduced[op]) {
    warps *= v.place(home, c)->warp;
    isOverGrid |= !v.place(home, c)->grid.isConstant(1);
  }
  if (buffer.level == MemoryLevel::Register)
    v.report("buffers", "the " + describe(v, buffer) + " cannot be added up from there");
  else if (buffer.level == MemoryLevel::Shared)
    needBytes(v, buffer, elementsOfBlock(v, op, v.addsUpOutside(op) ? Span::Sum : Span::Iteration),
              SymExpr(warps * bytes));
  else if (!isOverGrid)
    v.report("buffers", "the " + describe(v, buffer) + " is of a reduction that is not spread over blocks");
  else if (std::optional<SymExpr> all = multiply(v.partOf(home).blocks, SymExpr(bytes)))
    needBytes(v, buffer, elementsOfBlock(v, op, Span::All), *all);
}

static void checkValue(Variant &v, const PlanBuffer &buffer) {
  int64_t op = buffer.value;
  if (!v.home[op])
    return v.report("buffers", "the " + describe(v, buffer) + " is of a value that no region exists for");
  int64_t home = *v.home[op], bytes = v.group.elementBytes(op);
  if (buffer.first != home)
    v.report("buffers", "the " + describe(v, buffer) + " lives from region " + Twine(buffer.first) +
                            ", it is written by " + Twine(home));
  if (buffer.level == MemoryLevel::Register) {
    if (buffer.offset != SymExpr(0))
      v.report("buffers", "the " + describe(v, buffer) + " has an offset");
    return needBytes(v, buffer, elementsOfThread(v, op, false), bytes);
  }
  SymExpr shares = buffer.level == MemoryLevel::Workspace ? v.partOf(home).blocks : SymExpr(1);
  if (std::optional<SymExpr> all = multiply(shares, SymExpr(bytes)))
    needBytes(v, buffer, elementsOfBlock(v, op, Span::Iteration), *all);
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
      if (buffer.value != crossing.value || buffer.isPartials || !reaches || buffer.last < crossing.region)
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

  for (size_t op = 0; op < v.group.ops.size(); ++op) {
    if (!v.group.isReduction(op))
      continue;
    bool overWarps = false, overGrid = false;
    for (int64_t c : v.group.reduced[op]) {
      overWarps |= v.place(*v.home[op], c)->warp > 1;
      overGrid |= !v.place(*v.home[op], c)->grid.isConstant(1);
    }
    auto has = [&](llvm::function_ref<bool(const PlanBuffer &)> fits) {
      return llvm::any_of(v.variant.buffers, [&](const PlanBuffer &buffer) {
        return buffer.isPartials && buffer.value == static_cast<int64_t>(op) && fits(buffer);
      });
    };
    auto need = [&](bool present, const Twine &what) {
      if (!present)
        v.report("buffers", "reduction " + opName(v.group, op) + " has no buffer for " + what);
    };
    need(!overWarps || has([](auto &b) { return b.level == MemoryLevel::Shared; }), "the partial results of warps");
    need(!overGrid || has([](auto &b) { return b.level == MemoryLevel::Workspace; }), "the partial results of blocks");
    need(!v.addsUpOutside(op) || !v.isLooped(v.region(*v.home[op]).part) ||
             has([](auto &b) { return b.level != MemoryLevel::Workspace; }),
         "what it adds up over the outer loops");
  }
}

/// Whether there is a moment at which both buffers hold something.
static bool liveTogether(const Variant &v, const PlanBuffer &a, const PlanBuffer &b) {
  int64_t part = v.region(*v.home[a.value]).part;
  if (v.region(*v.home[b.value]).part != part)
    return false;
  // Both are written behind the outer loops.
  if (a.isPartials && b.isPartials && v.addsUpOutside(a.value) && v.addsUpOutside(b.value))
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
          buffer.last >= static_cast<int64_t>(r) && v.region(*v.home[buffer.value]).part == v.region(r).part)
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
