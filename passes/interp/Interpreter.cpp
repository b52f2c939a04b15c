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
  Interpreter(Sizes &sizes, std::string &error, const InterpretOptions &options)
      : sizes(sizes), error(error), options(options) {}

  /// Runs a block up to its terminator, whose operands are the outputs.
  LogicalResult runBlock(Block &block, std::vector<HostTensor> arguments, SmallVectorImpl<HostTensor> &outputs) {
    for (auto [argument, value] : llvm::zip(block.getArguments(), arguments))
      define(argument, std::move(value));
    for (Operation &op : block.without_terminator())
      if (failed(run(&op)))
        return failure();
    for (Value operand : block.getTerminator()->getOperands())
      outputs.push_back(*values.at(operand).tensor);
    return success();
  }

  LogicalResult run(Operation *op) {
    SmallVector<const HostTensor *> operands;
    for (Value operand : op->getOperands()) {
      auto it = values.find(operand);
      if (it == values.end()) {
        error = describe(op) + ": operand is not a value of this function";
        return failure();
      }
      operands.push_back(it->second.tensor.get());
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
    std::vector<HostTensor> arguments;
    for (const HostTensor *operand : operands)
      arguments.push_back(*operand);
    return Interpreter(sizes, error, options).runBlock(group.getBody().front(), std::move(arguments), results);
  }

  Sizes &sizes;
  std::string &error;
  const InterpretOptions &options;
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
