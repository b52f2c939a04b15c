// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Components of memory work, the least that each must move, and the least kernels that it takes; see Flow.h.
#include "compiler/report/Flow.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tao {

namespace {
class ComponentFinder {
public:
  ComponentFinder(Flow &flow, const Counter &counter) : flow(flow), counter(counter), nodes(flow.getNodes()) {}

  std::vector<Component> run() {
    llvm::IntEqClasses classes(nodes.size());
    for (auto [n, node] : llvm::enumerate(nodes))
      for (unsigned reader : node.readers)
        if (isAvoidable(n, reader))
          classes.join(n, reader);
    // Siblings: what reads one tensor at one depth could read it once. Constants and single numbers cost nothing.
    llvm::DenseMap<std::pair<Value, int64_t>, unsigned> firstReader;
    for (auto [n, node] : llvm::enumerate(nodes)) {
      if (!node.isMemory)
        continue;
      for (auto &[storage, bytes] : node.reads)
        if (!storage.getDefiningOp<ConstantOp>() && !getNumElements(getDims(storage)).isConstant(1))
          classes.join(firstReader.try_emplace({storage, node.depth}, n).first->second, n);
    }
    classes.compress();
    std::vector<SmallVector<unsigned>> members(classes.getNumClasses());
    for (unsigned n = 0; n < nodes.size(); ++n)
      if (nodes[n].isMemory)
        members[classes[n]].push_back(n);
    std::vector<Component> components;
    for (ArrayRef<unsigned> list : members)
      if (!list.empty())
        components.push_back(measure(list));
    return components;
  }

private:
  /// True when the tensors between two nodes could stay on the chip, as far as order goes.
  bool isAvoidable(unsigned from, unsigned to) {
    return nodes[from].isMemory && nodes[to].isMemory && !flow.hasContractionBetween(from, to);
  }

  Component measure(ArrayRef<unsigned> list) {
    Component component;
    llvm::SetVector<Operation *> groups;
    llvm::MapVector<Value, int64_t> entering;
    llvm::MapVector<std::pair<Operation *, Value>, int64_t> read;
    llvm::SmallSetVector<Value, 4> leaving;
    auto note = [](int64_t &known, int64_t bytes) { known = std::max(known, bytes); };
    for (unsigned n : list) {
      groups.insert(nodes[n].op);
      for (auto &[storage, bytes] : nodes[n].reads) {
        note(read[{nodes[n].op, storage}], bytes);
        int64_t producer = flow.getProducer(storage);
        if (producer < 0 || !isAvoidable(producer, n))
          note(entering[storage], bytes);
      }
      for (Value result : nodes[n].results)
        component.moved = addSaturated(component.moved, counter.bytes(result));
      for (unsigned reader : nodes[n].readers)
        if (!isAvoidable(n, reader))
          for (Value result : nodes[n].results)
            if (nodes[reader].reads.count(result))
              leaving.insert(result);
      for (Value result : nodes[n].results)
        if (isReturned(result))
          leaving.insert(result);
    }
    for (auto &[key, bytes] : read)
      component.moved = addSaturated(component.moved, bytes);
    for (auto &[storage, bytes] : entering)
      component.bound = addSaturated(component.bound, bytes);
    for (Value result : leaving)
      component.bound = addSaturated(component.bound, counter.bytes(result));
    component.groups = groups.takeVector();
    component.floor = findFloor(list);
    return component;
  }

  static bool isReturned(Value value) {
    return llvm::any_of(value.getUsers(), [](Operation *user) {
      return user->hasTrait<OpTrait::IsTerminator>() || (isa<ReshapeOp>(user) && isReturned(user->getResult(0)));
    });
  }

  int64_t findFloor(ArrayRef<unsigned> list) {
    bool isFlat = llvm::all_of(list, [&](unsigned n) { return nodes[n].depth == nodes[list.front()].depth; });
    if (isFlat)
      return 1;
    SmallVector<unsigned> order(list);
    llvm::sort(order, [&](unsigned a, unsigned b) {
      return std::make_pair(nodes[a].depth, a) < std::make_pair(nodes[b].depth, b);
    });
    SmallVector<int64_t> chain(order.size(), 1);
    int64_t longest = 1;
    for (size_t i = 0; i < order.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (chain[j] + 1 > chain[i] && flow.hasContractionBetween(order[j], order[i]))
          longest = std::max(longest, chain[i] = chain[j] + 1);
    return longest;
  }

  Flow &flow;
  const Counter &counter;
  ArrayRef<FlowNode> nodes;
};
} // namespace

std::vector<Component> findComponents(Flow &flow, const Counter &counter) {
  return ComponentFinder(flow, counter).run();
}

} // namespace tao
