// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See StitchGreedy.h. AStitch (ASPLOS 2022) takes the largest scope between contractions and then makes it fit; here
// scopes grow from the kernels of xla-like towards it, and stop where a larger one would cost more.
#include "passes/fuse/stitch/StitchGreedy.h"
#include "passes/fuse/KernelGraph.h"
#include "passes/fuse/stitch/GroupCost.h"
#include "llvm/ADT/MapVector.h"
#include <map>

using namespace mlir;

namespace tao {

namespace {
class GreedyStitcher {
public:
  GreedyStitcher(KernelSet &set, const Arch &arch)
      : set(set), graph(set), cost(set.getFunc(), arch), groups(set.getKernels().size()) {
    for (size_t k : graph.getOrder()) {
      groups[k].ops = llvm::to_vector(set.getKernels()[k].ops);
      sortOps(groups[k].ops);
      for (Operation *op : groups[k].ops)
        holders[op].push_back(k);
    }
    for (size_t k : graph.getOrder())
      groups[k].cost = estimate(groups[k].ops, k, k);
  }

  Partition run() {
    for (size_t k : graph.getOrder())
      mergeWithReaders(k);
    mergeSiblings();
    pack();
    return getPartition();
  }

private:
  struct Group {
    SmallVector<Operation *> ops; // in block order; empty once merged
    std::optional<double> cost;
  };

  static void sortOps(SmallVectorImpl<Operation *> &ops) {
    llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  }

  /// The ops of a group made of a and b, which may be one.
  struct Scope {
    llvm::SmallPtrSet<Operation *, 32> ops;
    size_t a, b;
  };

  /// True when something outside reads the value, or a view of it. Light ops may have copies in several groups.
  bool isReadOutside(Value value, const Scope &scope) const {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      if (!scope.ops.contains(user) || (isa<ReshapeOp>(user) && isReadOutside(user->getResult(0), scope)))
        return true;
      auto it = holders.find(user);
      return it != holders.end() && llvm::any_of(it->second, [&](size_t k) {
               k = graph.resolve(k);
               return k != scope.a && k != scope.b;
             });
    });
  }

  /// Kernels store their roots; a root that only its own group reads need not be.
  bool isStored(Operation *op, const Scope &scope) const {
    return !isa<ReshapeOp>(op) && set.getKernelOf(op->getResult(0)) >= 0 && isReadOutside(op->getResult(0), scope);
  }

  static Scope makeScope(ArrayRef<Operation *> ops, size_t a, size_t b) {
    return {llvm::SmallPtrSet<Operation *, 32>(ops.begin(), ops.end()), a, b};
  }

  std::optional<double> estimate(ArrayRef<Operation *> ops, size_t a, size_t b, std::string *reason = nullptr) const {
    Scope scope = makeScope(ops, a, b);
    return cost.estimate(ops, [&](Operation *op) { return isStored(op, scope); }, reason);
  }

  /// The ops of both, and the views through which one reads the other.
  SmallVector<Operation *> join(const Group &a, const Group &b) const {
    llvm::SetVector<Operation *> all(a.ops.begin(), a.ops.end());
    all.insert(b.ops.begin(), b.ops.end());
    for (size_t i = 0; i < all.size(); ++i)
      for (Value operand : all[i]->getOperands())
        if (auto view = operand.getDefiningOp<ReshapeOp>())
          if (Operation *storage = getStorage(operand).getDefiningOp(); storage && all.contains(storage))
            all.insert(view);
    SmallVector<Operation *> ops = all.takeVector();
    sortOps(ops);
    return ops;
  }

  bool tryMerge(size_t a, size_t b) {
    if (a == b || graph.getDepth(a) != graph.getDepth(b))
      return false;
    Group merged{join(groups[a], groups[b]), {}};
    std::string reason;
    merged.cost = estimate(merged.ops, a, b, &reason);
    if (!merged.cost)
      refusals.try_emplace({a, b}, reason);
    bool pays = merged.cost && (!groups[a].cost || !groups[b].cost || *merged.cost < *groups[a].cost + *groups[b].cost);
    if (!pays || graph.hasDetour(a, b) || graph.hasDetour(b, a))
      return false;
    groups[a] = std::move(merged);
    groups[b] = Group();
    graph.merge(a, b);
    return true;
  }

  void mergeWithReaders(size_t k) {
    for (bool changed = true; changed;) {
      changed = false;
      k = graph.resolve(k);
      for (size_t reader : llvm::to_vector(graph.getReaders(k)))
        if (graph.resolve(reader) == reader && tryMerge(k, reader)) {
          changed = true;
          break;
        }
    }
  }

  void mergeSiblings() {
    llvm::MapVector<Value, SmallVector<size_t>> readersOf;
    for (size_t k : graph.getOrder())
      for (Value input : set.getKernels()[k].inputs)
        readersOf[getStorage(input)].push_back(k);
    for (auto &[value, list] : readersOf)
      for (size_t i = 1; i < list.size(); ++i)
        tryMerge(graph.resolve(list[0]), graph.resolve(list[i]));
  }

  /// Independent groups of one depth share a launch: filled one after the other, as the limits allow.
  void pack() {
    std::map<int64_t, size_t> open;
    for (size_t k : graph.getOrder()) {
      k = graph.resolve(k);
      auto [it, inserted] = open.try_emplace(graph.getDepth(k), k);
      if (!inserted && it->second != k && !tryMerge(it->second, k))
        it->second = k;
    }
  }

  /// Says why groups stay apart for which no placement was found together.
  void remark() const {
    for (const auto &[pair, reason] : refusals) {
      const Group &a = groups[graph.resolve(pair.first)], &b = groups[graph.resolve(pair.second)];
      if (&a != &b)
        b.ops.back()->emitRemark() << "in a kernel of its own: together with " << a.ops.back()->getName() << " it "
                                   << reason;
    }
  }

  Partition getPartition() const {
    remark();
    Partition partition;
    for (auto [k, group] : llvm::enumerate(groups)) {
      if (group.ops.empty())
        continue;
      Scope scope = makeScope(group.ops, k, k);
      PlannedGroup planned{group.ops, {}, {}};
      llvm::copy_if(group.ops, std::back_inserter(planned.roots), [&](Operation *op) { return isStored(op, scope); });
      planned.plan = cost.place(group.ops, [&](Operation *op) { return isStored(op, scope); }, /*mustFit=*/true);
      partition.push_back(std::move(planned));
    }
    llvm::sort(partition, [](const PlannedGroup &a, const PlannedGroup &b) {
      return a.roots.front()->isBeforeInBlock(b.roots.front());
    });
    return partition;
  }

  KernelSet &set;
  KernelGraph graph;
  GroupCost cost;
  std::vector<Group> groups;
  llvm::MapVector<std::pair<size_t, size_t>, std::string> refusals; // merges that have no placement
  DenseMap<Operation *, SmallVector<size_t, 2>> holders; // kernels that compute an op, as they were at the start
};
} // namespace

Partition stitchGreedily(KernelSet &set, const Arch &arch) { return GreedyStitcher(set, arch).run(); }

} // namespace tao
