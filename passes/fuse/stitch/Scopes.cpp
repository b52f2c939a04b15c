// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Scopes.h.
#include "passes/fuse/stitch/Scopes.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace tao {

namespace {
/// Atoms of one level that read each other, in order of their first atoms.
void joinReaders(const AtomGraph &graph, llvm::IntEqClasses &classes) {
  for (Atom a = 0; a < graph.size(); ++a)
    for (Atom reader : graph.getReaders(a))
      if (graph.getLevel(reader) == graph.getLevel(a))
        classes.join(a, reader);
}

AtomPartition collect(llvm::IntEqClasses &classes, size_t size) {
  classes.compress();
  AtomPartition scopes(classes.getNumClasses()); // numbered by their first atoms
  for (Atom a = 0; a < size; ++a)
    scopes[classes[a]].push_back(a);
  return scopes;
}
} // namespace

void sinkToReaders(AtomGraph &graph) {
  llvm::IntEqClasses classes(graph.size());
  joinReaders(graph, classes);
  AtomPartition parts = collect(classes, graph.size());
  // Readers first, so that a chain of parts ends up in one level.
  llvm::sort(parts, [&](const AtomList &a, const AtomList &b) {
    return std::make_pair(graph.getLevel(a.front()), a.front()) > std::make_pair(graph.getLevel(b.front()), b.front());
  });
  for (const AtomList &part : parts) {
    int64_t level = graph.getLevel(part.front()), first = graph.getNumLevels(), last = first;
    for (Atom a : part) {
      last = std::min(last, graph.getLastLevelForOthers(a));
      for (Atom reader : graph.getReaders(a))
        if (graph.getLevel(reader) != level)
          first = std::min(first, graph.getLevel(reader));
    }
    if (first <= last && first < graph.getNumLevels())
      for (Atom a : part)
        graph.setLevel(a, first);
  }
}

AtomPartition findScopes(const AtomGraph &graph) {
  llvm::IntEqClasses classes(graph.size());
  joinReaders(graph, classes);
  llvm::MapVector<std::pair<Value, int64_t>, Atom> readers;
  for (Atom a = 0; a < graph.size(); ++a)
    for (Value input : graph.getSharedInputs(a)) {
      auto [it, inserted] = readers.try_emplace({input, graph.getLevel(a)}, a);
      if (!inserted)
        classes.join(it->second, a);
    }
  return collect(classes, graph.size());
}

} // namespace tao
