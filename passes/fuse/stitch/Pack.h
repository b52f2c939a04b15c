// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Packing: groups that do not depend on one another share a launch, each with a grid of its own. So hundreds of
// optimizer updates become a few kernels.
#ifndef TAO_PASSES_FUSE_STITCH_PACK_H
#define TAO_PASSES_FUSE_STITCH_PACK_H

#include "passes/fuse/stitch/AtomGraph.h"

namespace tao {

/// `groups` cover all atoms. Groups that must run at their level are put together first; those that may as well run
/// later, since nothing waits for them, then join the next kernel that has room. Their atoms' levels change with them.
AtomPartition packIndependent(AtomGraph &graph, const AtomPartition &groups);

} // namespace tao
#endif
