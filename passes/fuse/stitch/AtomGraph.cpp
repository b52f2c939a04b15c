// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See AtomGraph.h.
#include "passes/fuse/stitch/AtomGraph.h"
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/KernelGraph.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include <queue>

using namespace mlir;

namespace tao {

namespace {
void sortOps(SmallVectorImpl<Operation *> &ops) {
  llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
}

void sortUnique(SmallVectorImpl<Atom> &list) {
  llvm::sort(list);
  list.erase(llvm::unique(list), list.end());
}

bool isContraction(Operation *op) { return isa<stitch::GroupOp>(op) || isControlFlow(op); }
} // namespace

AtomList unite(ArrayRef<Atom> a, ArrayRef<Atom> b) {
  AtomList all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

AtomGraph::AtomGraph(KernelSet &set, const Arch &arch) : cost(set.getFunc(), arch), sizes(set.getFunc()), arch(arch) {
  number(set);
  connect(set);
  findLastLevels(set);
}

/// Levels first, then a topological order within each; among several possible next atoms the first in the block.
void AtomGraph::number(KernelSet &set) {
  // What is ordered: kernels, and ops that are no memory ops. Views are looked through.
  struct Unit {
    int64_t kernel = -1;
    Operation *op = nullptr;
    SmallVector<size_t, 4> readers;
    size_t missing = 0; // producers that are not done
    int64_t level = 0;
  };
  std::vector<Unit> units;
  DenseMap<Operation *, size_t> unitOf;
  DenseMap<int64_t, size_t> unitOfKernel;
  for (Operation &op : set.getFunc().getBody().front()) {
    int64_t k = op.getNumResults() == 1 ? set.getKernelOf(op.getResult(0)) : -1;
    if (k < 0 && isa<IndexMapOpInterface>(op))
      continue;
    size_t u = units.size();
    if (k >= 0)
      u = unitOfKernel.try_emplace(k, u).first->second;
    if (u == units.size())
      units.push_back({k, &op, {}, 0, 0});
    unitOf[&op] = u;
  }
  for (size_t u = 0; u < units.size(); ++u) {
    llvm::SetVector<size_t> producers;
    auto add = [&](Value value) {
      auto it = unitOf.find(getStorage(value).getDefiningOp());
      if (it != unitOf.end() && it->second != u)
        producers.insert(it->second);
    };
    if (units[u].kernel >= 0)
      llvm::for_each(set.getKernels()[units[u].kernel].inputs, add);
    else
      llvm::for_each(units[u].op->getOperands(), add);
    units[u].missing = producers.size();
    for (size_t p : producers)
      units[p].readers.push_back(u);
  }

  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t u = 0; u < units.size(); ++u)
    if (units[u].missing == 0)
      ready.push(u);
  struct Entry {
    int64_t level;
    size_t number, kernel;
    bool operator<(const Entry &other) const { return std::tie(level, number) < std::tie(other.level, other.number); }
  };
  std::vector<Entry> order;
  while (!ready.empty()) {
    Unit &unit = units[ready.top()];
    ready.pop();
    bool adds = unit.kernel < 0 && isContraction(unit.op);
    numLevels = std::max(numLevels, unit.level + 1);
    if (unit.kernel >= 0)
      order.push_back({unit.level, order.size(), static_cast<size_t>(unit.kernel)});
    for (size_t reader : unit.readers) {
      units[reader].level = std::max(units[reader].level, unit.level + (adds ? 1 : 0));
      if (--units[reader].missing == 0)
        ready.push(reader);
    }
  }
  llvm::sort(order);
  atoms.resize(order.size());
  for (auto [a, entry] : llvm::enumerate(order)) {
    kernelOf.push_back(entry.kernel);
    atoms[a].level = entry.level;
    Kernel &kernel = set.getKernels()[entry.kernel];
    atoms[a].ops = llvm::to_vector(kernel.ops);
    sortOps(atoms[a].ops);
    for (Operation *root : kernel.roots) {
      atoms[a].roots.push_back({root, {}, false, getBytes(root->getResult(0))});
      atomOf[root] = a;
    }
  }
}

void AtomGraph::connect(KernelSet &set) {
  DenseMap<Operation *, Root *> rootOf;
  for (Info &info : atoms)
    for (Root &root : info.roots)
      rootOf[root.op] = &root;
  for (Atom a = 0; a < atoms.size(); ++a) {
    Info &info = atoms[a];
    llvm::SetVector<Value> inputs;
    for (Value input : set.getKernels()[kernelOf[a]].inputs)
      inputs.insert(getStorage(input));
    for (Value input : inputs) {
      info.inputs.emplace_back(input, getBytesRead(info, input));
      if (!input.getDefiningOp<ConstantOp>() && !getNumElements(getDims(input)).isConstant(1))
        info.shared.push_back(input);
      auto it = rootOf.find(input.getDefiningOp());
      Atom producer = it == rootOf.end() ? a : atomOf[input.getDefiningOp()];
      if (producer == a)
        continue;
      it->second->readers.push_back(a);
      info.producers.push_back(producer);
      atoms[producer].readers.push_back(a);
    }
  }
  for (Info &info : atoms) {
    sortUnique(info.readers);
    sortUnique(info.producers);
    for (Root &root : info.roots)
      sortUnique(root.readers);
  }
}

double AtomGraph::getBytes(Value value) const {
  auto type = cast<RankedTensorType>(value.getType());
  return sizes(getNumElements(getDims(value))) * static_cast<double>(getElementBytes(type.getElementType()));
}

/// Slices and gathers read no more elements than they give.
double AtomGraph::getBytesRead(const Info &info, Value input) const {
  double most = 0;
  for (Operation *op : info.ops)
    for (OpOperand &operand : op->getOpOperands())
      if (getStorage(operand.get()) == input) {
        bool picks = isa<SliceOp, GatherOp, GatherElementsOp, GatherNdOp>(op) && operand.getOperandNumber() == 0;
        most = std::max(most, std::min(getBytes(input), picks ? getBytes(op->getResult(0)) : getBytes(input)));
      }
  return most;
}

/// What is read by no atom: contractions, which stay where they are, and the function's end.
void AtomGraph::findLastLevels(KernelSet &set) {
  DenseMap<Value, int64_t> levelOf; // of results of ops that are no memory ops
  auto getLevelOf = [&](Value value) {
    value = getStorage(value);
    auto it = atomOf.find(value.getDefiningOp());
    return it != atomOf.end() ? atoms[it->second].level : levelOf.lookup(value);
  };
  for (Info &info : atoms)
    info.lastLevel = numLevels - 1;
  for (Operation &op : set.getFunc().getBody().front()) {
    if (isa<IndexMapOpInterface>(op))
      continue;
    int64_t before = 0;
    for (Value operand : op.getOperands())
      before = std::max(before, getLevelOf(operand));
    for (Value operand : op.getOperands()) {
      Operation *root = getStorage(operand).getDefiningOp();
      auto it = atomOf.find(root);
      if (it == atomOf.end())
        continue;
      Info &info = atoms[it->second];
      llvm::find_if(info.roots, [&](Root &r) { return r.op == root; })->leaves = true;
      if (isContraction(&op))
        info.lastLevel = std::min(info.lastLevel, before);
    }
    for (Value result : op.getResults())
      levelOf[result] = before + (isContraction(&op) ? 1 : 0);
  }
}

/// The ops of all atoms, and the views through which one reads the other, in block order.
SmallVector<Operation *> AtomGraph::collectOps(ArrayRef<Atom> list) const {
  llvm::SetVector<Operation *> all;
  for (Atom a : list)
    all.insert(atoms[a].ops.begin(), atoms[a].ops.end());
  for (size_t i = 0; i < all.size(); ++i)
    for (Value operand : all[i]->getOperands())
      if (auto view = operand.getDefiningOp<ReshapeOp>())
        if (Operation *storage = getStorage(operand).getDefiningOp(); storage && all.contains(storage))
          all.insert(view);
  SmallVector<Operation *> ops = all.takeVector();
  sortOps(ops);
  return ops;
}

bool AtomGraph::isReadOutside(const Root &root, ArrayRef<Atom> list) {
  auto isInside = [&](Atom reader) { return std::binary_search(list.begin(), list.end(), reader); };
  return root.leaves || !llvm::all_of(root.readers, isInside);
}

/// Roots that something outside reads.
llvm::SmallPtrSet<Operation *, 16> AtomGraph::collectStored(ArrayRef<Atom> list) const {
  llvm::SmallPtrSet<Operation *, 16> stored;
  for (Atom a : list)
    for (const Root &root : atoms[a].roots)
      if (isReadOutside(root, list))
        stored.insert(root.op);
  return stored;
}

AtomGraph::Load AtomGraph::getLoad(ArrayRef<Atom> list) const {
  Load load;
  for (Atom a : list)
    load = load + Load{atoms[a].ops.size(), atoms[a].inputs.size() + atoms[a].roots.size()};
  return load;
}

std::optional<double> AtomGraph::estimate(ArrayRef<Atom> list, std::string *reason) {
  auto [it, inserted] = known.try_emplace(AtomList(list.begin(), list.end()));
  Estimate &entry = it->second;
  if (inserted) {
    auto stored = collectStored(list);
    auto isStored = [&](Operation *op) { return stored.contains(op); };
    entry.cost = cost.estimate(collectOps(list), isStored, &entry.reason);
  }
  if (reason)
    *reason = entry.reason;
  return entry.cost;
}

std::optional<WhyNot> AtomGraph::getExceeded(ArrayRef<Atom> list) const {
  auto stored = collectStored(list);
  return cost.getExceeded(collectOps(list), [&](Operation *op) { return stored.contains(op); });
}

double AtomGraph::countBlocks(ArrayRef<Atom> list) const {
  auto stored = collectStored(list);
  auto plan = cost.place(collectOps(list), [&](Operation *op) { return stored.contains(op); });
  double blocks = 0;
  if (plan)
    for (const stitch::PlanPart &part : plan->variants.back().parts)
      blocks += sizes(part.blocks);
  return blocks;
}

double AtomGraph::estimateAtLeast(ArrayRef<Atom> list) const {
  llvm::SmallDenseMap<Value, double> read;
  double bytes = 0;
  for (Atom a : list) {
    for (auto [input, most] : atoms[a].inputs) {
      auto producer = atomOf.find(input.getDefiningOp());
      if (producer != atomOf.end() && std::binary_search(list.begin(), list.end(), producer->second))
        continue;
      double &known = read[input];
      bytes += std::max(0.0, most - known);
      known = std::max(known, most);
    }
    for (const Root &root : atoms[a].roots)
      bytes += isReadOutside(root, list) ? root.bytes : 0;
  }
  // 10^9 bytes per second are 10^3 bytes per microsecond.
  return arch.launch_us + bytes / arch.dram_gbps / 1000;
}

PlannedGroup AtomGraph::makeGroup(ArrayRef<Atom> list) const {
  PlannedGroup group;
  group.ops = collectOps(list);
  auto stored = collectStored(list);
  group.plan = cost.place(group.ops, [&](Operation *op) { return stored.contains(op); }, /*mustFit=*/true);
  llvm::copy_if(group.ops, std::back_inserter(group.roots), [&](Operation *op) { return stored.contains(op); });
  return group;
}

} // namespace tao
