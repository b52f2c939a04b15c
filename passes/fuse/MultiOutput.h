// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Multi-output fusion: merges kernels that loop over the same space, so that what both read is read once.
#ifndef TAO_PASSES_FUSE_MULTIOUTPUT_H
#define TAO_PASSES_FUSE_MULTIOUTPUT_H

#include "passes/fuse/KernelSet.h"

namespace tao {

/// First each kernel with those that read its results element by element, then siblings that read the same tensor. Only
/// kernels with equally many contractions before them merge, and never so that a cycle arises.
void fuseMultiOutput(KernelSet &kernels);

} // namespace tao
#endif
