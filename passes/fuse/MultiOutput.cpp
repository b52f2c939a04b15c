// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See MultiOutput.h; the rules with their reasons are in docs/fusion-xla-like.md.
#include "passes/fuse/MultiOutput.h"
#include "passes/fuse/KernelGraph.h"

using namespace mlir;

namespace tao {

namespace {

class MultiOutputFusion {
public:
  explicit MultiOutputFusion(KernelSet &set) : set(set), kernels(set.getKernels()), graph(set) {}

  void run() {
    for (size_t k : graph.getOrder())
      mergeWithReaders(k);
    // Values in canonical order: arguments, then results.
    llvm::MapVector<Value, SmallVector<size_t>> kernelsOf;
    for (size_t k : graph.getOrder())
      for (Value input : kernels[k].inputs)
        kernelsOf[getStorage(input)].push_back(k);
    for (auto &[value, list] : kernelsOf)
      if (isWorthSharing(value))
        mergeSiblings(list);
  }

private:
  /// A constant or a single number costs nothing to read twice.
  static bool isWorthSharing(Value value) {
    return !value.getDefiningOp<ConstantOp>() && !getNumElements(getDims(value)).isConstant(1);
  }

  void mergeWithReaders(size_t k) {
    for (size_t reader : llvm::to_vector(graph.getReaders(graph.resolve(k)))) {
      size_t a = graph.resolve(k), b = graph.resolve(reader);
      if (a != b && canMerge(a, b) && readsElementwise(b, a) && !graph.hasDetour(a, b))
        merge(a, b);
    }
  }

  void mergeSiblings(ArrayRef<size_t> list) {
    SmallVector<size_t> heads;
    for (size_t k : list) {
      k = graph.resolve(k);
      if (llvm::is_contained(heads, k))
        continue;
      auto head = llvm::find_if(heads, [&](size_t h) {
        return canMerge(h, k) && !graph.getReaders(h).contains(k) && !graph.getReaders(k).contains(h) &&
               !graph.hasDetour(h, k) && !graph.hasDetour(k, h);
      });
      if (head == heads.end())
        heads.push_back(k);
      else
        merge(*head, k);
    }
  }

  bool canMerge(size_t a, size_t b) const {
    const Kernel &x = kernels[a], &y = kernels[b];
    if (graph.getDepth(a) != graph.getDepth(b) || !x.space.canShareWith(y.space))
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

  void merge(size_t into, size_t from) {
    set.merge(into, from);
    graph.merge(into, from);
  }

  KernelSet &set;
  MutableArrayRef<Kernel> kernels;
  KernelGraph graph;
};

} // namespace

void fuseMultiOutput(KernelSet &kernels) { MultiOutputFusion(kernels).run(); }

} // namespace tao
