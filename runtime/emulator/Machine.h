// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One launch: the memory that all blocks share and its shadow, the blocks still to run, and what CPU threads meet at.
#ifndef TAO_RUNTIME_EMULATOR_MACHINE_H
#define TAO_RUNTIME_EMULATOR_MACHINE_H

#include "Emulator.h"
#include "Order.h"
#include "Report.h"
#include "Shadow.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <vector>

namespace tao::emu {

/// Where the workers of a cooperative launch meet once all their threads stand at a barrier of the grid.
class GridBarrier {
public:
  explicit GridBarrier(uint32_t numWorkers) : expected(numWorkers) {}

  /// Waits for all workers; false if some had finished before, or the launch is stopped.
  bool arrive();
  /// This worker has finished.
  void leave();
  void stop();

private:
  void complete();

  std::mutex mutex;
  std::condition_variable changed;
  uint32_t expected, waiting = 0;
  uint64_t generation = 0;
  bool someLeft = false, stopped = false;
  bool wasWhole = true; ///< the last time that all were there
};

/// Buffers that overlap, and what lies between their ends. Its shadow is null if all of it is only read.
struct Region {
  uintptr_t begin, end;
  std::unique_ptr<Shadow> shadow;
};

class Machine {
public:
  Machine(const tao_emu_launch &launch, uint32_t numWorkers);

  /// The buffer that holds this byte, or TAO_EMU_ANY_BUFFER.
  uint32_t find(uintptr_t address) const;
  Region &region(uint32_t buffer) { return regions[regionOf[buffer]]; }

  uint32_t numBlocks() const { return blocks; }
  uint32_t blockThreads() const { return launch.block[0] * launch.block[1] * launch.block[2]; }
  /// The next block to run, in an order that depends on the seed; false if none is left.
  bool takeBlock(uint32_t &number);

  /// Ends the launch without running its threads to their ends.
  void stop();
  bool isStopped() const { return stopped.load(std::memory_order_relaxed); }

  const tao_emu_launch &launch;
  const uint32_t numWorkers;
  Reporter reporter;
  SyncTable sync; ///< of atomics on global memory
  GridBarrier grid;
  std::atomic<uint32_t> numBusy; ///< workers that may still make progress by themselves

private:
  void makeRegions();

  uint32_t blocks;
  std::atomic<uint32_t> nextBlock{0};
  uint32_t blockStart = 0, blockStep = 1;
  std::atomic<bool> stopped{false};
  std::vector<Region> regions;
  std::vector<uint32_t> regionOf; // by buffer
  std::vector<uint32_t> byAddress;
};

} // namespace tao::emu

#endif // TAO_RUNTIME_EMULATOR_MACHINE_H
