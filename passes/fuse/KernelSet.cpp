// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Greedy inlining; see KernelSet.h.
#include "passes/fuse/KernelSet.h"
#include "passes/fuse/GroupBuilder.h"

using namespace mlir;

namespace tao {

namespace {
/// Contractions are in groups already.
bool isMemoryOp(Operation *op) { return isa<IndexMapOpInterface>(op); }

/// Ops whose result is never worth storing for its own sake.
bool isFree(Operation *op) { return isa<BroadcastOp, SliceOp, IotaOp, SizeOp, ReshapeOp>(op); }

/// True when one element of this operand is needed for several elements of the reader's result.
bool isRepeated(OpOperand &operand) {
  Operation *reader = operand.getOwner();
  if (auto broadcast = dyn_cast<BroadcastOp>(reader))
    return getNumElements(getDims(broadcast.getInput())) != getNumElements(getDims(broadcast.getResult()));
  if (auto window = dyn_cast<ReduceWindowOp>(reader))
    return llvm::any_of(llvm::zip(window.getWindow(), window.getStrides()),
                        [](auto pair) { return std::get<0>(pair) > std::get<1>(pair); });
  if (isa<PadOp>(reader))
    return operand.getOperandNumber() == 1;
  // Which elements a gather takes, and how often, is not known; its indices serve whole slices.
  return isa<GatherOp, GatherElementsOp, GatherNdOp>(reader);
}
} // namespace

KernelSet::KernelSet(func::FuncOp func, InlineRule rule) : func(func), rule(std::move(rule)) {
  SmallVector<Operation *> ops;
  for (Operation &op : func.getBody().front().without_terminator())
    if (isMemoryOp(&op))
      ops.push_back(&op);
  // Readers first. Kernels are numbered from the results backwards; getPartition puts them in block order.
  for (Operation *op : llvm::reverse(ops)) {
    bool mustStore = false;
    State state = collectReaders(op, mustStore);
    bool isInlined = !mustStore && fits(op, state);
    if (!isInlined && isa<ReshapeOp>(op)) {
      state = State();
      state.isView = true;
    } else if (isInlined) {
      for (int64_t k : state.kernels) {
        Kernel &kernel = kernels[k];
        kernel.ops.insert(op);
        kernel.inputs.remove(op->getResult(0));
        for (Value operand : op->getOperands())
          if (!isSplatConstant(operand))
            kernel.inputs.insert(operand);
      }
    } else {
      addKernel(op);
      state = State();
      state.kernels = {static_cast<int64_t>(kernels.size()) - 1};
      state.places[state.kernels[0]] = {0};
    }
    states[op] = std::move(state);
  }
  states.clear();
  placeNumbers.clear();
  peelViews();
}

void KernelSet::addKernel(Operation *root) {
  Kernel kernel;
  kernel.roots = {root};
  kernel.ops.insert(root);
  for (Value operand : root->getOperands())
    if (!isSplatConstant(operand))
      kernel.inputs.insert(operand);
  kernel.space = IterationSpace::of(root);
  storedBy[root] = kernels.size();
  kernels.push_back(std::move(kernel));
}

int64_t KernelSet::placeBelow(OpOperand &operand, int64_t place) {
  Operation *reader = operand.getOwner();
  if (isElementwise(reader) || isa<ReduceOp, ArgReduceOp>(reader))
    return place;
  return placeNumbers.try_emplace({&operand, place}, placeNumbers.size() + 1).first->second;
}

KernelSet::State KernelSet::collectReaders(Operation *op, bool &mustStore) {
  State state;
  auto interface = cast<IndexMapOpInterface>(op);
  mustStore = interface.getOpClass() == OpClass::Reduction;
  if (isa<ReshapeOp>(op) && !isSplittingReshape(op))
    mustStore = true; // that is: stays a view
  for (OpOperand &use : op->getResult(0).getUses()) {
    Operation *reader = use.getOwner();
    if (!isMemoryOp(reader) || states[reader].isView) {
      mustStore = true;
      continue;
    }
    const State &readerState = states[reader];
    state.repeats |= readerState.repeats || isRepeated(use);
    for (int64_t k : readerState.kernels) {
      if (!llvm::is_contained(state.kernels, k))
        state.kernels.push_back(k);
      Places &places = state.places[k];
      for (int64_t place : readerState.places.lookup(k)) {
        int64_t below = placeBelow(use, place);
        if (!llvm::is_contained(places, below) && places.size() <= rule.maxEvaluations)
          places.push_back(below);
      }
    }
  }
  llvm::sort(state.kernels);
  return state;
}

bool KernelSet::fits(Operation *op, const State &state) {
  if (rule.mayInline && !rule.mayInline(op))
    return false;
  if (isHeavy(op) && (state.kernels.size() > 1 || state.repeats))
    return false;
  if (state.kernels.size() > rule.maxCopies && !isFree(op))
    return false;
  for (int64_t k : state.kernels) {
    const Kernel &kernel = kernels[k];
    if (state.places.lookup(k).size() > rule.maxEvaluations || kernel.ops.size() + 1 > rule.maxOps)
      return false;
    llvm::SmallPtrSet<Value, 4> added;
    for (Value operand : op->getOperands())
      if (!isSplatConstant(operand) && !kernel.inputs.contains(operand))
        added.insert(operand);
    // The op's own result leaves the inputs; the root's result is one more buffer.
    if (!added.empty() && kernel.inputs.size() - 1 + added.size() + 1 > rule.maxBuffers)
      return false;
  }
  return true;
}

/// A reshape whose operand turned out to be stored is a view of it: the kernel reads the view.
void KernelSet::peelViews() {
  for (Kernel &kernel : kernels) {
    bool changed = true;
    while (changed) {
      changed = false;
      for (Operation *op : kernel.ops.takeVector()) {
        auto reshape = dyn_cast<ReshapeOp>(op);
        bool readsMemory = reshape && kernel.inputs.contains(reshape.getInput());
        if (!readsMemory) {
          kernel.ops.insert(op);
          continue;
        }
        kernel.inputs.insert(reshape.getResult());
        changed = true;
      }
      SmallVector<Value> stale;
      for (Value input : kernel.inputs)
        if (llvm::none_of(input.getUsers(), [&](Operation *user) { return kernel.ops.contains(user); }))
          stale.push_back(input);
      for (Value input : stale)
        kernel.inputs.remove(input);
    }
  }
}

int64_t KernelSet::getKernelOf(Value value) const {
  Operation *op = value.getDefiningOp();
  auto it = op ? storedBy.find(op) : storedBy.end();
  return it == storedBy.end() ? -1 : it->second;
}

void KernelSet::merge(size_t into, size_t from) {
  Kernel &target = kernels[into], &source = kernels[from];
  for (Operation *root : source.roots) {
    storedBy[root] = into;
    target.roots.push_back(root);
  }
  llvm::sort(target.roots, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  target.ops.insert(source.ops.begin(), source.ops.end());
  target.inputs.insert(source.inputs.begin(), source.inputs.end());
  target.space.join(source.space);
  for (Operation *root : target.roots)
    target.inputs.remove(root->getResult(0));
  source = Kernel();
}

Partition KernelSet::getPartition() {
  Partition partition;
  auto before = [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); };
  for (Kernel &kernel : kernels) {
    if (kernel.roots.empty())
      continue;
    PlannedGroup group;
    group.roots = kernel.roots;
    group.ops = llvm::to_vector(kernel.ops);
    llvm::sort(group.ops, before);
    partition.push_back(std::move(group));
  }
  llvm::sort(partition, [&](const PlannedGroup &a, const PlannedGroup &b) {
    return a.roots.front()->isBeforeInBlock(b.roots.front());
  });
  return partition;
}

} // namespace tao
