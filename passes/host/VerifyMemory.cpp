// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The independent check of a memory plan: it simulates the program on a map from arena bytes to the buffer that owns
// them.
#include "passes/host/Passes.h"
#include <map>

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_VERIFYMEMORY
#include "passes/host/Passes.h.inc"

namespace {
/// Which buffer wrote each byte last, as runs: key is the first byte, a run ends where the next one starts.
class ByteOwners {
public:
  explicit ByteOwners(int64_t bytes) { runs[0] = runs[bytes] = Value(); }

  void write(int64_t begin, int64_t end, Value buffer) {
    split(begin);
    split(end);
    runs.erase(runs.lower_bound(begin), runs.lower_bound(end));
    if (begin < end)
      runs[begin] = buffer;
  }
  bool owns(int64_t begin, int64_t end, Value buffer) const {
    if (begin >= end)
      return true;
    for (auto it = std::prev(runs.upper_bound(begin)); it != runs.end() && it->first < end; ++it)
      if (it->second != buffer)
        return false;
    return true;
  }

private:
  void split(int64_t at) {
    Value owner = std::prev(runs.upper_bound(at))->second;
    runs.try_emplace(at, owner);
  }
  std::map<int64_t, Value> runs;
};

struct VerifyMemory : impl::VerifyMemoryBase<VerifyMemory> {
  void runOnOperation() override {
    rt::ProgramOp program = getOperation();
    if (!program.getArenaBytes()) {
      program.emitOpError() << "has no memory plan";
      return signalPassFailure();
    }
    auto arenaBytes = static_cast<int64_t>(*program.getArenaBytes());
    ByteOwners owners(std::max<int64_t>(arenaBytes, 0));
    DenseSet<Value> written;
    for (auto [number, step] : llvm::enumerate(rt::getSteps(program))) {
      for (Value buffer : step->getOperands())
        if (failed(checkRange(buffer.getDefiningOp(), number, arenaBytes)))
          return signalPassFailure();
      for (Value buffer : step.getReadBuffers())
        if (auto arena = buffer.getDefiningOp<rt::ArenaOp>()) {
          auto [begin, end] = bytesOf(arena);
          if (!written.contains(buffer) || !owners.owns(begin, end, buffer)) {
            step->emitOpError() << "reads an arena buffer that does not hold its value at step " << number;
            return signalPassFailure();
          }
        }
      for (Value buffer : step.getWrittenBuffers())
        if (auto arena = buffer.getDefiningOp<rt::ArenaOp>()) {
          auto [begin, end] = bytesOf(arena);
          // A step whose results overlap its operands is only legal on the very same buffer.
          for (Value read : step->getOperands())
            if (auto other = read.getDefiningOp<rt::ArenaOp>(); other && other != arena) {
              auto [otherBegin, otherEnd] = bytesOf(other);
              if (begin < otherEnd && otherBegin < end) {
                step->emitOpError() << "has two arena buffers that share bytes";
                return signalPassFailure();
              }
            }
          owners.write(begin, end, buffer);
          written.insert(buffer);
        }
    }
    markAllAnalysesPreserved();
  }

private:
  LogicalResult checkRange(Operation *storage, int64_t step, int64_t arenaBytes) {
    auto arena = dyn_cast<rt::ArenaOp>(storage);
    if (!arena)
      return success();
    if (!arena.getOffset())
      return arena.emitOpError() << "has no place";
    if (static_cast<int64_t>(*arena.getFirst()) > step || static_cast<int64_t>(*arena.getLast()) < step)
      return arena.emitOpError() << "is used at step " << step << ", outside its live range";
    bool placed = static_cast<int64_t>(*arena.getOffset()) >= 0;
    if (placed != (arenaBytes >= 0) || bytesOf(arena).second > std::max<int64_t>(arenaBytes, 0))
      return arena.emitOpError() << "lies outside the arena of " << arenaBytes << " bytes";
    return success();
  }
  /// [begin, end) in the arena; empty when the runtime places the buffer.
  static std::pair<int64_t, int64_t> bytesOf(rt::ArenaOp arena) {
    auto offset = static_cast<int64_t>(*arena.getOffset());
    if (offset < 0)
      return {0, 0};
    return {offset, offset + rt::getSize(arena.getBytes()).constant().value_or(0)};
  }
};
} // namespace
} // namespace tao
