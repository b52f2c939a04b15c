// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sets of atoms of one scope that are worth being one kernel.
#ifndef TAO_PASSES_FUSE_STITCH_CANDIDATES_H
#define TAO_PASSES_FUSE_STITCH_CANDIDATES_H

#include "passes/fuse/stitch/AtomGraph.h"

namespace tao {

struct Candidate {
  AtomList atoms;
  double cost; // microseconds
};

/// Every atom alone; the whole scope; the groups of `known` that lie in the scope; and what PatternReduction finds with
/// `width` sets kept per atom. All are convex, fit, and cost less than their atoms alone. Deterministic.
std::vector<Candidate> findCandidates(AtomGraph &graph, llvm::ArrayRef<Atom> scope, llvm::ArrayRef<AtomList> known,
                                      size_t width);

/// What an atom costs alone. One that does not fit by itself has to be some kernel all the same.
double estimateAlone(AtomGraph &graph, Atom a);

} // namespace tao
#endif
