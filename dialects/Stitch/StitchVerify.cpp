// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What holds of schedule IR: of each op, and of a kernel as a whole.
#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace tao::stitch {

/// What waits in a stage was put there before, and behind a barrier where other lanes get it.
static LogicalResult verifyStages(KernelOp kernel, const llvm::StringSet<> &sizes) {
  llvm::DenseMap<Value, int64_t> lastPut;
  int64_t now = 0, lastBarrier = -1;
  bool hasStages = false;
  auto result = kernel->walk<WalkOrder::PreOrder>([&](Operation *op) {
    ++now;
    if (isa<BarrierOp>(op)) {
      lastBarrier = now;
    } else if (auto stage = dyn_cast<StageOp>(op)) {
      bool known = true;
      auto note = [&](StringRef symbol) { known &= sizes.contains(symbol); };
      // The stage itself is verified later.
      if (std::optional<SymExpr> offset = SymExpr::parse(stage.getOffset()))
        offset->forEachSymbol(note);
      for (const SymExpr &dim : tao::getDims(cast<BufType>(stage.getResult().getType()).getTensor()))
        dim.forEachSymbol(note);
      if (!known)
        return stage.emitOpError() << "uses a size that the kernel does not take", WalkResult::interrupt();
      hasStages |= !stage.getIsPrivate();
    }
    bool areAll = true; // what is read was put, and seen by all lanes
    auto read = [&](Value stage, bool others) {
      auto it = lastPut.find(stage);
      areAll = false;
      if (it == lastPut.end())
        return void(op->emitOpError() << "gets what no earlier op has put");
      if (others && lastBarrier < it->second)
        return void(op->emitOpError() << "gets what other lanes put, with no barrier between");
      areAll = true;
    };
    if (auto put = dyn_cast<PutOp>(op)) {
      lastPut[put.getBuffer()] = now;
    } else if (auto get = dyn_cast<GetOp>(op)) {
      read(get.getBuffer(), get.getScope() == StageScope::Block);
    } else if (auto panel = dyn_cast<PanelOp>(op)) {
      read(panel.getSource(), true);
      lastPut[panel.getTarget()] = now;
    } else if (auto dot = dyn_cast<DotOp>(op)) {
      read(dot.getA(), true);
      if (areAll)
        read(dot.getB(), true);
      if (areAll && dot.getAccumulate())
        read(dot.getC(), true);
      lastPut[dot.getC()] = now;
    }
    return areAll ? WalkResult::advance() : WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return failure();
  if (hasStages && static_cast<int64_t>(kernel.getScratch()) <= 0)
    return kernel.emitOpError() << "has stages, but no scratch";
  return success();
}

LogicalResult KernelOp::verify() {
  Block &block = getBody().front();
  size_t buffers = 0;
  for (BlockArgument argument : block.getArguments()) {
    bool isBuffer = isa<BufType>(argument.getType());
    if (!isBuffer && !argument.getType().isIndex())
      return emitOpError() << "arguments must be buffers, then index sizes";
    if (isBuffer && argument.getArgNumber() != buffers)
      return emitOpError() << "buffers must come before sizes";
    buffers += isBuffer;
  }
  if (block.getNumArguments() - buffers != getSizes().size())
    return emitOpError() << "needs one index argument per size";
  if (getNumReads() > buffers)
    return emitOpError() << "reads " << getNumReads() << " of only " << buffers << " buffers";
  llvm::StringSet<> sizes;
  for (StringRef size : getSizes().getAsValueRange<StringAttr>())
    sizes.insert(size);
  for (BlockArgument argument : block.getArguments().take_front(buffers))
    for (const SymExpr &dim : tao::getDims(cast<BufType>(argument.getType()).getTensor())) {
      bool known = true;
      dim.forEachSymbol([&](StringRef symbol) { known &= sizes.contains(symbol); });
      if (!known)
        return emitOpError() << "buffer of type " << argument.getType() << " uses a size the kernel does not take";
    }
  auto result = (*this)->walk([&](CheckOp check) {
    return check.getFailure() < getFailures().size() ? WalkResult::advance() : WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return emitOpError() << "has a check without a failure message";
  // Tasks are the iterations of the outermost grid loop; nothing else may write.
  auto stray = (*this)->walk([&](StoreOp store) {
    for (Operation *parent = store->getParentOp(); parent != getOperation(); parent = parent->getParentOp())
      if (auto loop = dyn_cast<ForeachOp>(parent); loop && loop.getLevel() == Level::Grid)
        return WalkResult::advance();
    return WalkResult::interrupt();
  });
  if (stray.wasInterrupted())
    return emitOpError() << "stores outside its grid loop";
  return verifyStages(*this, sizes);
}

/// True when a loop over lanes is around the op.
static bool isInLanes(Operation *op) {
  for (Operation *parent = op->getParentOp(); parent; parent = parent->getParentOp()) {
    auto loop = dyn_cast<ForeachOp>(parent);
    auto reduce = dyn_cast<ReduceOp>(parent);
    if ((loop && loop.getLevel() == Level::Lane) || (reduce && reduce.getLevel() == Level::Lane))
      return true;
  }
  return false;
}

static LogicalResult verifyLoop(Operation *op, Level level, std::optional<int64_t> width, Region &body) {
  if (body.getNumArguments() != 1 || !body.getArgument(0).getType().isIndex())
    return op->emitOpError() << "body must take one index";
  if ((level == Level::Lane) != width.has_value() || (width && *width < 1))
    return op->emitOpError() << "a loop over lanes, and only that, has a positive width";
  auto outer = dyn_cast<ForeachOp>(op->getParentOp());
  if (level == Level::Grid && !isa<KernelOp>(op->getParentOp()) && !(outer && outer.getLevel() == Level::Grid))
    return op->emitOpError() << "a grid loop must be outermost";
  // A lane is a lane of the machine's vectors: lanes inside lanes mean nothing.
  if (level == Level::Lane && isInLanes(op))
    return op->emitOpError() << "lane loops must not nest";
  return success();
}
LogicalResult ForeachOp::verify() { return verifyLoop(*this, getLevel(), getWidth(), getBody()); }
LogicalResult ReduceOp::verify() {
  if (getLevel() == Level::Grid)
    return emitOpError() << "cannot reduce over the grid";
  if (failed(verifyLoop(*this, getLevel(), getWidth(), getBody())))
    return failure();
  size_t expected = 0;
  for (int32_t monoid : getMonoids()) {
    if (monoid < 0 || monoid > static_cast<int32_t>(getMaxEnumValForMonoid()))
      return emitOpError() << "unknown monoid " << monoid;
    bool isArg = isArgMonoid(static_cast<Monoid>(monoid));
    expected += isArg ? 2 : 1;
    if (isArg && expected <= getNumResults() && !getResult(expected - 1).getType().isSignlessInteger(64))
      return emitOpError() << "the index of an argument monoid must be i64";
  }
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (getNumResults() != expected || !yield || yield.getValues().getTypes() != getResultTypes())
    return emitOpError() << "must yield and return " << expected << " values of the same types";
  return success();
}

/// The scalar a buffer's element becomes: unsigned integers lose their sign, the rest stays.
static bool isElementOf(Type scalar, BufType buffer) {
  Type element = buffer.getTensor().getElementType();
  if (auto integer = dyn_cast<IntegerType>(element))
    element = IntegerType::get(element.getContext(), integer.getWidth());
  return scalar == element;
}
/// Of an access: as many indices as dims, none outside where that is known, and an element of the right type.
static LogicalResult verifyAccess(Operation *op, Value memory, ValueRange indices, Type scalar, bool isRead) {
  auto buffer = cast<BufType>(memory.getType());
  if (static_cast<int64_t>(indices.size()) != buffer.getTensor().getRank())
    return op->emitOpError() << "needs " << buffer.getTensor().getRank() << " indices";
  if (!isElementOf(scalar, buffer))
    return op->emitOpError() << (isRead ? "result" : "value") << " must be an element of " << buffer;
  return success();
}
static LogicalResult verifyStageAccess(Operation *op, Value memory, ValueRange indices) {
  if (!memory.getDefiningOp<StageOp>())
    return op->emitOpError() << "accesses no stage";
  for (auto [index, extent] : llvm::zip(indices, cast<BufType>(memory.getType()).getTensor().getShape())) {
    APInt number;
    // A stage of nothing is accessed in loops that do not run; their first index is 0.
    if (matchPattern(index, m_ConstantInt(&number)) && !ShapedType::isDynamic(extent) && extent != 0 &&
        (number.isNegative() || number.getSExtValue() >= extent))
      return op->emitOpError() << "index " << number.getSExtValue() << " is outside of " << extent << " elements";
  }
  return success();
}
LogicalResult LoadOp::verify() {
  return verifyAccess(*this, getBuffer(), getIndices(), getResult().getType(), /*isRead=*/true);
}
LogicalResult StoreOp::verify() {
  return verifyAccess(*this, getBuffer(), getIndices(), getValue().getType(), /*isRead=*/false);
}
LogicalResult GetOp::verify() {
  if (failed(verifyAccess(*this, getBuffer(), getIndices(), getResult().getType(), /*isRead=*/true)))
    return failure();
  return verifyStageAccess(*this, getBuffer(), getIndices());
}
LogicalResult PutOp::verify() {
  if (failed(verifyAccess(*this, getBuffer(), getIndices(), getValue().getType(), /*isRead=*/false)))
    return failure();
  return verifyStageAccess(*this, getBuffer(), getIndices());
}
LogicalResult StageOp::verify() {
  std::optional<SymExpr> offset = SymExpr::parse(getOffset());
  if (!offset)
    return emitOpError() << "offset is no size expression";
  if (auto bytes = offset->constant(); bytes && *bytes < 0)
    return emitOpError() << "offset is negative";
  if (getIsPrivate() && !cast<BufType>(getResult().getType()).getTensor().hasStaticShape())
    return emitOpError() << "is private and of unknown size";
  return success();
}
static LogicalResult verifyOnGpu(Operation *op) {
  if (auto kernel = op->getParentOfType<KernelOp>(); kernel && !kernel.getThreads())
    return op->emitOpError() << "needs a kernel that has threads";
  return success();
}
LogicalResult ThreadOp::verify() { return verifyOnGpu(*this); }
LogicalResult AcrossOp::verify() {
  int64_t extent = getExtent(), stride = getStride();
  if (!llvm::isPowerOf2_64(extent) || !llvm::isPowerOf2_64(stride) || extent > kWarpSize || stride > kWarpSize ||
      extent * stride > kWarpSize)
    return emitOpError() << "combines " << extent << " lanes " << stride << " apart, which is no butterfly in a warp";
  bool isArg = isArgMonoid(getMonoid());
  if (getValues().size() != (isArg ? 2 : 1) || (isArg && !getValues()[1].getType().isSignlessInteger(64)))
    return emitOpError() << (isArg ? "needs a value and its i64 index" : "needs one value");
  return verifyOnGpu(*this);
}
/// Of what all lanes do together.
static LogicalResult verifyOutsideOfLanes(Operation *op) {
  if (isInLanes(op))
    return op->emitOpError() << "stands inside of lanes, which do not all come by";
  return success();
}
LogicalResult BarrierOp::verify() { return verifyOutsideOfLanes(*this); }

/// The extents of a stage of f32 with as many dims, all static; nothing, and an error, when it is another.
static std::optional<ArrayRef<int64_t>> getExtents(Operation *op, StringRef name, Value stage, int64_t rank) {
  auto type = cast<BufType>(stage.getType()).getTensor();
  if (stage.getDefiningOp<StageOp>() && type.getElementType().isF32() && type.getRank() == rank &&
      type.hasStaticShape())
    return type.getShape();
  op->emitOpError() << name << " must be a stage of f32 with " << rank << " static dims";
  return std::nullopt;
}
LogicalResult DotOp::verify() {
  auto c = getExtents(*this, "c", getC(), 2), a = getExtents(*this, "a", getA(), 2),
       panels = getExtents(*this, "b", getB(), 3);
  if (!c || !a || !panels)
    return failure();
  if ((*c)[0] != (*a)[0] || (*a)[1] != (*panels)[1] || (*c)[1] != (*panels)[0] * (*panels)[2])
    return emitOpError() << "extents of c [M, N], a [M, K] and b [P, K, W] with N = P W do not agree";
  if (static_cast<int64_t>(getTile()) < 1 || (*c)[0] % static_cast<int64_t>(getTile()))
    return emitOpError() << "rows of the stages must be a multiple of the tile";
  if (getC() == getA() || getC() == getB())
    return emitOpError() << "cannot write what it reads";
  return verifyOutsideOfLanes(*this);
}
LogicalResult PanelOp::verify() {
  auto source = getExtents(*this, "source", getSource(), 2), target = getExtents(*this, "target", getTarget(), 3);
  if (!source || !target)
    return failure();
  if ((*source)[0] != (*target)[2] || (*source)[1] != (*target)[1])
    return emitOpError() << "extents of the source [W, K] and the target [P, K, W] do not agree";
  return verifyOutsideOfLanes(*this);
}

} // namespace tao::stitch
