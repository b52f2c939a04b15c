// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlanView.h.
#include "passes/schedule/stitch/PlanView.h"

using namespace mlir;

namespace tao {

using namespace stitch;

PlanView::PlanView(GroupOp group, const StitchPlan &plan, const PlanVariant &variant) : plan(plan), variant(variant) {
  Block &body = group.getBody().front();
  for (Operation &op : body.without_terminator())
    if (!isa<ConstantOp>(op)) {
      numbers[&op] = ops.size();
      ops.push_back(&op);
    }
  resultsOf.resize(ops.size());
  for (auto [i, value] : llvm::enumerate(body.getTerminator()->getOperands()))
    if (int64_t op = numberOf(value); op >= 0)
      resultsOf[op].push_back(i);
  storedBy.assign(ops.size(), -1);
  for (auto [r, region] : llvm::enumerate(variant.regions))
    for (int64_t op : region.dominants) {
      homes.try_emplace({op, region.part}, r);
      if (!resultsOf[op].empty() && (storedBy[op] < 0 || region.part < storedBy[op]))
        storedBy[op] = region.part;
    }
}

static SmallVector<int64_t> flatten(ArrayRef<SmallVector<int64_t, 2>> dims) {
  SmallVector<int64_t> all;
  for (const auto &classes : dims)
    llvm::append_range(all, classes);
  return all;
}
SmallVector<int64_t> PlanView::getKept(int64_t op) const {
  return flatten(ArrayRef(plan.spaces[op]).take_front(rankOf(op)));
}
SmallVector<int64_t> PlanView::getReduced(int64_t op) const {
  return flatten(ArrayRef(plan.spaces[op]).drop_front(rankOf(op)));
}

const ClassPlacement *PlanView::find(int64_t region, int64_t c) const {
  for (const ClassPlacement &p : variant.regions[region].placement)
    if (p.classNumber == c)
      return &p;
  return nullptr;
}

const ClassPlacement *PlanView::findOuter(int64_t part, int64_t c) const {
  for (size_t r = 0; r < variant.regions.size(); ++r)
    if (variant.regions[r].part == part)
      if (const ClassPlacement *p = find(r, c))
        return p;
  return nullptr;
}

std::map<int64_t, int64_t> PlanView::getSteps(int64_t region) const {
  std::map<int64_t, int64_t> steps;
  for (int64_t op : variant.regions[region].ops) {
    int64_t step = 0;
    for (Value operand : ops[op]->getOperands())
      if (auto it = steps.find(numberOf(operand)); it != steps.end())
        step = std::max(step, it->second + isReduction(it->first));
    steps[op] = step;
  }
  return steps;
}

bool PlanView::isSpread(int64_t op, int64_t part) const {
  return isReduction(op) && llvm::any_of(getReduced(op), [&](int64_t c) {
           const ClassPlacement *p = find(homeOf(op, part), c);
           return p && !p->grid.isConstant(1);
         });
}

bool PlanView::computes(int64_t region, int64_t op) const {
  const auto &list = variant.regions[region].ops;
  return std::binary_search(list.begin(), list.end(), op);
}

bool PlanView::isReadFromHome(int64_t op, int64_t region) const {
  if (!isReduction(op) && computes(region, op))
    return false;
  return llvm::any_of(ops[op]->getResult(0).getUsers(), [&](Operation *user) {
    auto it = numbers.find(user);
    return it != numbers.end() && computes(region, it->second);
  });
}

const PlanBuffer *PlanView::findBuffer(int64_t op, int64_t part, bool isPartials) const {
  for (const PlanBuffer &buffer : variant.buffers)
    if (buffer.value == op && buffer.isPartials == isPartials && variant.regions[buffer.first].part == part)
      return &buffer;
  return nullptr;
}

bool PlanView::hasBlockEdges(int64_t part) const {
  return llvm::any_of(variant.edges, [&](const PlanEdge &edge) {
    return variant.regions[edge.region].part == part && edge.scope != stitch::Scope::Thread &&
           homeOf(edge.value, part) != edge.region;
  });
}

} // namespace tao
