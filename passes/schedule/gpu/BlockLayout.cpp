// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See BlockLayout.h. Sizes and offsets of shared memory are the plan's (passes/fuse/stitch/PlaceMemory.cpp); registers
// are arrays of a thread, which LLVM keeps in registers since all their indices are numbers.
#include "passes/schedule/gpu/BlockLayout.h"
#include "passes/schedule/stitch/PlanSums.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

/// Longest loop that is written out.
static constexpr int64_t kMaxUnrolled = 64;

BlockLayout::BlockLayout(const PlanView &view, int64_t part, KernelMemory &memory)
    : view(view), part(part), memory(memory) {}

bool BlockLayout::isOuter(int64_t c) const { return llvm::is_contained(getOuter(), c); }

/// Of what the region's classes count with `digit`, the product of those within the class.
static int64_t strideOf(const PlanView &view, int64_t region, int64_t c, int64_t ClassPlacement::*digit) {
  int64_t stride = 1;
  for (const ClassPlacement &p : llvm::reverse(view.variant.regions[region].placement)) {
    if (p.classNumber == c)
      break;
    stride *= p.*digit;
  }
  return stride;
}
int64_t BlockLayout::laneStride(int64_t region, int64_t c) const {
  return strideOf(view, region, c, &ClassPlacement::lane);
}
int64_t BlockLayout::warpStride(int64_t region, int64_t c) const {
  return strideOf(view, region, c, &ClassPlacement::warp);
}
int64_t BlockLayout::countLanes(int64_t region) const {
  int64_t count = 1;
  for (const ClassPlacement &p : view.variant.regions[region].placement)
    count *= p.lane;
  return count;
}
int64_t BlockLayout::countWarps(int64_t region) const {
  int64_t count = 1;
  for (const ClassPlacement &p : view.variant.regions[region].placement)
    count *= p.warp;
  return count;
}

std::string BlockLayout::prepare() {
  if (std::string reason = checkRegions(); !reason.empty())
    return reason;
  for (int64_t c : getOuter())
    if (const ClassPlacement *p = view.findOuter(part, c))
      hasOuterLoop |= !p->seq.isConstant(1);
  for (int64_t op = 0; op < static_cast<int64_t>(view.ops.size()); ++op) {
    if (view.homeOf(op, part) < 0)
      continue;
    std::string reason = view.isReduction(op) ? addSum(op) : "";
    if (reason.empty())
      reason = addValue(op);
    if (!reason.empty())
      return reason;
  }
  return "";
}

std::string BlockLayout::checkRegions() {
  for (auto [r, region] : llvm::enumerate(view.variant.regions)) {
    if (region.part != part)
      continue;
    if (countLanes(r) > kWarpSize)
      return "a region that is spread over more than 32 lanes";
    for (const ClassPlacement &p : region.placement)
      if (!llvm::isPowerOf2_64(p.lane))
        return "a class that is spread over " + std::to_string(p.lane) + " lanes, which is no power of two";
  }
  for (const PlanBarrier &barrier : view.variant.barriers)
    if (barrier.scope == Scope::Grid)
      return "a barrier of all blocks";
  return "";
}

//===-- Values ----------------------------------------------------------------------------------------------------===//

/// True when a class's outer loop runs within the first one that the reduction removes.
bool BlockLayout::isWithinSum(int64_t op, int64_t c) const {
  bool isWithin = false;
  SmallVector<int64_t> reduced = view.getReduced(op);
  for (int64_t outer : getOuter()) {
    isWithin |= llvm::is_contained(reduced, outer);
    if (outer == c)
      return isWithin;
  }
  return false;
}

/// Arrays of a thread: an element for each of its indices in one iteration of the outer loops, and where sums are
/// carried over these, in each iteration of those that the sum keeps.
std::string BlockLayout::addOwn(int64_t op, BlockStage &stage, Type element, bool isCarried) {
  int64_t region = view.homeOf(op, part), total = 1;
  SmallVector<SymExpr> extents;
  for (int64_t c : view.getKept(op)) {
    const ClassPlacement &p = placementOf(region, c);
    if (!p.seq.isConstant(1) && (!isOuter(c) || (isCarried && isWithinSum(op, c))))
      stage.dims.push_back({c, StageDim::Seq, p.seq});
    if (p.vec > 1)
      stage.dims.push_back({c, StageDim::Vec, p.vec});
  }
  for (const StageDim &dim : stage.dims) {
    std::optional<int64_t> extent = dim.extent.constant();
    if (!extent || *extent > kMaxUnrolled || total * *extent > 8 * kMaxUnrolled)
      return "values of unknown number, or too many, in the registers of a thread";
    total *= *extent;
    extents.push_back(dim.extent);
    if (dim.kind == StageDim::Seq && !isOuter(dim.classNumber))
      for (auto [r, each] : llvm::enumerate(view.variant.regions))
        // A loop of nothing stays, so that what it would put has been put.
        if (const ClassPlacement *p = view.find(r, dim.classNumber); p && each.part == part && !p->seq.isConstant(0))
          unrolled.insert({r, dim.classNumber});
  }
  stage.type = getTensorType(extents, element);
  stage.isPrivate = true;
  return "";
}

SmallVector<StageDim> BlockLayout::dimsOfBlock(int64_t op, bool isCarried) const {
  int64_t region = view.homeOf(op, part);
  SmallVector<StageDim> dims;
  for (int64_t c : view.getKept(op)) {
    const ClassPlacement &p = placementOf(region, c);
    if (!isOuter(c)) {
      dims.push_back({c, StageDim::Whole, view.extent(c)});
      continue;
    }
    if (isCarried && isWithinSum(op, c) && !p.seq.isConstant(1))
      dims.push_back({c, StageDim::Seq, p.seq});
    if (p.warp * p.lane * p.vec > 1)
      dims.push_back({c, StageDim::AtOnce, p.warp * p.lane * p.vec});
  }
  return dims;
}

/// `scale`: of how many such stages the buffer is made.
std::string BlockLayout::addShared(int64_t op, BlockStage &stage, Type element, ArrayRef<StageDim> dims,
                                   const PlanBuffer &buffer, const SymExpr &offset, int64_t scale) {
  stage.dims.assign(dims.begin(), dims.end());
  SmallVector<SymExpr> extents;
  if (buffer.level == MemoryLevel::Workspace)
    extents.push_back(view.variant.parts[part].blocks);
  for (const StageDim &dim : dims)
    extents.push_back(dim.extent);
  stage.type = getTensorType(extents, element);
  if (buffer.level == MemoryLevel::Workspace) {
    stage.isWorkspace = true;
    stage.result = memory.addResult(stage.type);
    return "";
  }
  SymExpr bytes = getNumElements(extents) * SymExpr(getElementBytes(element) * scale);
  auto have = buffer.bytes.constant(), need = bytes.constant();
  // The plan rounds bytes up, which symbols do not show.
  bool fits = have && need ? *need <= *have : bytes.ceilDiv(16) * SymExpr(16) == buffer.bytes || bytes == buffer.bytes;
  if (!fits)
    return "a value of " + bytes.str() + " bytes in a buffer of " + buffer.bytes.str();
  stage.offset = offset;
  return "";
}

std::string BlockLayout::addValue(int64_t op) {
  int64_t home = view.homeOf(op, part);
  bool isReadHere = false, isReadElsewhere = false;
  for (auto [r, region] : llvm::enumerate(view.variant.regions))
    if (region.part == part && view.isReadFromHome(op, r))
      (static_cast<int64_t>(r) == home ? isReadHere : isReadElsewhere) = true;
  if (!isReadHere && !isReadElsewhere)
    return "";
  ValuePlace &place = values[op];
  Type element = cast<RankedTensorType>(view.ops[op]->getResult(0).getType()).getElementType();
  const PlanBuffer *buffer = view.findBuffer(op, part, /*isPartials=*/false);
  bool isShared = isReadElsewhere && buffer && buffer->level != MemoryLevel::Register;
  if (isShared) {
    std::string reason = addShared(op, place.shared, element, dimsOfBlock(op, false), *buffer, buffer->offset, 1);
    if (!reason.empty())
      return reason;
    // Threads that repeat the work of others read what these wrote, even where the edge is between equal threads.
    for (const PlanEdge &edge : view.variant.edges)
      if (edge.value == op && edge.region != home && edge.scope == stitch::Scope::Thread &&
          view.variant.regions[edge.region].part == part)
        barriers.insert(edge.region);
  }
  return isReadHere || !isShared ? addOwn(op, place.own, element, /*isCarried=*/false) : "";
}

//===-- Sums ------------------------------------------------------------------------------------------------------===//

/// The buffer of partial results that live in the reduction's region alone, or in all of the part.
const PlanBuffer *BlockLayout::findPartials(int64_t op, bool isCarried) const {
  for (const PlanBuffer &buffer : view.variant.buffers) {
    if (buffer.value != op || !buffer.isPartials || view.variant.regions[buffer.first].part != part)
      continue;
    bool isWhole = false; // the carried one reaches beyond the home, or is in registers
    int64_t home = view.homeOf(op, part);
    isWhole = buffer.first != home || buffer.last != home || buffer.level == MemoryLevel::Register;
    if (isWhole == isCarried && (isCarried || buffer.level == MemoryLevel::Shared))
      return &buffer;
  }
  return nullptr;
}

std::string BlockLayout::addSum(int64_t op) {
  int64_t home = view.homeOf(op, part);
  SumPlace &sum = sums[op];
  sum.reduced = view.getReduced(op);
  for (int64_t c : sum.reduced) {
    const ClassPlacement &p = placementOf(home, c);
    sum.warps *= p.warp;
    sum.pieces = sum.pieces * p.grid;
    if (isOuter(c))
      sum.outerReduced.push_back(c);
  }
  bool isArg = isa<ArgReduceOp>(view.ops[op]);
  Type element = Emitter::getReduceInfo(view.ops[op]).type, number = IntegerType::get(view.ops[op]->getContext(), 64);
  sum.isCarried = hasOuterLoop && !sum.outerReduced.empty();
  if (sum.isCarried) {
    std::string reason = addOwn(op, sum.carried, element, /*isCarried=*/true);
    if (reason.empty() && isArg)
      reason = addOwn(op, sum.carriedIndex, number, /*isCarried=*/true);
    if (!reason.empty())
      return reason;
  }
  if (sum.warps > 1) {
    const PlanBuffer *buffer = findPartials(op, /*isCarried=*/false);
    if (!buffer)
      return "partial results of warps for which the plan has no shared memory";
    SmallVector<StageDim> dims{{-1, StageDim::Whole, sum.warps}};
    llvm::append_range(dims, dimsOfBlock(op, sum.isCarried));
    // Of an arg-reduction the values come first, then the indices.
    SymExpr count = 1;
    for (const StageDim &dim : dims)
      count = count * dim.extent;
    int64_t bytes = getElementBytes(element);
    SymExpr behind = buffer->offset + (count * SymExpr(bytes)).ceilDiv(8) * SymExpr(8);
    std::string reason = addShared(op, sum.ofWarps, element, dims, *buffer, buffer->offset, 1);
    if (reason.empty() && isArg)
      reason = addShared(op, sum.ofWarpsIndex, number, dims, *buffer, behind, 1);
    if (!reason.empty())
      return reason;
  }
  if (sum.pieces.isConstant(1))
    return "";
  addPartials(memory, view, op, sum.pieces);
  return "";
}

} // namespace tao
