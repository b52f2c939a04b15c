// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cheapest partition of a scope into candidates.
#ifndef TAO_PASSES_FUSE_STITCH_PARTITIONSEARCH_H
#define TAO_PASSES_FUSE_STITCH_PARTITIONSEARCH_H

#include "passes/fuse/stitch/Candidates.h"

namespace tao {

struct ScopePartition {
  AtomPartition groups;
  double cost = 0;
  bool isExact = true; // nothing was dropped on the way: no partition into these candidates costs less
};

/// Groups are taken in an order in which each reads only earlier ones, so that they cannot form a cycle. What has been
/// taken so far is a state; of the states with equally many atoms the best `beam` go on. `candidates` holds each atom
/// alone, so there is always an answer.
ScopePartition searchPartition(const AtomGraph &graph, llvm::ArrayRef<Atom> scope, llvm::ArrayRef<Candidate> candidates,
                               size_t beam);

} // namespace tao
#endif
