// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlanLayout.h.
#include "PlanLayout.h"
#include "passes/interp/Evaluate.h"

using namespace mlir;

namespace tao {

using stitch::ClassPlacement, stitch::GroupOp, stitch::GuardCondition, stitch::PlanRegion, stitch::PlanVariant;
using stitch::StitchPlan;

PlanLayout::PlanLayout(GroupOp group, const StitchPlan &plan, ArrayRef<HostTensor> inputs, int64_t warp, int64_t prime)
    : GroupRun(group, inputs, prime), plan(plan), variant(choose()), warp(warp) {
  for (const SymExpr &extent : plan.classes)
    extents.push_back(evaluate(extent));
  for (size_t r = 0; r < variant.regions.size(); ++r)
    addFactors(r);
  findStores();
}

const PlanVariant &PlanLayout::choose() const {
  for (const PlanVariant &variant : plan.variants)
    if (llvm::all_of(variant.guard, [&](const GuardCondition &c) { return evaluate(c.expr) <= c.max; }))
      return variant;
  fault("no variant runs");
}

void PlanLayout::addFactors(int64_t r) {
  const PlanRegion &region = variant.regions[r];
  std::vector<Factors> list;
  for (const ClassPlacement &p : region.placement)
    list.push_back({p.classNumber, extents[p.classNumber], evaluate(p.grid), p.warp, p.lane, evaluate(p.seq), p.vec, 1,
                    1, llvm::is_contained(variant.parts[region.part].outer, p.classNumber)});
  for (size_t i = list.size(); i-- > 1;) {
    list[i - 1].warpStride = list[i].warpStride * list[i].warp;
    list[i - 1].laneStride = list[i].laneStride * list[i].lane;
  }
  factors.push_back(std::move(list));
}

void PlanLayout::findStores() {
  DenseSet<int64_t> seen;
  storedBy.assign(ops.size(), -1);
  for (Value value : body.getTerminator()->getOperands()) {
    int64_t op = numbers.lookup(value.getDefiningOp());
    for (int64_t p = 0; p < static_cast<int64_t>(variant.parts.size()) && storedBy[op] < 0; ++p)
      if (homeOf(op, p) >= 0)
        storedBy[op] = p;
  }
}

int64_t PlanLayout::homeOf(int64_t op, int64_t inPart) const {
  for (auto [r, region] : llvm::enumerate(variant.regions))
    if (region.part == inPart && llvm::is_contained(region.dominants, op))
      return r;
  return -1;
}

const Factors *PlanLayout::find(int64_t r, int64_t c) const {
  for (const Factors &f : factors[r])
    if (f.classNumber == c)
      return &f;
  return nullptr;
}

const Factors *PlanLayout::findOuter(int64_t c) const {
  for (size_t r = 0; r < variant.regions.size(); ++r)
    if (const Factors *f = variant.regions[r].part == part ? find(r, c) : nullptr)
      return f;
  return nullptr;
}

int64_t PlanLayout::digitOf(const Factors &f, int64_t t, bool ofWarp) const {
  return ofWarp ? t / warp / f.warpStride % f.warp : t % warp / f.laneStride % f.lane;
}

int64_t PlanLayout::indexOf(const Factors &f, int64_t t, int64_t seq, int64_t vec) const {
  int64_t grid = 0;
  if (f.isOuter) {
    grid = digits.at(f.classNumber).grid;
    seq = digits.at(f.classNumber).seq;
  }
  return (((grid * f.warp + digitOf(f, t, true)) * f.seq + seq) * f.lane + digitOf(f, t, false)) * f.vec + vec;
}

void PlanLayout::forEachPoint(int64_t t, llvm::function_ref<bool(int64_t)> takes, llvm::function_ref<void()> visit) {
  std::function<void(size_t)> loop = [&](size_t i) {
    if (i == factors[region].size())
      return visit();
    const Factors &f = factors[region][i];
    if (!takes(f.classNumber))
      return loop(i + 1);
    for (int64_t seq = 0; seq < (f.isOuter ? 1 : f.seq); ++seq)
      for (int64_t vec = 0; vec < f.vec; ++vec)
        if (int64_t index = indexOf(f, t, seq, vec); index < f.extent) {
          coordinates[f.classNumber] = index;
          loop(i + 1);
        }
  };
  coordinates.clear();
  loop(0);
}

Index PlanLayout::loopIndex(int64_t op, size_t dims) const {
  Index index;
  for (const auto &classes : ArrayRef(plan.spaces[op]).take_front(dims)) {
    int64_t i = 0;
    for (int64_t c : classes)
      i = i * extents[c] + coordinates.at(c);
    index.push_back(i);
  }
  return index;
}

bool PlanLayout::isFirst() const {
  for (const auto &[c, digit] : digits)
    if (!find(region, c) && (digit.grid || digit.seq))
      return false;
  return true;
}

bool PlanLayout::addsUpOutside(int64_t op) const {
  for (const auto &classes : ArrayRef(plan.spaces[op]).drop_front(shapes[op].size()))
    for (int64_t c : classes)
      if (llvm::is_contained(variant.parts[part].outer, c))
        return true;
  return false;
}

bool PlanLayout::isFirstLane(int64_t t) const {
  int64_t lanes = 1;
  for (const Factors &f : factors[region])
    lanes *= f.lane;
  return t % warp < lanes;
}

bool PlanLayout::isWorker(int64_t t) const {
  int64_t warps = 1;
  for (const Factors &f : factors[region])
    warps *= f.warp;
  return isFirstLane(t) && t / warp < warps;
}

std::pair<int64_t, int64_t> PlanLayout::reducedWarp(int64_t op, int64_t t) const {
  int64_t number = 0, count = 1;
  for (const auto &classes : ArrayRef(plan.spaces[op]).drop_front(shapes[op].size()))
    for (int64_t c : classes) {
      const Factors *f = find(region, c);
      number = number * f->warp + digitOf(*f, t, true);
      count *= f->warp;
    }
  return {number, count};
}

int64_t PlanLayout::placeOf(int64_t op, int64_t at) const {
  Index index(shapes[op].size());
  for (size_t d = index.size(); d-- > 0; at /= shapes[op][d])
    index[d] = at % shapes[op][d];
  int64_t home = homeOf(op, part), place = 0;
  for (auto [d, classes] : llvm::enumerate(ArrayRef(plan.spaces[op]).take_front(index.size()))) {
    int64_t stride = shapes[op][d];
    for (int64_t c : classes) {
      stride /= extents[c];
      int64_t i = index[d] / stride % extents[c], extent = extents[c];
      const Factors *f = find(home, c);
      if (f && f->isOuter && f->grid * f->seq > 1) {
        int64_t vec = i % f->vec, lane = i / f->vec % f->lane, seq = i / f->vec / f->lane % f->seq,
                w = i / f->vec / f->lane / f->seq % f->warp, grid = i / f->vec / f->lane / f->seq / f->warp;
        if (grid != digits.at(c).grid || seq != digits.at(c).seq)
          fault("op " + Twine(op) + " is wanted at an index that this block does not have now");
        i = (w * f->lane + lane) * f->vec + vec;
        extent = std::min(extent, f->warp * f->lane * f->vec);
      }
      place = place * extent + i;
    }
  }
  return place;
}

int64_t PlanLayout::elementBytes(int64_t op) const {
  auto type = cast<RankedTensorType>(ops[op]->getResult(0).getType()).getElementType();
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

} // namespace tao
