// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See GpuLowering.h.
#include "passes/codegen/gpu/GpuLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/codegen/common/CombineScalars.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

/// Shared memory that a kernel may have without asking for it at launch.
static constexpr int64_t kStaticShared = 48 << 10;
/// Buffers start at multiples of this many bytes: an access of 128 bits needs it.
static constexpr int64_t kBufferAlignment = 16;
/// PTX address spaces.
static constexpr unsigned kGlobal = 1, kShared = 3;

/// A name that PTX takes.
static std::string toPtxName(StringRef name) {
  std::string text = name.str();
  for (char &c : text)
    if (!llvm::isAlnum(c))
      c = '_';
  return text;
}

LogicalResult GpuLowering::run() {
  Location loc = kernel.getLoc();
  MLIRContext *context = kernel.getContext();
  module = gpu::GPUModuleOp::create(b, loc, kernel.getSymName());
  b.setInsertionPointToStart(module.getBody());
  int64_t bytes = kernel.getScratch();
  bool isStatic = bytes <= kStaticShared;
  // What a launch has to know.
  module->setAttr("threads", b.getI64IntegerAttr(*kernel.getThreads()));
  module->setAttr("shared", b.getI64IntegerAttr(bytes));
  if (Attribute registers = kernel->getAttr("registers"))
    module->setAttr("registers", registers);
  module->setAttr("asks_for_shared", b.getI64IntegerAttr(!isStatic));
  if (bytes > 0) {
    auto type = LLVM::LLVMArrayType::get(b.getI8Type(), isStatic ? bytes : 0);
    LLVM::GlobalOp::create(b, loc, type, /*isConstant=*/false,
                           isStatic ? LLVM::Linkage::Internal : LLVM::Linkage::External, "arena", Attribute(),
                           /*alignment=*/128, kShared);
  }
  auto pointer = LLVM::LLVMPointerType::get(context, kGlobal);
  SmallVector<Type> types;
  for (BlockArgument argument : kernel.getBody().getArguments())
    types.push_back(isa<BufType>(argument.getType()) ? Type(pointer) : b.getI64Type());
  types.push_back(pointer);
  auto function = gpu::GPUFuncOp::create(b, loc, toPtxName(kernel.getSymName()), b.getFunctionType(types, {}));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  function.setKnownBlockSizeAttr(b.getDenseI32ArrayAttr({static_cast<int32_t>(*kernel.getThreads()), 1, 1}));
  for (size_t i = 0; i < types.size(); ++i)
    if (types[i] == pointer) {
      function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
      function.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(), b.getI64IntegerAttr(kBufferAlignment));
      if (i < kernel.getNumReads())
        function.setArgAttr(i, LLVM::LLVMDialect::getReadonlyAttrName(), b.getUnitAttr());
    }
  b.setInsertionPointToStart(&function.getBody().front());
  bindArguments(function);
  if (failed(lowerBlock(kernel.getBody().front())))
    return failure();
  gpu::ReturnOp::create(b, loc);
  return success();
}

void GpuLowering::bindArguments(gpu::GPUFuncOp function) {
  Location loc = kernel.getLoc();
  size_t size = 0;
  for (BlockArgument argument : kernel.getBody().getArguments()) {
    Value given = function.getArgument(argument.getArgNumber());
    if (isa<BufType>(argument.getType())) {
      pointers[argument] = given;
      continue;
    }
    values[argument] = arith::IndexCastOp::create(b, loc, b.getIndexType(), given);
    sizes[cast<StringAttr>(kernel.getSizes()[size++]).getValue()] = values[argument];
  }
  status = function.getArgument(function.getNumArguments() - 1);
  if (kernel.getScratch() > 0)
    arena = LLVM::AddressOfOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext(), kShared), "arena");
}

//===-- Ops -------------------------------------------------------------------------------------------------------===//

LogicalResult GpuLowering::lowerBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(lowerOp(op)))
      return failure();
  return success();
}

LogicalResult GpuLowering::lowerOp(Operation &op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case<ForeachOp>([&](auto o) { return lowerForeach(o); })
      .Case<stitch::ReduceOp>([&](auto o) { return lowerReduce(o); })
      .Case<stitch::LoadOp, stitch::GetOp>([&](auto o) {
        values[o.getResult()] = lowerLoad(o.getLoc(), o.getBuffer(), o.getIndices(), o.getResult().getType());
        return success();
      })
      .Case<stitch::StoreOp, stitch::PutOp>([&](auto o) {
        return lowerStore(o.getLoc(), lookup(o.getValue()), o.getBuffer(), o.getIndices()), success();
      })
      .Case<StageOp>([&](auto o) { return lowerStage(o), success(); })
      .Case<ThreadOp>([&](auto o) { return lowerThread(o), success(); })
      .Case<AcrossOp>([&](auto o) { return lowerAcross(o), success(); })
      .Case<stitch::BarrierOp>([&](auto o) { return gpu::BarrierOp::create(b, o.getLoc()), success(); })
      .Case<CheckOp>([&](auto o) { return lowerCheck(o), success(); })
      .Case<scf::IfOp>([&](auto) { return lowerIf(op); })
      .Default([&](Operation *) -> LogicalResult {
        if (op.getNumRegions() != 0)
          return op.emitOpError() << "has no form on a GPU";
        IRMapping mapping;
        for (Value operand : op.getOperands())
          mapping.map(operand, lookup(operand));
        Operation *copy = b.clone(op, mapping);
        // Products feeding sums may round once, as on a CPU.
        if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp>(copy))
          copy->setAttr("fastmath", arith::FastMathFlagsAttr::get(op.getContext(), arith::FastMathFlags::contract));
        for (auto [from, to] : llvm::zip(op.getResults(), copy->getResults()))
          values[from] = to;
        return success();
      });
}

LogicalResult GpuLowering::lowerForeach(ForeachOp op) {
  Location loc = op.getLoc();
  if (op.getLevel() == Level::Lane)
    return op.emitOpError() << "is a loop over lanes, which only CPUs have";
  if (op.getLevel() == Level::Grid) {
    values[op.getInductionVar()] = gpu::BlockIdOp::create(b, loc, gpu::Dimension::x);
    return lowerBlock(op.getBody().front());
  }
  auto loop = scf::ForOp::create(b, loc, lookup(op.getLower()), lookup(op.getUpper()),
                                 arith::ConstantIndexOp::create(b, loc, 1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  values[op.getInductionVar()] = loop.getInductionVar();
  return lowerBlock(op.getBody().front());
}

LogicalResult GpuLowering::lowerReduce(stitch::ReduceOp op) {
  Location loc = op.getLoc();
  if (op.getLevel() == Level::Lane)
    return op.emitOpError() << "is a loop over lanes, which only CPUs have";
  Values start;
  for (int32_t number : op.getMonoids()) {
    auto monoid = static_cast<Monoid>(number);
    start.push_back(arith::ConstantOp::create(b, loc, getIdentity(monoid, op.getResult(start.size()).getType())));
    if (isArgMonoid(monoid))
      start.push_back(arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(-1)));
  }
  auto loop = scf::ForOp::create(b, loc, lookup(op.getLower()), lookup(op.getUpper()),
                                 arith::ConstantIndexOp::create(b, loc, 1), start);
  for (auto [from, to] : llvm::zip(op.getResults(), loop.getResults()))
    values[from] = to;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  values[op.getInductionVar()] = loop.getInductionVar();
  Block &block = op.getBody().front();
  if (failed(lowerBlock(block)))
    return failure();
  Values more, next;
  for (Value value : block.getTerminator()->getOperands())
    more.push_back(lookup(value));
  ValueRange old = loop.getRegionIterArgs(), rest = more;
  for (int32_t number : op.getMonoids()) {
    size_t width = isArgMonoid(static_cast<Monoid>(number)) ? 2 : 1;
    llvm::append_range(
        next, combineUnordered(b, loc, static_cast<Monoid>(number), old.take_front(width), rest.take_front(width)));
    old = old.drop_front(width);
    rest = rest.drop_front(width);
  }
  scf::YieldOp::create(b, loc, next);
  return success();
}

LogicalResult GpuLowering::lowerIf(Operation &op) {
  auto branch = cast<scf::IfOp>(op);
  bool hasElse = !branch.getElseRegion().empty();
  auto lowered = scf::IfOp::create(b, op.getLoc(), branch.getResultTypes(), lookup(branch.getCondition()),
                                   /*addThenBlock=*/true, /*addElseBlock=*/hasElse);
  auto fill = [&](Block &from, Block &to) -> LogicalResult {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&to);
    if (failed(lowerBlock(from)))
      return failure();
    Values yielded;
    for (Value value : from.getTerminator()->getOperands())
      yielded.push_back(lookup(value));
    scf::YieldOp::create(b, op.getLoc(), yielded);
    return success();
  };
  if (failed(fill(branch.getThenRegion().front(), lowered.getThenRegion().front())) ||
      (hasElse && failed(fill(branch.getElseRegion().front(), lowered.getElseRegion().front()))))
    return failure();
  for (auto [from, to] : llvm::zip(branch.getResults(), lowered.getResults()))
    values[from] = to;
  return success();
}

//===-- Threads ---------------------------------------------------------------------------------------------------===//

void GpuLowering::lowerThread(ThreadOp op) {
  Location loc = op.getLoc();
  Value number = gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x);
  Value size = arith::ConstantIndexOp::create(b, loc, kWarpSize);
  values[op.getResult()] = op.getLevel() == ThreadLevel::Warp ? Value(arith::DivUIOp::create(b, loc, number, size))
                                                              : Value(arith::RemUIOp::create(b, loc, number, size));
}

/// The value of the lane whose number differs in this bit. Shuffles move 32 bits.
Value GpuLowering::shuffle(Value value, int64_t offset) {
  Location loc = kernel.getLoc();
  Type type = value.getType(), i32 = b.getI32Type();
  unsigned bits = type.getIntOrFloatBitWidth();
  auto move = [&](Value word) -> Value {
    return gpu::ShuffleOp::create(b, loc, word, static_cast<int32_t>(offset), kWarpSize, gpu::ShuffleMode::XOR)
        .getShuffleResult();
  };
  if (type.isF32() || type.isInteger(32))
    return move(value);
  Type word = b.getIntegerType(bits);
  if (isa<FloatType>(type))
    value = arith::BitcastOp::create(b, loc, word, value);
  if (bits < 32) {
    value = arith::TruncIOp::create(b, loc, word, move(arith::ExtUIOp::create(b, loc, i32, value)));
  } else {
    Value half = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(32));
    Value low = move(arith::TruncIOp::create(b, loc, i32, value));
    Value high = move(arith::TruncIOp::create(b, loc, i32, Value(arith::ShRUIOp::create(b, loc, value, half))));
    high = arith::ShLIOp::create(b, loc, Value(arith::ExtUIOp::create(b, loc, word, high)), half);
    value = arith::OrIOp::create(b, loc, high, Value(arith::ExtUIOp::create(b, loc, word, low)));
  }
  return isa<FloatType>(type) ? Value(arith::BitcastOp::create(b, loc, type, value)) : value;
}

void GpuLowering::lowerAcross(AcrossOp op) {
  Values total;
  for (Value value : op.getValues())
    total.push_back(lookup(value));
  int64_t stride = op.getStride();
  for (int64_t offset = stride; offset < stride * static_cast<int64_t>(op.getExtent()); offset *= 2) {
    Values other;
    for (Value value : total)
      other.push_back(shuffle(value, offset));
    total = combineUnordered(b, op.getLoc(), op.getMonoid(), total, other);
  }
  for (auto [from, to] : llvm::zip(op.getResults(), total))
    values[from] = to;
}

/// The first failure's number, counted from 1, lands in the status; of several, the largest.
void GpuLowering::lowerCheck(CheckOp op) {
  Location loc = op.getLoc();
  Value truth = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
  Value bad = arith::XOrIOp::create(b, loc, lookup(op.getCondition()), truth);
  auto branch = scf::IfOp::create(b, loc, bad, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  Value code = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(static_cast<int32_t>(op.getFailure()) + 1));
  LLVM::AtomicRMWOp::create(b, loc, LLVM::AtomicBinOp::umax, status, code, LLVM::AtomicOrdering::monotonic);
}

} // namespace tao
