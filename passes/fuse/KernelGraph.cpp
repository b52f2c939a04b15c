// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See KernelGraph.h.
#include "passes/fuse/KernelGraph.h"
#include "dialects/Stitch/StitchDialect.h"

using namespace mlir;

namespace tao {

Value getStorage(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value;
}

KernelGraph::KernelGraph(KernelSet &set)
    : depth(set.getKernels().size(), 0), readers(set.getKernels().size()), producers(set.getKernels().size()) {
  DenseMap<Value, int64_t> depthOf;
  auto getDepth = [&](Value value) { return depthOf.lookup(getStorage(value)); };
  llvm::SmallDenseSet<size_t> seen;
  for (Operation &op : set.getFunc().getBody().front().without_terminator()) {
    int64_t before = 0;
    bool isMath = isa<stitch::GroupOp>(op) || isControlFlow(&op);
    if (isMath)
      for (Value operand : op.getOperands())
        before = std::max(before, getDepth(operand));
    int64_t k = op.getNumResults() == 1 ? set.getKernelOf(op.getResult(0)) : -1;
    if (k >= 0) {
      Kernel &kernel = set.getKernels()[k];
      if (seen.insert(k).second)
        order.push_back(k);
      for (Value input : kernel.inputs) {
        before = std::max(before, getDepth(input));
        if (int64_t producer = set.getKernelOf(getStorage(input)); producer >= 0 && producer != k) {
          readers[producer].insert(k);
          producers[k].insert(producer);
        }
      }
      depth[k] = std::max(depth[k], before);
    }
    for (Value result : op.getResults())
      depthOf[result] = before + (isMath ? 1 : 0);
  }
}

size_t KernelGraph::resolve(size_t k) const {
  for (auto it = mergedInto.find(k); it != mergedInto.end(); it = mergedInto.find(k))
    k = it->second;
  return k;
}

bool KernelGraph::hasDetour(size_t a, size_t b) const {
  llvm::SmallDenseSet<size_t> seen;
  SmallVector<size_t> stack;
  for (size_t next : readers[a])
    if (next != b)
      stack.push_back(next);
  while (!stack.empty()) {
    size_t k = stack.pop_back_val();
    if (k == b)
      return true;
    if (depth[k] != depth[a] || !seen.insert(k).second)
      continue;
    // Long searches end in "yes": not merging is always right.
    if (seen.size() > kMaxSearch)
      return true;
    stack.append(readers[k].begin(), readers[k].end());
  }
  return false;
}

void KernelGraph::merge(size_t into, size_t from) {
  mergedInto[from] = into;
  for (size_t reader : readers[from]) {
    producers[reader].remove(from);
    if (reader != into) {
      producers[reader].insert(into);
      readers[into].insert(reader);
    }
  }
  for (size_t producer : producers[from]) {
    readers[producer].remove(from);
    if (producer != into) {
      readers[producer].insert(into);
      producers[into].insert(producer);
    }
  }
  readers[from].clear();
  producers[from].clear();
  readers[into].remove(into);
  producers[into].remove(into);
}

} // namespace tao
