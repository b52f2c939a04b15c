// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PartLayout.h.
#include "passes/schedule/stitch/PartLayout.h"
#include "passes/codegen/common/ScalarBody.h"
#include "passes/schedule/stitch/PlanSums.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tao {

using namespace stitch;

namespace {
/// Stages start on cache lines.
constexpr int64_t kAlignment = 64;
/// Memory that the plan does not speak of lies in scratch up to this size, beyond it in the workspace.
constexpr int64_t kOwnBytes = 64 << 10;
/// Rows of a tensor that start so far apart are far: from here on strips of columns were slower (docs/performance.md).
constexpr int64_t kFarBytes = 2048;
bool contains(ArrayRef<int64_t> list, int64_t c) { return llvm::is_contained(list, c); }
} // namespace

PartLayout::PartLayout(const PlanView &view, int64_t part, int64_t vectorBytes, KernelMemory &memory)
    : view(view), part(part), blocks(view.variant.parts[part].blocks), memory(memory) {
  int64_t bytes = 4;
  for (auto [r, region] : llvm::enumerate(view.variant.regions)) {
    if (region.part != part)
      continue;
    for (int64_t op : region.ops) {
      hasHeavyOps |= getElementwiseClass(view.ops[op]) == OpClass::Heavy;
      if (isElementwise(view.ops[op]) || view.isReduction(op))
        bytes = std::max(
            bytes, getElementBytes(cast<RankedTensorType>(view.ops[op]->getResult(0).getType()).getElementType()));
    }
    // A reduction may also be read by its own region.
    for (int64_t reader : region.ops)
      for (Value operand : view.ops[reader]->getOperands())
        if (int64_t op = view.numberOf(operand); op >= 0 && view.isReadFromHome(op, r))
          crossing.insert(op);
  }
  lanesPerRegister = std::max<int64_t>(1, vectorBytes / bytes);
  findLoops();
  findNests();
  findShape();
  addStages();
  for (Nest &nest : nests)
    addAccumulators(nest);
}

//===-- Loops -----------------------------------------------------------------------------------------------------===//

void PartLayout::findLoops() {
  // Where every value stays with its thread nothing is read at other indices, so whole classes may be loops as well.
  bool areAllLoops = !view.hasBlockEdges(part);
  for (int64_t c : view.variant.parts[part].outer) {
    const ClassPlacement *p = view.findOuter(part, c);
    if (!p || (!areAllLoops && p->grid.isConstant(1) && p->seq.isConstant(1)))
      continue;
    loops.push_back({c, view.extent(c), p->grid, p->seq * SymExpr(p->warp * p->vec * p->lane), p->vec * p->lane});
  }
  for (const OuterLoop &loop : loops)
    if (loop.vec > 1)
      lane = loop.number;
}

const OuterLoop *PartLayout::findLoop(int64_t c) const {
  const auto *it = llvm::find_if(loops, [&](const OuterLoop &loop) { return loop.number == c; });
  return it == loops.end() ? nullptr : it;
}

SmallVector<int64_t> PartLayout::getInner(int64_t region) const {
  SmallVector<int64_t> list;
  for (const ClassPlacement &p : view.variant.regions[region].placement)
    if (!isLoop(p.classNumber))
      list.push_back(p.classNumber);
  return list;
}

SmallVector<int64_t> PartLayout::getOuter(int64_t region) const {
  SmallVector<int64_t> list;
  for (const OuterLoop &loop : loops)
    if (view.find(region, loop.number))
      list.push_back(loop.number);
  return list;
}

int64_t PartLayout::chooseWidth(const SymExpr &extent, int64_t registers) const {
  int64_t width = lanesPerRegister * registers;
  // Do not run mostly empty vectors over a short dim.
  if (auto number = extent.constant())
    while (width > 1 && width / 2 >= *number)
      width /= 2;
  return width;
}

//===-- Nests -----------------------------------------------------------------------------------------------------===//

bool PartLayout::stores(int64_t region) const {
  return llvm::any_of(view.variant.regions[region].dominants, [&](int64_t op) { return view.isStoredBy(op, part); });
}

void PartLayout::findNests() {
  // What a region stores, it stores once: under the loops that it has. So there is a nest for each set of loops.
  std::vector<SmallVector<int64_t>> sets;
  for (auto [r, region] : llvm::enumerate(view.variant.regions))
    if (region.part == part && stores(r) && !llvm::is_contained(sets, getOuter(r)))
      sets.push_back(getOuter(r));
  for (const auto &set : sets)
    addNest(set);
}

void PartLayout::addNest(ArrayRef<int64_t> classes) {
  Nest nest;
  nest.classes.assign(classes.begin(), classes.end());
  int64_t count = view.variant.regions.size();
  llvm::SmallDenseSet<int64_t> wanted;
  for (int64_t r = count; r-- > 0;) {
    if (view.variant.regions[r].part != part)
      continue;
    if (stores(r) && ArrayRef(getOuter(r)) == classes)
      wanted.insert(r);
    if (!wanted.contains(r))
      continue;
    nest.regions.insert(nest.regions.begin(), r);
    for (int64_t op : crossing)
      if (view.isReadFromHome(op, r))
        wanted.insert(view.homeOf(op, part));
  }
  nest.isPlain = isPlain(nest);
  if (nest.isPlain)
    for (int64_t r : nest.regions)
      for (int64_t op : view.variant.regions[r].dominants)
        if (view.isReduction(op))
          nest.reduced = view.getReduced(op);
  nests.push_back(std::move(nest));
}

/// True when one loop body does it all: no region has loops of its own, and all reductions remove the same classes.
bool PartLayout::isPlain(const Nest &nest) const {
  std::optional<SmallVector<int64_t>> reduced;
  for (int64_t r : nest.regions) {
    if (!getInner(r).empty() || ArrayRef(getOuter(r)) != ArrayRef(nest.classes))
      return false;
    for (int64_t op : view.variant.regions[r].dominants) {
      if (!view.isReduction(op))
        continue;
      SmallVector<int64_t> own = view.getReduced(op);
      llvm::sort(own);
      // Over no class at all it is a loop of one step, for which the general way is as good.
      if (own.empty() || crossing.contains(op) || (reduced && *reduced != own) || hasFarRows(op))
        return false;
      reduced = own;
    }
  }
  return true;
}

/// True for a sum of columns, which are lanes, whose rows lie far apart: what is fetched ahead ends at a page, so a
/// block goes through its rows, with its sums in scratch memory, and not down one strip of columns after the other.
bool PartLayout::hasFarRows(int64_t op) const {
  if (!isa<tao::ReduceOp>(view.ops[op]) || !contains(view.getKept(op), lane))
    return false;
  const OuterLoop &columns = *findLoop(lane);
  Type element = cast<RankedTensorType>(view.ops[op]->getOperand(0).getType()).getElementType();
  auto row = columns.extent.constant(), own = columns.span.constant();
  return row && own && *row * getElementBytes(element) >= kFarBytes && *own * 8 <= kOwnBytes;
}

void PartLayout::findShape() {
  if (nests.size() != 1 || !nests.front().isPlain)
    return;
  SmallVector<SymExpr> common;
  for (const PlanRegion &region : view.variant.regions)
    if (region.part == part && common.empty())
      common = getDims(view.ops[region.dominants.front()]->getResult(0));
  if (common.size() < 2)
    return;
  for (const PlanRegion &region : view.variant.regions) {
    if (region.part != part)
      continue;
    for (int64_t op : region.ops) {
      // A number is the same at every index.
      auto dims = getDims(view.ops[op]->getResult(0));
      auto broadcast = dyn_cast<BroadcastOp>(view.ops[op]);
      bool isNumber = broadcast ? getDims(broadcast.getInput()).empty() : isElementwise(view.ops[op]) && dims.empty();
      bool isDominant = llvm::is_contained(region.dominants, op);
      if (isDominant ? !isElementwise(view.ops[op]) || dims != common
                     : !isNumber && (!isElementwise(view.ops[op]) || dims != common))
        return;
    }
  }
  shape = common;
}

//===-- Memory ----------------------------------------------------------------------------------------------------===//

Stage PartLayout::makeStage(Type element, ArrayRef<int64_t> classes, ArrayRef<SymExpr> extents,
                            const PlanBuffer *buffer) {
  Stage stage;
  stage.classes.assign(classes.begin(), classes.end());
  SymExpr bytes = getNumElements(extents) * SymExpr(getElementBytes(element));
  bool isPlanned = buffer && buffer->level == MemoryLevel::Shared;
  if (isPlanned && bytes != buffer->bytes) {
    auto have = buffer->bytes.constant(), need = bytes.constant();
    // The plan rounds bytes up, which symbols do not show.
    SymExpr rounded = bytes.ceilDiv(16) * SymExpr(16);
    isPlanned = have && need ? *need <= *have : rounded == buffer->bytes;
  }
  if (isPlanned) {
    stage.type = getTensorType(extents, element);
    stage.offset = buffer->offset;
    return stage;
  }
  if (auto number = bytes.constant();
      number && *number <= kOwnBytes && !(buffer && buffer->level == MemoryLevel::Workspace)) {
    stage.type = getTensorType(extents, element);
    stage.offset = memory.shared.ceilDiv(kAlignment) * SymExpr(kAlignment) + SymExpr(memory.own);
    memory.own += llvm::alignTo(*number, kAlignment);
    return stage;
  }
  stage.isWorkspace = true;
  SmallVector<SymExpr> dims{blocks};
  llvm::append_range(dims, extents);
  stage.type = getTensorType(dims, element);
  stage.result = memory.addResult(stage.type);
  return stage;
}

/// Values that wait for later regions and have dims inside of the loops. Those without are simply there.
void PartLayout::addStages() {
  for (int64_t op = 0; op < static_cast<int64_t>(view.ops.size()); ++op) {
    if (!crossing.contains(op))
      continue;
    int64_t home = view.homeOf(op, part);
    if (llvm::all_of(nests, [&](const Nest &nest) { return nest.isPlain || !contains(nest.regions, home); }))
      continue;
    SmallVector<int64_t> classes;
    SmallVector<SymExpr> extents;
    bool hasInner = false;
    for (int64_t c : view.getKept(op)) {
      if (c != lane && isLoop(c))
        continue;
      hasInner |= c != lane;
      classes.push_back(c);
      extents.push_back(c == lane ? SymExpr(findLoop(c)->vec) : view.extent(c));
    }
    if (!hasInner)
      continue;
    Type element = cast<RankedTensorType>(view.ops[op]->getResult(0).getType()).getElementType();
    stages[op] = makeStage(element, classes, extents, view.findBuffer(op, part, /*isPartials=*/false));
  }
}

void PartLayout::addAccumulators(Nest &nest) {
  for (int64_t r : nest.regions) {
    if (ArrayRef(getOuter(r)) != ArrayRef(nest.classes))
      continue;
    for (int64_t op : view.variant.regions[r].dominants) {
      if (!view.isReduction(op) || !view.isStoredBy(op, part))
        continue;
      Accumulator sum;
      sum.op = op;
      for (int64_t c : view.getReduced(op))
        if (const OuterLoop *loop = findLoop(c)) {
          sum.outerReduced.push_back(c);
          sum.pieces = sum.pieces * loop->grid;
        }
      if (sum.outerReduced.empty())
        continue;
      bool isArg = isa<ArgReduceOp>(view.ops[op]);
      MLIRContext *context = view.ops[op]->getContext();
      if (!nest.isPlain) {
        // In the order of the loops, lanes last: dims of loops within the first one that the reduction removes.
        SmallVector<int64_t> classes;
        SmallVector<SymExpr> extents;
        SmallVector<int64_t> order;
        for (int64_t c : nest.classes)
          if (c != lane)
            order.push_back(c);
        if (contains(nest.classes, lane))
          order.push_back(lane);
        bool isWithin = false;
        for (int64_t c : order) {
          isWithin |= contains(sum.outerReduced, c);
          if (isWithin && contains(view.getKept(op), c)) {
            classes.push_back(c);
            extents.push_back(findLoop(c)->span);
          }
        }
        SmallVector<int64_t> inner;
        for (int64_t c : view.getKept(op))
          if (!isLoop(c)) {
            inner.push_back(c);
            extents.push_back(view.extent(c));
          }
        llvm::append_range(classes, inner);
        // A removed lane adds up in a place of its own.
        sum.hasLaneSlot = contains(sum.outerReduced, lane);
        if (sum.hasLaneSlot) {
          classes.push_back(lane);
          extents.push_back(findLoop(lane)->vec);
        }
        Type type = Emitter::getReduceInfo(view.ops[op]).type;
        // Only what lives from the first region to the last holds sums over the loops around them.
        const PlanBuffer *buffer = view.findBuffer(op, part, /*isPartials=*/true);
        for (auto [other, each] : llvm::enumerate(view.variant.regions))
          if (buffer && each.part == part &&
              (static_cast<int64_t>(other) < buffer->first || static_cast<int64_t>(other) > buffer->last))
            buffer = nullptr;
        sum.sums = makeStage(type, classes, extents, isArg ? nullptr : buffer);
        if (isArg)
          sum.indices = makeStage(IntegerType::get(context, 64), classes, extents, nullptr);
      }
      if (!sum.pieces.isConstant(1))
        addPartials(memory, view, op, sum.pieces);
      nest.accumulators.push_back(std::move(sum));
    }
  }
}

std::vector<SmallVector<int64_t>> PartLayout::splitApart(ArrayRef<int64_t> dominants) const {
  llvm::EquivalenceClasses<int64_t> sets;
  DenseMap<Value, int64_t> firstReader; // dominant that reaches a value
  auto isNumber = [](Value value) {
    auto broadcast = value.getDefiningOp<BroadcastOp>();
    return getDims(broadcast ? broadcast.getInput() : value).empty() || value.getDefiningOp<ConstantOp>();
  };
  for (int64_t dominant : dominants) {
    sets.insert(dominant);
    SmallVector<Value> worklist{view.ops[dominant]->getResult(0)};
    while (!worklist.empty()) {
      Value value = worklist.pop_back_val();
      auto [it, inserted] = firstReader.try_emplace(value, dominant);
      if (!inserted) {
        sets.unionSets(it->second, dominant);
        continue;
      }
      if (Operation *op = value.getDefiningOp())
        for (Value operand : op->getOperands())
          if (!isNumber(operand))
            worklist.push_back(operand);
    }
  }
  llvm::MapVector<int64_t, SmallVector<int64_t>> byLeader;
  for (int64_t dominant : dominants)
    byLeader[sets.getLeaderValue(dominant)].push_back(dominant);
  std::vector<SmallVector<int64_t>> result;
  for (auto &[leader, members] : byLeader)
    result.push_back(std::move(members));
  return result;
}

bool PartLayout::countsLanes(const Nest &nest) const {
  if (!contains(nest.classes, lane))
    return false;
  return llvm::any_of(nest.accumulators, [](const Accumulator &sum) { return sum.hasLaneSlot; }) ||
         llvm::any_of(stages, [&](const auto &entry) {
           return contains(entry.second.classes, lane) && contains(nest.regions, view.homeOf(entry.first, part));
         });
}

} // namespace tao
