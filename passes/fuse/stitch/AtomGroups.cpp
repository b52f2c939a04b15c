// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See AtomGroups.h.
#include "passes/fuse/stitch/AtomGroups.h"

using namespace mlir;

namespace tao {

AtomGroups::AtomGroups(AtomGraph &graph, const AtomPartition &partition) : graph(graph), groupOf(graph.size()) {
  for (const AtomList &atoms : partition) {
    for (Atom a : atoms)
      groupOf[a] = groups.size();
    groups.push_back({atoms, {}, {}});
  }
  for (Atom a = 0; a < graph.size(); ++a)
    for (Atom reader : graph.getReaders(a))
      if (size_t from = groupOf[a], to = groupOf[reader]; from != to) {
        groups[from].readers.insert(to);
        groups[to].producers.insert(from);
      }
}

bool AtomGroups::reaches(size_t a, size_t b, bool alsoDirectly) const {
  llvm::SmallDenseSet<size_t> seen;
  SmallVector<size_t> stack;
  for (size_t next : groups[a].readers)
    if (next != b)
      stack.push_back(next);
    else if (alsoDirectly)
      return true;
  while (!stack.empty()) {
    size_t g = stack.pop_back_val();
    if (g == b)
      return true;
    if (getLevel(g) != getLevel(a) || !seen.insert(g).second)
      continue;
    // Long searches end in "yes": not merging is always right.
    if (seen.size() > kMaxSearch)
      return true;
    stack.append(groups[g].readers.begin(), groups[g].readers.end());
  }
  return false;
}

bool AtomGroups::hasDetour(size_t a, size_t b) const { return reaches(a, b, false); }
bool AtomGroups::depends(size_t a, size_t b) const { return reaches(a, b, true) || reaches(b, a, true); }

void AtomGroups::merge(size_t into, size_t from) {
  Group &target = groups[into], &source = groups[from];
  for (Atom a : source.atoms)
    groupOf[a] = into;
  target.atoms = unite(target.atoms, source.atoms);
  for (size_t reader : source.readers) {
    groups[reader].producers.remove(from);
    if (reader != into) {
      groups[reader].producers.insert(into);
      target.readers.insert(reader);
    }
  }
  for (size_t producer : source.producers) {
    groups[producer].readers.remove(from);
    if (producer != into) {
      groups[producer].readers.insert(into);
      target.producers.insert(producer);
    }
  }
  source = Group();
  target.readers.remove(into);
  target.producers.remove(into);
}

void AtomGroups::setLevel(size_t g, int64_t level) {
  for (Atom a : groups[g].atoms)
    graph.setLevel(a, level);
}

AtomPartition AtomGroups::getPartition() const {
  AtomPartition partition;
  for (const Group &group : groups)
    if (!group.atoms.empty())
      partition.push_back(group.atoms);
  llvm::sort(partition, [](const AtomList &a, const AtomList &b) { return a.front() < b.front(); });
  return partition;
}

} // namespace tao
