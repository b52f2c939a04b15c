// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Plans with one mistake: what a planner with a fault might write.
#ifndef TAO_TESTS_FUSE_MUTANTS_H
#define TAO_TESTS_FUSE_MUTANTS_H

#include "dialects/Stitch/StitchPlan.h"

namespace tao {

struct Mutant {
  llvm::StringRef mistake; // its kind
  std::string where;
  stitch::StitchPlan plan;
};

/// Every single mistake of every kind, in all variants.
std::vector<Mutant> mutate(const stitch::StitchPlan &plan);

} // namespace tao
#endif
