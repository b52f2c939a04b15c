// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Live ranges and offsets of the arena. Before: rt.arena with sizes only. After: each has offset, first and last step,
// and the program its arena_bytes; unused buffers are gone.
#include "passes/host/ArenaPlan.h"
#include "passes/host/Passes.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_PLANMEMORY
#include "passes/host/Passes.h.inc"

namespace {
struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  void runOnOperation() override {
    rt::ProgramOp program = getOperation();
    DenseMap<Value, std::pair<int64_t, int64_t>> live;
    for (auto [number, step] : llvm::enumerate(rt::getSteps(program)))
      for (Value buffer : step->getOperands()) {
        auto [it, inserted] = live.try_emplace(buffer, number, number);
        it->second.second = number;
      }

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
      buffers.push_back({bytes.value_or(0), live[op].first, live[op].second});
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
