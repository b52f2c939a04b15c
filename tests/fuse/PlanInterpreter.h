// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a group as its plan says: block by block, region by region, thread by thread, with values where their buffers
// are. It knows docs/plan.md and nothing of planners or checker. What a real machine would do by chance, such as a read
// that no barrier orders, is an error here.
#ifndef TAO_TESTS_FUSE_PLANINTERPRETER_H
#define TAO_TESTS_FUSE_PLANINTERPRETER_H

#include "dialects/Stitch/StitchDialect.h"
#include "dialects/Stitch/StitchPlan.h"
#include "passes/interp/HostTensor.h"

namespace tao {

struct PlanRun {
  std::vector<HostTensor> outputs; // meaningless with an error
  std::string error;
};

/// Runs the first variant whose guard holds. `warp` is the machine's number of threads in a warp. With a `prime`
/// below 2^26 floating point values are residues of it, for groups whose ops all mean something then.
PlanRun interpretPlan(stitch::GroupOp group, const stitch::StitchPlan &plan, llvm::ArrayRef<HostTensor> inputs,
                      int64_t warp, int64_t prime = 0);

/// The same group op by op.
PlanRun interpretUnfused(stitch::GroupOp group, llvm::ArrayRef<HostTensor> inputs, int64_t prime = 0);

/// Whether all ops of the group mean something modulo a prime.
bool isModular(stitch::GroupOp group);

} // namespace tao
#endif
