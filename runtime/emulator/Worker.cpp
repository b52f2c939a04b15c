// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Worker.h"

#include <thread>

using namespace tao::emu;

/// Turns that only waiting threads take before the worker looks whether anybody else still does something.
constexpr uint32_t kIdleTurns = 1 << 18;
constexpr uint64_t kStackBytes = 64 << 10;

Worker::Worker(Machine &machine, uint32_t index)
    : machine(machine), random(machine.launch.seed * 0x10001 + index), index(index) {}

bool Worker::reserve(uint32_t numBlocks) {
  uint64_t stackBytes = machine.launch.stack_bytes ? machine.launch.stack_bytes : kStackBytes;
  size_t numThreads = size_t(numBlocks) * machine.blockThreads();
  if (!stacks.reserve(numThreads, stackBytes))
    return false;
  size_t capacity = 1;
  while (capacity < numThreads)
    capacity *= 2;
  ring.resize(capacity);
  for (uint32_t i = 0; i < numBlocks; ++i)
    blocks.push_back(std::make_unique<Block>(*this, i * machine.blockThreads()));
  return true;
}

void Worker::run() {
  enterFibers(self);
  if (machine.launch.cooperative) {
    for (size_t i = 0; i < blocks.size(); ++i)
      blocks[i]->start(index + i * machine.numWorkers);
    runReady();
    for (std::unique_ptr<Block> &block : blocks)
      block->finish();
    machine.grid.leave();
  } else {
    uint32_t number;
    while (!machine.isStopped() && machine.takeBlock(number)) {
      blocks[0]->start(number);
      runReady();
      blocks[0]->finish();
    }
  }
  wake();
  machine.numBusy.fetch_sub(1, std::memory_order_relaxed);
}

void Worker::runReady() {
  while (numRunning != 0 && !machine.isStopped()) {
    if (numReady == 0) {
      if (!unblock())
        return;
      continue;
    }
    size_t mask = ring.size() - 1;
    if (machine.launch.seed)
      std::swap(ring[head], ring[(head + random.below(numReady)) & mask]);
    Thread &thread = *ring[head];
    head = (head + 1) & mask;
    --numReady;
    ++numSwitches;
    switchFiber(self, thread.fiber);
  }
  numReady = 0;
  numRunning = 0;
}

void Worker::makeReady(Thread &thread) {
  thread.state = State::Ready;
  ring[(head + numReady++) & (ring.size() - 1)] = &thread;
}

void Worker::suspend(Thread &thread) { switchFiber(thread.fiber, self); }

void Worker::yield(Thread &thread) {
  if (++numIdle >= kIdleTurns)
    idle(thread);
  makeReady(thread);
  suspend(thread);
}

void Worker::idle(Thread &thread) {
  numIdle = 1;
  if (!isIdle) {
    isIdle = true;
    machine.numBusy.fetch_sub(1, std::memory_order_relaxed);
  }
  // Somebody else may have made progress just before it became idle: look again after another round.
  if (machine.numBusy.load(std::memory_order_relaxed) != 0) {
    idleRounds = 0;
    std::this_thread::yield();
    return;
  }
  if (++idleRounds < 3)
    return;
  Fault fault;
  fault.kind = TAO_EMU_DEADLOCK;
  fault.what = "waits for something that nobody will do";
  fault.sides[0] = {thread.block->number, thread.number, thread.site};
  machine.reporter.report(fault);
  machine.stop();
}

void Worker::wake() {
  numIdle = 0;
  idleRounds = 0;
  if (isIdle)
    machine.numBusy.fetch_add(1, std::memory_order_relaxed);
  isIdle = false;
}

bool Worker::unblock() {
  progress();
  bool isAtGrid = false;
  for (std::unique_ptr<Block> &block : blocks)
    if (block->breakWarps())
      return true;
  for (std::unique_ptr<Block> &block : blocks)
    if (block->breakBarrier())
      return true;
  for (std::unique_ptr<Block> &block : blocks)
    isAtGrid |= block->isAtGrid();
  if (!isAtGrid)
    return false;
  machine.numBusy.fetch_sub(1, std::memory_order_relaxed);
  bool allWereThere = machine.grid.arrive();
  machine.numBusy.fetch_add(1, std::memory_order_relaxed);
  for (std::unique_ptr<Block> &block : blocks)
    allWereThere &= block->isAtGrid();
  for (std::unique_ptr<Block> &block : blocks)
    if (block->isAtGrid())
      block->passGrid(allWereThere);
  return true;
}

void *Worker::elsewhere(uint32_t bytes, bool isStore) {
  // What is loaded there is as wrong as can be: not a number, or the last one.
  if (harmless.size() < bytes + 64)
    harmless.resize(bytes + 64);
  if (!isStore)
    std::fill(harmless.begin(), harmless.end(), char(0xff));
  uintptr_t address = reinterpret_cast<uintptr_t>(harmless.data());
  return reinterpret_cast<void *>((address + 63) / 64 * 64);
}
