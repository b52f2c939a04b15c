// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loads, stores and stages of a GPU kernel; see GpuLowering.h.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "passes/codegen/common/ScalarBody.h"
#include "passes/codegen/common/SizeBuilder.h"
#include "passes/codegen/gpu/GpuLowering.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

Value GpuLowering::toI64(Value index) {
  return b.createOrFold<arith::IndexCastOp>(kernel.getLoc(), b.getI64Type(), index);
}

Value GpuLowering::sizeOf(const SymExpr &expr) {
  SizeBuilder builder{b, kernel.getLoc(), sizes};
  return expr.build<Value>(builder);
}

void GpuLowering::lowerStage(StageOp op) {
  Location loc = op.getLoc();
  auto type = cast<BufType>(op.getResult().getType()).getTensor();
  if (op.getIsPrivate()) {
    // At the function's start, so that loops do not allocate again.
    OpBuilder::InsertionGuard guard(b);
    auto function = b.getBlock()->getParentOp();
    while (!isa<gpu::GPUFuncOp>(function))
      function = function->getParentOp();
    b.setInsertionPointToStart(&cast<gpu::GPUFuncOp>(function).getBody().front());
    Type element = getMemoryType(type.getElementType());
    if (auto integer = dyn_cast<IntegerType>(element))
      element = b.getIntegerType(integer.getWidth());
    Value one = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(1));
    auto array = LLVM::LLVMArrayType::get(element, std::max<int64_t>(type.getNumElements(), 1));
    pointers[op.getResult()] =
        LLVM::AllocaOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext()), array, one, 0);
    return;
  }
  Value offset = toI64(sizeOf(*SymExpr::parse(op.getOffset())));
  auto place =
      LLVM::GEPOp::create(b, op.getLoc(), arena.getType(), b.getI8Type(), arena, ArrayRef<LLVM::GEPArg>{offset});
  // For the emulator, which tells stages apart.
  if (type.hasStaticShape())
    place->setAttr(kSlotBytesAttr,
                   b.getI64IntegerAttr(type.getNumElements() * getElementBytes(getMemoryType(type.getElementType()))));
  pointers[op.getResult()] = place;
}

Value GpuLowering::addressOf(Location loc, Value buffer, ValueRange indices, Type memory) {
  auto dims = getDims(cast<BufType>(buffer.getType()).getTensor());
  Value offset = arith::ConstantIndexOp::create(b, loc, 0);
  SymExpr stride = 1;
  for (size_t d = dims.size(); d-- > 0;) {
    Value term = stride.isConstant(1) ? lookup(indices[d])
                                      : b.createOrFold<arith::MulIOp>(loc, lookup(indices[d]), sizeOf(stride));
    offset = b.createOrFold<arith::AddIOp>(loc, term, offset);
    stride = stride * dims[d];
  }
  Value base = pointers[buffer];
  return LLVM::GEPOp::create(b, loc, base.getType(), memory, base, ArrayRef<LLVM::GEPArg>{toI64(offset)});
}

Value GpuLowering::lowerLoad(Location loc, Value buffer, ValueRange indices, Type scalar) {
  Type memory = getMemoryType(scalar);
  Value loaded = LLVM::LoadOp::create(b, loc, memory, addressOf(loc, buffer, indices, memory),
                                      static_cast<unsigned>(getElementBytes(memory)));
  if (scalar.isBF16())
    return arith::BitcastOp::create(b, loc, scalar, loaded);
  if (!scalar.isInteger(1))
    return loaded;
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(memory));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, loaded, zero);
}

void GpuLowering::lowerStore(Location loc, Value value, Value buffer, ValueRange indices) {
  Type scalar = value.getType(), memory = getMemoryType(scalar);
  if (scalar.isInteger(1))
    value = arith::ExtUIOp::create(b, loc, memory, value);
  if (scalar.isBF16())
    value = arith::BitcastOp::create(b, loc, memory, value);
  LLVM::StoreOp::create(b, loc, value, addressOf(loc, buffer, indices, memory),
                        static_cast<unsigned>(getElementBytes(memory)));
}

} // namespace tao
