// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration of the host program's dialect, and what its steps read and write.
#include "dialects/Rt/RtDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "dialects/Rt/RtDialect.cpp.inc"
#include "dialects/Rt/RtEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Rt/RtAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Rt/RtInterfaces.cpp.inc"
#include "dialects/Rt/RtTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Rt/RtOps.cpp.inc"

namespace tao::rt {

void RtDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Rt/RtAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Rt/RtTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Rt/RtOps.cpp.inc"
      >();
}

SymExpr getSize(StringRef text) { return SymExpr::parse(text).value_or(SymExpr()); }

SmallVector<StepOpInterface> getSteps(ProgramOp program) {
  SmallVector<StepOpInterface> steps;
  program->walk<WalkOrder::PreOrder>([&](StepOpInterface step) { steps.push_back(step); });
  return steps;
}

static void noteMoments(Block &block, int64_t &next, llvm::DenseMap<Operation *, Span> &moments) {
  for (Operation &op : block) {
    if (!isa<StepOpInterface, LoopOp, IfOp>(op))
      continue;
    Span span{next++, 0};
    for (Region &region : op.getRegions())
      noteMoments(region.front(), next, moments);
    span.last = op.getNumRegions() ? next++ : span.first;
    moments[&op] = span;
  }
}

llvm::DenseMap<Operation *, Span> getMoments(ProgramOp program) {
  llvm::DenseMap<Operation *, Span> moments;
  int64_t next = 0;
  noteMoments(program.getBody().front(), next, moments);
  return moments;
}

SmallVector<Value> LaunchOp::getReadBuffers() { return llvm::to_vector(getReads()); }
SmallVector<Value> LaunchOp::getWrittenBuffers() { return llvm::to_vector(getWrites()); }

SmallVector<Value> PackOp::getReadBuffers() { return llvm::to_vector(getReads()); }
SmallVector<Value> PackOp::getWrittenBuffers() { return llvm::to_vector(getWrites()); }

SmallVector<SmallVector<Value>> PackOp::getPartBuffers() {
  SmallVector<SmallVector<Value>> buffers;
  ValueRange reads = getReads(), writes = getWrites();
  for (PartAttr part : getParts().getAsRange<PartAttr>()) {
    SmallVector<Value> &own = buffers.emplace_back(reads.take_front(part.getReads()));
    llvm::append_range(own, writes.take_front(part.getWrites()));
    reads = reads.drop_front(part.getReads());
    writes = writes.drop_front(part.getWrites());
  }
  return buffers;
}

SmallVector<Value> MatmulOp::getReadBuffers() {
  SmallVector<Value> reads = {getLhs(), getRhs()};
  llvm::append_range(reads, getPostOperands());
  return reads;
}
SmallVector<Value> MatmulOp::getWrittenBuffers() { return {getDst()}; }

SmallVector<Value> ConvOp::getReadBuffers() {
  SmallVector<Value> reads = {getSrc(), getWeights()};
  llvm::append_range(reads, getPostOperands());
  return reads;
}
SmallVector<Value> ConvOp::getWrittenBuffers() { return {getDst()}; }

SmallVector<Value> CopyOp::getReadBuffers() { return {getSrc()}; }
SmallVector<Value> CopyOp::getWrittenBuffers() { return {getDst()}; }

} // namespace tao::rt
