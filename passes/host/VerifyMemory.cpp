// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The independent check of a memory plan: it simulates the program on a map from arena bytes to the buffer that owns
// them. Loops run twice, branches both ways.
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

  /// Keeps only the owners that are the same in both.
  void join(const ByteOwners &other) {
    for (const auto &[at, owner] : other.runs)
      split(at);
    for (auto &[at, owner] : runs)
      if (std::prev(other.runs.upper_bound(at))->second != owner)
        owner = Value();
  }

private:
  void split(int64_t at) {
    Value owner = std::prev(runs.upper_bound(at))->second;
    runs.try_emplace(at, owner);
  }
  std::map<int64_t, Value> runs;
};

/// What the simulation knows between two steps.
struct State {
  explicit State(int64_t bytes) : owners(bytes) {}

  ByteOwners owners;
  DenseSet<Value> written;       // arena buffers with a value
  DenseMap<Value, Value> memory; // the storage whose memory a storage has, where that is another one's
  /// Where a carried value may lie after its loop, which depends on the number of iterations.
  DenseMap<Value, std::pair<Value, Value>> either;

  /// The storage that `storage` is, or lies in, at present.
  Value resolve(Value storage) const {
    auto it = memory.find(storage);
    if (it != memory.end())
      return it->second;
    auto view = storage.getDefiningOp<rt::ViewOp>();
    return view ? resolve(view.getBase()) : storage;
  }
  /// After a branch: only what holds whichever way was taken.
  void join(const State &other) {
    owners.join(other.owners);
    for (Value storage : llvm::to_vector(written))
      if (!other.written.contains(storage))
        written.erase(storage);
  }
};

struct VerifyMemory : impl::VerifyMemoryBase<VerifyMemory> {
  void runOnOperation() override {
    rt::ProgramOp program = getOperation();
    if (!program.getArenaBytes()) {
      program.emitOpError() << "has no memory plan";
      return signalPassFailure();
    }
    arenaBytes = static_cast<int64_t>(*program.getArenaBytes());
    moments = rt::getMoments(program);
    State state(std::max<int64_t>(arenaBytes, 0));
    if (failed(runBlock(program.getBody().front(), state)))
      return signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  LogicalResult runBlock(Block &block, State &state) {
    for (Operation &op : block) {
      auto moment = moments.find(&op);
      if (moment == moments.end())
        continue;
      for (Value storage : op.getOperands())
        for (Operation *each = storage.getDefiningOp(); each;) {
          if (failed(checkRange(each, moment->second)))
            return failure();
          auto view = dyn_cast<rt::ViewOp>(each);
          each = view ? view.getBase().getDefiningOp() : nullptr;
        }
      auto step = dyn_cast<rt::StepOpInterface>(op);
      LogicalResult result = step                  ? runStep(step, state)
                             : isa<rt::LoopOp>(op) ? runLoop(cast<rt::LoopOp>(op), state)
                                                   : runIf(cast<rt::IfOp>(op), state);
      if (failed(result))
        return failure();
    }
    return success();
  }

  /// Two iterations show what a value meets that is carried from one to the next.
  LogicalResult runLoop(rt::LoopOp loop, State &state) {
    for (Value current : loop.getCurrent())
      state.either.erase(current);
    for (Value follower : loop.getFollowers()) {
      state.either.erase(follower);
      state.memory.erase(follower);
    }
    for (int iteration = 0; iteration < 2; ++iteration) {
      if (loop.getCondition() && failed(checkRead(loop, loop.getCondition(), state)))
        return failure();
      for (Value view : loop.getViews())
        state.memory.erase(view);
      if (failed(runBlock(loop.getBody().front(), state)))
        return failure();
      for (auto [current, next] : llvm::zip(loop.getCurrent(), loop.getNext())) {
        Value one = state.resolve(current), other = state.resolve(next);
        state.memory[current] = other;
        state.memory[next] = one;
      }
      for (auto [follower, row] : llvm::zip(loop.getFollowers(), loop.getFollowed()))
        state.memory[follower] = state.resolve(row);
    }
    // Without any iteration a follower is where it began.
    for (Value follower : loop.getFollowers()) {
      Value start = follower.getDefiningOp<rt::ViewOp>().getBase();
      state.either[follower] = {state.resolve(follower), state.resolve(start)};
    }
    for (auto [current, next] : llvm::zip(loop.getCurrent(), loop.getNext()))
      state.either[current] = {state.resolve(current), state.resolve(next)};
    return success();
  }

  LogicalResult runIf(rt::IfOp branch, State &state) {
    if (failed(checkRead(branch, branch.getCondition(), state)))
      return failure();
    State other = state;
    if (failed(runBlock(branch.getThenBody().front(), state)) || failed(runBlock(branch.getElseBody().front(), other)))
      return failure();
    state.join(other);
    return success();
  }

  LogicalResult checkRead(Operation *op, Value buffer, State &state) {
    auto holds = [&](Value storage) {
      auto arena = storage.getDefiningOp<rt::ArenaOp>();
      if (!arena)
        return true;
      auto [begin, end] = bytesOf(arena);
      return state.written.contains(arena) && state.owners.owns(begin, end, arena);
    };
    auto it = state.either.find(buffer);
    if (it == state.either.end() ? holds(state.resolve(buffer)) : holds(it->second.first) && holds(it->second.second))
      return success();
    return op->emitOpError() << "reads an arena buffer that does not hold its value at step "
                             << moments.lookup(op).first;
  }

  LogicalResult runStep(rt::StepOpInterface step, State &state) {
    for (Value buffer : step.getReadBuffers())
      if (failed(checkRead(step, buffer, state)))
        return failure();
    for (Value buffer : step.getWrittenBuffers())
      if (auto arena = state.resolve(buffer).getDefiningOp<rt::ArenaOp>()) {
        auto [begin, end] = bytesOf(arena);
        // A step whose results overlap its operands is only legal on the very same buffer.
        for (Value read : step->getOperands())
          if (auto other = state.resolve(read).getDefiningOp<rt::ArenaOp>(); other && other != arena) {
            auto [otherBegin, otherEnd] = bytesOf(other);
            if (begin < otherEnd && otherBegin < end)
              return step->emitOpError() << "has two arena buffers that share bytes";
          }
        state.owners.write(begin, end, arena);
        state.written.insert(arena);
      }
    return success();
  }

  LogicalResult checkRange(Operation *storage, rt::Span moment) {
    auto arena = dyn_cast<rt::ArenaOp>(storage);
    if (!arena)
      return success();
    if (!arena.getOffset())
      return arena.emitOpError() << "has no place";
    if (static_cast<int64_t>(*arena.getFirst()) > moment.first || static_cast<int64_t>(*arena.getLast()) < moment.last)
      return arena.emitOpError() << "is used at step " << moment.first << ", outside its live range";
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

  int64_t arenaBytes = 0;
  llvm::DenseMap<Operation *, rt::Span> moments;
};
} // namespace
} // namespace tao
