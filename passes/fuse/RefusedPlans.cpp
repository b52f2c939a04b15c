// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See RefusedPlans.h. The ops of a group become a function of their own, which xla-like partitions as any other. It
// inlines there all that the planner took as inlined, since that has fewer readers now.
#include "passes/fuse/RefusedPlans.h"
#include "mlir/IR/IRMapping.h"
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/MultiOutput.h"

using namespace mlir;

namespace tao {

namespace {

class GroupAsFunction {
public:
  explicit GroupAsFunction(const PlannedGroup &group) {
    Location loc = group.ops.front()->getLoc();
    OpBuilder builder(loc.getContext());
    func = func::FuncOp::create(loc, "group", builder.getFunctionType({}, {}));
    Block *body = func->addEntryBlock();
    builder.setInsertionPointToEnd(body);
    IRMapping mapping;
    for (Operation *op : group.ops) {
      for (Value operand : op->getOperands()) {
        if (mapping.contains(operand))
          continue;
        if (isSplatConstant(operand))
          mapping.map(operand, builder.clone(*operand.getDefiningOp())->getResult(0));
        else
          mapping.map(operand, body->addArgument(operand.getType(), loc));
      }
      originalOf[builder.clone(*op, mapping)] = op;
    }
    SmallVector<Value> stored;
    for (Operation *root : group.roots)
      stored.push_back(mapping.lookup(root->getResult(0)));
    func::ReturnOp::create(builder, loc, stored);
  }

  Partition partition() {
    KernelSet kernels(*func, InlineRule());
    fuseMultiOutput(kernels);
    Partition partition = kernels.getPartition();
    auto toOriginal = [&](Operation *copy) { return originalOf.lookup(copy); };
    for (PlannedGroup &group : partition) {
      group.ops = llvm::map_to_vector(group.ops, toOriginal);
      group.roots = llvm::map_to_vector(group.roots, toOriginal);
    }
    return partition;
  }

private:
  OwningOpRef<func::FuncOp> func;
  DenseMap<Operation *, Operation *> originalOf;
};

} // namespace

size_t replaceRefused(Partition &partition, llvm::function_ref<std::string(const PlannedGroup &)> findFault) {
  Partition result;
  size_t count = 0;
  for (PlannedGroup &group : partition) {
    std::string fault = group.plan ? findFault(group) : "";
    if (fault.empty()) {
      result.push_back(std::move(group));
      continue;
    }
    ++count;
    Partition smaller = GroupAsFunction(group).partition();
    llvm::DenseMap<Operation *, WhyNot> apart = group.apart;
    for (const PlannedGroup &small : smaller)
      for (Operation *root : small.roots)
        apart.try_emplace(root, WhyNot::refused_plan);
    for (PlannedGroup &small : smaller) {
      small.refused = fault;
      small.apart = apart;
      result.push_back(std::move(small));
    }
  }
  llvm::sort(result, [](const PlannedGroup &a, const PlannedGroup &b) {
    return a.roots.front()->isBeforeInBlock(b.roots.front());
  });
  partition = std::move(result);
  return count;
}

} // namespace tao
