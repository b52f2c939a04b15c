// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Flow.h.
#include "compiler/report/Flow.h"
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/KernelGraph.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include <queue>

using namespace mlir;

namespace tao {

namespace {
/// A number that each part computes by itself from what it reads, and that so ties nothing together. `parts` has those
/// of the ops before that are none.
bool isFreeNumber(Operation &op, const llvm::EquivalenceClasses<Operation *> &parts) {
  if (!isa<IndexMapOpInterface>(op) || !getNumElements(getDims(op.getResult(0))).isConstant(1))
    return false;
  bool isYielded = llvm::any_of(op.getUsers(), [](Operation *user) { return isa<stitch::YieldOp>(user); });
  bool dependsOnPart = llvm::any_of(op.getOperands(), [&](Value operand) {
    return operand.getDefiningOp() && parts.contains(operand.getDefiningOp());
  });
  return !isYielded && !dependsOnPart && cast<IndexMapOpInterface>(op).getOpClass() != OpClass::Reduction;
}
} // namespace

Flow::Flow(func::FuncOp func, const Counter &counter) {
  for (Operation &op : func.getBody().front()) {
    if (isa<ReshapeOp, ConstantOp>(op))
      continue;
    auto group = dyn_cast<stitch::GroupOp>(op);
    if (group && !isMathGroup(group)) {
      addGroup(group, counter);
      continue;
    }
    FlowNode node;
    node.op = &op;
    node.isContraction = group || isControlFlow(&op);
    llvm::append_range(node.results, op.getResults());
    if (!op.hasTrait<OpTrait::IsTerminator>())
      for (Value operand : op.getOperands())
        node.reads.try_emplace(getStorage(operand), counter.bytes(getStorage(operand)));
    nodes.push_back(std::move(node));
  }
  connect();
}

void Flow::addGroup(stitch::GroupOp group, const Counter &counter) {
  Block &block = group.getBody().front();
  llvm::EquivalenceClasses<Operation *> parts;
  for (Operation &op : block.without_terminator())
    if (!isa<ConstantOp>(op) && !isFreeNumber(op, parts))
      parts.insert(&op);
  for (Operation &op : block.without_terminator())
    if (parts.contains(&op))
      for (Value operand : op.getOperands())
        if (Operation *producer = operand.getDefiningOp(); producer && parts.contains(producer))
          parts.unionSets(&op, producer);

  llvm::MapVector<Operation *, unsigned> nodeOf; // of each part's leader
  auto yield = cast<stitch::YieldOp>(block.getTerminator());
  for (auto [value, result] : llvm::zip(yield.getValues(), group.getResults())) {
    auto [it, inserted] = nodeOf.try_emplace(parts.getLeaderValue(value.getDefiningOp()), nodes.size());
    if (inserted) {
      FlowNode &node = nodes.emplace_back();
      node.op = group;
      node.isMemory = true;
    }
    nodes[it->second].results.push_back(result);
  }
  for (auto [argument, operand] : llvm::zip(block.getArguments(), group.getInputs())) {
    if (isSplatConstant(operand))
      continue;
    Value storage = getStorage(operand);
    llvm::SmallMapVector<unsigned, int64_t, 4> read; // bytes of the operand that each part reads
    // Through free numbers to all parts that need it.
    llvm::SmallPtrSet<Operation *, 8> seen;
    SmallVector<OpOperand *> pending;
    for (OpOperand &use : argument.getUses())
      pending.push_back(&use);
    while (!pending.empty()) {
      OpOperand *use = pending.pop_back_val();
      Operation *user = use->getOwner();
      if (parts.contains(user)) {
        int64_t &sum = read[nodeOf.lookup(parts.getLeaderValue(user))];
        sum = addSaturated(sum, use->get() == argument ? counter.readBytes(*use) : counter.bytes(operand));
      } else if (!isa<stitch::YieldOp>(user) && seen.insert(user).second) {
        for (OpOperand &next : user->getUses())
          pending.push_back(&next);
      }
    }
    for (auto [part, bytes] : read) {
      int64_t &sum = nodes[part].reads[storage];
      sum = std::min(addSaturated(sum, bytes), counter.bytes(storage));
    }
  }
}

void Flow::connect() {
  for (auto [n, node] : llvm::enumerate(nodes))
    for (Value result : node.results)
      producers[result] = n;
  // Parts of one group may follow in any order: depths in topological order.
  std::vector<unsigned> missing(nodes.size(), 0);
  for (auto [n, node] : llvm::enumerate(nodes))
    for (auto &[storage, bytes] : node.reads)
      if (int64_t producer = getProducer(storage); producer >= 0) {
        auto &readers = nodes[producer].readers;
        if (!readers.empty() && readers.back() == n)
          continue;
        readers.push_back(n);
        ++missing[n];
      }
  std::queue<unsigned> ready;
  for (unsigned n = 0; n < nodes.size(); ++n)
    if (missing[n] == 0)
      ready.push(n);
  for (; !ready.empty(); ready.pop()) {
    const FlowNode &node = nodes[ready.front()];
    for (unsigned reader : node.readers) {
      nodes[reader].depth = std::max(nodes[reader].depth, node.depth + (node.isContraction ? 1 : 0));
      if (--missing[reader] == 0)
        ready.push(reader);
    }
  }
}

int64_t Flow::getProducer(Value storage) const {
  auto it = producers.find(storage);
  return it == producers.end() ? -1 : static_cast<int64_t>(it->second);
}

const BitVector &Flow::getBehindContractions(unsigned from) {
  auto [it, inserted] = behind.try_emplace(from);
  if (!inserted)
    return it->second;
  BitVector before(nodes.size()), after(nodes.size());
  SmallVector<std::pair<unsigned, bool>> stack{{from, nodes[from].isContraction}};
  while (!stack.empty()) {
    auto [n, passed] = stack.pop_back_val();
    for (unsigned reader : nodes[n].readers) {
      BitVector &seen = passed ? after : before;
      if (seen.test(reader) || after.test(reader))
        continue;
      seen.set(reader);
      stack.emplace_back(reader, passed || nodes[reader].isContraction);
    }
  }
  return behind[from] = std::move(after);
}

bool Flow::hasContractionBetween(unsigned from, unsigned to) {
  return nodes[from].depth < nodes[to].depth && getBehindContractions(from).test(to);
}

} // namespace tao
