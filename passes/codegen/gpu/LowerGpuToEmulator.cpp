// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// GPU kernels to code for the emulator (runtime/emulator/Emulator.h). Before: gpu.module with a gpu.func, as for the
// GPU. After: beside it a function of the same body, which the emulator calls once per GPU thread. What a GPU does
// beyond arithmetic it asks of the emulator by the table of functions of its thread: numbers, barriers, shuffles, and
// each access of global or shared memory, which is checked. Registers are the function's own.
#include "mlir/IR/Matchers.h"
#include "passes/codegen/Passes.h"
#include "passes/codegen/gpu/GpuLowering.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_LOWERGPUTOEMULATOR
#include "passes/codegen/Passes.h.inc"

namespace {
/// Places of the interface, version 1: fields of a thread, and functions of the table.
enum Field { kShared = 8, kThreadId = 16, kBlockId = 28, kBlockDim = 40, kGridDim = 52 };
enum Function { kAccess = 8, kBarrier = 24, kShuffle = 40, kAtomic = 56 };
/// How memory is accessed.
enum How { kLoad = 0, kStore = 1, kSharedMemory = 2 };
constexpr int32_t kAtomicUMax = 6, kAtomicI32 = 0, kRelaxed = 0, kAnyBuffer = -1;
constexpr unsigned kSharedSpace = 3;

class EmulatorLowering {
public:
  explicit EmulatorLowering(gpu::GPUFuncOp kernel, LLVM::LLVMFuncOp function)
      : kernel(kernel), function(function), b(function.getContext()) {}

  LogicalResult run();

private:
  Value field(Location loc, int32_t offset, Type type);
  Value number(Location loc, int32_t offset, gpu::Dimension dimension);
  Value constant(Location loc, int32_t value) {
    return LLVM::ConstantOp::create(b, loc, b.getI32Type(), b.getI32IntegerAttr(value));
  }
  LLVM::CallOp ask(Location loc, Function which, Type result, ArrayRef<Value> arguments);
  int32_t siteOf(Location loc);
  void addSlot(LLVM::GEPOp place);
  /// The buffer's number among the pointers that the kernel takes, or that of a slot of shared memory.
  int32_t bufferOf(Value address);
  Value checked(Location loc, Value address, Type accessed, int32_t how);
  /// Refuses what the emulator's interface has no call for.
  LogicalResult check(Operation *op) const;
  void lowerOp(Operation *op);

  gpu::GPUFuncOp kernel;
  LLVM::LLVMFuncOp function;
  OpBuilder b;
  Value thread;
  DenseMap<Value, int32_t> buffers;
  DenseMap<Value, unsigned> spaces; // address space that a pointer had
  llvm::MapVector<Location, int32_t> sites;
  SmallVector<Attribute> slots;
};

Value EmulatorLowering::field(Location loc, int32_t offset, Type type) {
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  Value address = LLVM::GEPOp::create(b, loc, pointer, b.getI8Type(), thread, ArrayRef<LLVM::GEPArg>{offset});
  return LLVM::LoadOp::create(b, loc, type, address);
}

Value EmulatorLowering::number(Location loc, int32_t offset, gpu::Dimension dimension) {
  Value value = field(loc, offset + 4 * static_cast<int32_t>(dimension), b.getI32Type());
  return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), value);
}

LLVM::CallOp EmulatorLowering::ask(Location loc, Function which, Type result, ArrayRef<Value> arguments) {
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  Value table = field(loc, 0, pointer);
  Value slot =
      LLVM::GEPOp::create(b, loc, pointer, b.getI8Type(), table, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(which)});
  SmallVector<Value> operands{LLVM::LoadOp::create(b, loc, pointer, slot), thread};
  llvm::append_range(operands, arguments);
  SmallVector<Type> types;
  for (Value operand : ArrayRef(operands).drop_front())
    types.push_back(operand.getType());
  auto type = LLVM::LLVMFunctionType::get(result ? result : LLVM::LLVMVoidType::get(b.getContext()), types);
  return LLVM::CallOp::create(b, loc, type, operands);
}

int32_t EmulatorLowering::siteOf(Location loc) {
  return sites.insert({loc, static_cast<int32_t>(sites.size())}).first->second;
}

/// A stage in shared memory becomes a slot of the arena.
void EmulatorLowering::addSlot(LLVM::GEPOp place) {
  auto bytes = place->getAttrOfType<IntegerAttr>(kSlotBytesAttr);
  if (!bytes)
    return;
  place->removeAttr(kSlotBytesAttr);
  auto index = place.getIndices()[0];
  APInt offset;
  if (auto constant = dyn_cast<IntegerAttr>(index))
    offset = constant.getValue();
  else if (!matchPattern(cast<Value>(index), m_ConstantInt(&offset)))
    return;
  buffers[place] = static_cast<int32_t>(slots.size());
  slots.push_back(b.getDictionaryAttr({b.getNamedAttr("bytes", bytes), b.getNamedAttr("of", place.getLoc()),
                                       b.getNamedAttr("offset", b.getI64IntegerAttr(offset.getSExtValue()))}));
}

int32_t EmulatorLowering::bufferOf(Value address) {
  while (auto gep = address.getDefiningOp<LLVM::GEPOp>()) {
    if (auto it = buffers.find(address); it != buffers.end())
      return it->second;
    address = gep.getBase();
  }
  auto it = buffers.find(address);
  return it == buffers.end() ? kAnyBuffer : it->second;
}

Value EmulatorLowering::checked(Location loc, Value address, Type accessed, int32_t how) {
  if (spaces.lookup(address) == kSharedSpace)
    how |= kSharedMemory;
  int32_t bytes = static_cast<int32_t>((accessed.getIntOrFloatBitWidth() + 7) / 8);
  return ask(loc, kAccess, LLVM::LLVMPointerType::get(b.getContext()),
             {address, constant(loc, bytes), constant(loc, how), constant(loc, bufferOf(address)),
              constant(loc, siteOf(loc))})
      .getResult();
}

LogicalResult EmulatorLowering::check(Operation *op) const {
  bool isKnown =
      llvm::TypeSwitch<Operation *, bool>(op)
          .Case<gpu::ThreadIdOp, gpu::BlockIdOp, gpu::BlockDimOp, gpu::GridDimOp, gpu::BarrierOp, gpu::ReturnOp>(
              [](auto) { return true; })
          .Case<gpu::ShuffleOp>(
              [](gpu::ShuffleOp o) { return o.getValue().getType().isF32() || o.getValue().getType().isInteger(32); })
          .Case<LLVM::LoadOp>([](LLVM::LoadOp o) { return o.getType().isIntOrFloat(); })
          .Case<LLVM::StoreOp>([](LLVM::StoreOp o) { return o.getValue().getType().isIntOrFloat(); })
          .Case<LLVM::AtomicRMWOp>([](LLVM::AtomicRMWOp o) {
            return o.getBinOp() == LLVM::AtomicBinOp::umax && o.getVal().getType().isInteger(32);
          })
          .Case<LLVM::AtomicCmpXchgOp>([](auto) { return false; })
          .Default([](Operation *o) { return !isa<gpu::GPUDialect>(o->getDialect()); });
  return isKnown ? success() : op->emitOpError() << "has no form in the emulator";
}

LogicalResult EmulatorLowering::run() {
  Location loc = kernel.getLoc();
  auto checked = kernel.getBody().walk([&](Operation *op) -> WalkResult { return check(op); });
  if (checked.wasInterrupted())
    return failure();
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  kernel.getBody().walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (auto type = dyn_cast<LLVM::LLVMPointerType>(result.getType()))
        spaces[result] = type.getAddressSpace();
  });
  // The body moves over; arguments come by the addresses of their values.
  function.getBody().takeBody(kernel.getBody());
  Block &entry = function.getBody().front();
  SmallVector<BlockArgument> old(entry.getArguments());
  b.setInsertionPointToStart(&entry);
  thread = entry.insertArgument(0u, pointer, loc);
  Value arguments = entry.insertArgument(1u, pointer, loc);
  int32_t buffer = 0;
  for (auto [i, argument] : llvm::enumerate(old)) {
    Type type = isa<LLVM::LLVMPointerType>(argument.getType()) ? Type(pointer) : argument.getType();
    Value slot =
        LLVM::GEPOp::create(b, loc, pointer, pointer, arguments, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    Value value = LLVM::LoadOp::create(b, loc, type, LLVM::LoadOp::create(b, loc, pointer, slot));
    if (auto global = dyn_cast<LLVM::LLVMPointerType>(argument.getType())) {
      buffers[value] = buffer++;
      spaces[value] = global.getAddressSpace();
    }
    argument.replaceAllUsesWith(value);
  }
  entry.eraseArguments(2, old.size());
  SmallVector<Operation *> ops;
  function.getBody().walk([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : ops) {
    for (Value result : op->getResults())
      if (isa<LLVM::LLVMPointerType>(result.getType()))
        result.setType(pointer);
    lowerOp(op);
  }
  SmallVector<Attribute> names;
  for (auto &[where, number] : sites)
    names.push_back(where);
  function->setAttr("sites", b.getArrayAttr(names));
  function->setAttr("slots", b.getArrayAttr(slots));
  return success();
}

void EmulatorLowering::lowerOp(Operation *op) {
  Location loc = op->getLoc();
  b.setInsertionPoint(op);
  auto replace = [&](ValueRange values) {
    op->replaceAllUsesWith(values);
    op->erase();
  };
  llvm::TypeSwitch<Operation *>(op)
      .Case<gpu::ThreadIdOp>([&](auto o) { replace(number(loc, kThreadId, o.getDimension())); })
      .Case<gpu::BlockIdOp>([&](auto o) { replace(number(loc, kBlockId, o.getDimension())); })
      .Case<gpu::BlockDimOp>([&](auto o) { replace(number(loc, kBlockDim, o.getDimension())); })
      .Case<gpu::GridDimOp>([&](auto o) { replace(number(loc, kGridDim, o.getDimension())); })
      .Case<gpu::BarrierOp>([&](auto) {
        ask(loc, kBarrier, Type(), {constant(loc, siteOf(loc))});
        op->erase();
      })
      .Case<gpu::ShuffleOp>([&](gpu::ShuffleOp o) {
        Type i64 = b.getI64Type(), i32 = b.getI32Type(), type = o.getValue().getType();
        Value word = type.isF32() ? Value(arith::BitcastOp::create(b, loc, i32, o.getValue())) : o.getValue();
        word = arith::ExtUIOp::create(b, loc, i64, word);
        auto pair = LLVM::LLVMStructType::getLiteral(b.getContext(), {i64, i64});
        Value given = ask(loc, kShuffle, pair,
                          {word, constant(loc, static_cast<int32_t>(o.getMode())), o.getOffset(), o.getWidth(),
                           constant(loc, -1), constant(loc, siteOf(loc))})
                          .getResult();
        Value value = arith::TruncIOp::create(b, loc, i32,
                                              Value(LLVM::ExtractValueOp::create(b, loc, given, ArrayRef<int64_t>{0})));
        Value valid = arith::TruncIOp::create(b, loc, b.getI1Type(),
                                              Value(LLVM::ExtractValueOp::create(b, loc, given, ArrayRef<int64_t>{1})));
        if (type.isF32())
          value = arith::BitcastOp::create(b, loc, type, value);
        replace({value, valid});
      })
      .Case<LLVM::AddressOfOp>([&](LLVM::AddressOfOp) {
        Value arena = field(loc, kShared, LLVM::LLVMPointerType::get(b.getContext()));
        spaces[arena] = kSharedSpace;
        replace(arena);
      })
      .Case<LLVM::GEPOp>([&](LLVM::GEPOp o) { addSlot(o); })
      .Case<LLVM::AllocaOp>([&](LLVM::AllocaOp o) {
        // Registers that nobody has written are NaN, as all memory is.
        b.setInsertionPointAfter(o);
        auto array = cast<LLVM::LLVMArrayType>(o.getElemType());
        int64_t bytes = array.getNumElements() * ((array.getElementType().getIntOrFloatBitWidth() + 7) / 8);
        Value poison = LLVM::ConstantOp::create(b, loc, b.getI8Type(), b.getI8IntegerAttr(-1));
        Value count = LLVM::ConstantOp::create(b, loc, b.getI64Type(), b.getI64IntegerAttr(bytes));
        LLVM::MemsetOp::create(b, loc, o, poison, count, /*isVolatile=*/false);
      })
      .Case<LLVM::LoadOp>([&](LLVM::LoadOp o) {
        if (spaces.lookup(o.getAddr()))
          o.getAddrMutable().assign(checked(loc, o.getAddr(), o.getType(), kLoad));
      })
      .Case<LLVM::StoreOp>([&](LLVM::StoreOp o) {
        if (spaces.lookup(o.getAddr()))
          o.getAddrMutable().assign(checked(loc, o.getAddr(), o.getValue().getType(), kStore));
      })
      .Case<LLVM::AtomicRMWOp>([&](LLVM::AtomicRMWOp o) {
        Value value = arith::ExtUIOp::create(b, loc, b.getI64Type(), o.getVal());
        Value zero = LLVM::ConstantOp::create(b, loc, b.getI64Type(), b.getI64IntegerAttr(0));
        Value before = ask(loc, kAtomic, b.getI64Type(),
                           {o.getPtr(), value, zero, constant(loc, kAtomicUMax), constant(loc, kAtomicI32),
                            constant(loc, kRelaxed), constant(loc, kStore), constant(loc, bufferOf(o.getPtr())),
                            constant(loc, siteOf(loc))})
                           .getResult();
        replace(Value(arith::TruncIOp::create(b, loc, o.getVal().getType(), before)));
      })
      .Case<gpu::ReturnOp>([&](auto) {
        LLVM::ReturnOp::create(b, loc, ValueRange{});
        op->erase();
      });
}

struct LowerGpuToEmulator : impl::LowerGpuToEmulatorBase<LowerGpuToEmulator> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    auto pointer = LLVM::LLVMPointerType::get(context);
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {pointer, pointer});
    for (auto module : llvm::make_early_inc_range(getOperation().getOps<gpu::GPUModuleOp>())) {
      for (auto kernel : module.getOps<gpu::GPUFuncOp>()) {
        OpBuilder b(module);
        auto function = LLVM::LLVMFuncOp::create(b, kernel.getLoc(), ("emulated." + kernel.getName()).str(), type);
        gpu::GPUFuncOp copy = kernel.clone();
        LogicalResult result = EmulatorLowering(copy, function).run();
        copy.erase();
        if (failed(result))
          return signalPassFailure();
        module->setAttr("emulated", FlatSymbolRefAttr::get(function));
        ++numKernels;
      }
    }
  }
};
} // namespace
} // namespace tao
