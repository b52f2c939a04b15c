// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See StitchPlanner.h.
#include "passes/fuse/stitch/StitchPlanner.h"
#include "passes/fuse/MultiOutput.h"
#include "passes/fuse/OpLevels.h"
#include "passes/fuse/stitch/Apart.h"
#include "passes/fuse/stitch/Pack.h"
#include "passes/fuse/stitch/PartitionSearch.h"
#include "passes/fuse/stitch/Scopes.h"
#include "passes/fuse/stitch/StitchGreedy.h"

using namespace mlir;

namespace tao {

namespace {
/// Patterns kept per atom. FusionStitching keeps 3.
constexpr size_t kPatterns = 4;
/// Budget of the search, in states per scope.
constexpr size_t kStates = 16384;
constexpr size_t kLeastBeam = 4, kMostBeam = 256;

double sumCosts(AtomGraph &graph, const AtomPartition &partition) {
  double sum = 0;
  for (const AtomList &atoms : partition)
    sum += graph.estimate(atoms).value_or(graph.estimateAtLeast(atoms));
  return sum;
}

/// As for xla-like, but what several levels read is stored: pass recompute has decided that.
InlineRule makeRule(const OpLevels &levels) {
  InlineRule rule;
  rule.mayInline = [&](Operation *op) {
    return isa<BroadcastOp, SliceOp, IotaOp, SizeOp, ReshapeOp>(op) || levels.isReadAtOneLevel(op);
  };
  return rule;
}

/// The atoms: kernels of xla-like, each at the level of its first reader.
AtomGraph makeAtoms(KernelSet &kernels, const Arch &arch) {
  fuseMultiOutput(kernels);
  AtomGraph graph(kernels, arch);
  sinkToReaders(graph);
  return graph;
}

/// The cheapest partition that is found of one scope, the greedy one included.
AtomPartition solveScope(AtomGraph &graph, const AtomList &scope, const AtomPartition &greedy) {
  if (scope.size() == 1)
    return {scope};
  std::vector<Candidate> candidates = findCandidates(graph, scope, greedy, kPatterns);
  size_t beam = std::clamp(kStates / scope.size(), kLeastBeam, kMostBeam);
  ScopePartition best = searchPartition(graph, scope, candidates, beam);
  return best.cost <= sumCosts(graph, greedy) ? best.groups : greedy;
}
} // namespace

Partition StitchGreedyPlanner::plan(func::FuncOp func, const Arch &arch) const {
  OpLevels levels(func);
  KernelSet kernels(func, makeRule(levels));
  AtomGraph graph = makeAtoms(kernels, arch);
  return makePartition(graph, packIndependent(graph, growGreedily(graph)));
}

Partition StitchPlanner::plan(func::FuncOp func, const Arch &arch) const {
  OpLevels levels(func);
  KernelSet kernels(func, makeRule(levels));
  AtomGraph graph = makeAtoms(kernels, arch);
  AtomPartition scopes = findScopes(graph), grown = growGreedily(graph);
  std::vector<size_t> scopeOf(graph.size());
  for (auto [s, scope] : llvm::enumerate(scopes))
    for (Atom a : scope)
      scopeOf[a] = s;
  std::vector<AtomPartition> greedy(scopes.size());
  for (const AtomList &atoms : grown)
    greedy[scopeOf[atoms.front()]].push_back(atoms);

  AtomPartition found;
  for (auto [scope, known] : llvm::zip(scopes, greedy))
    llvm::append_range(found, solveScope(graph, scope, known));
  // Packing moves atoms to later levels, so each of the two packs a graph of its own.
  AtomGraph other = graph;
  AtomPartition packed = packIndependent(graph, found), greedyPacked = packIndependent(other, grown);
  bool isBetter = sumCosts(graph, packed) <= sumCosts(other, greedyPacked);
  return isBetter ? makePartition(graph, packed) : makePartition(other, greedyPacked);
}

} // namespace tao
