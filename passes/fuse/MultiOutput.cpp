// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See MultiOutput.h; the rules with their reasons are in docs/fusion-xla-like.md.
#include "passes/fuse/MultiOutput.h"
#include "passes/fuse/GroupBuilder.h"

using namespace mlir;

namespace tao {

namespace {

Value getStorage(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value;
}

class MultiOutputFusion {
public:
  explicit MultiOutputFusion(KernelSet &set)
      : set(set), kernels(set.getKernels()), depth(kernels.size(), 0), readers(kernels.size()),
        producers(kernels.size()) {
    number();
  }

  void run() {
    for (size_t k : order)
      mergeWithReaders(k);
    // Values in canonical order: arguments, then results.
    llvm::MapVector<Value, SmallVector<size_t>> kernelsOf;
    for (size_t k : order)
      for (Value input : kernels[k].inputs)
        kernelsOf[getStorage(input)].push_back(k);
    for (auto &[value, list] : kernelsOf)
      if (isWorthSharing(value))
        mergeSiblings(list);
  }

private:
  /// Edges between kernels, their canonical order, and how many contractions come before each.
  void number() {
    DenseMap<Value, int64_t> depthOf;
    auto getDepth = [&](Value value) { return depthOf.lookup(getStorage(value)); };
    for (Operation &op : set.getFunc().getBody().front().without_terminator()) {
      int64_t before = 0;
      bool isMath = isa<stitch::GroupOp>(op) || isControlFlow(&op);
      if (isMath)
        for (Value operand : op.getOperands())
          before = std::max(before, getDepth(operand));
      int64_t k = op.getNumResults() == 1 ? set.getKernelOf(op.getResult(0)) : -1;
      if (k >= 0) {
        order.push_back(k);
        for (Value input : kernels[k].inputs) {
          before = std::max(before, getDepth(input));
          if (int64_t producer = set.getKernelOf(getStorage(input)); producer >= 0) {
            readers[producer].insert(k);
            producers[k].insert(producer);
          }
        }
        depth[k] = before;
      }
      for (Value result : op.getResults())
        depthOf[result] = before + (isMath ? 1 : 0);
    }
  }

  /// A constant or a single number costs nothing to read twice.
  static bool isWorthSharing(Value value) {
    return !value.getDefiningOp<ConstantOp>() && !getNumElements(getDims(value)).isConstant(1);
  }

  size_t resolve(size_t k) const {
    for (auto it = mergedInto.find(k); it != mergedInto.end(); it = mergedInto.find(k))
      k = it->second;
    return k;
  }

  void mergeWithReaders(size_t k) {
    for (size_t reader : llvm::to_vector(readers[resolve(k)])) {
      size_t a = resolve(k), b = resolve(reader);
      if (a != b && canMerge(a, b) && readsElementwise(b, a) && !hasDetour(a, b))
        merge(a, b);
    }
  }

  void mergeSiblings(ArrayRef<size_t> list) {
    SmallVector<size_t> heads;
    for (size_t k : list) {
      k = resolve(k);
      if (llvm::is_contained(heads, k))
        continue;
      auto head = llvm::find_if(heads, [&](size_t h) {
        return canMerge(h, k) && !readers[h].contains(k) && !readers[k].contains(h) && !hasDetour(h, k) &&
               !hasDetour(k, h);
      });
      if (head == heads.end())
        heads.push_back(k);
      else
        merge(*head, k);
    }
  }

  bool canMerge(size_t a, size_t b) const {
    const Kernel &x = kernels[a], &y = kernels[b];
    if (depth[a] != depth[b] || !x.space.canShareWith(y.space))
      return false;
    llvm::SmallPtrSet<Operation *, 16> ops(x.ops.begin(), x.ops.end());
    ops.insert(y.ops.begin(), y.ops.end());
    llvm::SmallPtrSet<Value, 16> inputs(x.inputs.begin(), x.inputs.end());
    inputs.insert(y.inputs.begin(), y.inputs.end());
    size_t buffers = inputs.size() + x.roots.size() + y.roots.size();
    return ops.size() <= set.getRule().maxOps && buffers <= set.getRule().maxBuffers;
  }

  /// True when `reader` needs results of `producer` only where it computes its own: at the loop's index, never a
  /// reduced one.
  bool readsElementwise(size_t reader, size_t producer) {
    const Kernel &kernel = kernels[reader];
    SmallVector<Operation *> ops(kernel.ops.begin(), kernel.ops.end());
    llvm::sort(ops, [](Operation *a, Operation *b) { return b->isBeforeInBlock(a); });
    // Values that some op of the kernel reads at another index than the loop's.
    DenseMap<Operation *, bool> isDisplaced;
    auto passesIndex = [](Operation *op) { return isElementwise(op) || isa<ReduceOp, ArgReduceOp>(op); };
    auto readDisplaced = [&](Value value) {
      return llvm::any_of(value.getUsers(), [&](Operation *user) {
        return kernel.ops.contains(user) && (!passesIndex(user) || isDisplaced.lookup(user));
      });
    };
    for (Operation *op : ops)
      isDisplaced[op] = readDisplaced(op->getResult(0));
    for (Value input : kernel.inputs) {
      if (set.getKernelOf(getStorage(input)) != static_cast<int64_t>(producer))
        continue;
      // A view has another shape; a reduction is complete only after the loop.
      if (getStorage(input) != input || isa<ReduceOp, ArgReduceOp>(input.getDefiningOp()) || readDisplaced(input))
        return false;
    }
    return true;
  }

  /// True when results of `a` reach `b` through some other kernel. Only kernels of their depth can lie between.
  bool hasDetour(size_t a, size_t b) const {
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
      // Long searches end in "no": not merging is always right.
      if (seen.size() > kMaxSearch)
        return true;
      stack.append(readers[k].begin(), readers[k].end());
    }
    return false;
  }

  void merge(size_t into, size_t from) {
    set.merge(into, from);
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

  static constexpr size_t kMaxSearch = 4096;
  KernelSet &set;
  MutableArrayRef<Kernel> kernels;
  SmallVector<size_t> order;
  SmallVector<int64_t> depth;
  SmallVector<llvm::SetVector<size_t>> readers, producers;
  DenseMap<size_t, size_t> mergedInto;
};

} // namespace

void fuseMultiOutput(KernelSet &kernels) { MultiOutputFusion(kernels).run(); }

} // namespace tao
