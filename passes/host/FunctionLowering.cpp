// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Storages and steps of a function without control flow; LowerControl.cpp has loops and branches. See
// FunctionLowering.h.
#include "passes/host/FunctionLowering.h"
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/KernelName.h"
#include "passes/fuse/PostOps.h"
#include "passes/host/LibraryCall.h"
#include "passes/host/RoutineCall.h"
#include "passes/schedule/Pack.h"

using namespace mlir;

namespace tao {

namespace {
/// Bytes of a tensor as a size expression.
SymExpr getBytes(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return getNumElements(getDims(tensor)) * SymExpr(getElementBytes(type.getElementType()));
}
/// Most kernels in one launch: the runtime gathers their buffers on the stack.
constexpr size_t kMaxPack = 256;

/// True when the op runs in one launch with the calls before it.
bool joins(Operation *op, ArrayRef<Operation *> calls) {
  std::optional<PackInfo> pack = getPack(op), before = getPack(calls.front());
  return pack && before && pack->number == before->number && calls.size() < kMaxPack;
}
bool isStep(Operation *op) { return isa_and_nonnull<stitch::CallOp, stitch::GroupOp, RunLoopOp, RunIfOp>(op); }

/// What a launch of the call's kernel needs to know.
FailureOr<rt::PartAttr> describe(stitch::CallOp call) {
  auto attr = [&](StringRef key) { return call->getAttrOfType<StringAttr>(key); };
  auto array = [&](StringRef key) { return call->getAttrOfType<ArrayAttr>(key); };
  auto scratch = call->getAttrOfType<IntegerAttr>("scratch");
  if (!array("sizes") || !attr("tasks") || !attr("cost"))
    return call.emitOpError() << "lacks sizes, tasks or cost";
  return rt::PartAttr::get(call.getContext(), call.getKernelAttr(), call.getInputs().size(), call.getNumResults(),
                           array("sizes"), attr("tasks"), attr("cost"),
                           array("failures") ? array("failures") : ArrayAttr::get(call.getContext(), {}),
                           scratch ? scratch.getInt() : 0);
}

/// The operand that result number `result` may overwrite: a kernel says so itself; a convolution adds to a tensor of
/// its result's shape where that lies, when the addition is the first of its post-ops but a bias, which costs nothing.
std::optional<unsigned> getOverwritten(Operation *op, size_t result) {
  if (auto call = dyn_cast<stitch::CallOp>(op)) {
    if (result >= call.getInPlace().size() || call.getInPlace()[result] < 0)
      return std::nullopt;
    return call.getInPlace()[result];
  }
  std::optional<PostOpChain> chain = analyzePostOps(cast<stitch::GroupOp>(op));
  if (!chain || !isa<ConvOp>(chain->contraction))
    return std::nullopt;
  Type type = op->getResult(0).getType();
  for (const PostOp &post : ArrayRef(chain->ops).take_front(2)) {
    if (post.kind != TAO_POST_ADD)
      return std::nullopt;
    if (post.operand.getType() == type && llvm::equal(post.dims, llvm::seq<int64_t>(0, post.dims.size())))
      return cast<BlockArgument>(post.operand).getArgNumber();
  }
  return std::nullopt;
}
} // namespace

//===-- Storages --------------------------------------------------------------------------------------------------===//

Value ProgramBuilder::getWeight(ConstantOp constant) {
  Value &weight = weights[constant.getValue()];
  if (!weight)
    weight = create<rt::WeightOp>(constant.getLoc(), constant.getValue(), IntegerAttr());
  return weight;
}

Value ProgramBuilder::createArena(Value like) {
  return create<rt::ArenaOp>(like.getLoc(), builder.getStringAttr(getBytes(like).str()), IntegerAttr(), IntegerAttr(),
                             IntegerAttr());
}

Value ProgramBuilder::createView(Value base, Value stack) {
  auto type = cast<RankedTensorType>(stack.getType());
  SmallVector<SymExpr> dims = getDims(type);
  SymExpr row = getNumElements(ArrayRef(dims).drop_front()) * SymExpr(getElementBytes(type.getElementType()));
  return create<rt::ViewOp>(stack.getLoc(), base, builder.getStringAttr(row.str()));
}

Value ProgramBuilder::createFollower(Value start, Value like) {
  return create<rt::ViewOp>(like.getLoc(), start, builder.getStringAttr(getBytes(like).str()));
}

//===-- Functions -------------------------------------------------------------------------------------------------===//

FunctionLowering::FunctionLowering(ProgramBuilder &program, func::FuncOp function, OpBuilder steps)
    : program(program), function(function), steps(steps) {
  for (Operation &op : function.front())
    if (isStep(&op)) {
      if (opsOf.empty() || !joins(&op, opsOf.back()))
        opsOf.emplace_back();
      opsOf.back().push_back(&op);
      int64_t step = stepOf[&op] = static_cast<int64_t>(opsOf.size()) - 1;
      for (Value operand : op.getOperands())
        lastReads[getRoot(operand)] = step;
    }
}

size_t FunctionLowering::countReads(int64_t step, llvm::function_ref<bool(Value)> isWanted) const {
  size_t count = 0;
  for (Operation *op : opsOf[step])
    count += llvm::count_if(op->getOperands(), isWanted);
  return count;
}

Value FunctionLowering::getRoot(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value;
}

int64_t FunctionLowering::getLastRead(Value root) const {
  auto it = lastReads.find(root);
  return it == lastReads.end() ? -1 : it->second;
}

bool FunctionLowering::isReturned(Value root) {
  return llvm::any_of(function.front().getTerminator()->getOperands(),
                      [&](Value value) { return getRoot(value) == root; });
}

bool FunctionLowering::isDirect(unsigned index) {
  Value root = getRoot(getReturned(index));
  auto loop = root.getDefiningOp<RunLoopOp>();
  bool isCarried = loop && cast<OpResult>(root).getResultNumber() < loop.getCarried().size();
  return isStep(root.getDefiningOp()) && !isCarried && !direct.contains(root);
}

void FunctionLowering::setTarget(unsigned index, Value buffer, bool mayBeDirect, StringRef copyName) {
  if (mayBeDirect && isDirect(index))
    direct[getRoot(getReturned(index))] = buffer;
  else
    copies.push_back({index, buffer, copyName.str()});
}

/// The operand whose storage result number `result` takes over, if the step allows it and nobody needs the operand
/// later.
std::optional<size_t> FunctionLowering::findInPlace(Operation *op, size_t result, int64_t step) {
  std::optional<unsigned> position = getOverwritten(op, result);
  if (!position)
    return std::nullopt;
  Value operand = op->getOperand(*position);
  size_t number = numbers.lookup(getRoot(operand));
  auto shares = [&](Value other) { return numbers.lookup(getRoot(other)) == number; };
  if (all[number].lastUse != step || countReads(step, shares) != 1 ||
      getBytes(operand) != getBytes(op->getResult(result)))
    return std::nullopt;
  if (all[number].replacement && all[number].replacement != op->getResult(result))
    return std::nullopt;
  return number;
}

int64_t FunctionLowering::lifeOf(OpResult result, int64_t step) const { return std::max(step, getLastRead(result)); }

Value FunctionLowering::chooseStorage(OpResult result) {
  Value target = direct.lookup(result);
  return target ? target : program.createArena(result);
}

void FunctionLowering::assignResults(Operation *op, int64_t step) {
  for (OpResult result : op->getResults()) {
    bool isKept = direct.contains(result) || isReturned(result);
    int64_t lastUse = isKept ? kForever : lifeOf(result, step);
    auto reused = direct.contains(result) ? std::nullopt : findInPlace(op, result.getResultNumber(), step);
    if (reused) {
      numbers[result] = *reused;
      all[*reused].lastUse = lastUse;
      all[*reused].replacement = nullptr;
      ++program.numInPlace;
      continue;
    }
    bind(result, {chooseStorage(result), lastUse});
  }
}

LogicalResult FunctionLowering::createStep(Operation *op) {
  auto bufferOf = [&](Value value) { return storageOf(value).buffer; };
  SmallVector<StringRef> nodes = sourceNodes(op);
  if (auto group = dyn_cast<stitch::GroupOp>(op)) {
    std::string name = kernelName(group);
    if (RoutineOp routine = getRoutine(group)) {
      createRoutineCall(steps, group, routine, bufferOf, {name, nodes});
      return success();
    }
    auto isConstant = [&](Value value) { return storageOf(value).isConstant; };
    return createLibraryCall(steps, group, {bufferOf, isConstant}, {name, nodes});
  }
  FailureOr<rt::PartAttr> part = describe(cast<stitch::CallOp>(op));
  if (failed(part))
    return failure();
  auto name = op->getAttrOfType<StringAttr>("display_name");
  rt::LaunchOp::create(steps, op->getLoc(), part->getKernel(), llvm::map_to_vector(op->getOperands(), bufferOf),
                       llvm::map_to_vector(op->getResults(), [&](Value value) { return bufferOf(value); }),
                       part->getSizes(), part->getTasks(), part->getCost(), part->getFailures(),
                       steps.getI64IntegerAttr(part->getScratch()), name ? name : part->getKernel().getAttr(),
                       rt::KernelKindAttr::get(function.getContext(), rt::KernelKind::Memory),
                       steps.getStrArrayAttr(nodes));
  return success();
}

LogicalResult FunctionLowering::createPack(ArrayRef<Operation *> calls) {
  SmallVector<Attribute> parts;
  SmallVector<Value> reads, writes;
  SmallVector<Location> locs;
  llvm::SetVector<StringRef> nodes;
  for (Operation *call : calls) {
    FailureOr<rt::PartAttr> part = describe(cast<stitch::CallOp>(call));
    if (failed(part))
      return failure();
    parts.push_back(*part);
    for (Value operand : call->getOperands())
      reads.push_back(storageOf(operand).buffer);
    for (Value result : call->getResults())
      writes.push_back(storageOf(result).buffer);
    locs.push_back(call->getLoc());
    nodes.insert_range(sourceNodes(call));
  }
  rt::PackOp::create(steps, steps.getFusedLoc(locs), reads, writes, steps.getArrayAttr(parts),
                     getPack(calls.front())->name,
                     rt::KernelKindAttr::get(function.getContext(), rt::KernelKind::Memory),
                     steps.getStrArrayAttr(nodes.getArrayRef()));
  return success();
}

void FunctionLowering::createCopy(Value from, Value to, Value like, Location loc, StringRef name) {
  rt::CopyOp::create(steps, loc, from, to, steps.getStringAttr(getBytes(like).str()), steps.getStringAttr(name),
                     rt::KernelKindAttr::get(function.getContext(), rt::KernelKind::Memory), steps.getArrayAttr({}));
  ++program.numCopies;
}

LogicalResult FunctionLowering::run() {
  for (auto constant : function.front().getOps<ConstantOp>())
    if (!constant->use_empty())
      bind(constant, {program.getWeight(constant), kForever, {}, /*isConstant=*/true});
  for (Operation &op : function.front()) {
    int64_t step = stepOf.lookup(&op);
    if (auto loop = dyn_cast<RunLoopOp>(op)) {
      if (failed(createLoop(loop, step)))
        return failure();
    } else if (auto branch = dyn_cast<RunIfOp>(op)) {
      if (failed(createIf(branch, step)))
        return failure();
    } else if (isStep(&op)) {
      assignResults(&op, step);
      if (&op != opsOf[step].back())
        continue;
      if (failed(opsOf[step].size() > 1 ? createPack(opsOf[step]) : createStep(&op)))
        return failure();
    } else if (!isa<ConstantOp, ReshapeOp, AssumeOp, func::ReturnOp>(op)) {
      return op.emitOpError() << "was not lowered by an earlier phase";
    }
  }
  for (const Copy &copy : copies) {
    Value value = getReturned(copy.index);
    createCopy(storageOf(value).buffer, copy.target, value, function.getLoc(), copy.name);
  }
  return success();
}

} // namespace tao
