// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Included first in builds with assertions. The packaged LLVM is built without them, and the layout of llvm::Statistic, which
// pass statistics inherit, depends on that: seen otherwise, tao's passes would write past the end of theirs.
#ifndef TAO_THIRD_PARTY_DEBUGLAYOUT_H
#define TAO_THIRD_PARTY_DEBUGLAYOUT_H
#ifndef NDEBUG
#define NDEBUG
#include "llvm/ADT/Statistic.h"
#undef NDEBUG
#include <cassert>
#endif
#endif
