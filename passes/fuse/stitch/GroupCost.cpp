// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See GroupCost.h.
#include "passes/fuse/stitch/GroupCost.h"
#include "passes/fuse/GroupBuilder.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tao {

namespace {
constexpr int64_t kDefaultSize = 16;

/// Ops that depend on one another, directly or not, in block order.
SmallVector<SmallVector<Operation *>> splitIntoParts(ArrayRef<Operation *> ops) {
  llvm::EquivalenceClasses<Operation *> parts;
  for (Operation *op : ops)
    parts.insert(op);
  for (Operation *op : ops)
    for (Value operand : op->getOperands())
      if (Operation *producer = operand.getDefiningOp(); producer && parts.contains(producer))
        parts.unionSets(op, producer);
  llvm::MapVector<Operation *, SmallVector<Operation *>> byLeader;
  for (Operation *op : ops)
    byLeader[parts.getLeaderValue(op)].push_back(op);
  SmallVector<SmallVector<Operation *>> result;
  for (auto &[leader, members] : byLeader)
    result.push_back(std::move(members));
  return result;
}
} // namespace

LikelySizes::LikelySizes(func::FuncOp func) {
  auto module = func->getParentOfType<ModuleOp>();
  if (auto table = module ? module->getAttrOfType<DictionaryAttr>("tao.likely") : DictionaryAttr())
    for (NamedAttribute entry : table)
      if (auto value = dyn_cast<IntegerAttr>(entry.getValue()))
        likely[entry.getName()] = value.getInt();
}

double LikelySizes::operator()(const SymExpr &extent) const {
  auto value = extent.evaluate([&](StringRef symbol) -> std::optional<int64_t> {
    auto it = likely.find(symbol);
    return it == likely.end() ? kDefaultSize : it->second;
  });
  return static_cast<double>(std::max<int64_t>(value.value_or(kDefaultSize), 1));
}

double GroupCost::bytes(Value value) const {
  auto type = cast<RankedTensorType>(value.getType());
  return sizes(getNumElements(getDims(value))) * static_cast<double>(getElementBytes(type.getElementType()));
}

std::optional<double> GroupCost::estimate(ArrayRef<Operation *> ops,
                                          llvm::function_ref<bool(Operation *)> isStored) const {
  if (ops.size() > limits.maxOps)
    return std::nullopt;
  llvm::SmallPtrSet<Operation *, 32> inside(ops.begin(), ops.end());
  llvm::SetVector<Value> buffers; // what is read, then what is stored
  double total = 0, slowest = 0;
  for (ArrayRef<Operation *> part : splitIntoParts(ops)) {
    llvm::SetVector<Value> own;
    for (Operation *op : part) {
      for (Value operand : op->getOperands())
        if (!inside.contains(operand.getDefiningOp()) && !isSplatConstant(operand))
          own.insert(operand);
      if (isStored(op))
        own.insert(op->getResult(0));
    }
    double moved = 0;
    for (Value buffer : own) {
      moved += bytes(buffer);
      total += buffers.insert(buffer) ? bytes(buffer) : 0;
    }
    DimClasses classes(part);
    double blocks = chooseGrid(classes, part, sizes).blocks;
    slowest = std::max(slowest, moved / std::min(arch.dram_gbps, blocks * arch.unit_gbps));
  }
  if (buffers.size() > limits.maxBuffers)
    return std::nullopt;
  // 10^9 bytes per second are 10^3 bytes per microsecond.
  return arch.launch_us + std::max(total / arch.dram_gbps, slowest) / 1000;
}

} // namespace tao
