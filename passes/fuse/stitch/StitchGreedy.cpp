// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See StitchGreedy.h. AStitch (ASPLOS 2022) takes the largest scope between contractions and then makes it fit; here
// scopes grow from the kernels of xla-like towards it, and stop where a larger one would cost more.
#include "passes/fuse/stitch/StitchGreedy.h"
#include "passes/fuse/stitch/AtomGroups.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace tao {

namespace {
AtomPartition makeSingles(const AtomGraph &graph) {
  AtomPartition partition;
  for (Atom a = 0; a < graph.size(); ++a)
    partition.push_back({a});
  return partition;
}

class GreedyStitcher {
public:
  explicit GreedyStitcher(AtomGraph &graph) : graph(graph), groups(graph, makeSingles(graph)) {}

  AtomPartition run() {
    for (Atom a = 0; a < graph.size(); ++a)
      mergeWithReaders(a);
    mergeSiblings();
    return groups.getPartition();
  }

private:
  bool tryMerge(size_t a, size_t b) {
    if (a == b || !graph.canPack(graph.getLoad(groups.getAtoms(a)) + graph.getLoad(groups.getAtoms(b))))
      return false;
    auto together = graph.estimate(unite(groups.getAtoms(a), groups.getAtoms(b)));
    auto first = graph.estimate(groups.getAtoms(a)), second = graph.estimate(groups.getAtoms(b));
    bool pays = together && (!first || !second || *together < *first + *second);
    if (!pays || !groups.canMerge(a, b))
      return false;
    groups.merge(a, b);
    return true;
  }

  void mergeWithReaders(Atom a) {
    for (bool changed = true; changed;) {
      changed = false;
      size_t g = groups.getGroupOf(a);
      for (size_t reader : llvm::to_vector(groups.getReaders(g)))
        if (groups.getLevel(reader) == groups.getLevel(g) && tryMerge(g, reader)) {
          changed = true;
          break;
        }
    }
  }

  void mergeSiblings() {
    llvm::MapVector<std::pair<Value, int64_t>, SmallVector<Atom>> readersOf;
    for (Atom a = 0; a < graph.size(); ++a)
      for (Value input : graph.getSharedInputs(a))
        readersOf[{input, graph.getLevel(a)}].push_back(a);
    for (auto &[value, list] : readersOf)
      for (Atom a : ArrayRef<Atom>(list).drop_front())
        tryMerge(groups.getGroupOf(list[0]), groups.getGroupOf(a));
  }

  AtomGraph &graph;
  AtomGroups groups;
};
} // namespace

AtomPartition growGreedily(AtomGraph &graph) { return GreedyStitcher(graph).run(); }

} // namespace tao
