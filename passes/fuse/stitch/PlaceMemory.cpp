// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlaceMemory.h. Scopes follow from the factors. Registers hold what a thread keeps for itself and is little; the
// rest lies in slots of shared memory, which a later value takes over once a barrier has passed since the last reader.
#include "passes/fuse/stitch/PlaceMemory.h"

using namespace mlir;

namespace tao {

namespace {
using namespace stitch;
using Class = DimClasses::Class;
constexpr int64_t kAlignment = 16;
/// Of a thread's registers, the part that may hold values between regions.
constexpr int64_t kKeptShare = 4;

class MemoryPlanner {
public:
  MemoryPlanner(const PlacedPart &part, const PartFactors &factors, const Arch &arch, Spill spill)
      : part(part), factors(factors), arch(arch), spill(spill) {}

  PartMemory plan() {
    memory.finishes.assign(part.regions.size(), false);
    for (Class c : factors.outer)
      if (const ClassFactors *f = factors.findOuter(c); f && !f->seq.isConstant(1))
        hasOuterLoop = true;
    for (unsigned i = 0; i < part.ops.size(); ++i)
      if (part.ops[i].isReduction)
        addReduction(i);
    addCrossings();
    // A block-scope value needs a barrier before its readers; only then is it known which slots are free when.
    addReadBarriers();
    assignSlots();
    return std::move(memory);
  }

private:
  int64_t elementBytes(unsigned op) const {
    return getElementBytes(cast<RankedTensorType>(part.ops[op].op->getResult(0).getType()).getElementType());
  }

  /// Elements of a value that a block has in one iteration of the outer loops.
  SymExpr elementsOfBlock(unsigned op, unsigned region) const {
    SymExpr product = 1;
    for (Class c : part.ops[op].result) {
      const ClassFactors *f = factors.find(region, c);
      product = product * (f && factors.isOuter(c) ? SymExpr(f->atOnce()) : part.classes.getExtent(c));
    }
    return product;
  }
  /// Those of one thread.
  SymExpr elementsOfThread(unsigned op, unsigned region) const {
    SymExpr product = 1;
    for (Class c : part.ops[op].result)
      if (const ClassFactors *f = factors.find(region, c))
        product = product * f->vec * (factors.isOuter(c) ? SymExpr(1) : f->seq);
    return product;
  }
  /// Elements of a reduction's result that add up at the same time over the outer loops, in a block or in one thread. A
  /// class whose loop is outside of all those that the reduction removes is done with in each of its iterations.
  SymExpr elementsOfSum(unsigned op, unsigned region, bool ofThread) const {
    SymExpr product = ofThread ? elementsOfThread(op, region) : elementsOfBlock(op, region);
    bool isWithin = false;
    for (Class c : factors.outer) {
      isWithin |= llvm::is_contained(part.ops[op].reduced, c);
      const ClassFactors *f = factors.find(region, c);
      if (isWithin && f && llvm::is_contained(part.ops[op].result, c))
        product = product * f->seq;
    }
    return product;
  }
  /// Bytes of an accumulator: halves add up as floats, and an index goes with the value that it is of.
  int64_t partialBytes(unsigned op) const {
    Type type = cast<RankedTensorType>(part.ops[op].op->getOperand(0).getType()).getElementType();
    int64_t bytes = isa<FloatType>(type) ? std::max<int64_t>(getElementBytes(type), 4) : getElementBytes(type);
    return isa<ArgReduceOp>(part.ops[op].op) ? bytes + elementBytes(op) : bytes;
  }
  int64_t bytesOf(unsigned op, bool isPartials) const { return isPartials ? partialBytes(op) : elementBytes(op); }
  int64_t registersFor(int64_t bytes) const {
    return llvm::divideCeilSigned(bytes, arch.isGpu() ? 4 : arch.vector_bytes);
  }

  /// Takes registers if there are enough of them.
  bool takeRegisters(unsigned op, unsigned region, bool isPartials, unsigned first, unsigned last) {
    std::optional<int64_t> elements =
        (isPartials ? elementsOfSum(op, region, /*ofThread=*/true) : elementsOfThread(op, region)).constant();
    if (!elements || *elements > arch.registers_per_thread * arch.vector_bytes)
      return false;
    int64_t bytes = *elements * bytesOf(op, isPartials), needed = registersFor(bytes);
    int64_t available = std::min(arch.registers_per_thread, arch.registers_per_unit / (arch.warp * factors.warps));
    if (memory.registers + needed > available / kKeptShare)
      return false;
    memory.registers += needed;
    memory.buffers.push_back({op, MemoryLevel::Register, isPartials, 0, bytes, first, last});
    return true;
  }

  void addShared(unsigned op, bool isPartials, const SymExpr &elements, unsigned first, unsigned last) {
    SymExpr bytes = (elements * bytesOf(op, isPartials)).ceilDiv(kAlignment) * kAlignment;
    if (spill == Spill::Everything || (spill == Spill::UnknownSizes && !bytes.isConstant()))
      addWorkspace(op, isPartials, bytes * factors.blocks, first, last);
    else
      memory.buffers.push_back({op, MemoryLevel::Shared, isPartials, 0, bytes, first, last});
  }

  void addWorkspace(unsigned op, bool isPartials, const SymExpr &size, unsigned first, unsigned last) {
    SymExpr bytes = size.ceilDiv(kAlignment) * kAlignment;
    memory.buffers.push_back({op, MemoryLevel::Workspace, isPartials, memory.workspace, bytes, first, last});
    memory.workspace = memory.workspace + bytes;
  }

  void addReduction(unsigned i) {
    const PlacedOp &op = part.ops[i];
    unsigned home = part.homes[i], end = part.regions.size() - 1;
    Scope scope = Scope::Thread;
    SymExpr warps = 1, blocks = 1;
    bool isOuter = false;
    for (Class c : op.reduced) {
      const ClassFactors *f = factors.find(home, c);
      if (f->lane > 1)
        scope = std::max(scope, Scope::Lane);
      warps = warps * f->warp;
      blocks = blocks * f->grid;
      isOuter |= factors.isOuter(c);
    }
    if (!warps.isConstant(1)) {
      scope = Scope::Block;
      addShared(i, /*isPartials=*/true, elementsOfSum(i, home, /*ofThread=*/false) * warps, home, home);
      if (!llvm::any_of(memory.barriers, [&](const PlanBarrier &b) { return b.isInside && b.region == home; }))
        memory.barriers.push_back({home, /*isInside=*/true, Scope::Block});
    }
    if (isOuter && hasOuterLoop && !takeRegisters(i, home, /*isPartials=*/true, 0, end))
      addShared(i, /*isPartials=*/true, elementsOfSum(i, home, /*ofThread=*/false) * warps, 0, end);
    if (!blocks.isConstant(1)) {
      scope = Scope::Grid;
      memory.finishes[home] = true;
      SymExpr elements = blocks;
      for (Class c : op.result)
        elements = elements * part.classes.getExtent(c);
      addWorkspace(i, /*isPartials=*/true, elements * partialBytes(i), home, home);
    }
    memory.edges.push_back({i, home, scope});
  }

  void addCrossings() {
    // By value: one buffer serves all its readers.
    std::vector<SmallVector<const Crossing *, 2>> readers(part.ops.size());
    for (const Crossing &crossing : part.crossings)
      readers[crossing.value].push_back(&crossing);
    for (unsigned i = 0; i < part.ops.size(); ++i) {
      if (readers[i].empty())
        continue;
      unsigned home = part.homes[i], last = home;
      bool isThreads = true;
      for (const Crossing *crossing : readers[i]) {
        bool isAlike = crossing->pinned.empty() && llvm::all_of(part.ops[i].result, [&](Class c) {
                         return factors.isAlike(home, crossing->region, c);
                       });
        memory.edges.push_back({i, crossing->region, isAlike ? Scope::Thread : Scope::Block});
        isThreads &= isAlike;
        last = std::max(last, crossing->region);
      }
      if (!isThreads || !takeRegisters(i, home, /*isPartials=*/false, home, last))
        addShared(i, /*isPartials=*/false, elementsOfBlock(i, home), home, last);
    }
  }

  /// True when a barrier stands after region `from` and before what region `to` does.
  bool hasBarrier(int64_t from, int64_t to) const {
    return llvm::any_of(memory.barriers, [&](const PlanBarrier &b) {
      return b.region > from && (b.isInside ? b.region < to : b.region <= to);
    });
  }

  void addReadBarriers() {
    SmallVector<std::pair<int64_t, int64_t>> pairs; // (reader, home)
    for (const PlanEdge &edge : memory.edges)
      if (edge.scope == Scope::Block && edge.region != part.homes[edge.value])
        pairs.emplace_back(edge.region, part.homes[edge.value]);
    llvm::sort(pairs);
    for (auto [reader, home] : pairs)
      if (!hasBarrier(home, reader))
        memory.barriers.push_back({reader, /*isInside=*/false, Scope::Block});
    sortBarriers();
  }

  void sortBarriers() {
    llvm::sort(memory.barriers, [](const PlanBarrier &a, const PlanBarrier &b) {
      return std::make_pair(a.region, a.isInside) < std::make_pair(b.region, b.isInside);
    });
  }

  void assignSlots() {
    struct Slot {
      SymExpr bytes;
      int64_t first, last; // regions of the first writer and of the last reader so far
      SmallVector<PlanBuffer *, 4> buffers;
    };
    SmallVector<PlanBuffer *> list;
    for (PlanBuffer &buffer : memory.buffers)
      if (buffer.level == MemoryLevel::Shared)
        list.push_back(&buffer);
    llvm::sort(list, [](const PlanBuffer *a, const PlanBuffer *b) {
      return std::make_tuple(a->first, a->value, a->last) < std::make_tuple(b->first, b->value, b->last);
    });
    std::vector<Slot> slots;
    for (PlanBuffer *buffer : list) {
      Slot *best = nullptr;
      // What adds up over the outer loops is combined behind them, so its memory is nobody else's.
      auto isHeld = [&](const PlanBuffer *held) {
        return held->isPartials && hasOuterLoop &&
               llvm::any_of(part.ops[held->value].reduced, [&](Class c) { return factors.isOuter(c); });
      };
      for (Slot &slot : slots) {
        if (isHeld(buffer) || isHeld(slot.buffers.front()))
          continue;
        auto have = slot.bytes.constant(), need = buffer->bytes.constant();
        bool fits = slot.bytes == buffer->bytes || (have && need && *have >= *need);
        bool isTighter = !best || (have && best->bytes.constant() && *have < *best->bytes.constant());
        if (fits && isTighter && slot.last < buffer->first && hasBarrier(slot.last, buffer->first))
          best = &slot;
      }
      if (!best)
        best = &slots.emplace_back(Slot{buffer->bytes, buffer->first, 0, {}});
      best->last = buffer->last;
      best->buffers.push_back(buffer);
    }
    for (Slot &slot : slots) {
      for (PlanBuffer *buffer : slot.buffers)
        buffer->offset = memory.shared;
      memory.shared = memory.shared + slot.bytes;
    }
    // The next iteration of the outer loops writes where this one may still be read.
    auto isOrdered = [&](int64_t first, int64_t last) {
      return hasBarrier(last, part.regions.size()) || hasBarrier(-1, first);
    };
    bool isHandedOver =
        !hasOuterLoop || (llvm::all_of(slots, [&](const Slot &slot) { return isOrdered(slot.first, slot.last); }) &&
                          llvm::all_of(memory.buffers, [&](const PlanBuffer &buffer) {
                            return buffer.level != MemoryLevel::Workspace || buffer.isPartials ||
                                   isOrdered(buffer.first, buffer.last);
                          }));
    if (!isHandedOver) {
      memory.barriers.push_back({0, /*isInside=*/false, Scope::Block});
      sortBarriers();
    }
  }

  const PlacedPart &part;
  const PartFactors &factors;
  const Arch &arch;
  Spill spill;
  bool hasOuterLoop = false;
  PartMemory memory;
};
} // namespace

PartMemory planMemory(const PlacedPart &part, const PartFactors &factors, const Arch &arch, Spill spill) {
  return MemoryPlanner(part, factors, arch, spill).plan();
}

} // namespace tao
