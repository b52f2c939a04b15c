// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The structure of a kernel: function, loops, branches, and the widening of scalar ops. Memory is in LowerMemory.cpp,
// reductions in LowerReductions.cpp.
#include "passes/codegen/cpu/KernelLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "passes/codegen/common/SizeBuilder.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

KernelLowering::KernelLowering(KernelOp kernel, int64_t vectorBytes)
    : kernel(kernel), vectorLanes(vectorBytes / 4), b(kernel) {}

LogicalResult KernelLowering::run() {
  MLIRContext *context = kernel.getContext();
  Type pointer = LLVM::LLVMPointerType::get(context), i64 = b.getI64Type();
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {pointer, pointer, i64, i64, pointer});
  auto function = LLVM::LLVMFuncOp::create(b, kernel.getLoc(), kernel.getSymName(), type, LLVM::Linkage::Internal);
  Block *entry = function.addEntryBlock(b);
  b.setInsertionPointToStart(entry);
  bindArguments(function);
  if (failed(lowerBlock(kernel.getBody().front())))
    return failure();
  LLVM::ReturnOp::create(b, kernel.getLoc(), ValueRange{});
  return success();
}

void KernelLowering::bindArguments(LLVM::LLVMFuncOp function) {
  Location loc = kernel.getLoc();
  MLIRContext *context = kernel.getContext();
  Type pointer = LLVM::LLVMPointerType::get(context);
  auto toIndex = [&](Value value) { return arith::IndexCastOp::create(b, loc, b.getIndexType(), value); };
  begin = toIndex(function.getArgument(2));
  end = toIndex(function.getArgument(3));
  status = function.getArgument(4);

  auto domain = LLVM::AliasScopeDomainAttr::get(context, b.getStringAttr(kernel.getSymName()));
  int32_t buffer = 0, size = 0;
  for (BlockArgument argument : kernel.getBody().getArguments()) {
    bool isBuffer = isa<BufType>(argument.getType());
    int32_t position = isBuffer ? buffer++ : size++;
    Value slot = LLVM::GEPOp::create(b, loc, pointer, isBuffer ? pointer : b.getI64Type(),
                                     function.getArgument(isBuffer ? 0 : 1), LLVM::GEPArg(position));
    Value value = LLVM::LoadOp::create(b, loc, isBuffer ? pointer : b.getI64Type(), slot);
    if (isBuffer) {
      pointers[argument] = value;
      scopes[argument] = LLVM::AliasScopeAttr::get(domain);
    } else {
      values[argument] = toIndex(value);
      sizes[cast<StringAttr>(kernel.getSizes()[position]).getValue()] = values[argument];
    }
  }
  if (kernel.getScratch() > 0) {
    Value slot = LLVM::GEPOp::create(b, loc, pointer, pointer, function.getArgument(0), LLVM::GEPArg(buffer));
    scratch = LLVM::LoadOp::create(b, loc, pointer, slot);
    scratchScope = LLVM::AliasScopeAttr::get(domain);
  }
  for (BlockArgument argument : kernel.getBody().getArguments())
    if (isa<BufType>(argument.getType()))
      addStrides(argument);
  auto inPlace = kernel->getAttrOfType<DenseI64ArrayAttr>("in_place");
  for (auto [result, operand] : llvm::enumerate(inPlace ? inPlace.asArrayRef() : ArrayRef<int64_t>()))
    if (operand >= 0)
      aliased.push_back(
          {kernel.getBody().getArgument(operand), kernel.getBody().getArgument(kernel.getNumReads() + result)});
}

void KernelLowering::addStrides(Value buffer) {
  SizeBuilder builder{b, kernel.getLoc(), sizes};
  auto dims = getDims(cast<BufType>(buffer.getType()).getTensor());
  SmallVector<Stride> result(dims.size());
  SymExpr stride = 1;
  for (size_t d = dims.size(); d-- > 0;) {
    result[d].number = stride.constant();
    if (!result[d].number)
      result[d].value = stride.build<Value>(builder);
    // An empty dim leaves nothing to address; a stride of 0 would pass for a value that all lanes share.
    stride = dims[d].isConstant(0) ? stride : stride * dims[d];
  }
  strides[buffer] = std::move(result);
}

void KernelLowering::lowerStage(StageOp op) {
  SizeBuilder builder{b, op.getLoc(), sizes};
  Value offset = toI64(SymExpr::parse(op.getOffset())->build<Value>(builder));
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  pointers[op.getResult()] =
      LLVM::GEPOp::create(b, op.getLoc(), pointer, b.getI8Type(), scratch, ArrayRef<LLVM::GEPArg>{offset});
  addStrides(op.getResult());
}

//===-- Values ----------------------------------------------------------------------------------------------------===//

Value KernelLowering::indexConstant(int64_t value) { return arith::ConstantIndexOp::create(b, kernel.getLoc(), value); }
Value KernelLowering::toI64(Value value) {
  Type type = b.getI64Type();
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    type = vector.clone(type);
  return value.getType() == type ? value : Value(arith::IndexCastOp::create(b, kernel.getLoc(), type, value));
}
bool KernelLowering::isVarying(Value value) {
  if (linear.contains(value))
    return true;
  return isa<VectorType>(lookup(value).getType());
}
Value KernelLowering::broadcast(Value scalar) {
  Location loc = kernel.getLoc();
  if (!scalar.getType().isBF16())
    return vector::BroadcastOp::create(b, loc, vectorOf(scalar.getType()), scalar);
  // As bits: LLVM may turn moves of bf16 into conversions that nothing provides.
  Value bits = arith::BitcastOp::create(b, loc, b.getI16Type(), scalar);
  bits = vector::BroadcastOp::create(b, loc, vectorOf(bits.getType()), bits);
  return arith::BitcastOp::create(b, loc, vectorOf(scalar.getType()), bits);
}
Value KernelLowering::laneNumbers(Type element) {
  SmallVector<Attribute> numbers;
  for (int64_t i = 0; i < lanes.width; ++i)
    numbers.push_back(b.getIntegerAttr(element, i));
  return arith::ConstantOp::create(b, kernel.getLoc(), DenseElementsAttr::get(vectorOf(element), numbers));
}
Value KernelLowering::asScalar(Value value) {
  assert(!isVarying(value) && "one scalar must stand for all lanes");
  return lookup(value);
}
Value KernelLowering::asVector(Value value) {
  Location loc = kernel.getLoc();
  if (auto it = linear.find(value); it != linear.end()) {
    Value numbers = laneNumbers(b.getIndexType());
    if (it->second.stride != 1)
      numbers = arith::MulIOp::create(b, loc, numbers, broadcast(indexConstant(it->second.stride)));
    return arith::AddIOp::create(b, loc, broadcast(it->second.base), numbers);
  }
  Value lowered = lookup(value);
  return isa<VectorType>(lowered.getType()) ? lowered : broadcast(lowered);
}

//===-- Ops -------------------------------------------------------------------------------------------------------===//

LogicalResult KernelLowering::lowerBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(lowerOp(op)))
      return failure();
  return success();
}

LogicalResult KernelLowering::lowerOp(Operation &op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case<ForeachOp>([&](auto o) { return lowerForeach(o); })
      .Case<stitch::ReduceOp>([&](auto o) { return lowerReduce(o); })
      .Case<stitch::LoadOp, stitch::GetOp>([&](auto o) {
        values[o.getResult()] = lowerLoad(o.getBuffer(), o.getIndices(), o.getResult().getType());
        return success();
      })
      .Case<stitch::StoreOp, stitch::PutOp>(
          [&](auto o) { return lowerStore(o.getValue(), o.getBuffer(), o.getIndices()), success(); })
      .Case<stitch::StageOp>([&](auto o) { return lowerStage(o), success(); })
      .Case<DotOp>([&](auto o) { return lowerDot(o), success(); })
      .Case<PanelOp>([&](auto o) { return lowerPanel(o), success(); })
      .Case<stitch::BarrierOp>([&](auto) { return success(); })
      .Case<stitch::CheckOp>([&](auto o) { return lowerCheck(o), success(); })
      .Case<scf::IfOp>([&](auto) { return lowerIf(op); })
      .Default([&](Operation *) { return lowerScalarOp(op); });
}

/// Sums, differences and multiples of linear indices stay linear.
bool KernelLowering::lowerLinear(Operation &op) {
  if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op) || !op.getResult(0).getType().isIndex())
    return false;
  Value x = op.getOperand(0), y = op.getOperand(1);
  auto part = [&](Value value) -> std::optional<Linear> {
    if (auto it = linear.find(value); it != linear.end())
      return it->second;
    if (isVarying(value))
      return std::nullopt;
    return Linear{lookup(value), 0};
  };
  std::optional<Linear> a = part(x), c = part(y);
  if (!a || !c || (a->stride == 0 && c->stride == 0))
    return false;
  Location loc = op.getLoc();
  if (isa<arith::AddIOp>(op)) {
    linear[op.getResult(0)] = {arith::AddIOp::create(b, loc, a->base, c->base), a->stride + c->stride};
    return true;
  }
  if (isa<arith::SubIOp>(op)) {
    linear[op.getResult(0)] = {arith::SubIOp::create(b, loc, a->base, c->base), a->stride - c->stride};
    return true;
  }
  IntegerAttr factor;
  if (a->stride == 0)
    std::swap(a, c), std::swap(x, y);
  if (c->stride != 0 || !matchPattern(y, m_Constant(&factor)))
    return false;
  linear[op.getResult(0)] = {arith::MulIOp::create(b, loc, a->base, c->base), a->stride * factor.getInt()};
  return true;
}

LogicalResult KernelLowering::lowerScalarOp(Operation &op) {
  if (op.getNumRegions() != 0 || op.getNumResults() != 1)
    return op.emitOpError() << "has no vector form";
  bool varying = llvm::any_of(op.getOperands(), [&](Value operand) { return isVarying(operand); });
  if (varying && lowerLinear(op))
    return success();
  SmallVector<Value> operands;
  for (Value operand : op.getOperands())
    operands.push_back(varying ? asVector(operand) : asScalar(operand));
  Type type = op.getResult(0).getType();
  OperationState state(op.getLoc(), op.getName(), operands, varying ? Type(vectorOf(type)) : type, op.getAttrs());
  Operation *lowered = b.create(state);
  // Products feeding sums may round once: the result is closer to the exact one.
  if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp>(lowered))
    lowered->setAttr("fastmath", arith::FastMathFlagsAttr::get(op.getContext(), arith::FastMathFlags::contract));
  values[op.getResult(0)] = lowered->getResult(0);
  return success();
}

LogicalResult KernelLowering::lowerIf(Operation &op) {
  auto branch = cast<scf::IfOp>(op);
  if (isVarying(branch.getCondition()))
    return op.emitOpError() << "condition differs between lanes";
  // Inside a lane loop either side may vary, so results are vectors there.
  SmallVector<Type> types;
  for (Type type : branch.getResultTypes())
    types.push_back(lanes.width ? Type(vectorOf(type)) : type);
  auto lowered = scf::IfOp::create(b, op.getLoc(), types, lookup(branch.getCondition()),
                                    /*addThenBlock=*/true, /*addElseBlock=*/!branch.getElseRegion().empty());
  auto fill = [&](Block &from, Block &to) -> LogicalResult {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&to);
    if (failed(lowerBlock(from)))
      return failure();
    SmallVector<Value> yielded;
    for (Value value : from.getTerminator()->getOperands())
      yielded.push_back(lanes.width ? asVector(value) : lookup(value));
    scf::YieldOp::create(b, op.getLoc(), yielded);
    return success();
  };
  if (failed(fill(branch.getThenRegion().front(), lowered.getThenRegion().front())) ||
      (!branch.getElseRegion().empty() &&
       failed(fill(branch.getElseRegion().front(), lowered.getElseRegion().front()))))
    return failure();
  for (auto [from, to] : llvm::zip(branch.getResults(), lowered.getResults()))
    values[from] = to;
  return success();
}

LogicalResult KernelLowering::lowerForeach(ForeachOp op) {
  Location loc = op.getLoc();
  if (op.getLevel() == Level::Lane) {
    SmallVector<Value> none;
    return laneSteps(loc, asScalar(op.getLower()), asScalar(op.getUpper()), *op.getWidth(), op.getInductionVar(), none,
                     [&](ValueRange, SmallVectorImpl<Value> &) { return lowerBlock(op.getBody().front()); });
  }
  bool grid = op.getLevel() == Level::Grid;
  // The runtime hands out tasks; the grid's own bounds are what it counts them by.
  Value lower = grid ? begin : asScalar(op.getLower()), upper = grid ? end : asScalar(op.getUpper());
  auto loop = scf::ForOp::create(b, loc, lower, upper, indexConstant(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  values[op.getInductionVar()] = loop.getInductionVar();
  return lowerBlock(op.getBody().front());
}

LogicalResult KernelLowering::laneSteps(Location loc, Value lower, Value upper, int64_t width, Value inductionVar,
                                        SmallVectorImpl<Value> &carried, Step body) {
  llvm::SaveAndRestore restore(lanes, Lanes{width, {}});
  auto number = [](Value value) -> std::optional<int64_t> {
    IntegerAttr attribute;
    if (matchPattern(value, m_Constant(&attribute)))
      return attribute.getInt();
    return std::nullopt;
  };
  std::optional<int64_t> first = number(lower), last = number(upper);
  std::optional<int64_t> extent = first && last ? std::optional(*last - *first) : std::nullopt;
  // A tile's bounds are base and base + tile.
  if (auto sum = upper.getDefiningOp<arith::AddIOp>(); !extent && sum && sum.getLhs() == lower)
    extent = number(sum.getRhs());
  Value step = indexConstant(width), fullEnd;
  if (extent) {
    fullEnd = arith::AddIOp::create(b, loc, lower, indexConstant(*extent / width * width));
  } else {
    Value count = arith::SubIOp::create(b, loc, upper, lower);
    Value rest = arith::RemUIOp::create(b, loc, arith::MaxSIOp::create(b, loc, count, indexConstant(0)), step);
    fullEnd = arith::SubIOp::create(b, loc, upper, rest);
  }
  if (!extent || *extent >= width) {
    auto loop = scf::ForOp::create(b, loc, lower, fullEnd, step, carried);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    linear[inductionVar] = {loop.getInductionVar(), 1};
    SmallVector<Value> next;
    if (failed(body(loop.getRegionIterArgs(), next)))
      return failure();
    if (!carried.empty())
      scf::YieldOp::create(b, loc, next);
    carried.assign(loop.getResults().begin(), loop.getResults().end());
  }
  if (extent && *extent % width == 0)
    return success();
  // The rest, under a mask. It reads nothing outside the range.
  auto types = llvm::to_vector(ValueRange(carried).getTypes());
  Value any = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, fullEnd, upper);
  auto rest = scf::IfOp::create(b, loc, types, any, true, !carried.empty());
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&rest.getThenRegion().front());
    Value count = arith::IndexCastOp::create(b, loc, b.getI32Type(), arith::SubIOp::create(b, loc, upper, fullEnd));
    lanes.mask = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, laneNumbers(b.getI32Type()), broadcast(count));
    linear[inductionVar] = {fullEnd, 1};
    SmallVector<Value> next;
    if (failed(body(carried, next)))
      return failure();
    scf::YieldOp::create(b, loc, next);
    if (!carried.empty()) {
      b.setInsertionPointToStart(&rest.getElseRegion().front());
      scf::YieldOp::create(b, loc, carried);
    }
  }
  carried.assign(rest.getResults().begin(), rest.getResults().end());
  return success();
}

} // namespace tao
