// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops and branches in the host program. Rows of slices and of stacked results are views. A carried value has two
// storages that the runtime exchanges after each iteration, or one where the body replaces the value in place. Where
// the next value is also a row of a stacked result, it is read from there: its storage follows the row.
#include "mlir/IR/SymbolTable.h"
#include "passes/host/FunctionLowering.h"

using namespace mlir;

namespace tao {

func::FuncOp FunctionLowering::lookup(FlatSymbolRefAttr name) {
  return SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(function, name);
}

void FunctionLowering::bindCaptures(FunctionLowering &body, ValueRange captures, size_t first) {
  for (auto [i, capture] : llvm::enumerate(captures)) {
    const Storage &outer = storageOf(capture);
    body.bind(body.function.getArgument(first + i), {outer.buffer, kForever, {}, outer.isConstant});
  }
}

/// The storage that a carried value starts in: that of its initial value when nobody else needs it, else a copy.
Value FunctionLowering::takeInitial(RunLoopOp loop, Value initial, int64_t step) {
  size_t number = numbers.lookup(getRoot(initial));
  auto shares = [&](Value other) { return numbers.lookup(getRoot(other)) == number; };
  Storage &storage = all[number];
  if (storage.lastUse == step && !storage.replacement && storage.buffer.getDefiningOp<rt::ArenaOp>() &&
      llvm::count_if(loop->getOperands(), shares) == 1)
    return storage.buffer;
  Value arena = program.createArena(initial);
  createCopy(storage.buffer, arena, initial, loop.getLoc(), "copy_initial");
  return arena;
}

std::optional<unsigned> FunctionLowering::findRow(unsigned index, size_t numCarried) {
  Value root = getRoot(getReturned(index));
  if (!direct.contains(root))
    return std::nullopt;
  for (unsigned i = numCarried;; ++i)
    if (getRoot(getReturned(i)) == root)
      return i;
}

void FunctionLowering::exchange(rt::LoopOp loop, ArrayRef<Value> current) {
  llvm::SmallPtrSet<Value, 8> taken(current.begin(), current.end());
  SmallVector<Value> swapped, with;
  for (auto [i, own] : llvm::enumerate(current)) {
    Value value = getReturned(i), root = getRoot(value);
    Storage storage = storageOf(value);
    if (!own || storage.buffer == own)
      continue;
    // Memory that a step of this body has filled for nobody but this value; else a copy, to where nobody reads.
    bool isOwn = root.getDefiningOp() && !storage.isConstant && !storage.isFollower &&
                 storage.buffer.getDefiningOp<rt::ArenaOp>();
    Value next = storage.buffer;
    if (!isOwn || !taken.insert(next).second) {
      next = program.createArena(value);
      createCopy(storage.buffer, next, value, function.getLoc(), "copy_carried");
    }
    swapped.push_back(own);
    with.push_back(next);
  }
  loop.getCurrentMutable().assign(swapped);
  loop.getNextMutable().assign(with);
}

LogicalResult FunctionLowering::createLoop(RunLoopOp loop, int64_t step) {
  size_t numSlices = loop.getSlices().size(), numCarried = loop.getCarried().size();
  func::FuncOp callee = lookup(loop.getBodyAttr());
  SmallVector<Value> views, followers, followed;
  SmallVector<bool> reversed;
  for (auto [i, slice] : llvm::enumerate(loop.getSlices())) {
    views.push_back(program.createView(storageOf(slice).buffer, slice));
    reversed.push_back(isReversed(loop, i));
  }
  for (OpResult result : loop->getResults().drop_front(numCarried)) {
    // The last value of a carried one may lie in a row.
    bool isKept = direct.contains(result) || isReturned(result) ||
                  llvm::any_of(loop->getResults().take_front(numCarried), [](Value last) { return !last.use_empty(); });
    bind(result, {chooseStorage(result), isKept ? kForever : lifeOf(result, step)});
    reversed.push_back(isReversed(loop, views.size()));
    views.push_back(program.createView(storageOf(result).buffer, result));
  }

  FunctionLowering body(program, callee, OpBuilder(loop.getContext()));
  for (size_t i = numCarried; i < loop.getNumResults(); ++i)
    body.setTarget(i, views[numSlices + i - numCarried], /*mayBeDirect=*/true, "copy_row");
  // Where carried values are; followers have nothing to exchange.
  SmallVector<Value> storages, exchanged;
  for (auto [i, initial] : llvm::enumerate(loop.getCarried())) {
    std::optional<unsigned> row = body.findRow(i, numCarried);
    if (!row) {
      storages.push_back(takeInitial(loop, initial, step));
      exchanged.push_back(storages.back());
      continue;
    }
    storageOf(initial).lastUse = kForever; // the follower may stay there
    storages.push_back(program.createFollower(storageOf(initial).buffer, initial));
    exchanged.push_back(nullptr);
    followers.push_back(storages.back());
    followed.push_back(views[numSlices + *row - numCarried]);
  }
  auto op =
      rt::LoopOp::create(steps, loop.getLoc(), loop.getTripsAttr(), loop.getTrips() ? Value() : storages[0], views,
                         steps.getDenseBoolArrayAttr(reversed), ValueRange(), ValueRange(), followers, followed);
  body.steps.setInsertionPointToEnd(&op.getBody().emplaceBlock());

  for (size_t i = 0; i < numSlices; ++i)
    body.bind(callee.getArgument(i), {views[i], kForever, {}, storageOf(loop.getSlices()[i]).isConstant});
  for (size_t i = 0; i < numCarried; ++i) {
    Value argument = callee.getArgument(numSlices + i), next = getRoot(body.getReturned(i));
    // In place only by the value's own successor, and by none that is needed elsewhere, too.
    bool mayReplace = exchanged[i] && !body.isReturned(argument) &&
                      llvm::count_if(callee.front().getTerminator()->getOperands(),
                                     [&](Value value) { return getRoot(value) == next; }) == 1;
    body.bind(argument, {storages[i], mayReplace ? body.getLastRead(argument) : kForever, next});
  }
  bindCaptures(body, loop.getCaptures(), numSlices + numCarried);
  if (failed(body.run()))
    return failure();
  body.exchange(op, exchanged);

  for (size_t i = 0; i < numCarried; ++i) {
    OpResult result = cast<OpResult>(loop.getResult(i));
    bool isFollower = !exchanged[i];
    int64_t lastUse = isFollower || isReturned(result) ? kForever : lifeOf(result, step);
    bind(result, {storages[i], lastUse, {}, /*isConstant=*/false, isFollower});
  }
  return success();
}

LogicalResult FunctionLowering::createIf(RunIfOp branch, int64_t step) {
  for (OpResult result : branch->getResults()) {
    bool isKept = direct.contains(result) || isReturned(result);
    bind(result, {chooseStorage(result), isKept ? kForever : lifeOf(result, step)});
  }
  auto op = rt::IfOp::create(steps, branch.getLoc(), storageOf(branch.getCondition()).buffer);
  std::pair<Region *, FlatSymbolRefAttr> bodies[] = {{&op.getThenBody(), branch.getThenBodyAttr()},
                                                     {&op.getElseBody(), branch.getElseBodyAttr()}};
  for (auto [region, name] : bodies) {
    FunctionLowering body(program, lookup(name), OpBuilder::atBlockEnd(&region->emplaceBlock()));
    bindCaptures(body, branch.getCaptures(), 0);
    for (OpResult result : branch->getResults())
      body.setTarget(result.getResultNumber(), storageOf(result).buffer, /*mayBeDirect=*/true, "copy_result");
    if (failed(body.run()))
      return failure();
  }
  return success();
}

} // namespace tao
