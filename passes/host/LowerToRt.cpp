// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the function of calls to the host program. Before: func.func @main with stitch.call, library groups,
// tao.constant, tao.reshape and tao.assume. After: rt.program @main; no tensor is left, and every tensor that was has a
// storage.
#include "mlir/IR/SymbolTable.h"
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/KernelName.h"
#include "passes/fuse/PostOps.h"
#include "passes/host/LibraryCall.h"
#include "passes/host/Passes.h"
#include "passes/host/RoutineCall.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_LOWERTORT
#include "passes/host/Passes.h.inc"

namespace {
/// A run of memory while it is being assigned.
struct Storage {
  Value buffer;
  int64_t lastUse = -1; // step that reads it last; kForever for inputs, weights and outputs
};
constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

/// Bytes of a tensor as a size expression.
SymExpr getBytes(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return getNumElements(getDims(tensor)) * SymExpr(getElementBytes(type.getElementType()));
}
bool isStep(Operation *op) { return isa_and_nonnull<stitch::CallOp, stitch::GroupOp>(op); }

/// The tensor whose memory a value is: reshapes are views.
Value getRoot(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value;
}

class ProgramBuilder {
public:
  ProgramBuilder(func::FuncOp func, rt::ProgramOp program)
      : func(func), steps(OpBuilder::atBlockEnd(&program.getBody().front())),
        storages(OpBuilder::atBlockBegin(&program.getBody().front())) {}

  LogicalResult run();
  int64_t numInPlace = 0, numCopies = 0;

private:
  void collectUses();
  void claimOutputs();
  bool mayWriteAliased(Value root, int64_t input);
  void assignResults(Operation *op, int64_t step);
  std::optional<size_t> findInPlace(Operation *op, size_t result, int64_t step);
  LogicalResult createStep(Operation *op);
  void createEarlyCopies();
  void createFinalCopies();
  void createCopy(Value from, Value to, const SymExpr &bytes, Location loc, StringRef name);
  Storage &storageOf(Value value) { return all[numbers.lookup(getRoot(value))]; }
  void addStorage(Value root, Value buffer, int64_t lastUse) {
    numbers[root] = all.size();
    all.push_back({buffer, lastUse});
  }
  /// Creates a storage op behind the others, before all steps.
  template <typename Op, typename... Args> Value createStorage(Location loc, Args &&...args) {
    if (lastStorage)
      storages.setInsertionPointAfter(lastStorage);
    else
      storages.setInsertionPointToStart(storages.getBlock());
    lastStorage = Op::create(storages, loc, rt::BufferType::get(func.getContext()), std::forward<Args>(args)...);
    return lastStorage->getResult(0);
  }
  Value createArena(Value like) {
    return createStorage<rt::ArenaOp>(like.getLoc(), storages.getStringAttr(getBytes(like).str()), IntegerAttr(),
                                      IntegerAttr(), IntegerAttr());
  }

  func::FuncOp func;
  OpBuilder steps, storages;
  Operation *lastStorage = nullptr;
  DenseMap<Operation *, int64_t> stepOf;
  DenseMap<Value, int64_t> lastReads; // by root: the last step that reads it
  DenseMap<Value, unsigned> outputOf; // roots written straight to an output
  SmallVector<unsigned> copied;       // outputs that get a copy
  std::map<unsigned, Value> saved;    // those whose source is an input that another output may overwrite
  std::vector<Storage> all;
  DenseMap<Value, size_t> numbers; // root -> storage
  SmallVector<Value> outputs;
};

void ProgramBuilder::collectUses() {
  int64_t step = 0;
  for (Operation &op : func.front())
    if (isStep(&op)) {
      stepOf[&op] = step;
      for (Value operand : op.getOperands())
        lastReads[getRoot(operand)] = step;
      ++step;
    }
}

/// True when a result in `root` may land in memory that `input` occupies: nobody reads the input later, and the step
/// itself reads it, if at all, just where it writes.
bool ProgramBuilder::mayWriteAliased(Value root, int64_t input) {
  Value source = func.getArgument(input);
  int64_t step = stepOf.lookup(root.getDefiningOp());
  auto read = lastReads.find(source);
  if (read == lastReads.end() || read->second < step)
    return true;
  auto call = dyn_cast<stitch::CallOp>(root.getDefiningOp());
  if (read->second > step || !call || call.getInPlace().empty())
    return false;
  int64_t operand = call.getInPlace()[cast<OpResult>(root).getResultNumber()];
  auto isSource = [&](Value value) { return getRoot(value) == source; };
  return operand >= 0 && isSource(call.getInputs()[operand]) && llvm::count_if(call.getInputs(), isSource) == 1;
}

void ProgramBuilder::claimOutputs() {
  Operation *end = func.front().getTerminator();
  for (auto [i, value] : llvm::enumerate(end->getOperands())) {
    Value root = getRoot(value);
    auto alias = func.getResultAttrOfType<IntegerAttr>(i, "tao.alias");
    bool direct =
        isStep(root.getDefiningOp()) && !outputOf.contains(root) && (!alias || mayWriteAliased(root, alias.getInt()));
    if (direct)
      outputOf[root] = i;
    else
      copied.push_back(i);
  }
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

/// The operand whose storage result number `result` takes over, if the step allows it and nobody needs the operand
/// later.
std::optional<size_t> ProgramBuilder::findInPlace(Operation *op, size_t result, int64_t step) {
  std::optional<unsigned> position = getOverwritten(op, result);
  if (!position)
    return std::nullopt;
  Value operand = op->getOperand(*position);
  size_t number = numbers.lookup(getRoot(operand));
  auto shares = [&](Value other) { return numbers.lookup(getRoot(other)) == number; };
  if (all[number].lastUse != step || llvm::count_if(op->getOperands(), shares) != 1 ||
      getBytes(operand) != getBytes(op->getResult(result)))
    return std::nullopt;
  return number;
}

void ProgramBuilder::assignResults(Operation *op, int64_t step) {
  for (OpResult result : op->getResults()) {
    auto read = lastReads.find(result);
    int64_t lastUse = std::max(step, read == lastReads.end() ? step : read->second);
    if (auto output = outputOf.find(result); output != outputOf.end()) {
      addStorage(result, outputs[output->second], kForever);
      continue;
    }
    // What a final copy reads must live to the end.
    for (unsigned i : copied)
      if (getRoot(func.front().getTerminator()->getOperand(i)) == result)
        lastUse = kForever;
    if (auto reused = findInPlace(op, result.getResultNumber(), step)) {
      numbers[result] = *reused;
      all[*reused].lastUse = lastUse;
      ++numInPlace;
      continue;
    }
    addStorage(result, createArena(result), lastUse);
  }
}

LogicalResult ProgramBuilder::createStep(Operation *op) {
  auto bufferOf = [&](Value value) { return storageOf(value).buffer; };
  SmallVector<StringRef> nodes = sourceNodes(op);
  if (auto group = dyn_cast<stitch::GroupOp>(op)) {
    std::string name = kernelName(group);
    if (RoutineOp routine = getRoutine(group)) {
      createRoutineCall(steps, group, routine, bufferOf, {name, nodes});
      return success();
    }
    auto isConstant = [](Value value) { return isa_and_nonnull<ConstantOp>(getRoot(value).getDefiningOp()); };
    return createLibraryCall(steps, group, {bufferOf, isConstant}, {name, nodes});
  }
  auto call = cast<stitch::CallOp>(op);
  auto name = call->getAttrOfType<StringAttr>("display_name");
  auto attr = [&](StringRef key) { return call->getAttrOfType<StringAttr>(key); };
  auto array = [&](StringRef key) { return call->getAttrOfType<ArrayAttr>(key); };
  if (!array("sizes") || !attr("tasks") || !attr("cost"))
    return call.emitOpError() << "lacks sizes, tasks or cost";
  rt::LaunchOp::create(
      steps, call.getLoc(), call.getKernelAttr(), llvm::map_to_vector(call.getInputs(), bufferOf),
      llvm::map_to_vector(call.getResults(), [&](Value value) { return bufferOf(value); }), array("sizes"),
      attr("tasks"), attr("cost"), array("failures") ? array("failures") : steps.getArrayAttr({}),
      name ? name : call.getKernelAttr().getAttr(), rt::KernelKindAttr::get(func.getContext(), rt::KernelKind::Memory),
      steps.getStrArrayAttr(nodes));
  return success();
}

void ProgramBuilder::createCopy(Value from, Value to, const SymExpr &bytes, Location loc, StringRef name) {
  rt::CopyOp::create(steps, loc, from, to, steps.getStringAttr(bytes.str()), steps.getStringAttr(name),
                     rt::KernelKindAttr::get(func.getContext(), rt::KernelKind::Memory), steps.getArrayAttr({}));
  ++numCopies;
}

/// An output that is an input: where some other output may overwrite inputs, the value is put aside first.
void ProgramBuilder::createEarlyCopies() {
  bool anyAlias = false;
  for (unsigned i = 0; i < func.getNumResults(); ++i)
    anyAlias |= static_cast<bool>(func.getResultAttr(i, "tao.alias"));
  for (unsigned i : copied) {
    Value value = func.front().getTerminator()->getOperand(i), root = getRoot(value);
    if (!anyAlias || !isa<BlockArgument>(root))
      continue;
    saved[i] = createArena(value);
    createCopy(storageOf(value).buffer, saved[i], getBytes(value), func.getLoc(), "save_input");
  }
}

void ProgramBuilder::createFinalCopies() {
  for (unsigned i : copied) {
    Value value = func.front().getTerminator()->getOperand(i);
    auto put = saved.find(i);
    createCopy(put == saved.end() ? storageOf(value).buffer : put->second, outputs[i], getBytes(value), func.getLoc(),
               "copy_output");
  }
}

LogicalResult ProgramBuilder::run() {
  collectUses();
  claimOutputs();
  for (BlockArgument argument : func.getArguments())
    addStorage(argument, createStorage<rt::InputOp>(func.getLoc(), steps.getI64IntegerAttr(argument.getArgNumber())),
               kForever);
  for (unsigned i = 0; i < func.getNumResults(); ++i)
    outputs.push_back(createStorage<rt::OutputOp>(func.getLoc(), steps.getI64IntegerAttr(i)));
  for (auto constant : func.front().getOps<ConstantOp>())
    if (!constant->use_empty())
      addStorage(constant, createStorage<rt::WeightOp>(constant.getLoc(), constant.getValue(), IntegerAttr()),
                 kForever);
  createEarlyCopies();
  for (Operation &op : func.front()) {
    if (isStep(&op)) {
      assignResults(&op, stepOf.lookup(&op));
      if (failed(createStep(&op)))
        return failure();
    } else if (!isa<ConstantOp, ReshapeOp, AssumeOp, func::ReturnOp>(op)) {
      return op.emitOpError() << "was not lowered by an earlier phase";
    }
  }
  createFinalCopies();
  return success();
}

/// Dims of inputs that are a plain symbol give the symbol its value; the first one does.
SmallVector<Attribute> bindSymbols(func::FuncOp func) {
  SmallVector<Attribute> symbols;
  llvm::StringMap<bool> bound;
  for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
    for (auto [d, dim] : llvm::enumerate(getDims(cast<RankedTensorType>(type)))) {
      std::string text = dim.str();
      if (SymExpr::isValidSymbol(text) && bound.try_emplace(text, true).second)
        symbols.push_back(rt::SymbolAttr::get(func.getContext(), StringAttr::get(func.getContext(), text), i, d));
    }
  return symbols;
}

struct LowerToRt : impl::LowerToRtBase<LowerToRt> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto func = module.lookupSymbol<func::FuncOp>("main");
    if (!func || !func.getBody().hasOneBlock()) {
      module.emitError("the module has no function @main of one block");
      return signalPassFailure();
    }
    Builder b(&getContext());
    auto valueAttr = [&](Attribute name, Type type, Attribute alias, const Twine &fallback) -> Attribute {
      StringAttr text = name ? cast<StringAttr>(name) : b.getStringAttr(fallback);
      return rt::ValueAttr::get(&getContext(), text, cast<RankedTensorType>(type),
                                alias ? cast<IntegerAttr>(alias).getInt() : -1);
    };
    SmallVector<Attribute> inputs, outputs, checks;
    for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
      inputs.push_back(valueAttr(func.getArgAttr(i, "tao.name"), type, {}, "input" + Twine(i)));
    for (auto [i, type] : llvm::enumerate(func.getResultTypes()))
      outputs.push_back(
          valueAttr(func.getResultAttr(i, "tao.name"), type, func.getResultAttr(i, "tao.alias"), "output" + Twine(i)));
    for (auto assume : func.front().getOps<AssumeOp>())
      checks.push_back(rt::CheckAttr::get(&getContext(), assume.getAtLeast() ? rt::CheckKind::Ge : rt::CheckKind::Eq,
                                          assume.getLhsAttr(), assume.getRhsAttr(), assume.getMessageAttr()));
    OpBuilder builder(func);
    auto program =
        rt::ProgramOp::create(builder, func.getLoc(), "main", b.getArrayAttr(inputs), b.getArrayAttr(outputs),
                              b.getArrayAttr(bindSymbols(func)), b.getArrayAttr(checks), IntegerAttr());
    program.getBody().emplaceBlock();
    ProgramBuilder lowering(func, program);
    if (failed(lowering.run()))
      return signalPassFailure();
    numInPlace = lowering.numInPlace;
    numCopies = lowering.numCopies;
    func.erase();
  }
};
} // namespace
} // namespace tao
