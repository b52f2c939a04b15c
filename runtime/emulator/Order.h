// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What happens before what. Three mechanisms order accesses of two GPU threads, each with a clock of its own:
//   * barriers of the block or of the grid: epochs, counted by the block;
//   * meetings of a warp: a vector clock over its lanes, kept by each thread;
//   * atomics and fences: each atomic object has a log of what was released on it; who acquires it knows a prefix of
//   it.
#ifndef TAO_RUNTIME_EMULATOR_ORDER_H
#define TAO_RUNTIME_EMULATOR_ORDER_H

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace tao::emu {

constexpr uint32_t kWarpSize = 32;

/// Entry l: accesses of lane l up to this time happened before.
struct LaneClock {
  alignas(32) uint32_t time[kWarpSize] = {};
};

/// A point in the execution of a thread. Linear numbers of the block in the grid and of the thread in the block.
struct Moment {
  uint32_t block = 0;
  uint32_t thread = 0;
  uint32_t gridEpoch = 0;
  uint32_t blockEpoch = 0;
  uint32_t time = 0; ///< of the thread's lane
};

class SyncObject;

/// What a thread learned by acquiring: of each object, how much of its log.
class Knowledge {
public:
  bool empty() const { return known.empty(); }
  void clear() { known.clear(); }
  void add(const std::shared_ptr<SyncObject> &object, uint64_t length);
  void add(const Knowledge &other, const SyncObject *except = nullptr);
  /// Whether what was learned implies that `moment` is over.
  bool covers(const Moment &moment) const;

private:
  std::vector<std::pair<std::shared_ptr<SyncObject>, uint64_t>> known; // by object
};

/// A release: all that happened before a point of one thread.
struct Release {
  Moment at;
  std::shared_ptr<const LaneClock> lanes; ///< with the releasing lane's own time
  Knowledge known;
};

/// An address that atomics are done on.
class SyncObject {
public:
  /// Held during an atomic operation, so that the log has the order of the operations. Locked before all others.
  std::mutex operation;

  /// The length of the log, and through `known` what those who released knew themselves.
  uint64_t acquire(Knowledge &known);
  void release(const Release &release);
  bool covers(const Moment &moment, uint64_t length);
  /// Drops what it refers to: objects that know of each other would otherwise never be freed.
  void forget();

private:
  struct Entry {
    uint64_t position;
    Moment at;
    std::shared_ptr<const LaneClock> lanes;
  };
  std::mutex log; // locked last
  uint64_t length = 0;
  std::unordered_map<uint32_t, std::vector<Entry>> entries; // by block, in the order of the log
  Knowledge inherited;
};

/// The objects of a launch, or of one block's shared memory.
class SyncTable {
public:
  std::shared_ptr<SyncObject> at(const void *address);
  void clear();

private:
  static constexpr size_t kNumShards = 32;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<const void *, std::shared_ptr<SyncObject>> objects;
  };
  Shard shards[kNumShards];
};

} // namespace tao::emu

#endif // TAO_RUNTIME_EMULATOR_ORDER_H
