// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Placement of memory groups on a CPU: tasks, loops inside a task, lanes.
#include "passes/schedule/ContiguousReads.h"
#include "passes/schedule/GroupSpace.h"
#include "passes/schedule/Passes.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_PLACEGROUPS
#include "passes/schedule/Passes.h.inc"

namespace {
/// Elements of work per task below which loops are kept inside the task instead of becoming tasks of their own: taking
/// a task's indices apart costs divisions, some tens of cycles.
constexpr int64_t kMinTaskElements = 2048;
/// Elements of one task of a flat loop. Four pages of f32 per operand: small enough to share work, large against the
/// cost of a task.
constexpr int64_t kFlatTile = 4096;
/// Columns that one task of a column reduction holds in registers while it walks down the rows.
constexpr int64_t kColumnVectors = 8;
/// A group that reads along one dim and writes along another runs in blocks of these extents: each cache line that
/// either side touches is used whole before it is evicted.
constexpr int64_t kBlockLanes = 64, kBlockRows = 32;

int64_t staticOr(const SymExpr &extent, int64_t otherwise) { return extent.constant().value_or(otherwise); }

/// Widest element that the group computes with, in bytes.
int64_t widestElement(stitch::GroupOp group) {
  int64_t bytes = 1;
  auto consider = [&](Value value) {
    Type element = cast<RankedTensorType>(value.getType()).getElementType();
    bytes = std::max(bytes, element.isF16() || element.isBF16() ? 4 : getElementBytes(element));
  };
  for (Value result : group.getResults())
    consider(result);
  for (Operation &op : group.getBody().front().without_terminator())
    if (isElementwise(&op) || isReduceRoot(&op))
      llvm::for_each(op.getResults(), consider);
  return std::max<int64_t>(bytes, 4);
}

bool hasHeavyOps(stitch::GroupOp group) {
  return llvm::any_of(group.getBody().front().without_terminator(),
                      [](Operation &op) { return getElementwiseClass(&op) == OpClass::Heavy; });
}

/// Lanes that run together: several registers' worth hide latency, but long polynomial bodies run out of registers.
int64_t chooseWidth(stitch::GroupOp group, int64_t vectorBytes, int64_t extent) {
  int64_t lanes = std::max<int64_t>(1, vectorBytes / widestElement(group));
  int64_t width = lanes * (hasHeavyOps(group) ? 2 : 4);
  // Do not run mostly empty vectors over a short dim.
  while (width > 1 && width / 2 >= extent)
    width /= 2;
  return width;
}

/// The dim along which the group reads much of its data contiguously although lanes run along another; -1 when a plain
/// loop serves. Small spaces stay in the nearest cache in any order.
int64_t crossingDim(stitch::GroupOp group, const GroupSpace &space, int64_t lane) {
  int64_t across = -1;
  for (ContiguousRead read : getContiguousReads(group, space.dominant)) {
    if (read.dim == lane || staticOr(space.extents[read.dim], kBlockRows) < 8)
      continue;
    bool isSmall = staticOr(getNumElements(getDims(read.operand)), kFlatTile) < kFlatTile;
    if (!isSmall)
      across = read.dim;
  }
  if (across < 0 || staticOr(space.extents[lane], kBlockLanes) < 8)
    return -1;
  int64_t area = staticOr(space.extents[lane], kMinTaskElements) * staticOr(space.extents[across], kMinTaskElements);
  return area >= kMinTaskElements ? across : -1;
}

/// Blocks of lanes times rows; every other dim is a task dim of its own.
stitch::Placement placeBlocks(stitch::GroupOp group, const GroupSpace &space, int64_t lane, int64_t across,
                              int64_t vectorBytes) {
  stitch::Placement place;
  for (int64_t d = 0; d < static_cast<int64_t>(space.extents.size()); ++d)
    if (d != lane && d != across)
      place.grid.push_back(d);
  place.grid.append({across, lane});
  place.tile = kBlockLanes;
  place.lane = lane;
  place.width = std::max<int64_t>(1, vectorBytes / widestElement(group));
  place.piece = across;
  place.pieceSize = kBlockRows;
  return place;
}

stitch::Placement placeLoop(stitch::GroupOp group, const GroupSpace &space, int64_t vectorBytes) {
  stitch::Placement place;
  int64_t rank = space.extents.size();
  if (rank == 0)
    return place;
  // Lanes run over the innermost dim, unless it is so short that another one fills vectors better.
  int64_t lane = rank - 1;
  if (staticOr(space.extents[lane], kMinTaskElements) < 4)
    for (int64_t d = rank - 1; d >= 0; --d)
      if (staticOr(space.extents[d], 1) >= 8) {
        lane = d;
        break;
      }
  place.lane = lane;
  place.width = chooseWidth(group, vectorBytes, staticOr(space.extents[lane], kMinTaskElements));
  auto concat = dyn_cast_or_null<ConcatOp>(getRoot(group, space.dominant));
  bool lanesAreSplit = concat && static_cast<int64_t>(concat.getAxis()) == lane;
  if (int64_t across = crossingDim(group, space, lane); across >= 0 && !lanesAreSplit)
    return placeBlocks(group, space, lane, across, vectorBytes);
  if (rank == 1) {
    if (!lanesAreSplit) {
      place.grid = {0};
      place.tile = kFlatTile;
    }
    return place;
  }
  // Inner dims loop inside a task until it is worth its price.
  int64_t inner = staticOr(space.extents[lane], kMinTaskElements);
  for (int64_t d = rank - 1; d >= 0; --d) {
    if (d == lane)
      continue;
    bool keepInside = inner < kMinTaskElements && !place.grid.size() && d != 0;
    if (keepInside && space.extents[d].isConstant()) {
      place.seq.insert(place.seq.begin(), d);
      inner *= std::max<int64_t>(1, *space.extents[d].constant());
    } else {
      place.grid.insert(place.grid.begin(), d);
    }
  }
  return place;
}

stitch::Placement placeReduce(stitch::GroupOp group, const GroupSpace &space, int64_t vectorBytes) {
  stitch::Placement place;
  int64_t rank = space.extents.size(), parallel = space.numParallel;
  for (int64_t d = 0; d < parallel; ++d)
    place.grid.push_back(d);
  if (rank == 0)
    return place;
  // Which space dim is innermost in memory?
  int64_t innermost = std::max_element(space.inputDims.begin(), space.inputDims.end()) - space.inputDims.begin();
  bool isRow = innermost >= parallel;
  place.lane = innermost;
  place.width = chooseWidth(group, vectorBytes, staticOr(space.extents[innermost], kMinTaskElements));
  for (int64_t d = parallel; d < rank; ++d)
    if (d != place.lane)
      place.seq.push_back(d);
  if (isRow)
    return place;
  // Columns: lanes over the kept innermost dim, rows in order inside; a task takes a few vectors of columns.
  int64_t lanes = std::max<int64_t>(1, vectorBytes / widestElement(group));
  int64_t extent = staticOr(space.extents[innermost], kMinTaskElements);
  int64_t width = lanes * (hasHeavyOps(group) ? 2 : kColumnVectors);
  while (width > 1 && width / 2 >= extent)
    width /= 2;
  place.width = width;
  place.tile = width;
  return place;
}

struct PlaceGroups : impl::PlaceGroupsBase<PlaceGroups> {
  using PlaceGroupsBase::PlaceGroupsBase;
  void runOnOperation() override {
    WalkResult result = getOperation().walk([&](stitch::GroupOp group) {
      std::optional<stitch::Plan> plan = stitch::Plan::fromAttr(group.getPlan());
      if (plan->kind != stitch::PlanKind::Memory || !plan->regions.empty())
        return WalkResult::advance();
      std::string reason;
      FailureOr<GroupSpace> space = getGroupSpace(group, &reason);
      if (failed(space)) {
        group.emitOpError() << "cannot become one kernel: " << reason;
        return WalkResult::interrupt();
      }
      stitch::RegionPlan region;
      region.dominant = space->dominant;
      region.placement =
          space->reduceRoot ? placeReduce(group, *space, vectorBytes) : placeLoop(group, *space, vectorBytes);
      plan->regions = {region};
      group.setPlanAttr(plan->toAttr(&getContext()));
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
} // namespace tao
