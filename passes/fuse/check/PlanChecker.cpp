// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlanChecker.h: the order of the steps, and what does not depend on a variant.
#include "passes/fuse/check/PlanChecker.h"
#include "dialects/Stitch/StitchDialect.h"
#include "passes/fuse/check/CheckContext.h"
#include "passes/fuse/check/InStep.h"

using namespace mlir;

namespace tao::check {

namespace {

Group readGroup(const GroupMembers &members) {
  Group group;
  llvm::DenseMap<Operation *, int64_t> numbers;
  for (Operation *op : members.ops)
    if (!isa<ConstantOp>(op)) {
      numbers[op] = group.ops.size();
      group.ops.push_back(op);
    }
  size_t count = group.ops.size();
  group.isStored.resize(count);
  group.isRead.resize(count);
  group.reads.resize(count);
  for (Operation *op : members.stores)
    if (auto it = numbers.find(op); it != numbers.end())
      group.isStored[it->second] = true;
  for (auto [number, op] : llvm::enumerate(group.ops))
    for (Value operand : op->getOperands())
      if (auto it = numbers.find(operand.getDefiningOp()); it != numbers.end())
        group.isRead[it->second] = true;
  return group;
}

/// What follows from the plan's spaces.
void addClasses(Group &group, const stitch::StitchPlan &plan) {
  llvm::DenseMap<Operation *, int64_t> numbers;
  for (auto [number, op] : llvm::enumerate(group.ops)) {
    numbers[op] = number;
    const stitch::OpSpace &space = plan.spaces[number];
    size_t rank = getDims(op->getResult(0)).size();
    group.result.emplace_back();
    group.reduced.emplace_back();
    for (auto [dim, classes] : llvm::enumerate(space))
      (dim < rank ? group.result : group.reduced).back().insert(classes.begin(), classes.end());
    group.space.push_back(group.result.back());
    group.space.back().insert(group.reduced.back().begin(), group.reduced.back().end());
    for (OpOperand &operand : op->getOpOperands()) {
      auto it = numbers.find(operand.get().getDefiningOp());
      if (it == numbers.end())
        continue;
      const stitch::OpSpace &from = plan.spaces[it->second];
      size_t operandRank = getDims(operand.get()).size();
      auto inStep = findInStep(operand, ArrayRef(from).take_front(operandRank), space, plan.classes);
      group.reads[number].push_back(group.uses.size());
      group.uses.push_back({it->second, static_cast<int64_t>(number), ClassSet(inStep.begin(), inStep.end())});
    }
  }
}

int64_t bytesOf(Type type) { return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8); }
Type elementTypeOf(Value value) { return cast<RankedTensorType>(value.getType()).getElementType(); }

} // namespace

int64_t Group::elementBytes(int64_t op) const { return bytesOf(elementTypeOf(ops[op]->getResult(0))); }

int64_t Group::partialBytes(int64_t op) const {
  Type in = elementTypeOf(ops[op]->getOperand(0));
  int64_t bytes = isa<FloatType>(in) ? std::max<int64_t>(bytesOf(in), 4) : bytesOf(in);
  return isa<ArgReduceOp>(ops[op]) ? bytes + elementBytes(op) : bytes; // the best value and its index
}

const stitch::ClassPlacement *Variant::place(int64_t r, int64_t classNumber) const {
  for (const stitch::ClassPlacement &p : region(r).placement)
    if (p.classNumber == classNumber)
      return &p;
  return nullptr;
}

bool Variant::isCut(int64_t r, int64_t classNumber) const {
  const stitch::ClassPlacement *p = place(r, classNumber);
  return p && isOuter(r, classNumber) && (!p->grid.isConstant(1) || !p->seq.isConstant(1));
}

bool Variant::isLooped(int64_t part) const {
  for (size_t r = 0; r < variant.regions.size(); ++r)
    for (const stitch::ClassPlacement &p : region(r).placement)
      if (region(r).part == part && isOuter(r, p.classNumber) && !p.seq.isConstant(1))
        return true;
  return false;
}

std::optional<int64_t> Variant::findHome(int64_t op, int64_t part) const {
  auto it = homes.find({op, part});
  return it == homes.end() ? std::nullopt : std::optional(it->second);
}

void Variant::forEachReduction(llvm::function_ref<void(int64_t op, int64_t home)> visit) const {
  for (const auto &[key, home] : homes)
    if (group.isReduction(key.first))
      visit(key.first, home);
}

bool Variant::addsUpOutside(int64_t op, int64_t home) const {
  return llvm::any_of(group.reduced[op], [&](int64_t c) { return isOuter(home, c); });
}

bool Variant::isWithinSum(int64_t op, int64_t home, int64_t classNumber) const {
  for (int64_t c : partOf(home).outer) {
    if (c == classNumber)
      return false;
    if (group.reduced[op].count(c))
      return true;
  }
  return true;
}

SymExpr Variant::tileOf(int64_t r, int64_t classNumber) const {
  const SymExpr &extent = plan.classes[classNumber];
  const stitch::ClassPlacement *p = place(r, classNumber);
  if (!isCut(r, classNumber))
    return extent;
  std::optional<SymExpr> tile = multiply({p->warp, p->lane, p->vec});
  return tile ? SymExpr::min(extent, *tile) : extent;
}

std::string opName(const Group &group, int64_t op) {
  return std::to_string(op) + " (" + group.ops[op]->getName().getStringRef().str() + ")";
}

bool checkForm(const Group &group, const stitch::StitchPlan &plan, std::vector<Violation> &violations) {
  size_t before = violations.size();
  auto need = [&](bool holds, const Twine &text) {
    if (!holds)
      violations.push_back({"form", text.str()});
  };
  int64_t ops = group.ops.size(), classes = plan.classes.size();
  auto below = [](int64_t number, int64_t count) { return number >= 0 && number < count; };
  need(static_cast<int64_t>(plan.spaces.size()) == ops,
       "the plan has spaces of " + Twine(plan.spaces.size()) + " ops, the group has " + Twine(ops));
  for (const stitch::OpSpace &space : plan.spaces)
    for (ArrayRef<int64_t> dim : space)
      for (int64_t c : dim)
        need(below(c, classes), "a space names class " + Twine(c) + ", which the plan does not have");
  need(!plan.variants.empty(), "the plan has no variant");
  for (const stitch::PlanVariant &variant : plan.variants) {
    int64_t regions = variant.regions.size();
    need(regions > 0, "a variant has no region");
    for (const stitch::PlanPart &part : variant.parts)
      for (int64_t c : part.outer)
        need(below(c, classes), "a part names class " + Twine(c) + ", which the plan does not have");
    for (auto [r, region] : llvm::enumerate(variant.regions)) {
      need(below(region.part, variant.parts.size()), "region " + Twine(r) + " is of a part that is not there");
      for (int64_t op : region.ops)
        need(below(op, ops), "region " + Twine(r) + " names op " + Twine(op) + ", which the group does not have");
      for (int64_t op : region.dominants)
        need(llvm::is_contained(region.ops, op),
             "dominant " + Twine(op) + " is not among the ops of region " + Twine(r));
      need(llvm::is_sorted(region.ops, std::less_equal<int64_t>()) || region.ops.size() < 2,
           "ops of region " + Twine(r) + " are not ascending");
      for (const stitch::ClassPlacement &p : region.placement) {
        need(below(p.classNumber, classes), "region " + Twine(r) + " places a class that the plan does not have");
        need(p.warp >= 1 && p.lane >= 1 && p.vec >= 1, "region " + Twine(r) + " has a factor below 1");
      }
    }
    for (const stitch::PlanEdge &edge : variant.edges)
      need(below(edge.value, ops) && below(edge.region, regions), "an edge names what is not there");
    for (const stitch::PlanBuffer &buffer : variant.buffers)
      need(below(buffer.value, ops) && below(buffer.first, regions) && below(buffer.last, regions) &&
               buffer.first <= buffer.last,
           "a buffer names what is not there");
    for (const stitch::PlanBarrier &barrier : variant.barriers)
      need(below(barrier.region, regions) &&
               (barrier.scope == stitch::Scope::Block || barrier.scope == stitch::Scope::Grid),
           "a barrier is before no region, or of no scope that barriers have");
  }
  return violations.size() == before;
}

bool checkSpaces(const Group &group, const stitch::StitchPlan &plan, std::vector<Violation> &violations) {
  size_t before = violations.size();
  auto report = [&](int64_t op, const Twine &text) {
    violations.push_back({"spaces", ("op " + opName(group, op) + " " + text).str()});
  };
  for (auto [number, op] : llvm::enumerate(group.ops)) {
    const stitch::OpSpace &space = plan.spaces[number];
    SmallVector<SymExpr> extents = getLoopExtents(op);
    if (space.size() != extents.size()) {
      report(number, "iterates over " + Twine(extents.size()) + " dims, its space has " + Twine(space.size()));
      continue;
    }
    ClassSet seen;
    for (auto [dim, classes] : llvm::enumerate(space)) {
      SmallVector<SymExpr> factors;
      for (int64_t c : classes) {
        factors.push_back(plan.classes[c]);
        if (!seen.insert(c).second)
          report(number, "has class " + Twine(c) + " twice, which would make two indices one");
      }
      std::optional<SymExpr> product = multiply(factors);
      if (!product || *product != extents[dim])
        report(number, "has extent " + extents[dim].str() + " along dim " + Twine(dim) + ", its classes " +
                           (product ? product->str() : "more than fits"));
    }
  }
  return violations.size() == before;
}

/// Into how many pieces each reduction is cut over blocks.
static std::map<int64_t, SymExpr> countPieces(const Variant &v) {
  std::map<int64_t, SymExpr> pieces;
  v.forEachReduction([&](int64_t op, int64_t home) {
    SymExpr count = 1;
    for (int64_t c : v.group.reduced[op])
      count = multiply(count, v.place(home, c)->grid).value_or(count);
    pieces.try_emplace(op, count);
  });
  return pieces;
}

std::vector<Violation> checkPlan(Block &body, const stitch::StitchPlan &plan, const ArchLimits &limits,
                                 ArrayRef<stitch::GuardCondition> known) {
  SmallVector<Operation *> ops, stores;
  for (Operation &op : body.without_terminator())
    ops.push_back(&op);
  for (Value value : body.getTerminator()->getOperands())
    stores.push_back(value.getDefiningOp());
  return checkPlan(GroupMembers{ops, stores}, plan, limits, known);
}

std::vector<Violation> checkPlan(const GroupMembers &members, const stitch::StitchPlan &plan, const ArchLimits &limits,
                                 ArrayRef<stitch::GuardCondition> known) {
  std::vector<Violation> violations;
  Group group = readGroup(members);
  if (!checkForm(group, plan, violations) || !checkSpaces(group, plan, violations))
    return violations;
  addClasses(group, plan);
  std::optional<std::map<int64_t, SymExpr>> pieces;
  for (auto [number, variant] : llvm::enumerate(plan.variants)) {
    bool isLast = number + 1 == plan.variants.size();
    if (isLast != variant.guard.empty())
      violations.push_back(
          {"guards", isLast ? "the last variant has a guard: no variant is left where it does not hold"
                            : ("variant " + Twine(number) + " has no guard: those behind it never run").str()});
    SmallVector<stitch::GuardCondition> conditions(known);
    llvm::append_range(conditions, variant.guard);
    Variant v{group, plan, variant, limits, SizeProof(conditions), violations, {}, {}};
    if (!checkRegions(v) || !checkPlacements(v) || !checkEdges(v))
      continue;
    // What is left by blocks is added up behind the kernel, whichever variant has run.
    if (std::map<int64_t, SymExpr> own = countPieces(v); !pieces)
      pieces = std::move(own);
    else if (own != *pieces)
      v.report("finish", "a reduction is spread over other numbers of blocks than in an earlier variant");
    checkBuffers(v);
    checkBarriers(v);
    checkLimits(v);
  }
  return violations;
}

} // namespace tao::check
