// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bodies become functions. Before: tao.loop and tao.if with regions that see the values around them. After:
// tao.run_loop and tao.run_if; every function has one block without regions. Inner bodies come first.
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "passes/simplify/Passes.h"
#include "passes/simplify/Patterns.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_OUTLINEBODIES
#include "passes/simplify/Passes.h.inc"

namespace {
/// Repeated where it is read: kernels compute these on the way, and would otherwise read a stored copy.
bool isCheap(Operation *op) {
  return isa_and_nonnull<ConstantOp, BroadcastOp, ReshapeOp, TransposeOp, SliceOp, SizeOp, IotaOp>(op);
}

struct OutlineBodiesPass : impl::OutlineBodiesBase<OutlineBodiesPass> {
  void runOnOperation() override {
    SymbolTable table(getOperation());
    symbols = &table;
    for (auto function : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      prefix = function.getName();
      function.walk([&](Operation *op) {
        if (auto loop = dyn_cast<LoopOp>(op))
          outline(loop);
        else if (auto branch = dyn_cast<IfOp>(op))
          outline(branch);
      });
    }
  }

private:
  void outline(LoopOp loop) {
    dropUnused(loop);
    llvm::SetVector<Value> captures;
    collect(loop.getBody(), captures);
    FlatSymbolRefAttr body = makeFunction(loop.getBody(), captures.getArrayRef(), ".loop");
    OpBuilder builder(loop);
    auto call = RunLoopOp::create(builder, loop.getLoc(), loop.getResultTypes(), body, loop.getTripsAttr(),
                                  loop.getSlices(), loop.getCarried(), captures.getArrayRef(), loop.getReversedAttr());
    loop.replaceAllUsesWith(call);
    loop.erase();
  }

  void outline(IfOp branch) {
    llvm::SetVector<Value> captures;
    collect(branch.getThenBody(), captures);
    collect(branch.getElseBody(), captures);
    FlatSymbolRefAttr onTrue = makeFunction(branch.getThenBody(), captures.getArrayRef(), ".then");
    FlatSymbolRefAttr onFalse = makeFunction(branch.getElseBody(), captures.getArrayRef(), ".else");
    OpBuilder builder(branch);
    auto call = RunIfOp::create(builder, branch.getLoc(), branch.getResultTypes(), branch.getCondition(), onTrue,
                                onFalse, captures.getArrayRef());
    branch.replaceAllUsesWith(call);
    branch.erase();
  }

  /// Clones cheap outside ops into the region and notes what is captured after that.
  static void collect(Region &region, llvm::SetVector<Value> &captures) {
    IRMapping clones;
    OpBuilder builder(region.getContext());
    builder.setInsertionPointToStart(&region.front());
    SmallVector<OpOperand *> operands;
    for (Operation &op : region.front())
      for (OpOperand &operand : op.getOpOperands())
        if (!region.isAncestor(operand.get().getParentRegion()))
          operands.push_back(&operand);
    for (OpOperand *operand : operands)
      operand->set(bringInside(operand->get(), builder, clones, captures));
  }

  static Value bringInside(Value value, OpBuilder &builder, IRMapping &clones, llvm::SetVector<Value> &captures) {
    if (Value known = clones.lookupOrNull(value))
      return known;
    Operation *op = value.getDefiningOp();
    if (!isCheap(op)) {
      captures.insert(value);
      return value;
    }
    for (Value operand : op->getOperands())
      bringInside(operand, builder, clones, captures);
    return builder.clone(*op, clones)->getResult(0);
  }

  FlatSymbolRefAttr makeFunction(Region &region, ArrayRef<Value> captures, StringRef suffix) {
    Block &block = region.front();
    for (Value capture : captures) {
      Value argument = block.addArgument(capture.getType(), capture.getLoc());
      capture.replaceUsesWithIf(argument, [&](OpOperand &use) { return use.getOwner()->getBlock() == &block; });
    }
    Operation *yield = block.getTerminator();
    OpBuilder builder(yield);
    func::ReturnOp::create(builder, yield->getLoc(), yield->getOperands());
    auto type = builder.getFunctionType(block.getArgumentTypes(), yield->getOperandTypes());
    yield->erase();
    auto function = func::FuncOp::create(region.getLoc(), (prefix + suffix).str(), type);
    function.setPrivate();
    function.getBody().takeBody(region);
    symbols->insert(function);
    ++numBodies;
    return FlatSymbolRefAttr::get(function.getSymNameAttr());
  }

  /// Slices that the body does not read, and stacked results that nobody reads.
  void dropUnused(LoopOp &loop) {
    Block &block = loop.getBody().front();
    size_t numSlices = loop.getSlices().size(), numCarried = loop.getCarried().size();
    SmallVector<Value> slices;
    SmallVector<bool> reversed;
    llvm::BitVector arguments(block.getNumArguments());
    for (size_t i = 0; i < numSlices; ++i) {
      if (block.getArgument(i).use_empty()) {
        arguments.set(i);
        continue;
      }
      slices.push_back(loop.getSlices()[i]);
      reversed.push_back(isReversed(loop, i));
    }
    auto yield = cast<YieldOp>(block.getTerminator());
    SmallVector<Value> yielded(yield.getValues().take_front(numCarried)), kept;
    SmallVector<Type> types(loop.getCarried().getTypes());
    for (size_t i = numCarried; i < loop.getNumResults(); ++i) {
      if (loop.getResult(i).use_empty())
        continue;
      yielded.push_back(yield.getValues()[i]);
      types.push_back(loop.getResult(i).getType());
      kept.push_back(loop.getResult(i));
      reversed.push_back(isReversed(loop, numSlices + i - numCarried));
    }
    if (types.size() == loop.getNumResults() && arguments.none())
      return;
    numDropped += loop.getNumResults() - types.size() + arguments.count();
    yield.getValuesMutable().assign(yielded);
    block.eraseArguments(arguments);
    if (!llvm::is_contained(reversed, true))
      reversed.clear();
    OpBuilder builder(loop);
    auto reduced = LoopOp::create(builder, loop.getLoc(), types, loop.getTripsAttr(), slices, loop.getCarried(),
                                  builder.getDenseBoolArrayAttr(reversed));
    reduced.getBody().takeBody(loop.getBody());
    for (size_t i = 0; i < numCarried; ++i)
      loop.getResult(i).replaceAllUsesWith(reduced.getResult(i));
    for (auto [i, result] : llvm::enumerate(kept))
      result.replaceAllUsesWith(reduced.getResult(numCarried + i));
    loop.erase();
    loop = reduced;
  }

  SymbolTable *symbols = nullptr;
  StringRef prefix;
};
} // namespace
} // namespace tao
