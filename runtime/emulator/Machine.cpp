// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Machine.h"
#include "Random.h"

#include <algorithm>
#include <numeric>

using namespace tao::emu;

bool GridBarrier::arrive() {
  std::unique_lock<std::mutex> lock(mutex);
  ++waiting;
  if (waiting == expected) {
    complete();
  } else {
    uint64_t mine = generation;
    changed.wait(lock, [&] { return generation != mine || stopped; });
  }
  return wasWhole && !stopped;
}

void GridBarrier::leave() {
  std::lock_guard<std::mutex> lock(mutex);
  --expected;
  someLeft = true;
  if (waiting != 0 && waiting == expected)
    complete();
}

void GridBarrier::stop() {
  std::lock_guard<std::mutex> lock(mutex);
  stopped = true;
  changed.notify_all();
}

void GridBarrier::complete() {
  waiting = 0;
  wasWhole = !someLeft;
  ++generation;
  changed.notify_all();
}

static uintptr_t addressOf(const tao_emu_buffer &buffer) { return reinterpret_cast<uintptr_t>(buffer.data); }

Machine::Machine(const tao_emu_launch &launch, uint32_t numWorkers)
    : launch(launch), numWorkers(numWorkers), reporter(launch), grid(numWorkers), numBusy(numWorkers),
      blocks(launch.grid[0] * launch.grid[1] * launch.grid[2]) {
  if (launch.seed && blocks > 1) {
    Random random(launch.seed);
    blockStart = random.below(blocks);
    do
      blockStep = 1 + random.below(blocks - 1);
    while (std::gcd(blockStep, blocks) != 1);
  }
  makeRegions();
}

void Machine::makeRegions() {
  byAddress.resize(launch.num_buffers);
  std::iota(byAddress.begin(), byAddress.end(), 0u);
  std::sort(byAddress.begin(), byAddress.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(addressOf(launch.buffers[a]), a) < std::pair(addressOf(launch.buffers[b]), b);
  });
  regionOf.resize(launch.num_buffers);
  for (size_t i = 0; i < byAddress.size();) {
    // Buffers that share a word share a region.
    uintptr_t begin = addressOf(launch.buffers[byAddress[i]]) / kWordBytes * kWordBytes, end = begin;
    bool isFresh = false, isWritten = false;
    size_t first = i;
    for (; i < byAddress.size(); ++i) {
      const tao_emu_buffer &buffer = launch.buffers[byAddress[i]];
      if (i != first && addressOf(buffer) / kWordBytes * kWordBytes >= end)
        break;
      end = std::max(end, (addressOf(buffer) + buffer.bytes + kWordBytes - 1) / kWordBytes * kWordBytes);
      isFresh |= (buffer.flags & TAO_EMU_FRESH) != 0;
      isWritten |= !(buffer.flags & TAO_EMU_READ_ONLY);
      regionOf[byAddress[i]] = regions.size();
    }
    Region region{begin, end, nullptr};
    if (isWritten && !launch.unchecked)
      region.shadow = std::make_unique<Shadow>(end - begin, isFresh, false);
    if (region.shadow && isFresh)
      for (size_t j = first; j < i; ++j)
        if (const tao_emu_buffer &buffer = launch.buffers[byAddress[j]]; !(buffer.flags & TAO_EMU_FRESH))
          region.shadow->markWritten(addressOf(buffer) - begin, buffer.bytes);
    regions.push_back(std::move(region));
  }
}

uint32_t Machine::find(uintptr_t address) const {
  auto after = std::upper_bound(byAddress.begin(), byAddress.end(), address,
                                [&](uintptr_t a, uint32_t buffer) { return a < addressOf(launch.buffers[buffer]); });
  // Of overlapping buffers, one that started earlier may be the one that reaches this far.
  while (after != byAddress.begin()) {
    const tao_emu_buffer &buffer = launch.buffers[*--after];
    if (address - addressOf(buffer) < buffer.bytes)
      return *after;
    if (address >= regions[regionOf[*after]].end)
      break;
  }
  return TAO_EMU_ANY_BUFFER;
}

bool Machine::takeBlock(uint32_t &number) {
  uint32_t i = nextBlock.fetch_add(1, std::memory_order_relaxed);
  if (i >= blocks)
    return false;
  number = (blockStart + uint64_t(i) * blockStep) % blocks;
  return true;
}

void Machine::stop() {
  stopped.store(true, std::memory_order_relaxed);
  grid.stop();
}
