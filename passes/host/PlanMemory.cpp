// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Live ranges and offsets of the arena. Before: rt.arena with sizes only. After: each has offset, first and last moment
// of its life, and the program its arena_bytes; unused buffers are gone.
#include "passes/host/ArenaPlan.h"
#include "passes/host/Passes.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_PLANMEMORY
#include "passes/host/Passes.h.inc"

namespace {
/// Storages whose memory may be the same at run time: views and their base, and what loops exchange.
llvm::EquivalenceClasses<Value> getShared(rt::ProgramOp program) {
  llvm::EquivalenceClasses<Value> shared;
  program->walk([&](Operation *op) {
    if (auto view = dyn_cast<rt::ViewOp>(op))
      shared.unionSets(view.getBase(), view.getResult());
    if (auto loop = dyn_cast<rt::LoopOp>(op)) {
      for (auto [current, next] : llvm::zip(loop.getCurrent(), loop.getNext()))
        shared.unionSets(current, next);
      for (auto [follower, row] : llvm::zip(loop.getFollowers(), loop.getFollowed()))
        shared.unionSets(follower, row);
    }
  });
  return shared;
}

/// When each storage must keep its memory, by the leader of those that share theirs. What is alive when an iteration
/// begins or ends is alive for the whole loop.
llvm::MapVector<Value, rt::Span> getLeaderRanges(rt::ProgramOp program, llvm::EquivalenceClasses<Value> &shared) {
  llvm::DenseMap<Operation *, rt::Span> moments = rt::getMoments(program);
  llvm::MapVector<Value, rt::Span> live;
  auto leaderOf = [&](Value storage) { return shared.contains(storage) ? shared.getLeaderValue(storage) : storage; };
  auto extend = [&](Value leader, rt::Span span) {
    auto [it, isNew] = live.insert({leader, span});
    it->second = {std::min(it->second.first, span.first), std::max(it->second.last, span.last)};
  };
  DenseMap<Operation *, llvm::SetVector<Value>> usedIn;
  SmallVector<rt::LoopOp> loops; // inner ones first
  program->walk([&](Operation *op) {
    auto moment = moments.find(op);
    if (moment == moments.end())
      return;
    for (Value operand : op->getOperands()) {
      extend(leaderOf(operand), moment->second);
      for (auto loop = op->getParentOfType<rt::LoopOp>(); loop; loop = loop->getParentOfType<rt::LoopOp>())
        usedIn[loop].insert(leaderOf(operand));
    }
    if (auto loop = dyn_cast<rt::LoopOp>(op))
      loops.push_back(loop);
  });
  for (rt::LoopOp loop : loops) {
    rt::Span whole = moments.lookup(loop);
    for (Value leader : usedIn[loop])
      if (rt::Span span = live[leader]; span.first < whole.first || span.last > whole.last)
        extend(leader, whole);
  }
  return live;
}

struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  void runOnOperation() override {
    rt::ProgramOp program = getOperation();
    llvm::EquivalenceClasses<Value> shared = getShared(program);
    llvm::MapVector<Value, rt::Span> live = getLeaderRanges(program, shared);
    SmallVector<rt::ArenaOp> ops;
    for (auto op : llvm::make_early_inc_range(program.getBody().front().getOps<rt::ArenaOp>()))
      op->use_empty() ? op.erase() : ops.push_back(op);

    // One dynamic size makes all offsets the runtime's business: a plan half fixed would waste what the other half
    // frees.
    SmallVector<ArenaBuffer> buffers;
    bool isStatic = true;
    for (rt::ArenaOp op : ops) {
      std::optional<int64_t> bytes = rt::getSize(op.getBytes()).constant();
      isStatic &= bytes.has_value();
      rt::Span span = live.lookup(shared.contains(op) ? shared.getLeaderValue(op) : Value(op));
      buffers.push_back({bytes.value_or(0), span.first, span.last});
    }
    ArenaPlan plan = planArena(buffers);
    Builder builder(&getContext());
    for (auto [i, op] : llvm::enumerate(ops)) {
      op.setOffsetAttr(builder.getI64IntegerAttr(isStatic ? plan.offsets[i] : -1));
      op.setFirstAttr(builder.getI64IntegerAttr(buffers[i].first));
      op.setLastAttr(builder.getI64IntegerAttr(buffers[i].last));
    }
    program.setArenaBytesAttr(builder.getI64IntegerAttr(isStatic ? plan.bytes : -1));
    arenaBytes = isStatic ? plan.bytes : 0;
    for (const ArenaBuffer &buffer : buffers)
      totalBytes += buffer.bytes;
  }
};
} // namespace

std::optional<int64_t> getArenaBytes(rt::ProgramOp program, function_ref<std::optional<int64_t>(StringRef)> valueOf) {
  SmallVector<ArenaBuffer> buffers;
  for (auto op : program.getBody().front().getOps<rt::ArenaOp>()) {
    std::optional<int64_t> bytes = rt::getSize(op.getBytes()).evaluate(valueOf);
    if (!bytes || !op.getFirst())
      return std::nullopt;
    buffers.push_back({*bytes, static_cast<int64_t>(*op.getFirst()), static_cast<int64_t>(*op.getLast())});
  }
  return planArena(buffers).bytes;
}
} // namespace tao
