// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Who waits for whom: invariant barriers. Time is counted in half regions: region r reads and writes after 2r, a
// barrier before it stands at 2r and one inside it at 2r + 1. Two accesses in one region may be in any order around
// that one.
#include "passes/fuse/check/CheckContext.h"

using namespace mlir;

namespace tao::check {

using stitch::MemoryLevel;
using stitch::PlanBuffer;
using stitch::Scope;

namespace {

class BarrierCheck {
public:
  explicit BarrierCheck(Variant &v) : v(v) {}

  void run() {
    for (const Crossing &crossing : v.crossings)
      checkHandover(crossing);
    const std::vector<PlanBuffer> &buffers = v.variant.buffers;
    for (const PlanBuffer &earlier : buffers)
      for (const PlanBuffer &later : buffers)
        checkReuse(earlier, later);
    v.forEachReduction([&](int64_t op, int64_t home) {
      if (isOverWarps(op, home))
        checkInside(op, home);
    });
  }

private:
  int64_t partOf(int64_t r) const { return v.region(r).part; }
  int64_t partOf(const PlanBuffer &buffer) const { return partOf(buffer.first); }

  bool isOverWarps(int64_t op, int64_t home) const {
    return llvm::any_of(v.group.reduced[op], [&](int64_t c) { return v.place(home, c)->warp > 1; });
  }

  /// Is there a barrier of the part behind what region a does and before what region b does, a before b?
  bool between(int64_t part, int64_t a, int64_t b) const {
    return llvm::any_of(v.variant.barriers, [&](const stitch::PlanBarrier &barrier) {
      int64_t at = 2 * barrier.region + barrier.isInside;
      return partOf(barrier.region) == part && at > 2 * a + 1 && at <= 2 * b;
    });
  }
  /// The same where b comes first and runs in the next iteration of the outer loops.
  bool betweenIterations(int64_t part, int64_t a, int64_t b) const {
    int64_t count = v.variant.regions.size();
    return between(part, a, count) || between(part, -1, b);
  }

  void checkHandover(const Crossing &crossing) {
    int64_t home = crossing.home;
    if (crossing.stated >= Scope::Block && !between(partOf(home), home, crossing.region))
      v.report("barriers", "no barrier between region " + Twine(home) + ", which writes op " +
                               opName(v.group, crossing.value) + ", and region " + Twine(crossing.region) +
                               ", where other threads read it");
  }

  /// The bytes of `earlier` are written again for `later`, which may be the same buffer an iteration on.
  void checkReuse(const PlanBuffer &earlier, const PlanBuffer &later) {
    bool isSame = &earlier == &later;
    if (earlier.level == MemoryLevel::Register || earlier.level != later.level || partOf(earlier) != partOf(later))
      return;
    if (earlier.level == MemoryLevel::Workspace && (!isSame || earlier.isPartials))
      return; // never used again, but for values of one iteration
    if (!isSame && (v.proof.isAtMost(earlier.offset + earlier.bytes, later.offset) ||
                    v.proof.isAtMost(later.offset + later.bytes, earlier.offset)))
      return;
    int64_t part = partOf(earlier), count = v.variant.regions.size();
    bool waits = true;
    if (isWrittenAtEnd(earlier))
      return;
    if (isWrittenAtEnd(later))
      waits = between(part, earlier.last, count);
    else if (!isSame && earlier.last < later.first)
      waits = between(part, earlier.last, later.first);
    else if (v.isLooped(part) && !(isSame && staysInThread(earlier)))
      waits = betweenIterations(part, earlier.last, later.first);
    if (!waits)
      v.report("barriers", "no barrier between region " + Twine(earlier.last) + ", which reads op " +
                               opName(v.group, earlier.value) + " last, and region " + Twine(later.first) +
                               ", which writes the same bytes for op " + opName(v.group, later.value));
  }

  /// Partial results of what adds up over the outer loops are put together behind them.
  bool isWrittenAtEnd(const PlanBuffer &buffer) const {
    return buffer.isPartials && v.addsUpOutside(buffer.value, *v.findHome(buffer));
  }

  /// Whether nobody but the thread that writes an element reads it.
  bool staysInThread(const PlanBuffer &buffer) const {
    if (buffer.isPartials)
      return false;
    return llvm::none_of(v.crossings, [&](const Crossing &crossing) {
      return crossing.value == buffer.value && crossing.home == buffer.first && crossing.stated >= Scope::Block;
    });
  }

  /// Partial results of warps are added behind a barrier in the region, of which there is one.
  void checkInside(int64_t op, int64_t home) {
    bool found =
        llvm::any_of(v.variant.barriers, [&](const stitch::PlanBarrier &b) { return b.region == home && b.isInside; });
    if (!found)
      v.report("barriers", "no barrier inside region " + Twine(home) + " between the partial results of op " +
                               opName(v.group, op) + " and their sum");
    // What the reduction needs of its own region, directly or not.
    std::set<int64_t> needed{op};
    for (int64_t other : llvm::reverse(v.region(home).ops)) {
      if (!needed.count(other))
        continue;
      if (other != op && v.group.isReduction(other) && isOverWarps(other, home))
        v.report("barriers", "op " + opName(v.group, op) + " needs the sum of op " + opName(v.group, other) +
                                 ", which is behind the only barrier inside region " + Twine(home));
      for (int64_t use : v.group.reads[other])
        if (v.computes(home, v.group.uses[use].producer))
          needed.insert(v.group.uses[use].producer);
    }
  }

  Variant &v;
};

} // namespace

void checkBarriers(Variant &v) { BarrierCheck(v).run(); }

} // namespace tao::check
