// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Place.h.
#include "passes/fuse/stitch/Place.h"
#include "passes/fuse/stitch/PlaceMemory.h"
#include "passes/fuse/stitch/Repetition.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tao {

using namespace stitch;

namespace {
constexpr int64_t kRegistersOfCode = 24;
constexpr int64_t kLiveValues = 8; // that a thread computes with at a time, at most

bool isSingleNumber(Operation *op) {
  return cast<IndexMapOpInterface>(op).getOpClass() != OpClass::Reduction &&
         getNumElements(getDims(op->getResult(0))).isConstant(1);
}

/// One part on its way to a plan.
struct Draft {
  PlacedPart part;
  PartFactors factors;
  PartMemory memory;
  Spill spill = Spill::Nothing;

  Draft(ArrayRef<Operation *> ops, llvm::function_ref<bool(Operation *)> isStored, bool keepsHeavy,
        SizeEstimate estimate)
      : part(ops, isStored, keepsHeavy, estimate) {}

  /// Regions, factors and memory such that the likely sizes fit. With `mustFit` the workspace is the last resort.
  bool fit(const Arch &arch, SizeEstimate estimate, bool mustFit, std::string &reason) {
    // A CPU's registers hold nothing from one loop to the next.
    std::vector<char> isRecomputed = arch.isGpu() ? std::vector<char>(part.ops.size(), false) : part.findCheapAgain();
    for (;;) {
      if (!part.formRegions([&](unsigned i) { return isRecomputed[i]; }, reason))
        return false;
      factors = chooseFactors(part, arch, estimate);
      memory = planMemory(part, factors, arch, spill);
      double excess = memory.shared.isConstant(0) ? 0 : estimate(memory.shared) - double(arch.shared_per_block);
      if (excess <= 0)
        return true;
      if (!recomputeMore(isRecomputed, excess, estimate)) {
        if (mustFit && spill != Spill::Everything) {
          spill = Spill::Everything;
          continue;
        }
        reason = "needs " + memory.shared.str() + " bytes of shared memory, of which " + arch.name + " has " +
                 std::to_string(arch.shared_per_block);
        return false;
      }
    }
  }

  /// True when heavy ops are computed again for want of memory.
  bool gaveUpHeavy() const { return hasGivenUpHeavy; }

  /// With nothing heavy kept at all, if that leaves more blocks.
  void spreadFurther(const Arch &arch, SizeEstimate estimate) {
    SmallVector<Operation *> ops;
    llvm::SmallPtrSet<Operation *, 8> stored;
    for (const PlacedOp &op : part.ops) {
      ops.push_back(op.op);
      if (op.isStored)
        stored.insert(op.op);
    }
    Draft other(ops, [&](Operation *op) { return stored.contains(op); }, /*keepsHeavy=*/false, estimate);
    std::string ignored;
    if (other.part.grid.blocks > part.grid.blocks && other.fit(arch, estimate, /*mustFit=*/false, ignored))
      *this = std::move(other);
  }

private:
  /// Gives up enough kept values to save `excess` bytes: sliding windows last, light ops before heavy ones, then
  /// those nearest to the
  /// results. False when there is none left. More are given up each time than the time before, so few rounds are
  /// needed.
  bool recomputeMore(std::vector<char> &isRecomputed, double excess, SizeEstimate estimate) {
    SmallVector<const PlanBuffer *> list;
    for (const PlanBuffer &buffer : memory.buffers) {
      const PlacedOp &op = part.ops[buffer.value];
      if (buffer.level == MemoryLevel::Shared && !buffer.isPartials && !op.isReduction && !isRecomputed[buffer.value])
        list.push_back(&buffer);
    }
    auto rank = [&](const PlanBuffer *buffer) {
      const PlacedOp &op = part.ops[buffer->value];
      return std::make_tuple(countTaps(op.op), op.isHeavy, -buffer->value);
    };
    llvm::sort(list, [&](const PlanBuffer *a, const PlanBuffer *b) { return rank(a) < rank(b); });
    size_t least = ++rounds;
    for (const PlanBuffer *buffer : list) {
      if (excess <= 0 && least == 0)
        break;
      isRecomputed[buffer->value] = true;
      hasGivenUpHeavy |= part.ops[buffer->value].isHeavy;
      excess -= estimate(buffer->bytes);
      least -= least > 0;
    }
    return !list.empty();
  }

  size_t rounds = 0;
  bool hasGivenUpHeavy = false;
};

/// The classes of each dim that an op iterates over, as one part sees them.
std::vector<DimClasses::Factors> getSpace(const DimClasses &classes, Operation *op) {
  std::vector<DimClasses::Factors> space;
  for (size_t d = 0; d < getDims(op->getResult(0)).size(); ++d)
    space.push_back(classes.getFactors(op->getResult(0), d));
  if (auto reduce = dyn_cast<ReduceOp>(op))
    for (int64_t d : reduce.getDims())
      space.push_back(classes.getFactors(reduce.getInput(), d));
  else if (auto reduce = dyn_cast<ArgReduceOp>(op))
    space.push_back(classes.getFactors(op->getOperand(0), reduce.getDim()));
  return space;
}

/// Classes of different parts that are one class of the plan, since an op that both parts compute iterates over them.
class SharedClasses {
public:
  using PartClass = std::pair<unsigned, DimClasses::Class>;

  explicit SharedClasses(ArrayRef<Draft> drafts) : drafts(drafts) {
    llvm::DenseMap<Operation *, unsigned> first;
    for (auto [d, draft] : llvm::enumerate(drafts))
      for (const PlacedOp &op : draft.part.ops)
        if (auto [it, inserted] = first.try_emplace(op.op, d); !inserted)
          join(op.op, it->second, d);
  }

  /// False when the parts cut a dim into different factors, or two indices of an op would become one, or two classes of
  /// a part that its blocks are made of: what they store has nothing in step.
  bool agree() const {
    if (!sameFactors)
      return false;
    for (auto [d, draft] : llvm::enumerate(drafts)) {
      llvm::DenseMap<PartClass, DimClasses::Class> firstOf;
      for (const PlacedOp &op : draft.part.ops) {
        llvm::SmallDenseSet<PartClass> seen;
        for (DimClasses::Class c : op.space) {
          PartClass shared = find({d, c});
          DimClasses::Class first = firstOf.try_emplace(shared, c).first->second;
          bool isCut =
              llvm::is_contained(draft.part.grid.classes, c) || llvm::is_contained(draft.part.grid.classes, first);
          if (!seen.insert(shared).second || (first != c && isCut))
            return false;
        }
      }
    }
    return true;
  }

  PartClass find(PartClass c) const {
    auto it = joined.findLeader(c);
    return it == joined.member_end() ? c : *it;
  }

private:
  void join(Operation *op, unsigned a, unsigned b) {
    const DimClasses &x = drafts[a].part.classes, &y = drafts[b].part.classes;
    for (auto [left, right] : llvm::zip_equal(getSpace(x, op), getSpace(y, op))) {
      if (left.size() != right.size()) {
        sameFactors = false;
        return;
      }
      for (auto [l, r] : llvm::zip(left, right)) {
        sameFactors &= x.getExtent(l) == y.getExtent(r);
        joined.unionSets({a, l}, {b, r});
      }
    }
  }

  ArrayRef<Draft> drafts;
  llvm::EquivalenceClasses<PartClass> joined;
  bool sameFactors = true;
};

class PlanBuilder {
public:
  PlanBuilder(ArrayRef<Operation *> ops, std::vector<Draft> &drafts, const SharedClasses &shared, const Arch &arch,
              SizeEstimate estimate)
      : ops(ops), drafts(drafts), shared(shared), arch(arch), estimate(estimate) {
    plan.arch = arch.name;
    for (auto [i, op] : llvm::enumerate(ops))
      numbers[op] = i;
    plan.spaces.resize(ops.size());
    for (auto [d, draft] : llvm::enumerate(drafts))
      for (const PlacedOp &op : draft.part.ops)
        draftOf[op.op] = d;
    for (Operation *op : ops)
      addSpace(op);
  }

  StitchPlan build() {
    PlanVariant variant = buildVariant();
    if (!variant.guard.empty()) {
      plan.variants.push_back(std::move(variant));
      for (Draft &draft : drafts)
        draft.memory = planMemory(draft.part, draft.factors, arch, std::max(draft.spill, Spill::UnknownSizes));
      variant = buildVariant();
    }
    plan.variants.push_back(std::move(variant));
    return std::move(plan);
  }

private:
  int64_t number(unsigned draft, DimClasses::Class c) {
    auto [it, inserted] = classNumbers.try_emplace(shared.find({draft, c}), plan.classes.size());
    if (inserted)
      plan.classes.push_back(drafts[draft].part.classes.getExtent(c));
    return it->second;
  }

  void addSpace(Operation *op) {
    unsigned draft = draftOf.lookup(op);
    OpSpace &space = plan.spaces[numbers.lookup(op)];
    for (const DimClasses::Factors &factors : getSpace(drafts[draft].part.classes, op)) {
      auto &list = space.emplace_back();
      for (DimClasses::Class c : factors)
        list.push_back(number(draft, c));
    }
  }

  PlanVariant buildVariant() {
    PlanVariant variant;
    int64_t warps = 1, kept = 0;
    for (auto [d, draft] : llvm::enumerate(drafts)) {
      addPart(variant, d);
      warps = std::max(warps, draft.factors.warps);
      kept = std::max(kept, draft.memory.registers);
      const SymExpr &shared = draft.memory.shared;
      variant.shared = variant.shared.isConstant(0) ? shared : SymExpr::max(variant.shared, shared);
      bool isKnown = shared.isConstant() || llvm::any_of(variant.guard, [&](const GuardCondition &condition) {
                       return condition.expr == shared;
                     });
      if (!isKnown)
        variant.guard.push_back({shared, arch.shared_per_block});
    }
    variant.threads = warps * arch.warp;
    variant.registers = arch.registers_per_thread;
    if (arch.isGpu()) {
      int64_t needed = llvm::alignTo(kRegistersOfCode + kept + kLiveValues * widest, 8);
      variant.registers = std::min({variant.registers, arch.registers_per_unit / variant.threads, needed});
    }
    return variant;
  }

  void addPart(PlanVariant &variant, unsigned d) {
    const Draft &draft = drafts[d];
    auto opNumber = [&](int64_t op) { return static_cast<int64_t>(numbers.lookup(draft.part.ops[op].op)); };
    int64_t firstRegion = variant.regions.size();
    PlanPart &part = variant.parts.emplace_back();
    part.blocks = draft.factors.blocks;
    for (DimClasses::Class c : draft.factors.outer)
      part.outer.push_back(number(d, c));
    for (auto [r, region] : llvm::enumerate(draft.part.regions)) {
      PlanRegion &planned = variant.regions.emplace_back();
      planned.part = d;
      planned.dominants = llvm::map_to_vector(region.dominants, opNumber);
      planned.ops = llvm::map_to_vector(region.ops, opNumber);
      planned.lastBlockFinishes = draft.memory.finishes[r];
      for (const ClassFactors &f : draft.factors.regions[r]) {
        planned.placement.push_back({number(d, f.number), f.grid, f.warp, f.lane, f.seq, f.vec});
        widest = std::max(widest, f.vec);
      }
    }
    for (PlanEdge edge : draft.memory.edges) {
      edge.value = opNumber(edge.value);
      edge.region += firstRegion;
      variant.edges.push_back(edge);
    }
    for (PlanBuffer buffer : draft.memory.buffers) {
      buffer.value = opNumber(buffer.value);
      buffer.first += firstRegion;
      buffer.last += firstRegion;
      if (buffer.level == MemoryLevel::Workspace)
        buffer.offset = buffer.offset + variant.workspace;
      variant.buffers.push_back(std::move(buffer));
    }
    for (PlanBarrier barrier : draft.memory.barriers) {
      barrier.region += firstRegion;
      variant.barriers.push_back(barrier);
    }
    variant.workspace = variant.workspace + draft.memory.workspace;
  }

  ArrayRef<Operation *> ops;
  std::vector<Draft> &drafts;
  const SharedClasses &shared;
  const Arch &arch;
  SizeEstimate estimate;
  StitchPlan plan;
  int64_t widest = 1;
  llvm::DenseMap<Operation *, unsigned> numbers, draftOf;
  llvm::DenseMap<std::pair<unsigned, DimClasses::Class>, int64_t> classNumbers;
};
} // namespace

/// The part of a group of `ops` that stores these and computes all that they need.
static OpPart makePart(ArrayRef<Operation *> stored, ArrayRef<Operation *> ops) {
  OpPart part;
  part.stored.insert(stored.begin(), stored.end());
  llvm::SmallPtrSet<Operation *, 32> inside(ops.begin(), ops.end());
  llvm::SetVector<Operation *> members(stored.begin(), stored.end());
  for (size_t i = 0; i < members.size(); ++i)
    for (Value operand : members[i]->getOperands())
      if (Operation *producer = operand.getDefiningOp(); producer && inside.contains(producer))
        members.insert(producer);
  part.ops = members.takeVector();
  llvm::sort(part.ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return part;
}

std::vector<OpPart> splitIntoParts(ArrayRef<Operation *> ops, llvm::function_ref<bool(Operation *)> isStored,
                                   bool joinsReaders) {
  llvm::EquivalenceClasses<Operation *> parts;
  llvm::SmallPtrSet<Operation *, 32> inside(ops.begin(), ops.end());
  for (Operation *op : ops) {
    bool dependsOnPart =
        llvm::any_of(op->getOperands(), [&](Value operand) { return parts.contains(operand.getDefiningOp()); });
    if (isStored(op) || dependsOnPart || !isSingleNumber(op))
      parts.insert(op);
  }
  llvm::DenseMap<Value, Operation *> firstReader;
  for (Operation *op : ops) {
    if (!parts.contains(op))
      continue;
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (producer && inside.contains(producer)) {
        if (parts.contains(producer))
          parts.unionSets(op, producer);
        continue;
      }
      bool isInStep = isa<ReduceOp, ArgReduceOp>(op) || getDims(operand) == getDims(op->getResult(0));
      if (joinsReaders && isInStep && !getDims(operand).empty())
        if (auto [it, inserted] = firstReader.try_emplace(operand, op); !inserted)
          parts.unionSets(op, it->second);
    }
  }
  llvm::MapVector<Operation *, SmallVector<Operation *>> byLeader; // what each set stores
  for (Operation *op : ops)
    if (isStored(op))
      byLeader[parts.getLeaderValue(op)].push_back(op);
  std::vector<OpPart> result;
  for (const auto &[leader, stored] : byLeader)
    result.push_back(makePart(stored, ops));
  return result;
}

std::optional<StitchPlan> placeGroup(ArrayRef<Operation *> ops, llvm::function_ref<bool(Operation *)> isStored,
                                     const Arch &arch, SizeEstimate estimate, bool mustFit, std::string &reason) {
  std::vector<Draft> drafts;
  double units = static_cast<double>(arch.units);
  auto addWhole = [&](const OpPart &part) {
    auto isStoredByPart = [&](Operation *op) { return part.stored.contains(op); };
    drafts.emplace_back(part.ops, isStoredByPart, /*keepsHeavy=*/true, estimate);
    // What is kept holds those together in one block that read it at other indices. Where that makes blocks few, and
    // more are to be had so, it is computed again.
    PlacedPart &kept = drafts.back().part;
    if (kept.grid.blocks >= units ||
        llvm::none_of(kept.ops, [](const PlacedOp &op) { return op.isHeavy && op.isRead; }))
      return;
    Draft apart(part.ops, isStoredByPart, /*keepsHeavy=*/false, estimate);
    if (apart.part.grid.blocks > kept.grid.blocks)
      drafts.back() = std::move(apart);
  };
  auto addDraft = [&](const OpPart &part) {
    addWhole(part);
    std::string ignored;
    if (!drafts.back().part.formRegions([](unsigned) { return false; }, ignored))
      return;
    auto sets = drafts.back().part.getIndependentStores();
    if (sets.empty())
      return;
    drafts.pop_back();
    for (ArrayRef<Operation *> set : sets)
      addWhole(makePart(set, part.ops));
  };
  for (const OpPart &joined : splitIntoParts(ops, isStored, /*joinsReaders=*/true)) {
    size_t before = drafts.size();
    addDraft(joined);
    // Readers of one value run together, so that it is read once, unless their grids have too little in common.
    if (drafts.size() > before + 1 || drafts.back().part.grid.blocks >= units)
      continue;
    auto separate =
        splitIntoParts(joined.ops, [&](Operation *op) { return joined.stored.contains(op); }, /*joinsReaders=*/false);
    if (separate.size() == 1)
      continue;
    drafts.pop_back();
    for (const OpPart &part : separate)
      addDraft(part);
  }
  SharedClasses shared(drafts);
  if (!shared.agree()) {
    drafts.clear();
    drafts.emplace_back(ops, isStored, /*keepsHeavy=*/true, estimate);
    shared = SharedClasses(drafts);
  }
  for (Draft &draft : drafts) {
    if (!draft.fit(arch, estimate, mustFit, reason))
      return std::nullopt;
    if (draft.gaveUpHeavy())
      draft.spreadFurther(arch, estimate);
  }
  return PlanBuilder(ops, drafts, shared, arch, estimate).build();
}

} // namespace tao
