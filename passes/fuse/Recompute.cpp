// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Store or recompute. Before: what one level computes and a later one reads is read from memory, or computed again by
// whatever rule of thumb a planner has. After: what is cheaper to compute again where it is read has a copy there, and
// every value that is still read at several levels is worth its place in memory.
//
//   level 0: %c = sub %x, %m    stores %c            level 0: %c = sub %x, %m
//   level 5: reads %c, %x, %m                  =>    level 5: %d = sub %x, %m, computed where it is read
//
// For each set of ops of one level that hand each other values, a cheapest cut through what they need of earlier levels
// decides (Chen et al., arXiv 1604.06174, and the partitioner of AOTAutograd have the idea for two levels): to load a
// value costs its bytes once, and once more for writing it, shared by all that would read it; to compute it costs
// cycles, and what it reads. What is read there anyway costs nothing to read again.
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/KernelGraph.h"
#include "passes/fuse/MinCut.h"
#include "passes/fuse/OpLevels.h"
#include "passes/fuse/Passes.h"
#include "passes/fuse/stitch/GroupCost.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_RECOMPUTE
#include "passes/fuse/Passes.h.inc"

namespace {
/// Longer chains end in a load.
constexpr size_t kMaxCopies = 64;

/// Ops of one level that hand each other values.
using Scope = llvm::SetVector<Operation *>;

/// Ops that may be computed again: each element from few others.
bool isCheapToRepeat(Operation *op) {
  return isElementwise(op) || isSplittingReshape(op) || isa<BroadcastOp, TransposeOp, SliceOp, IotaOp, SizeOp>(op);
}

class Decision {
public:
  Decision(func::FuncOp func, const Arch &arch) : arch(arch), levels(func), sizes(func) {
    llvm::EquivalenceClasses<Operation *> classes;
    Block &block = func.getBody().front();
    for (Operation &op : block) {
      if (!isa<IndexMapOpInterface>(op))
        continue;
      classes.insert(&op);
      for (Value operand : op.getOperands())
        if (Operation *producer = operand.getDefiningOp(); producer && isa<IndexMapOpInterface>(producer))
          if (levels.get(producer) == levels.get(&op))
            classes.unionSets(producer, &op);
    }
    llvm::MapVector<Operation *, Scope> byLeader;
    for (Operation &op : block)
      if (classes.contains(&op))
        byLeader[classes.getLeaderValue(&op)].insert(&op);
    for (auto &[leader, scope] : byLeader) {
      for (Operation *op : scope)
        scopeOf[op] = scopes.size();
      scopes.push_back(std::move(scope));
    }
    for (Operation &op : block)
      if (isa<IndexMapOpInterface>(op) && isNeededInMemory(&op))
        stored.insert(&op);
  }

  /// Copies of what is computed again, each beside its original.
  size_t run() {
    std::vector<size_t> order(scopes.size());
    for (size_t s = 0; s < order.size(); ++s)
      order[s] = s;
    // Earlier levels first: what they store, later ones may read.
    llvm::sort(order, [&](size_t a, size_t b) {
      return std::make_pair(levels.get(scopes[a].front()), a) < std::make_pair(levels.get(scopes[b].front()), b);
    });
    size_t copies = 0;
    for (size_t s : order)
      copies += decide(scopes[s]);
    return copies;
  }

private:
  /// True when the result is in memory whatever is decided here.
  static bool isNeededInMemory(Operation *op) {
    return llvm::any_of(op->getUsers(), [](Operation *user) {
      return !isa<IndexMapOpInterface>(user) || (isa<ReshapeOp>(user) && isNeededInMemory(user));
    });
  }

  double getBytes(Value value) const {
    auto type = cast<RankedTensorType>(value.getType());
    return sizes(getNumElements(getDims(value))) * static_cast<double>(getElementBytes(type.getElementType()));
  }
  /// Microseconds to move a tensor once; 10^9 bytes per second are 10^3 bytes per microsecond.
  double timeToMove(Value value) const { return getBytes(value) / arch.dram_gbps / 1000; }
  double timeToCompute(Operation *op) const {
    if (!isElementwise(op))
      return 0;
    double cycles = isHeavy(op) ? arch.curve_cycles : arch.light_cycles;
    return sizes(getNumElements(getDims(op->getResult(0)))) * cycles / static_cast<double>(arch.units * arch.lanes) /
           arch.clock_mhz;
  }

  bool isEarlier(Operation *op, const Scope &scope) const {
    return op && isa<IndexMapOpInterface>(op) && levels.get(op) < levels.get(scope.front());
  }

  /// Scopes of later levels that read the op, among those that have not been decided yet or that load it.
  size_t countReaders(Operation *op) const {
    llvm::SmallSet<size_t, 4> readers;
    for (Operation *user : op->getUsers())
      if (auto it = scopeOf.find(user); it != scopeOf.end() && levels.get(user) > levels.get(op))
        readers.insert(it->second);
    return std::max<size_t>(readers.size(), 1);
  }

  size_t decide(const Scope &scope) {
    // What the scope reads of earlier levels, and everything above that could be computed again.
    llvm::SetVector<Operation *> wanted, cone;
    llvm::SmallPtrSet<Value, 16> readAnyway;
    for (Operation *op : scope)
      for (Value operand : op->getOperands()) {
        if (isEarlier(operand.getDefiningOp(), scope))
          wanted.insert(operand.getDefiningOp());
        else if (Operation *producer = operand.getDefiningOp(); !producer || !scope.contains(producer))
          readAnyway.insert(getStorage(operand));
      }
    if (wanted.empty())
      return 0;
    for (Operation *op : wanted)
      cone.insert(op);
    for (size_t i = 0; i < cone.size() && cone.size() < kMaxCopies; ++i)
      if (isCheapToRepeat(cone[i]))
        for (Value operand : cone[i]->getOperands())
          if (isEarlier(operand.getDefiningOp(), scope))
            cone.insert(operand.getDefiningOp());

    MinCut network;
    size_t source = network.addNode(), sink = network.addNode();
    llvm::MapVector<Value, std::pair<size_t, size_t>> nodes; // before and behind loading
    auto addValue = [&](Value value, double load) {
      auto [it, inserted] = nodes.try_emplace(value, std::make_pair(0, 0));
      if (inserted) {
        it->second = {network.addNode(), network.addNode()};
        network.addEdge(it->second.first, it->second.second, load);
      }
      return it->second;
    };
    for (Operation *op : cone) {
      Value value = op->getResult(0);
      double load = timeToMove(value) * (stored.contains(op) ? 1 : 1 + 1.0 / static_cast<double>(countReaders(op)));
      if (isa<ReshapeOp>(op) && stored.contains(getStorage(value).getDefiningOp()))
        load = timeToMove(value);
      addValue(value, load);
    }
    for (Operation *op : cone) {
      auto [before, behind] = nodes.lookup(op->getResult(0));
      if (wanted.contains(op))
        network.addEdge(behind, sink, MinCut::kNever);
      // Computed again: at a price, and only with all that it reads.
      bool mayRepeat = isCheapToRepeat(op) && llvm::all_of(op->getOperands(), [&](Value operand) {
                         return !isEarlier(operand.getDefiningOp(), scope) || cone.contains(operand.getDefiningOp());
                       });
      network.addEdge(source, before, mayRepeat ? timeToCompute(op) : MinCut::kNever);
      if (!mayRepeat)
        continue;
      for (Value operand : op->getOperands()) {
        if (isSplatConstant(operand))
          continue;
        Operation *producer = operand.getDefiningOp();
        if (!isEarlier(producer, scope) && !nodes.contains(operand)) {
          bool isRead = readAnyway.contains(getStorage(operand));
          network.addEdge(source, addValue(operand, isRead ? 0 : timeToMove(operand)).first, MinCut::kNever);
        }
        network.addEdge(nodes.lookup(operand).second, before, MinCut::kNever);
      }
    }
    return apply(scope, wanted, nodes, network.solve(source, sink));
  }

  /// On the sink's side of the cut: what is behind a load is loaded, what is before it is computed again.
  size_t apply(const Scope &scope, const llvm::SetVector<Operation *> &wanted,
               const llvm::MapVector<Value, std::pair<size_t, size_t>> &nodes, const std::vector<bool> &isBefore) {
    llvm::MapVector<Operation *, Operation *> copies;
    auto isRepeated = [&](Operation *op) {
      auto it = op ? nodes.find(op->getResult(0)) : nodes.end();
      return it != nodes.end() && isa<IndexMapOpInterface>(op) && !isBefore[it->second.first];
    };
    // The readers' copies first, then those of what they read; operands are put in order afterwards.
    SmallVector<Operation *> pending(wanted.begin(), wanted.end());
    while (!pending.empty()) {
      Operation *op = pending.pop_back_val();
      if (!isRepeated(op)) {
        if (isa<IndexMapOpInterface>(op))
          stored.insert(op);
        continue;
      }
      if (copies.contains(op))
        continue;
      OpBuilder builder(op->getContext());
      builder.setInsertionPointAfter(op);
      copies[op] = builder.clone(*op);
      for (Value operand : op->getOperands())
        if (Operation *producer = operand.getDefiningOp(); isEarlier(producer, scope))
          pending.push_back(producer);
    }
    auto replace = [&](Operation *reader) {
      for (OpOperand &operand : reader->getOpOperands())
        if (Operation *producer = operand.get().getDefiningOp())
          if (auto it = copies.find(producer); it != copies.end())
            operand.set(it->second->getResult(0));
    };
    for (Operation *op : scope)
      replace(op);
    for (auto &[original, copy] : copies)
      replace(copy);
    return copies.size();
  }

  const Arch &arch;
  OpLevels levels;
  LikelySizes sizes;
  std::vector<Scope> scopes;
  llvm::DenseMap<Operation *, size_t> scopeOf;
  llvm::SmallPtrSet<Operation *, 32> stored; // results that are in memory by what has been decided
};

struct RecomputePass : impl::RecomputeBase<RecomputePass> {
  using RecomputeBase::RecomputeBase;

  void runOnOperation() override {
    const Arch *machine = findArch(arch);
    if (!machine) {
      getOperation().emitError() << "unknown architecture '" << arch << "'";
      return signalPassFailure();
    }
    if (!getOperation().isExternal())
      numCopies += Decision(getOperation(), *machine).run();
  }
};
} // namespace
} // namespace tao
