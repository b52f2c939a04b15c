// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Candidates.h. PatternReduction is the approximate dynamic programming of FusionStitching (arXiv 2009.10924,
// section 5): from the last atom to the first, the best few patterns that start at an atom are those of its readers,
// combined. Here it runs in both directions, so that what joins has as good a chance as what forks, and over the
// readers of each shared tensor.
#include "passes/fuse/stitch/Candidates.h"
#include "llvm/ADT/MapVector.h"
#include <unordered_set>

using namespace mlir;

namespace tao {

namespace {
/// More cannot be one kernel; unions beyond it are not looked at.
constexpr size_t kMaxAtoms = 96;
constexpr size_t kMaxSearch = 4096;

struct Pattern {
  AtomList atoms;
  double saved = 0; // against its atoms alone
};
using Patterns = SmallVector<Pattern, 4>;

class PatternReduction {
public:
  PatternReduction(AtomGraph &graph, ArrayRef<Atom> scope, size_t width) : graph(graph), scope(scope), width(width) {
    for (Atom a : scope)
      alone[a] = estimateAlone(graph, a);
  }

  void run() {
    llvm::DenseMap<Atom, Patterns> downwards, upwards;
    for (Atom a : llvm::reverse(scope))
      downwards[a] = reduce({a}, inScope(graph.getReaders(a)), downwards);
    for (Atom a : scope)
      upwards[a] = reduce({a}, inScope(graph.getProducers(a)), upwards);
    llvm::MapVector<Value, SmallVector<Atom>> readersOf;
    for (Atom a : scope)
      for (Value input : graph.getSharedInputs(a))
        readersOf[input].push_back(a);
    llvm::DenseMap<Atom, Patterns> around;
    for (Atom a : scope)
      around[a] = combine({a}, downwards[a], upwards[a]);
    for (auto &[value, readers] : readersOf)
      if (readers.size() > 1)
        reduce({}, readers, around);
  }

  void add(AtomList atoms) {
    if (atoms.size() < 2 || !seen.insert(atoms).second || !fitsRoughly(atoms) || !isConvex(atoms))
      return;
    note({std::move(atoms), 0});
  }
  std::vector<Candidate> take() { return std::move(found); }

private:
  SmallVector<Atom> inScope(ArrayRef<Atom> list) const {
    SmallVector<Atom> result;
    llvm::copy_if(list, std::back_inserter(result), [&](Atom a) { return alone.count(a); });
    return result;
  }

  double sumAlone(ArrayRef<Atom> list) const {
    double sum = 0;
    for (Atom a : list)
      sum += alone.lookup(a);
    return sum;
  }

  bool fitsRoughly(ArrayRef<Atom> list) const { return list.size() <= kMaxAtoms; }

  /// No path leaves the set and comes back. It would pass atoms between its first and its last.
  bool isConvex(ArrayRef<Atom> list) const {
    auto isInside = [&](Atom a) { return std::binary_search(list.begin(), list.end(), a); };
    llvm::SmallDenseSet<Atom> visited;
    SmallVector<Atom> stack;
    auto push = [&](Atom a) {
      for (Atom reader : graph.getReaders(a))
        if (reader < list.back() && !isInside(reader) && alone.count(reader) && visited.insert(reader).second)
          stack.push_back(reader);
    };
    llvm::for_each(list, push);
    while (!stack.empty()) {
      Atom a = stack.pop_back_val();
      if (visited.size() > kMaxSearch || llvm::any_of(graph.getReaders(a), isInside))
        return false;
      push(a);
    }
    return true;
  }

  /// The set's exact saving; one that saves becomes a candidate.
  bool note(Pattern &&pattern) {
    std::optional<double> cost = graph.estimate(pattern.atoms);
    if (!cost)
      return false;
    pattern.saved = sumAlone(pattern.atoms) - *cost;
    if (pattern.saved > 0)
      found.push_back({pattern.atoms, *cost});
    return pattern.saved > 0;
  }

  /// The best unions of `base` with one of each side's patterns, or with none of them.
  Patterns combine(AtomList base, ArrayRef<Pattern> left, ArrayRef<Pattern> right) {
    SmallVector<AtomList> unions{base};
    for (const Pattern &l : left)
      unions.push_back(unite(base, l.atoms));
    for (const Pattern &r : right) {
      unions.push_back(unite(base, r.atoms));
      for (const Pattern &l : left)
        unions.push_back(unite(unite(base, l.atoms), r.atoms));
    }
    // What a set can save at most is cheap to know; the exact saving is asked for while it can still matter.
    Patterns hopeful;
    std::unordered_set<AtomList, AtomListHash> own;
    for (AtomList &atoms : unions)
      if (atoms.size() > 1 && fitsRoughly(atoms) && own.insert(atoms).second)
        if (double most = sumAlone(atoms) - graph.estimateAtLeast(atoms); most > 0)
          hopeful.push_back({std::move(atoms), most});
    llvm::sort(hopeful, [](const Pattern &a, const Pattern &b) {
      return a.saved != b.saved ? a.saved > b.saved : a.atoms < b.atoms;
    });
    Patterns best;
    for (Pattern &pattern : hopeful) {
      if (best.size() == width && best.back().saved >= pattern.saved)
        break;
      bool isNew = seen.insert(pattern.atoms).second;
      if (isNew && !isConvex(pattern.atoms)) {
        refused.insert(pattern.atoms);
        continue;
      }
      if (refused.count(pattern.atoms))
        continue;
      std::optional<double> cost = graph.estimate(pattern.atoms);
      if (!cost)
        continue;
      pattern.saved = sumAlone(pattern.atoms) - *cost;
      if (pattern.saved <= 0)
        continue;
      if (isNew)
        found.push_back({pattern.atoms, *cost});
      auto at = llvm::find_if(best, [&](const Pattern &other) { return other.saved < pattern.saved; });
      best.insert(at, std::move(pattern));
      if (best.size() > width)
        best.pop_back();
    }
    return best;
  }

  /// PatternReduction: the list is halved until one or two remain; every half keeps its best few.
  Patterns reduce(AtomList base, ArrayRef<Atom> list, const llvm::DenseMap<Atom, Patterns> &table) {
    if (list.empty())
      return {};
    if (list.size() == 1)
      return combine(base, options(list[0], table), {});
    if (list.size() == 2)
      return combine(base, options(list[0], table), options(list[1], table));
    size_t half = list.size() / 2;
    Patterns left = reduce(base, list.take_front(half), table), right = reduce(base, list.drop_front(half), table);
    return combine(std::move(base), left, right);
  }

  Patterns options(Atom a, const llvm::DenseMap<Atom, Patterns> &table) const {
    Patterns result = table.lookup(a);
    result.push_back({{a}, 0});
    return result;
  }

  AtomGraph &graph;
  ArrayRef<Atom> scope;
  size_t width;
  llvm::DenseMap<Atom, double> alone;
  std::unordered_set<AtomList, AtomListHash> seen, refused;
  std::vector<Candidate> found;
};
} // namespace

double estimateAlone(AtomGraph &graph, Atom a) { return graph.estimate(a).value_or(graph.estimateAtLeast(a)); }

std::vector<Candidate> findCandidates(AtomGraph &graph, ArrayRef<Atom> scope, ArrayRef<AtomList> known, size_t width) {
  PatternReduction reduction(graph, scope, width);
  reduction.add(AtomList(scope.begin(), scope.end()));
  for (const AtomList &atoms : known)
    reduction.add(atoms);
  reduction.run();
  std::vector<Candidate> candidates = reduction.take();
  for (Atom a : scope)
    candidates.push_back({{a}, estimateAlone(graph, a)});
  return candidates;
}

} // namespace tao
