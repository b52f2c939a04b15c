// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See GroupBuilder.h.
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/Reshapes.h"

using namespace mlir;

namespace tao {

bool isSplatConstant(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  return constant && isa<SplatElementsAttr>(constant.getValue());
}

std::optional<double> getSplat(Value value) {
  while (auto broadcast = value.getDefiningOp<BroadcastOp>())
    value = broadcast.getInput();
  if (!isSplatConstant(value))
    return std::nullopt;
  auto splat = cast<SplatElementsAttr>(value.getDefiningOp<ConstantOp>().getValue());
  if (isa<FloatType>(splat.getElementType())) {
    APFloat number = splat.getSplatValue<APFloat>();
    bool losesInfo;
    number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
    return number.convertToDouble();
  }
  if (auto integer = dyn_cast<IntegerType>(splat.getElementType())) {
    APInt number = splat.getSplatValue<APInt>();
    bool isUnsigned = integer.isUnsigned() || integer.getWidth() == 1;
    return isUnsigned ? static_cast<double>(number.getZExtValue()) : static_cast<double>(number.getSExtValue());
  }
  return std::nullopt;
}

RoutineOp getRoutine(stitch::GroupOp group) {
  Block &block = group.getBody().front();
  auto routine = block.empty() ? RoutineOp() : dyn_cast<RoutineOp>(block.front());
  if (!routine || &block.back() != routine->getNextNode() || block.back().getOperands() != routine->getResults())
    return nullptr;
  bool readsArguments = llvm::all_of(routine.getInputs(), [](Value v) { return isa<BlockArgument>(v); });
  return readsArguments ? routine : nullptr;
}

bool isHeavy(Operation *op) {
  if (getElementwiseClass(op) != OpClass::Heavy)
    return false;
  auto division = dyn_cast<DivOp>(op);
  bool isFloat = isa<FloatType>(cast<RankedTensorType>(op->getResult(0).getType()).getElementType());
  return !(division && isFloat && getSplat(division.getRhs()));
}

bool isSplittingReshape(Operation *op) {
  auto reshape = dyn_cast<ReshapeOp>(op);
  return reshape && llvm::all_of(matchDims(getDims(reshape.getInput()), getDims(reshape.getResult())),
                                 [](const DimRun &run) { return run.in.size() <= 1; });
}

/// Splat constants become immediate values of generated code and of post-ops; a library call wants its operands in
/// memory.
static bool isImmediate(Operation *reader, Value operand) {
  return isSplatConstant(operand) && !isa<ContractOp, ConvOp, RoutineOp>(reader);
}

stitch::GroupOp createGroup(OpBuilder &builder, ArrayRef<Operation *> ops, ArrayRef<Value> results,
                            const stitch::Plan &plan) {
  llvm::SmallPtrSet<Operation *, 16> inside(ops.begin(), ops.end());
  llvm::SetVector<Value> operands;
  llvm::SetVector<Attribute> locations;
  for (Operation *op : ops) {
    locations.insert(op->getLoc());
    for (Value operand : op->getOperands())
      if (!inside.contains(operand.getDefiningOp()) && !isImmediate(op, operand))
        operands.insert(operand);
  }
  SmallVector<Location> parts;
  for (Attribute location : locations)
    parts.push_back(cast<LocationAttr>(location));

  Location loc = FusedLoc::get(builder.getContext(), parts);
  auto group = stitch::GroupOp::create(builder, loc, TypeRange(ValueRange(results)), operands.getArrayRef(),
                                       plan.toAttr(builder.getContext()));
  OpBuilder::InsertionGuard guard(builder);
  Block *body = builder.createBlock(&group.getBody());
  IRMapping mapping, immediates;
  for (Value operand : operands)
    mapping.map(operand, body->addArgument(operand.getType(), loc));
  for (Operation *op : ops) {
    Operation *copy = builder.clone(*op, mapping);
    builder.setInsertionPoint(copy);
    for (OpOperand &operand : op->getOpOperands()) {
      if (!isImmediate(op, operand.get()))
        continue;
      if (!immediates.contains(operand.get()))
        builder.clone(*operand.get().getDefiningOp(), immediates);
      copy->setOperand(operand.getOperandNumber(), immediates.lookup(operand.get()));
    }
    builder.setInsertionPointToEnd(body);
  }
  SmallVector<Value> yielded;
  for (Value result : results)
    yielded.push_back(mapping.lookup(result));
  stitch::YieldOp::create(builder, loc, yielded);
  return group;
}

} // namespace tao
