// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loads, stores and checks of a kernel as contiguous, gathered or scalar accesses.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/codegen/common/ScalarBody.h"
#include "passes/codegen/cpu/KernelLowering.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

static int32_t alignmentOf(Type memory) { return static_cast<int32_t>(getElementBytes(memory)); }

/// Tells LLVM that buffers do not overlap, save for operands that results may replace. Stages may overlap one another,
/// but nothing else.
void KernelLowering::annotate(Operation *access, Value buffer) {
  LLVM::AliasScopeAttr own = isa<BlockArgument>(buffer) ? scopes[buffer] : scratchScope;
  SmallVector<Attribute> others;
  for (BlockArgument argument : kernel.getBody().getArguments()) {
    if (argument == buffer || !scopes.contains(argument))
      continue;
    bool mayAlias = llvm::any_of(aliased, [&](const auto &pair) {
      return (pair.first == buffer && pair.second == argument) || (pair.second == buffer && pair.first == argument);
    });
    if (!mayAlias)
      others.push_back(scopes[argument]);
  }
  if (scratchScope && own != scratchScope)
    others.push_back(scratchScope);
  access->setAttr("alias_scopes", b.getArrayAttr({own}));
  if (!others.empty())
    access->setAttr("noalias_scopes", b.getArrayAttr(others));
}

KernelLowering::Address KernelLowering::addressOf(Value buffer, ValueRange indices) {
  Location loc = kernel.getLoc();
  Address address;
  auto addUniform = [&](Value index, const Stride &stride) {
    Value term = index;
    if (!stride.number)
      term = arith::MulIOp::create(b, loc, index, stride.value);
    else if (*stride.number != 1)
      term = arith::MulIOp::create(b, loc, index, indexConstant(*stride.number));
    address.uniform = address.uniform ? Value(arith::AddIOp::create(b, loc, address.uniform, term)) : term;
  };
  for (auto [index, stride] : llvm::zip(indices, strides[buffer])) {
    if (!isVarying(index)) {
      addUniform(lookup(index), stride);
      continue;
    }
    auto it = linear.find(index);
    if (it != linear.end() && stride.number) {
      addUniform(it->second.base, stride);
      address.laneStride += it->second.stride * *stride.number;
      continue;
    }
    Value term = toI64(asVector(index));
    Value factor = stride.number ? indexConstant(*stride.number) : stride.value;
    term = arith::MulIOp::create(b, loc, term, broadcast(toI64(factor)));
    address.offsets = address.offsets ? Value(arith::AddIOp::create(b, loc, address.offsets, term)) : term;
  }
  address.uniform = toI64(address.uniform ? address.uniform : indexConstant(0));
  return address;
}

Value KernelLowering::pointerTo(Value buffer, const Address &address, Type element) {
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  return LLVM::GEPOp::create(b, kernel.getLoc(), pointer, element, pointers[buffer], ArrayRef<LLVM::GEPArg>{address.uniform});
}

Value KernelLowering::pointersTo(Value buffer, const Address &address, Type element) {
  Location loc = kernel.getLoc();
  Value base = pointerTo(buffer, address, element), offsets = address.offsets;
  if (address.laneStride != 0) {
    Value steps = arith::MulIOp::create(b, loc, laneNumbers(b.getI64Type()),
                                        broadcast(toI64(indexConstant(address.laneStride))));
    offsets = offsets ? Value(arith::AddIOp::create(b, loc, offsets, steps)) : steps;
  }
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  return LLVM::GEPOp::create(b, loc, vectorOf(pointer), element, base, ArrayRef<LLVM::GEPArg>{offsets});
}

Value KernelLowering::fullMask() {
  if (lanes.mask)
    return lanes.mask;
  return arith::ConstantOp::create(b, kernel.getLoc(), DenseElementsAttr::get(vectorOf(b.getI1Type()), true));
}

Value KernelLowering::lowerLoad(Value buffer, ValueRange indices, Type scalar) {
  Location loc = kernel.getLoc();
  Type memory = getMemoryType(scalar);
  Address address = addressOf(buffer, indices);
  Value loaded;
  if (address.isUniform()) {
    auto load = LLVM::LoadOp::create(b, loc, memory, pointerTo(buffer, address, memory), alignmentOf(memory));
    annotate(load, buffer);
    loaded = load;
  } else if (!address.offsets && address.laneStride == 1 && !lanes.mask) {
    auto load = LLVM::LoadOp::create(b, loc, vectorOf(memory), pointerTo(buffer, address, memory), alignmentOf(memory));
    annotate(load, buffer);
    loaded = load;
  } else {
    // Inactive lanes read as zero.
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(vectorOf(memory)));
    if (!address.offsets && address.laneStride == 1)
      loaded = LLVM::MaskedLoadOp::create(b, loc, vectorOf(memory), pointerTo(buffer, address, memory), lanes.mask,
                                          zero, b.getI32IntegerAttr(alignmentOf(memory)));
    else
      loaded = LLVM::masked_gather::create(b, loc, vectorOf(memory), pointersTo(buffer, address, memory), fullMask(),
                                           ValueRange{zero}, b.getI32IntegerAttr(alignmentOf(memory)));
  }
  if (scalar.isBF16()) {
    auto vector = dyn_cast<VectorType>(loaded.getType());
    return arith::BitcastOp::create(b, loc, vector ? Type(vector.clone(scalar)) : scalar, loaded);
  }
  if (!scalar.isInteger(1))
    return loaded;
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(loaded.getType()));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, loaded, zero);
}

void KernelLowering::lowerStore(Value element, Value buffer, ValueRange indices) {
  Location loc = kernel.getLoc();
  Type scalar = element.getType(), memory = getMemoryType(scalar);
  Address address = addressOf(buffer, indices);
  Value value = address.isUniform() ? asScalar(element) : asVector(element);
  if (scalar.isInteger(1))
    value = arith::ExtUIOp::create(b, loc, address.isUniform() ? memory : Type(vectorOf(memory)), value);
  if (scalar.isBF16())
    value = arith::BitcastOp::create(b, loc, address.isUniform() ? memory : Type(vectorOf(memory)), value);
  auto alignment = b.getI32IntegerAttr(alignmentOf(memory));
  if (address.isUniform() || (!address.offsets && address.laneStride == 1 && !lanes.mask)) {
    auto store = LLVM::StoreOp::create(b, loc, value, pointerTo(buffer, address, memory), alignmentOf(memory));
    annotate(store, buffer);
  } else if (!address.offsets && address.laneStride == 1) {
    LLVM::MaskedStoreOp::create(b, loc, value, pointerTo(buffer, address, memory), lanes.mask, alignment);
  } else {
    LLVM::masked_scatter::create(b, loc, value, pointersTo(buffer, address, memory), fullMask(), alignment);
  }
}

void KernelLowering::lowerCheck(CheckOp op) {
  Location loc = op.getLoc();
  Value bad;
  if (isVarying(op.getCondition())) {
    Value truth = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vectorOf(b.getI1Type()), true));
    Value wrong = arith::XOrIOp::create(b, loc, asVector(op.getCondition()), truth);
    if (lanes.mask)
      wrong = arith::AndIOp::create(b, loc, wrong, lanes.mask);
    bad = vector::ReductionOp::create(b, loc, vector::CombiningKind::OR, wrong);
  } else {
    Value truth = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
    bad = arith::XOrIOp::create(b, loc, lookup(op.getCondition()), truth);
  }
  auto branch = scf::IfOp::create(b, loc, bad, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  Value code = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(static_cast<int32_t>(op.getFailure()) + 1));
  LLVM::StoreOp::create(b, loc, code, status, 4);
}

} // namespace tao
