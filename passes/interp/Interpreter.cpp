// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluation of blocks: values live from their definition to their last use.
#include "passes/interp/Interpreter.h"
#include "dialects/Stitch/StitchDialect.h"
#include "passes/interp/Evaluate.h"

using namespace mlir;

namespace tao::interp {

SmallVector<int64_t> getStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t dim = shape.size(); dim-- > 0;) {
    strides[dim] = stride;
    stride *= shape[dim];
  }
  return strides;
}

bool nextIndex(MutableArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  for (size_t dim = shape.size(); dim-- > 0;) {
    if (++index[dim] < shape[dim])
      return true;
    index[dim] = 0;
  }
  return false;
}

} // namespace tao::interp

namespace tao {

using namespace interp;

static std::string describe(Operation *op) {
  std::string text = op->getName().getStringRef().str();
  if (auto name = op->getLoc()->findInstanceOf<NameLoc>())
    text += " '" + name.getName().str() + "'";
  return text;
}

LogicalResult interp::OpCall::fail(const Twine &message) const {
  error = describe(op) + ": " + message.str();
  return failure();
}

namespace {
class Interpreter {
public:
  /// `outer` runs the block around this one, whose values the bodies of control flow see.
  Interpreter(Sizes &sizes, std::string &error, const InterpretOptions &options, const Interpreter *outer = nullptr)
      : sizes(sizes), error(error), options(options), outer(outer) {}

  /// Runs a block up to its terminator, whose operands are the outputs.
  LogicalResult runBlock(Block &block, std::vector<HostTensor> arguments, SmallVectorImpl<HostTensor> &outputs) {
    for (auto [argument, value] : llvm::zip(block.getArguments(), arguments))
      define(argument, std::move(value));
    for (Operation &op : block.without_terminator())
      if (failed(run(&op)))
        return failure();
    for (Value operand : block.getTerminator()->getOperands())
      outputs.push_back(*find(operand));
    return success();
  }

  LogicalResult run(Operation *op) {
    SmallVector<const HostTensor *> operands;
    for (Value operand : op->getOperands()) {
      operands.push_back(find(operand));
      if (!operands.back()) {
        error = describe(op) + ": operand is not a value of this function";
        return failure();
      }
    }
    SmallVector<HostTensor> results;
    if (failed(evaluate(op, operands, results)))
      return failure();
    for (Value operand : op->getOperands())
      release(operand);
    for (auto [result, value] : llvm::zip(op->getResults(), results)) {
      if (options.roundResults)
        value.roundToElementType();
      define(result, std::move(value));
    }
    return success();
  }

  HostTensor take(Value value) { return std::move(*values.at(value).tensor); }
  /// Restricts liveness to uses by these ops.
  void limitUsesTo(const llvm::DenseSet<Operation *> &ops) { scope = &ops; }

private:
  struct Live {
    std::unique_ptr<HostTensor> tensor;
    int64_t usesLeft;
  };

  const HostTensor *find(Value value) const {
    auto it = values.find(value);
    if (it != values.end())
      return it->second.tensor.get();
    return outer ? outer->find(value) : nullptr;
  }
  void define(Value value, HostTensor tensor) {
    int64_t uses =
        llvm::count_if(value.getUses(), [&](OpOperand &use) { return !scope || scope->contains(use.getOwner()); });
    values[value] = {std::make_unique<HostTensor>(std::move(tensor)), uses};
  }
  void release(Value value) {
    auto it = values.find(value);
    if (it != values.end() && --it->second.usesLeft <= 0)
      values.erase(it);
  }

  LogicalResult evaluate(Operation *op, ArrayRef<const HostTensor *> operands, SmallVectorImpl<HostTensor> &results) {
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      results.push_back(HostTensor::fromAttribute(constant.getValue()));
      return success();
    }
    if (auto assume = dyn_cast<AssumeOp>(op))
      return checkAssumption(assume);
    if (auto group = dyn_cast<stitch::GroupOp>(op))
      return evaluateGroup(group, operands, results);
    if (auto loop = dyn_cast<LoopOp>(op))
      return evaluateLoop(loop, loop.getBody().front(), operands, results);
    if (auto loop = dyn_cast<RunLoopOp>(op))
      return evaluateLoop(loop, bodyOf(op, loop.getBodyAttr()), operands, results);
    if (auto branch = dyn_cast<IfOp>(op)) {
      Region &body = isTrue(*operands[0]) ? branch.getThenBody() : branch.getElseBody();
      return Interpreter(sizes, error, options, this).runBlock(body.front(), {}, results);
    }
    if (auto branch = dyn_cast<RunIfOp>(op)) {
      Block &body = bodyOf(op, isTrue(*operands[0]) ? branch.getThenBodyAttr() : branch.getElseBodyAttr());
      return Interpreter(sizes, error, options).runBlock(body, copies(operands.drop_front()), results);
    }
    if (op->getNumResults() != 1 || !isa<TaoDialect>(op->getDialect())) {
      error = describe(op) + ": the interpreter knows only tao ops";
      return failure();
    }
    OpCall call{op, operands, {}, sizes, error};
    auto shape = sizes.shapeOf(cast<RankedTensorType>(op->getResult(0).getType()), options.maxElements, error);
    if (failed(shape))
      return call.fail(error);
    call.shape = *shape;
    Evaluated result = dispatch(call);
    if (failed(result))
      return failure();
    results.push_back(std::move(*result));
    return success();
  }

  static Evaluated dispatch(const OpCall &call) {
    if (isElementwise(call.op))
      return evaluateElementwise(call);
    if (isa<GatherOp, GatherElementsOp, GatherNdOp>(call.op))
      return evaluateGather(call);
    if (isa<ReduceOp, ArgReduceOp, ReduceWindowOp>(call.op))
      return evaluateReduction(call);
    if (isa<ContractOp, ConvOp>(call.op))
      return evaluateContraction(call);
    if (isa<RoutineOp>(call.op))
      return evaluateRoutine(call);
    return evaluateMovement(call);
  }

  LogicalResult checkAssumption(AssumeOp op) {
    auto lhs = sizes.evaluate(*SymExpr::parse(op.getLhs())), rhs = sizes.evaluate(*SymExpr::parse(op.getRhs()));
    if (lhs && rhs && (op.getAtLeast() ? *lhs >= *rhs : *lhs == *rhs))
      return success();
    error = describe(op) + ": " + op.getMessage().str();
    return failure();
  }

  LogicalResult evaluateGroup(stitch::GroupOp group, ArrayRef<const HostTensor *> operands,
                              SmallVectorImpl<HostTensor> &results) {
    return Interpreter(sizes, error, options).runBlock(group.getBody().front(), copies(operands), results);
  }

  static std::vector<HostTensor> copies(ArrayRef<const HostTensor *> tensors) {
    std::vector<HostTensor> result;
    for (const HostTensor *tensor : tensors)
      result.push_back(*tensor);
    return result;
  }
  static bool isTrue(const HostTensor &truthValue) { return truthValue.integers[0] != 0; }
  static Block &bodyOf(Operation *op, FlatSymbolRefAttr symbol) {
    return SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, symbol).getBody().front();
  }

  /// Copies row `from` of one tensor to row `to` of another; rows have `count` elements.
  static void copyRow(const HostTensor &source, int64_t from, HostTensor &target, int64_t to, int64_t count) {
    visitStorage(target, source, [&](auto &out, const auto &in) {
      std::copy_n(in.begin() + from * count, count, out.begin() + to * count);
    });
  }

  /// Operands: slices, carried values, then captures, which a body that is a region does not have.
  template <typename Op>
  LogicalResult evaluateLoop(Op op, Block &body, ArrayRef<const HostTensor *> operands,
                             SmallVectorImpl<HostTensor> &results) {
    size_t numSlices = op.getSlices().size(), numCarried = op.getCarried().size();
    std::vector<HostTensor> carried = copies(operands.slice(numSlices, numCarried));
    ArrayRef<const HostTensor *> captures = operands.drop_front(numSlices + numCarried);
    int64_t trips = 0;
    if (op.getTrips()) {
      std::optional<int64_t> value = sizes.evaluate(*SymExpr::parse(*op.getTrips()));
      if (!value || *value < 0) {
        error = describe(op) + ": the number of trips is negative or unknown";
        return failure();
      }
      trips = *value;
    }
    std::vector<HostTensor> stacked;
    for (Value result : op->getResults().drop_front(numCarried)) {
      auto type = cast<RankedTensorType>(result.getType());
      auto shape = sizes.shapeOf(type, options.maxElements, error);
      if (failed(shape))
        return failure();
      stacked.emplace_back(type.getElementType(), *shape);
    }
    for (int64_t trip = 0; op.getTrips() ? trip < trips : isTrue(carried[0]); ++trip) {
      auto rowOf = [&](size_t index) { return isReversed(op, index) ? trips - 1 - trip : trip; };
      std::vector<HostTensor> arguments;
      for (size_t i = 0; i < numSlices; ++i) {
        const HostTensor &slice = *operands[i];
        HostTensor &row = arguments.emplace_back(slice.elementType, ArrayRef(slice.shape).drop_front());
        copyRow(slice, rowOf(i), row, 0, row.size());
      }
      for (HostTensor &value : carried)
        arguments.push_back(std::move(value));
      llvm::append_range(arguments, copies(captures));
      SmallVector<HostTensor> yielded;
      if (failed(Interpreter(sizes, error, options, this).runBlock(body, std::move(arguments), yielded)))
        return failure();
      std::move(yielded.begin(), yielded.begin() + numCarried, carried.begin());
      for (auto [i, stack] : llvm::enumerate(stacked))
        copyRow(yielded[numCarried + i], 0, stack, rowOf(numSlices + i), yielded[numCarried + i].size());
    }
    results.append(std::make_move_iterator(carried.begin()), std::make_move_iterator(carried.end()));
    results.append(std::make_move_iterator(stacked.begin()), std::make_move_iterator(stacked.end()));
    return success();
  }

  Sizes &sizes;
  std::string &error;
  const InterpretOptions &options;
  const Interpreter *outer;
  const llvm::DenseSet<Operation *> *scope = nullptr;
  llvm::DenseMap<Value, Live> values;
};
} // namespace

LogicalResult interpret(func::FuncOp function, ArrayRef<HostTensor> inputs, SmallVectorImpl<HostTensor> &outputs,
                        std::string &error, const InterpretOptions &options) {
  if (function.isDeclaration() || !function.getBody().hasOneBlock()) {
    error = "function '" + function.getName().str() + "' must have a body of one block";
    return failure();
  }
  if (inputs.size() != function.getNumArguments()) {
    error = "function '" + function.getName().str() + "' takes " + std::to_string(function.getNumArguments()) +
            " inputs, not " + std::to_string(inputs.size());
    return failure();
  }
  Sizes sizes;
  for (bool binding : {true, false})
    for (auto [type, input] : llvm::zip(function.getArgumentTypes(), inputs)) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || tensor.getElementType() != input.elementType) {
        error = "function '" + function.getName().str() + "' has an input of another type";
        return failure();
      }
      if (failed(binding ? sizes.bind(tensor, input.shape, error) : sizes.check(tensor, input.shape, error)))
        return failure();
    }
  return Interpreter(sizes, error, options)
      .runBlock(function.getBody().front(), std::vector<HostTensor>(inputs.begin(), inputs.end()), outputs);
}

FailureOr<HostTensor> evaluateConstant(Value value, std::string &error, const InterpretOptions &options) {
  Operation *root = value.getDefiningOp();
  if (!root) {
    error = "a block argument is not constant";
    return failure();
  }
  // The ops that the value depends on, in the order of their block.
  llvm::DenseSet<Operation *> slice{root};
  SmallVector<Operation *> ops{root};
  for (size_t next = 0; next < ops.size(); ++next)
    for (Value operand : ops[next]->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (!producer || producer->getBlock() != root->getBlock()) {
        error = "the value depends on more than constants";
        return failure();
      }
      if (slice.insert(producer).second)
        ops.push_back(producer);
    }
  llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  Sizes none;
  Interpreter interpreter(none, error, options);
  interpreter.limitUsesTo(slice);
  for (Operation *op : ops)
    if (failed(interpreter.run(op)))
      return failure();
  return interpreter.take(value);
}

} // namespace tao
