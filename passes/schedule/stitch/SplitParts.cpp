// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parts of a stitching plan as groups of their own. Before: groups with a plan of one or more parts. After: plans
// of one part, or of several where the parts' code depends on sizes; groups that came from one plan carry its `pack`,
// and run side by side in one launch. Groups that hand nothing over have no plan any more.
//
// On a CPU nothing is gained by several parts in one function: a launch can run several functions. Parts that are alike
// then share one, and what LLVM optimises stays small. Nor is anything gained where every block computes the same heavy
// number, such as the powers of an optimizer step: it is computed once, before.
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/KernelName.h"
#include "passes/schedule/GroupSpace.h"
#include "passes/schedule/InlinedBody.h"
#include "passes/schedule/Pack.h"
#include "passes/schedule/Passes.h"
#include "passes/schedule/stitch/PlanView.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {
#define GEN_PASS_DEF_SPLITPARTS
#include "passes/schedule/Passes.h.inc"

namespace {

/// What one part computes and stores, by number.
struct PartOps {
  llvm::SetVector<int64_t> ops; // ascending
  SmallVector<size_t> results;  // of the group

  bool operator==(const PartOps &other) const { return ops == other.ops && results == other.results; }
};

std::vector<PartOps> collectParts(const PlanView &view) {
  std::vector<PartOps> parts(view.variant.parts.size());
  for (size_t op = 0; op < view.ops.size(); ++op)
    for (const PlanRegion &region : view.variant.regions)
      if (std::binary_search(region.ops.begin(), region.ops.end(), static_cast<int64_t>(op)))
        parts[region.part].ops.insert(op);
  for (auto [p, part] : llvm::enumerate(parts))
    for (int64_t op : part.ops)
      if (view.isStoredBy(op, p))
        llvm::append_range(part.results, view.resultsOf[op]);
  return parts;
}

/// True when the part reads nothing of another one, and all it computes serves what it stores.
bool isClosed(const PlanView &view, const PartOps &part) {
  for (int64_t op : part.ops) {
    bool isUsed = llvm::any_of(view.resultsOf[op], [&](size_t r) { return llvm::is_contained(part.results, r); }) ||
                  llvm::any_of(view.ops[op]->getResult(0).getUsers(),
                               [&](Operation *user) { return part.ops.contains(view.numberOf(user)); });
    bool isComplete = llvm::all_of(view.ops[op]->getOperands(), [&](Value operand) {
      int64_t number = view.numberOf(operand);
      return number < 0 || part.ops.contains(number);
    });
    if (!isUsed || !isComplete)
      return false;
  }
  return !part.results.empty();
}

/// The plan of one part: what it says of the others goes, numbers follow.
class PartPlan {
public:
  PartPlan(const StitchPlan &plan, int64_t part, const PartOps &kept) : plan(plan), part(part) {
    for (int64_t op : kept.ops)
      newOps.insert({op, static_cast<int64_t>(newOps.size())});
  }

  StitchPlan build() {
    result.arch = plan.arch;
    for (const auto &[op, number] : newOps) {
      OpSpace &space = result.spaces.emplace_back(plan.spaces[op]);
      for (auto &factors : space)
        for (int64_t &c : factors)
          c = classNumber(c);
    }
    for (const PlanVariant &variant : plan.variants)
      addVariant(variant);
    for (const auto &[c, number] : newClasses)
      result.classes.push_back(plan.classes[c]);
    return std::move(result);
  }

private:
  int64_t classNumber(int64_t c) {
    return newClasses.insert({c, static_cast<int64_t>(newClasses.size())}).first->second;
  }
  void addVariant(const PlanVariant &variant) {
    PlanVariant kept = variant;
    kept.parts = {variant.parts[part]};
    for (int64_t &c : kept.parts.front().outer)
      c = classNumber(c);
    std::vector<int64_t> newRegions(variant.regions.size(), -1);
    kept.regions.clear();
    for (auto [r, region] : llvm::enumerate(variant.regions)) {
      if (region.part != part)
        continue;
      newRegions[r] = kept.regions.size();
      PlanRegion &added = kept.regions.emplace_back(region);
      added.part = 0;
      for (auto *list : {&added.dominants, &added.ops}) {
        llvm::erase_if(*list, [&](int64_t op) { return !newOps.contains(op); });
        for (int64_t &op : *list)
          op = newOps.lookup(op);
      }
      for (ClassPlacement &placement : added.placement)
        placement.classNumber = classNumber(placement.classNumber);
    }
    // What lies in memory waits for regions of its own part.
    llvm::erase_if(kept.edges, [&](const PlanEdge &edge) { return newRegions[edge.region] < 0; });
    for (PlanEdge &edge : kept.edges) {
      edge.region = newRegions[edge.region];
      edge.value = newOps.lookup(edge.value);
    }
    llvm::erase_if(kept.buffers, [&](const PlanBuffer &buffer) { return newRegions[buffer.first] < 0; });
    for (PlanBuffer &buffer : kept.buffers) {
      buffer.first = newRegions[buffer.first];
      buffer.last = newRegions[buffer.last];
      buffer.value = newOps.lookup(buffer.value);
    }
    llvm::erase_if(kept.barriers, [&](const PlanBarrier &barrier) { return newRegions[barrier.region] < 0; });
    for (PlanBarrier &barrier : kept.barriers)
      barrier.region = newRegions[barrier.region];
    result.variants.push_back(std::move(kept));
  }

  const StitchPlan &plan;
  int64_t part;
  llvm::MapVector<int64_t, int64_t> newOps, newClasses;
  StitchPlan result;
};

/// True when nothing waits anywhere: one region whose reductions are results, so that any placement serves it.
bool handsNothingOver(GroupOp group, const StitchPlan &plan) {
  for (const PlanVariant &variant : plan.variants)
    if (variant.regions.size() != 1 || !variant.buffers.empty())
      return false;
  PlanView view(group, plan, plan.variants.front());
  for (Operation &op : group.getBody().front().without_terminator()) {
    auto interface = dyn_cast<IndexMapOpInterface>(op);
    // Transposes keep their plan, whose blocks are better squares.
    if (isa<TransposeOp>(op) || (isa<ReshapeOp>(op) && !isSplittingReshape(&op)))
      return false;
    if (!interface || interface.getOpClass() != OpClass::Reduction)
      continue;
    bool isReadInside = llvm::any_of(op.getUsers(), [](Operation *user) { return !isa<stitch::YieldOp>(user); });
    if (isReadInside || view.isSpread(view.numberOf(op.getResult(0)), 0))
      return false;
  }
  return succeeded(getGroupSpace(group));
}

/// Ops whose result is one number made of other single numbers that the group is given, by number: elementwise ones
/// that no region keeps. Empty where none of them is heavy.
llvm::SetVector<int64_t> findNumbers(const PlanView &view) {
  llvm::SetVector<int64_t> numbers;
  bool hasHeavy = false;
  for (auto [i, op] : llvm::enumerate(view.ops)) {
    bool isKept = !view.resultsOf[i].empty();
    for (const PlanRegion &region : view.variant.regions)
      isKept |= llvm::is_contained(region.dominants, static_cast<int64_t>(i));
    bool isNumber = isElementwise(op) && getNumElements(getDims(op->getResult(0))).isConstant(1) &&
                    llvm::all_of(op->getOperands(), [&](Value operand) {
                      int64_t number = view.numberOf(operand);
                      return number < 0 || numbers.contains(number);
                    });
    if (isKept || !isNumber)
      continue;
    numbers.insert(i);
    hasHeavy |= getElementwiseClass(op) == OpClass::Heavy;
  }
  return hasHeavy ? numbers : llvm::SetVector<int64_t>();
}

/// Groups for the results of a group without a plan that share neither ops nor tensors: in one loop they would only
/// take each other's registers.
SmallVector<GroupOp> separate(GroupOp group, const PackInfo &pack) {
  llvm::EquivalenceClasses<Value> sets;
  for (Operation &op : group.getBody().front().without_terminator()) {
    if (isa<ConstantOp>(op))
      continue;
    for (Value operand : op.getOperands())
      if (!operand.getDefiningOp<ConstantOp>() && !getNumElements(getDims(operand)).isConstant(1))
        sets.unionSets(op.getResult(0), operand);
  }
  llvm::MapVector<Value, SmallVector<size_t>> resultsOf; // by the leader of what they share
  for (auto [r, value] : llvm::enumerate(group.getBody().front().getTerminator()->getOperands()))
    resultsOf[sets.contains(value) ? sets.getLeaderValue(value) : value].push_back(r);
  if (resultsOf.size() == 1)
    return {group};

  OpBuilder b(group);
  InlinedBody body(b, group);
  SmallVector<GroupOp> groups;
  for (auto &[leader, numbers] : resultsOf) {
    SmallVector<Value> results;
    llvm::SmallPtrSet<Operation *, 16> needed;
    for (size_t r : numbers) {
      results.push_back(body.results[r]);
      needed.insert(body.results[r].getDefiningOp());
    }
    SmallVector<Operation *> members;
    for (Operation *op : llvm::reverse(body.ops)) {
      if (!needed.contains(op))
        continue;
      members.push_back(op);
      for (Value operand : op->getOperands())
        if (Operation *producer = operand.getDefiningOp(); llvm::is_contained(body.ops, producer))
          needed.insert(producer);
    }
    std::reverse(members.begin(), members.end());
    GroupOp made = createGroup(b, members, results, *Plan::fromAttr(group.getPlan()));
    setPack(made, pack);
    for (auto [r, value] : llvm::zip_equal(numbers, made.getResults()))
      group.getResult(r).replaceAllUsesWith(value);
    groups.push_back(made);
  }
  group.erase();
  body.erase();
  return groups;
}

class Splitter {
public:
  Splitter(GroupOp group, const Plan &plan) : group(group), plan(plan) {}

  /// The groups with a plan that stand for the group: itself, when it is of one part or cannot be split.
  std::vector<std::pair<GroupOp, Plan>> run(const PackInfo &pack) {
    std::vector<PartOps> parts;
    bool isSplit = true;
    llvm::SetVector<int64_t> numbers;
    for (const PlanVariant &variant : plan.stitch->variants) {
      PlanView view(group, *plan.stitch, variant);
      std::vector<PartOps> these = collectParts(view);
      isSplit &= (parts.empty() || parts == these) &&
                 llvm::all_of(these, [&](const PartOps &part) { return isClosed(view, part); });
      llvm::SetVector<int64_t> found = findNumbers(view);
      if (parts.empty())
        numbers = std::move(found);
      else
        numbers.remove_if([&](int64_t op) { return !found.contains(op); });
      parts = std::move(these);
    }
    if (!isSplit || (parts.size() == 1 && numbers.empty()))
      return {{group, plan}};
    for (PartOps &part : parts)
      part.ops.remove_if([&](int64_t op) { return numbers.contains(op); });
    return split(parts, numbers, pack);
  }

private:
  std::vector<std::pair<GroupOp, Plan>> split(ArrayRef<PartOps> parts, const llvm::SetVector<int64_t> &numbers,
                                              const PackInfo &pack) {
    OpBuilder b(group);
    InlinedBody body(b, group);
    ArrayRef<Operation *> ops = body.ops;
    computeBefore(b, ops, numbers);
    std::vector<std::pair<GroupOp, Plan>> groups;
    for (auto [number, part] : llvm::enumerate(parts)) {
      Plan own = plan;
      own.stitch = PartPlan(*plan.stitch, number, part).build();
      own.ops.clear();
      SmallVector<Operation *> members;
      for (int64_t op : part.ops) {
        own.ops.push_back(plan.ops[op]);
        members.push_back(ops[op]);
      }
      SmallVector<Value> results;
      for (size_t r : part.results)
        results.push_back(body.results[r]);
      GroupOp made = createGroup(b, members, results, own);
      if (parts.size() > 1)
        setPack(made, pack);
      for (auto [r, value] : llvm::zip_equal(part.results, made.getResults()))
        group.getResult(r).replaceAllUsesWith(value);
      groups.push_back({made, std::move(own)});
    }
    group.erase();
    body.erase();
    return groups;
  }

  /// Groups without a plan for these ops, one for each shape of what the others read of them.
  void computeBefore(OpBuilder &b, ArrayRef<Operation *> ops, const llvm::SetVector<int64_t> &numbers) {
    llvm::SmallPtrSet<Operation *, 8> before;
    for (int64_t number : numbers)
      before.insert(ops[number]);
    llvm::MapVector<Type, SmallVector<Value>> read;
    for (int64_t number : numbers)
      if (llvm::any_of(ops[number]->getUsers(), [&](Operation *user) { return !before.contains(user); }))
        read[ops[number]->getResult(0).getType()].push_back(ops[number]->getResult(0));
    Plan plain;
    plain.planner = plan.planner;
    for (auto &[type, values] : read) {
      llvm::SmallPtrSet<Operation *, 8> needed;
      for (Value value : values)
        needed.insert(value.getDefiningOp());
      SmallVector<Operation *> members;
      for (int64_t number : llvm::reverse(numbers)) {
        if (!needed.contains(ops[number]))
          continue;
        members.insert(members.begin(), ops[number]);
        for (Value operand : ops[number]->getOperands())
          if (Operation *producer = operand.getDefiningOp(); before.contains(producer))
            needed.insert(producer);
      }
      GroupOp made = createGroup(b, members, values, plain);
      for (auto [value, result] : llvm::zip_equal(values, made.getResults()))
        value.replaceUsesWithIf(result, [&](OpOperand &use) { return !before.contains(use.getOwner()); });
    }
  }

  GroupOp group;
  const Plan &plan;
};

struct SplitParts : impl::SplitPartsBase<SplitParts> {
  void runOnOperation() override {
    std::vector<std::pair<GroupOp, Plan>> groups;
    getOperation().walk([&](GroupOp group) {
      if (std::optional<Plan> plan = Plan::fromAttr(group.getPlan()); plan && plan->stitch)
        groups.push_back({group, std::move(*plan)});
    });
    int64_t pack = 0;
    for (auto &[group, plan] : groups) {
      PackInfo own{pack++, StringAttr::get(&getContext(), kernelName(group))};
      std::vector<std::pair<GroupOp, Plan>> parts = Splitter(group, plan).run(own);
      numParts += parts.size() > 1 ? parts.size() : 0;
      for (auto &[part, partPlan] : parts) {
        if (!handsNothingOver(part, *partPlan.stitch))
          continue;
        partPlan.stitch.reset();
        part.setPlanAttr(partPlan.toAttr(&getContext()));
        numPlain += separate(part, own).size();
      }
    }
  }
};
} // namespace
} // namespace tao
