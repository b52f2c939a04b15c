// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Verifiers of the host program's dialect. A program that passes can be emitted without further checks.
#include "dialects/Rt/RtDialect.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace tao::rt {

namespace {
/// Most dims of a library call, TAO_MAX_RANK in model_abi.h.
constexpr size_t kMaxRank = 12;

/// Emits unless `text` is a size expression over the symbols of the program around `op`.
LogicalResult expectSize(Operation *op, StringAttr text, StringRef what) {
  std::optional<SymExpr> size = SymExpr::parse(text.getValue());
  if (!size)
    return op->emitOpError() << what << " is no size expression: " << text;
  auto program = isa<ProgramOp>(op) ? cast<ProgramOp>(op) : op->getParentOfType<ProgramOp>();
  if (!program)
    return success();
  LogicalResult known = success();
  size->forEachSymbol([&](StringRef symbol) {
    auto has = [&](SymbolAttr attr) { return attr.getName().getValue() == symbol; };
    if (succeeded(known) && llvm::none_of(program.getSymbols().getAsRange<SymbolAttr>(), has))
      known = op->emitOpError() << what << " uses '" << symbol << "', which is no symbol of the program";
  });
  return known;
}
LogicalResult expectSizes(Operation *op, ArrayAttr texts, StringRef what) {
  for (StringAttr text : texts.getAsRange<StringAttr>())
    if (failed(expectSize(op, text, what)))
      return failure();
  return success();
}
/// Emits unless the layout has `rank` strides, each a size expression.
LogicalResult expectLayout(Operation *op, OperandAttr layout, size_t rank, StringRef what) {
  if (layout.getStrides().size() != rank)
    return op->emitOpError() << what << " has " << layout.getStrides().size() << " strides, expected " << rank;
  for (StringAttr stride : layout.getStrides())
    if (failed(expectSize(op, stride, what)))
      return failure();
  return success();
}
LogicalResult expectPostOps(Operation *op, ArrayAttr postOps, size_t numOperands, size_t rank) {
  size_t operands = 0;
  for (PostOpAttr postOp : postOps.getAsRange<PostOpAttr>())
    if (OperandAttr layout = postOp.getOperand()) {
      ++operands;
      if (failed(expectLayout(op, layout, rank, "post-op operand")))
        return failure();
    }
  if (operands != numOperands)
    return op->emitOpError() << "has " << numOperands << " post-op operands, its post-ops take " << operands;
  return success();
}
LogicalResult expectNumber(Operation *op, int64_t number, size_t count, StringRef what) {
  if (number < 0 || number >= static_cast<int64_t>(count))
    return op->emitOpError() << what << " " << number << " does not exist, the program has " << count;
  return success();
}
} // namespace

LogicalResult CheckAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, CheckKind, StringAttr lhs,
                                StringAttr rhs, StringAttr) {
  for (StringAttr text : {lhs, rhs})
    if (!SymExpr::parse(text.getValue()))
      return emitError() << "no size expression: " << text;
  return success();
}
LogicalResult OperandAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, Type elementType,
                                  ArrayRef<StringAttr> strides, bool) {
  if (!elementType.isIntOrFloat())
    return emitError() << "element type must be a number, is " << elementType;
  for (StringAttr stride : strides)
    if (!SymExpr::parse(stride.getValue()))
      return emitError() << "no size expression: " << stride;
  return success();
}
LogicalResult PostOpAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, PostOpKind kind, FloatAttr alpha,
                                 FloatAttr beta, OperandAttr operand) {
  if (!alpha.getType().isF32() || !beta.getType().isF32())
    return emitError() << "alpha and beta must be f32";
  bool binary = kind == PostOpKind::Add || kind == PostOpKind::Mul;
  if (binary != static_cast<bool>(operand))
    return emitError() << "'" << stringifyPostOpKind(kind) << "' " << (binary ? "needs" : "takes no") << " operand";
  return success();
}

LogicalResult ProgramOp::verify() {
  llvm::StringSet<> names;
  for (SymbolAttr symbol : getSymbols().getAsRange<SymbolAttr>()) {
    if (!SymExpr::isValidSymbol(symbol.getName()))
      return emitOpError() << symbol.getName() << " is no symbol name";
    if (!names.insert(symbol.getName()).second)
      return emitOpError() << "symbol " << symbol.getName() << " occurs twice";
    if (failed(expectNumber(*this, symbol.getInput(), getInputs().size(), "input")))
      return failure();
    RankedTensorType type = cast<ValueAttr>(getInputs()[symbol.getInput()]).getType();
    if (symbol.getDim() < 0 || symbol.getDim() >= type.getRank())
      return emitOpError() << "symbol " << symbol.getName() << " is bound to dim " << symbol.getDim() << " of " << type;
  }
  for (ArrayAttr values : {getInputs(), getOutputs()})
    for (ValueAttr value : values.getAsRange<ValueAttr>()) {
      for (const SymExpr &dim : getDims(value.getType()))
        if (failed(expectSize(*this, StringAttr::get(getContext(), dim.str()), "extent")))
          return failure();
      if (value.getAlias() != -1 && failed(expectNumber(*this, value.getAlias(), getInputs().size(), "aliased input")))
        return failure();
    }
  for (CheckAttr check : getChecks().getAsRange<CheckAttr>())
    if (failed(expectSize(*this, check.getLhs(), "check")) || failed(expectSize(*this, check.getRhs(), "check")))
      return failure();
  return success();
}

/// The ops of a body: steps and control flow, which write neither inputs nor weights.
static LogicalResult verifySteps(llvm::iterator_range<Block::iterator> ops) {
  for (Operation &op : ops) {
    if (!isa<StepOpInterface, LoopOp, IfOp>(op)) {
      if (op.getName().getDialectNamespace() != "rt")
        return op.emitOpError() << "may not be in an rt.program";
      return op.emitOpError() << "must come before the first step";
    }
    for (Region &region : op.getRegions())
      if (failed(verifySteps(region.front())))
        return failure();
    auto step = dyn_cast<StepOpInterface>(op);
    for (Value written : step ? step.getWrittenBuffers() : SmallVector<Value>()) {
      while (auto view = written.getDefiningOp<ViewOp>())
        written = view.getBase();
      if (isa_and_nonnull<InputOp, WeightOp>(written.getDefiningOp()))
        return op.emitOpError() << "writes an input or a weight";
    }
  }
  return success();
}

LogicalResult ProgramOp::verifyRegions() {
  Block &block = getBody().front();
  auto isStorage = [](Operation &op) { return isa<InputOp, OutputOp, WeightOp, ArenaOp, ViewOp>(op); };
  for (Operation &op : block) {
    if (!isStorage(op))
      break;
    if (auto input = dyn_cast<InputOp>(op))
      if (failed(expectNumber(input, input.getIndex(), getInputs().size(), "input")))
        return failure();
    if (auto output = dyn_cast<OutputOp>(op))
      if (failed(expectNumber(output, output.getIndex(), getOutputs().size(), "output")))
        return failure();
  }
  // The steps stand behind the storages.
  Block::iterator first = llvm::find_if_not(block, isStorage);
  return verifySteps(llvm::make_range(first, block.end()));
}

LogicalResult ViewOp::verify() { return expectSize(*this, getBytesAttr(), "bytes"); }

LogicalResult LoopOp::verify() {
  if (getTripsAttr() ? static_cast<bool>(getCondition()) : !getCondition())
    return emitOpError() << "needs trips or a condition, and not both";
  if (getTripsAttr() && failed(expectSize(*this, getTripsAttr(), "trips")))
    return failure();
  if (getReversed().size() != getViews().size())
    return emitOpError() << "has " << getReversed().size() << " reversed flags for " << getViews().size() << " views";
  for (Value view : getViews())
    if (!view.getDefiningOp<ViewOp>())
      return emitOpError() << "can step only through views";
  if (getFollowers().size() != getFollowed().size())
    return emitOpError() << "must have as many followers as there are views to follow";
  for (auto [follower, row] : llvm::zip(getFollowers(), getFollowed()))
    if (!follower.getDefiningOp<ViewOp>() || !llvm::is_contained(getViews(), row))
      return emitOpError() << "followers must be views, and follow views of the loop";
  if (getCurrent().size() != getNext().size())
    return emitOpError() << "must swap as many storages as there are to swap with";
  llvm::SmallPtrSet<Value, 8> swapped;
  for (OperandRange list : {getCurrent(), getNext()})
    for (Value storage : list) {
      if (!storage.getDefiningOp<ArenaOp>())
        return emitOpError() << "can swap only arena buffers";
      if (!swapped.insert(storage).second)
        return emitOpError() << "swaps a storage twice";
    }
  return success();
}

LogicalResult ArenaOp::verify() {
  if (failed(expectSize(*this, getBytesAttr(), "bytes")))
    return failure();
  auto number = [](std::optional<uint64_t> value) { return static_cast<int64_t>(value.value_or(0)); };
  if (number(getOffset()) < -1 || number(getFirst()) < 0 || number(getLast()) < number(getFirst()))
    return emitOpError() << "has an impossible offset or live range";
  return success();
}

LogicalResult LaunchOp::verify() {
  if (failed(expectSizes(*this, getSizes(), "size")) || failed(expectSize(*this, getTasksAttr(), "tasks")))
    return failure();
  if (static_cast<int64_t>(getScratch()) < 0)
    return emitOpError() << "has negative scratch";
  return expectSize(*this, getCostAttr(), "cost");
}

LogicalResult PackOp::verify() {
  size_t reads = 0, writes = 0;
  for (PartAttr part : getParts().getAsRange<PartAttr>()) {
    if (part.getReads() < 0 || part.getWrites() < 0 || part.getScratch() < 0)
      return emitOpError() << "has a part with negative counts";
    for (ArrayAttr texts : {part.getSizes(), part.getFailures()})
      if (!llvm::all_of(texts, llvm::IsaPred<StringAttr>))
        return emitOpError() << "has a part whose sizes or failures are no strings";
    if (failed(expectSizes(*this, part.getSizes(), "size")) || failed(expectSize(*this, part.getTasks(), "tasks")) ||
        failed(expectSize(*this, part.getCost(), "cost")))
      return failure();
    reads += part.getReads();
    writes += part.getWrites();
  }
  if (reads != getReads().size() || writes != getWrites().size())
    return emitOpError() << "has " << getReads().size() << " buffers to read and " << getWrites().size()
                         << " to write, its parts " << reads << " and " << writes;
  // What a part writes is its own: others neither write nor read it.
  SmallVector<SmallVector<Value>> buffers = getPartBuffers();
  llvm::SmallDenseMap<Value, size_t> writer;
  for (auto [i, part] : llvm::enumerate(getParts().getAsRange<PartAttr>()))
    for (Value written : ArrayRef(buffers[i]).drop_front(part.getReads()))
      if (!writer.insert({written, i}).second)
        return emitOpError() << "writes a buffer twice";
  for (auto [i, own] : llvm::enumerate(buffers))
    for (Value buffer : own)
      if (auto it = writer.find(buffer); it != writer.end() && it->second != i)
        return emitOpError() << "has a part that reads what another one writes";
  return success();
}

LogicalResult MatmulOp::verify() {
  size_t rank = getBatch().size() + 2;
  if (rank > kMaxRank)
    return emitOpError() << "has " << rank << " dims, at most " << kMaxRank << " are possible";
  if (failed(expectSizes(*this, getBatch(), "batch")) || failed(expectSize(*this, getMAttr(), "m")) ||
      failed(expectSize(*this, getNAttr(), "n")) || failed(expectSize(*this, getKAttr(), "k")) ||
      failed(expectLayout(*this, getLhsLayout(), rank, "lhs")) ||
      failed(expectLayout(*this, getRhsLayout(), rank, "rhs")) ||
      failed(expectLayout(*this, getDstLayout(), rank, "dst")))
    return failure();
  return expectPostOps(*this, getPostOps(), getPostOperands().size(), rank);
}

LogicalResult ConvOp::verify() {
  size_t spatial = getWindow().size();
  if (spatial < 1 || spatial > 3)
    return emitOpError() << "has " << spatial << " spatial dims, 1 to 3 are possible";
  for (size_t count : {getIn().size(), getOut().size(), getStrides().size(), getDilations().size(), getPadLow().size(),
                       getPadHigh().size()})
    if (count != spatial)
      return emitOpError() << "needs one entry per spatial dim in each array";
  if (failed(expectSize(*this, getNAttr(), "n")) || failed(expectSize(*this, getIcAttr(), "ic")) ||
      failed(expectSize(*this, getOcAttr(), "oc")) || failed(expectSize(*this, getGroupsAttr(), "groups")) ||
      failed(expectSizes(*this, getIn(), "in")) || failed(expectSizes(*this, getOut(), "out")))
    return failure();
  return expectPostOps(*this, getPostOps(), getPostOperands().size(), spatial + 2);
}

LogicalResult CopyOp::verify() { return expectSize(*this, getBytesAttr(), "bytes"); }

} // namespace tao::rt
