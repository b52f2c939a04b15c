// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls of one pack next to each other. Before: calls in any legal order. After: nothing stands between the first and
// the last call of a pack, so that the host phase can make one launch of them.
#include "dialects/Stitch/StitchDialect.h"
#include "passes/schedule/Pack.h"
#include "passes/schedule/Passes.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_GATHERPACKS
#include "passes/schedule/Passes.h.inc"

static constexpr llvm::StringLiteral kPack = "pack", kName = "pack_name";

void setPack(Operation *op, const PackInfo &pack) {
  Builder b(op->getContext());
  op->setAttr(kPack, b.getI64IntegerAttr(pack.number));
  op->setAttr(kName, pack.name);
}

std::optional<PackInfo> getPack(Operation *op) {
  auto number = op->getAttrOfType<IntegerAttr>(kPack);
  auto name = op->getAttrOfType<StringAttr>(kName);
  if (!number || !name)
    return std::nullopt;
  return PackInfo{number.getInt(), name};
}

namespace {
/// True when `op` or anything inside of it uses a result of one of `ops`.
bool dependsOn(Operation *op, const llvm::SmallPtrSetImpl<Operation *> &ops) {
  WalkResult result = op->walk([&](Operation *inner) {
    bool uses = llvm::any_of(inner->getOperands(), [&](Value v) { return ops.contains(v.getDefiningOp()); });
    return uses ? WalkResult::interrupt() : WalkResult::advance();
  });
  return result.wasInterrupted();
}

struct GatherPacks : impl::GatherPacksBase<GatherPacks> {
  void runOnOperation() override {
    for (Block &block : getOperation().getBody()) {
      llvm::MapVector<int64_t, SmallVector<Operation *>> packs;
      for (auto call : block.getOps<stitch::CallOp>())
        if (std::optional<PackInfo> pack = getPack(call))
          packs[pack->number].push_back(call);
      for (auto &[number, calls] : packs) {
        if (succeeded(gather(calls)))
          continue;
        calls.front()->emitOpError() << "is in one pack with a call that depends on it";
        return signalPassFailure();
      }
    }
  }

private:
  /// What stands between the calls and depends on one of them moves behind the last one, all else before the first.
  LogicalResult gather(ArrayRef<Operation *> calls) {
    llvm::SmallPtrSet<Operation *, 16> members(calls.begin(), calls.end()), dependent(calls.begin(), calls.end());
    SmallVector<Operation *> before, behind;
    for (Operation *op = calls.front(); op != calls.back()->getNextNode(); op = op->getNextNode()) {
      bool depends = dependsOn(op, dependent);
      if (members.contains(op)) {
        if (depends)
          return failure();
      } else if (depends) {
        dependent.insert(op);
        behind.push_back(op);
      } else {
        before.push_back(op);
      }
    }
    for (Operation *op : before)
      op->moveBefore(calls.front());
    for (Operation *op : llvm::reverse(behind))
      op->moveAfter(calls.back());
    return success();
  }
};
} // namespace
} // namespace tao
