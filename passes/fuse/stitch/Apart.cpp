// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Apart.h. The planner does not keep account of all that it refused: what it would have said about two neighbours
// is asked again here, of what the two have become.
#include "passes/fuse/stitch/Apart.h"
#include "passes/fuse/stitch/AtomGroups.h"

using namespace mlir;

namespace tao {

namespace {
/// Of the smaller of two grids, what is left when both together have too few blocks.
constexpr double kFewBlocks = 0.125;

/// Reader and producer have been found worth keeping apart: the first of all reasons that holds.
WhyNot explain(AtomGraph &graph, const AtomGroups &groups, size_t producer, size_t reader, std::string &detail) {
  if (groups.getLevel(producer) != groups.getLevel(reader))
    return WhyNot::different_level;
  if (!groups.canMerge(producer, reader))
    return WhyNot::cycle;
  AtomList both = unite(groups.getAtoms(producer), groups.getAtoms(reader));
  if (auto exceeded = graph.getExceeded(both))
    return *exceeded;
  std::optional<double> together = graph.estimate(both, &detail);
  if (!together)
    return WhyNot::does_not_fit;
  auto alone = [&](size_t g) {
    return graph.estimate(groups.getAtoms(g)).value_or(graph.estimateAtLeast(groups.getAtoms(g)));
  };
  if (*together < alone(producer) + alone(reader))
    return WhyNot::other_partition;
  double fewer = std::min(graph.countBlocks(groups.getAtoms(producer)), graph.countBlocks(groups.getAtoms(reader)));
  return graph.countBlocks(both) < kFewBlocks * fewer ? WhyNot::serial_grid : WhyNot::costs_more;
}
} // namespace

Partition makePartition(AtomGraph &graph, const AtomPartition &atoms) {
  Partition partition;
  for (const AtomList &list : atoms)
    partition.push_back(graph.makeGroup(list));
  AtomGroups groups(graph, atoms);
  for (size_t g = 0; g < groups.size(); ++g)
    for (size_t reader : groups.getReaders(g)) {
      std::string detail;
      WhyNot why = explain(graph, groups, g, reader, detail);
      for (Operation *root : partition[g].roots)
        partition[reader].apart.try_emplace(root, why);
      if (why == WhyNot::does_not_fit)
        partition[reader].ops.back()->emitRemark()
            << "in a kernel of its own: together with " << partition[g].ops.back()->getName() << " it " << detail;
    }
  llvm::sort(partition, [](const PlannedGroup &a, const PlannedGroup &b) {
    return a.roots.front()->isBeforeInBlock(b.roots.front());
  });
  return partition;
}

} // namespace tao
