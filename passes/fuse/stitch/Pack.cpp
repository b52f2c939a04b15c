// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Pack.h. FusionStitching calls it remote fusion, AStitch remote stitching.
#include "passes/fuse/stitch/Pack.h"
#include "passes/fuse/stitch/AtomGroups.h"

using namespace mlir;

namespace tao {

namespace {
class Packer {
public:
  Packer(AtomGraph &graph, const AtomPartition &partition)
      : graph(graph), groups(graph, partition), open(graph.getNumLevels()), parts(partition.size()) {
    for (size_t g = 0; g < groups.size(); ++g) {
      parts[g].emplace_back(groups.getAtoms(g));
      load.push_back(graph.getLoad(groups.getAtoms(g)));
    }
  }

  AtomPartition run() {
    SmallVector<std::pair<int64_t, size_t>> free; // last level, group
    for (size_t g = 0; g < groups.size(); ++g)
      if (int64_t last = getLastLevel(g); last > groups.getLevel(g))
        free.emplace_back(last, g);
      else if (!tryJoin(g))
        open[groups.getLevel(g)].push_back(g);
    // The most urgent first. One that finds no room opens a kernel at its last level, where most others may join it.
    llvm::sort(free);
    for (auto [last, g] : free) {
      bool joined = false;
      for (int64_t level = groups.getLevel(g); level <= last && !joined; ++level) {
        groups.setLevel(g, level);
        joined = tryJoin(g);
      }
      if (!joined)
        open[last].push_back(g);
    }
    AtomPartition result;
    for (size_t g = 0; g < groups.size(); ++g)
      if (!groups.getAtoms(g).empty())
        settle(parts[g], result);
    llvm::sort(result, [](const AtomList &a, const AtomList &b) { return a.front() < b.front(); });
    return result;
  }

private:
  int64_t getLastLevel(size_t g) const {
    int64_t last = graph.getNumLevels() - 1;
    for (Atom a : groups.getAtoms(g))
      last = std::min(last, graph.getLastLevelForOthers(a));
    for (size_t reader : groups.getReaders(g))
      last = std::min(last, groups.getLevel(reader));
    return last;
  }

  bool tryJoin(size_t g) {
    for (size_t target : open[groups.getLevel(g)]) {
      AtomGraph::Load sum = load[target] + load[g];
      if (!graph.canPack(sum) || groups.depends(target, g))
        continue;
      groups.merge(target, g);
      load[target] = sum;
      llvm::append_range(parts[target], parts[g]);
      return true;
    }
    return false;
  }

  /// The kernel as it is, or its halves where it costs more than they do or does not fit.
  void settle(ArrayRef<AtomList> list, AtomPartition &result) {
    AtomList all;
    double sum = 0;
    for (const AtomList &part : list) {
      all = unite(all, part);
      sum += graph.estimate(part).value_or(graph.estimateAtLeast(part));
    }
    std::optional<double> together = list.size() > 1 ? graph.estimate(all) : sum;
    if (together && *together <= sum) {
      result.push_back(std::move(all));
      return;
    }
    settle(list.take_front(list.size() / 2), result);
    settle(list.drop_front(list.size() / 2), result);
  }

  AtomGraph &graph;
  AtomGroups groups;
  std::vector<SmallVector<size_t>> open; // kernels of each level
  std::vector<SmallVector<AtomList>> parts;
  std::vector<AtomGraph::Load> load;
};
} // namespace

AtomPartition packIndependent(AtomGraph &graph, const AtomPartition &groups) { return Packer(graph, groups).run(); }

} // namespace tao
