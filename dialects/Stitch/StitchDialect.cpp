// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration, syntax and verifiers of the fusion dialect.
#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "dialects/Stitch/StitchDialect.cpp.inc"
#include "dialects/Stitch/StitchEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Stitch/StitchAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Stitch/StitchTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Stitch/StitchOps.cpp.inc"

namespace tao::stitch {

void StitchDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Stitch/StitchAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Stitch/StitchTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Stitch/StitchOps.cpp.inc"
      >();
}

bool isArgMonoid(Monoid monoid) {
  return monoid == Monoid::ArgMax || monoid == Monoid::ArgMin || monoid == Monoid::ArgMaxLast || monoid == Monoid::ArgMinLast;
}

TypedAttr getIdentity(Monoid monoid, Type type) {
  Builder b(type.getContext());
  bool isMax = monoid == Monoid::Max || monoid == Monoid::MaxNumber || monoid == Monoid::ArgMax || monoid == Monoid::ArgMaxLast;
  bool isMin = monoid == Monoid::Min || monoid == Monoid::ArgMin || monoid == Monoid::ArgMinLast;
  if (auto floating = dyn_cast<FloatType>(type)) {
    if (isMax || isMin)
      return b.getFloatAttr(floating, APFloat::getInf(floating.getFloatSemantics(), /*Negative=*/isMax));
    return b.getFloatAttr(floating, monoid == Monoid::Prod ? 1.0 : 0.0);
  }
  unsigned width = type.getIntOrFloatBitWidth();
  if (isMax)
    return b.getIntegerAttr(type, APInt::getSignedMinValue(width));
  if (isMin)
    return b.getIntegerAttr(type, APInt::getSignedMaxValue(width));
  return b.getIntegerAttr(type, monoid == Monoid::Prod ? 1 : 0);
}

PlanKind getPlanKind(GroupOp group) {
  std::optional<Plan> plan = Plan::fromAttr(group.getPlan());
  return plan ? plan->kind : PlanKind::Memory;
}

/// stitch.group(%arg = %value, ...) plan <{...}> : (types) -> (types) { ... }
void GroupOp::print(OpAsmPrinter &p) {
  p << "(";
  llvm::interleaveComma(llvm::zip(getBody().getArguments(), getInputs()), p, [&](auto pair) {
    p.printRegionArgument(std::get<0>(pair), {}, /*omitType=*/true);
    p << " = " << std::get<1>(pair);
  });
  p << ") plan ";
  p.printStrippedAttrOrType(getPlan());
  p.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"plan"});
  p << " : ";
  p.printFunctionalType(*this);
  p << " ";
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

ParseResult GroupOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  auto parseBinding = [&]() -> ParseResult {
    return failure(parser.parseArgument(arguments.emplace_back()) || parser.parseEqual() ||
                   parser.parseOperand(operands.emplace_back()));
  };
  FunctionType type;
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseBinding) || parser.parseKeyword("plan"))
    return failure();
  // Without the dialect's prefix: a prefixed attribute would take the colon after it for its own.
  Attribute plan = PlanAttr::parse(parser, Type());
  if (!plan)
    return failure();
  result.addAttribute("plan", plan);
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes) || parser.parseColonType(type))
    return failure();
  if (type.getNumInputs() != operands.size())
    return parser.emitError(parser.getNameLoc(), "expected one type per operand");
  for (auto [argument, argumentType] : llvm::zip(arguments, type.getInputs()))
    argument.type = argumentType;
  result.addTypes(type.getResults());
  if (parser.resolveOperands(operands, type.getInputs(), parser.getNameLoc(), result.operands))
    return failure();
  return parser.parseRegion(*result.addRegion(), arguments);
}

LogicalResult GroupOp::verify() {
  Block &block = getBody().front();
  if (block.getArgumentTypes() != getInputs().getTypes())
    return emitOpError() << "block arguments must have the operands' types";
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getValues().getTypes() != getResultTypes())
    return emitOpError() << "must yield its result types";
  for (Operation &op : block.without_terminator())
    if (op.getName().getDialectNamespace() != "tao")
      return emitOpError() << "may hold only tao ops, has '" << op.getName() << "'";
  std::string reason;
  if (!Plan::fromAttr(getPlan(), &reason))
    return emitOpError() << reason;
  return success();
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  if (!kernel)
    return success(); // lowered already, or reported by the symbol's own users
  size_t buffers = getInputs().size() + getNumResults();
  auto sizes = (*this)->getAttrOfType<ArrayAttr>("sizes");
  if (kernel.getBody().getNumArguments() != buffers + kernel.getSizes().size() ||
      kernel.getNumReads() != getInputs().size())
    return emitOpError() << "does not match the buffers of kernel " << getKernelAttr();
  if (!sizes || sizes.size() != kernel.getSizes().size())
    return emitOpError() << "must bind the " << kernel.getSizes().size() << " sizes of kernel " << getKernelAttr();
  return success();
}

/// stitch.kernel @name(%a: !stitch.buf<...>, ..., %n: index) attributes {...} { ... }
void KernelOp::print(OpAsmPrinter &p) {
  p << " ";
  p.printSymbolName(getSymName());
  p << "(";
  llvm::interleaveComma(getBody().getArguments(), p, [&](BlockArgument argument) { p.printRegionArgument(argument); });
  p << ")";
  p.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"sym_name"});
  p << " ";
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}
ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseSymbolName(name, "sym_name", result.attributes) ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren, /*allowType=*/true) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  Region *body = result.addRegion();
  if (parser.parseRegion(*body, arguments))
    return failure();
  KernelOp::ensureTerminator(*body, parser.getBuilder(), result.location);
  return success();
}

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
      hasStages = true;
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

void ForeachOp::build(OpBuilder &builder, OperationState &state, Level level, Value lower, Value upper, int64_t width) {
  state.addOperands({lower, upper});
  state.getOrAddProperties<Properties>().level = LevelAttr::get(builder.getContext(), level);
  if (width)
    state.getOrAddProperties<Properties>().width = builder.getI64IntegerAttr(width);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(state.addRegion());
  block->addArgument(builder.getIndexType(), state.location);
}
void ReduceOp::build(OpBuilder &builder, OperationState &state, Level level, Value lower, Value upper, TypeRange types,
                     ArrayRef<Monoid> monoids, int64_t width) {
  state.addOperands({lower, upper});
  state.addTypes(types);
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.level = LevelAttr::get(builder.getContext(), level);
  if (width)
    properties.width = builder.getI64IntegerAttr(width);
  SmallVector<int32_t> numbers;
  for (Monoid monoid : monoids)
    numbers.push_back(static_cast<int32_t>(monoid));
  properties.monoids = builder.getDenseI32ArrayAttr(numbers);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(state.addRegion());
  block->addArgument(builder.getIndexType(), state.location);
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
  if (level == Level::Lane)
    for (Operation *parent = op->getParentOp(); parent; parent = parent->getParentOp()) {
      auto loop = dyn_cast<ForeachOp>(parent);
      auto reduce = dyn_cast<ReduceOp>(parent);
      if ((loop && loop.getLevel() == Level::Lane) || (reduce && reduce.getLevel() == Level::Lane))
        return op->emitOpError() << "lane loops must not nest";
    }
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
  return success();
}
/// Of what all lanes do together.
static LogicalResult verifyOutsideOfLanes(Operation *op) {
  for (Operation *parent = op->getParentOp(); parent; parent = parent->getParentOp()) {
    auto loop = dyn_cast<ForeachOp>(parent);
    auto reduce = dyn_cast<ReduceOp>(parent);
    if ((loop && loop.getLevel() == Level::Lane) || (reduce && reduce.getLevel() == Level::Lane))
      return op->emitOpError() << "stands inside of lanes, which do not all come by";
  }
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
  auto c = getExtents(*this, "c", getC(), 2), a = getExtents(*this, "a", getA(), 2), panels = getExtents(*this, "b", getB(), 3);
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
