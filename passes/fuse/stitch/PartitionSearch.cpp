// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PartitionSearch.h.
#include "passes/fuse/stitch/PartitionSearch.h"

using namespace mlir;

namespace tao {

namespace {
/// A candidate in numbers of the scope.
struct Piece {
  SmallVector<unsigned, 8> atoms;  // ascending
  SmallVector<unsigned, 8> needed; // what its atoms read of other atoms; ascending
  double cost;
  double share; // what `least` says of its atoms together
};

struct State {
  BitVector taken;
  unsigned first = 0; // the first atom not taken
  double cost = 0;
  double rest = 0;  // at least what the atoms not taken will cost
  size_t trace = 0; // how it was reached
};

class Search {
public:
  Search(const AtomGraph &graph, ArrayRef<Atom> scope, ArrayRef<Candidate> candidates, size_t beam)
      : scope(scope), candidates(candidates), beam(beam), piecesOf(scope.size()) {
    llvm::DenseMap<Atom, unsigned> number;
    for (auto [i, a] : llvm::enumerate(scope))
      number[a] = i;
    std::vector<double> least(scope.size(), std::numeric_limits<double>::max());
    for (const Candidate &candidate : candidates) {
      Piece piece{{}, {}, candidate.cost, 0};
      for (Atom a : candidate.atoms) {
        unsigned i = number[a];
        piece.atoms.push_back(i);
        piecesOf[i].push_back(pieces.size());
        least[i] = std::min(least[i], candidate.cost / static_cast<double>(candidate.atoms.size()));
        for (Atom producer : graph.getProducers(a))
          if (auto it = number.find(producer); it != number.end())
            if (!std::binary_search(candidate.atoms.begin(), candidate.atoms.end(), producer))
              piece.needed.push_back(it->second);
      }
      llvm::sort(piece.needed);
      piece.needed.erase(llvm::unique(piece.needed), piece.needed.end());
      pieces.push_back(std::move(piece));
    }
    for (Piece &piece : pieces)
      for (unsigned i : piece.atoms)
        piece.share += least[i];
    for (double share : least)
      total += share;
  }

  ScopePartition run() {
    size_t size = scope.size();
    std::vector<std::vector<State>> buckets(size + 1); // by number of atoms taken
    State start{BitVector(size), 0, 0, total, 0};
    traces.push_back({0, 0});
    buckets[0].push_back(std::move(start));
    ScopePartition result;
    for (size_t taken = 0; taken < size; ++taken) {
      std::vector<State> states = std::move(buckets[taken]);
      result.isExact &= keepBest(states);
      for (const State &state : states)
        expand(state, [&](unsigned p) { take(state, p, buckets[taken + pieces[p].atoms.size()]); });
      buckets[taken] = {};
    }
    keepBest(buckets[size]);
    const State &best = buckets[size].front();
    result.cost = best.cost;
    for (size_t t = best.trace; t != 0; t = traces[t].before)
      result.groups.push_back(candidates[traces[t].piece].atoms);
    llvm::sort(result.groups, [](const AtomList &a, const AtomList &b) { return a.front() < b.front(); });
    return result;
  }

private:
  struct Trace {
    size_t before;
    unsigned piece;
  };

  /// Calls `visit` for the pieces that can come next. Of every partition that contains the groups taken so far, at
  /// least one of the remaining groups is among them: the one with the first free atom, or what that one waits for.
  void expand(const State &state, llvm::function_ref<void(unsigned)> visit) {
    llvm::SmallDenseSet<unsigned> seen{state.first};
    SmallVector<unsigned> pending{state.first};
    auto isTaken = [&](unsigned i) { return state.taken.test(i); };
    while (!pending.empty()) {
      unsigned atom = pending.pop_back_val();
      for (unsigned p : piecesOf[atom]) {
        const Piece &piece = pieces[p];
        if (llvm::any_of(piece.atoms, isTaken))
          continue;
        auto missing = llvm::find_if_not(piece.needed, isTaken);
        if (missing == piece.needed.end())
          visit(p);
        else if (seen.insert(*missing).second)
          pending.push_back(*missing);
      }
    }
  }

  void take(const State &state, unsigned p, std::vector<State> &bucket) {
    State next = state;
    for (unsigned i : pieces[p].atoms)
      next.taken.set(i);
    int first = next.taken.find_next_unset(static_cast<int>(state.first) - 1);
    next.first = first < 0 ? scope.size() : first;
    next.cost += pieces[p].cost;
    next.rest -= pieces[p].share;
    next.trace = traces.size();
    traces.push_back({state.trace, p});
    bucket.push_back(std::move(next));
    // Not too often, and never more than is soon sorted.
    if (bucket.size() >= 16 * beam)
      exact &= keepBest(bucket);
  }

  /// The cheapest of equal states, then the best of all. False when any was dropped that may have been on the way to
  /// the cheapest partition.
  bool keepBest(std::vector<State> &states) {
    llvm::sort(states, [](const State &a, const State &b) {
      return std::make_pair(a.cost + a.rest, a.trace) < std::make_pair(b.cost + b.rest, b.trace);
    });
    std::vector<State> kept;
    bool isExact = exact;
    for (State &state : states) {
      if (llvm::any_of(kept,
                       [&](const State &other) { return other.first == state.first && other.taken == state.taken; }))
        continue;
      if (kept.size() == beam) {
        isExact = false;
        break;
      }
      kept.push_back(std::move(state));
    }
    states = std::move(kept);
    return isExact;
  }

  ArrayRef<Atom> scope;
  ArrayRef<Candidate> candidates;
  size_t beam;
  std::vector<Piece> pieces;
  std::vector<SmallVector<unsigned>> piecesOf; // of each atom
  std::vector<Trace> traces;
  double total = 0;
  bool exact = true;
};
} // namespace

ScopePartition searchPartition(const AtomGraph &graph, ArrayRef<Atom> scope, ArrayRef<Candidate> candidates,
                               size_t beam) {
  return Search(graph, scope, candidates, beam).run();
}

} // namespace tao
