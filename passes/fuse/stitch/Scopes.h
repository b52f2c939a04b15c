// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The maximal scopes: atoms of one level that are tied together by what they read. AStitch's scope is the largest part
// of a graph without contractions; here a level of it, since nothing of two levels makes one kernel.
#ifndef TAO_PASSES_FUSE_STITCH_SCOPES_H
#define TAO_PASSES_FUSE_STITCH_SCOPES_H

#include "passes/fuse/stitch/AtomGraph.h"

namespace tao {

/// Moves atoms whose results are first read by atoms of a later level to that level: a mask that is computed from
/// inputs belongs to its first reader, however early it could be computed. What hangs together moves together.
void sinkToReaders(AtomGraph &graph);

/// Every atom is in one scope. Two of one level are in the same scope when one reads the other, or both read a tensor
/// that is worth sharing.
AtomPartition findScopes(const AtomGraph &graph);

} // namespace tao
#endif
