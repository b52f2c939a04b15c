// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Figures of a stitched group that its plan decides.
#ifndef TAO_COMPILER_REPORT_STAGING_H
#define TAO_COMPILER_REPORT_STAGING_H

#include "compiler/report/Traffic.h"

namespace tao {

/// By the variant that runs at the counter's sizes; zeros for a group without a stitch plan.
StagingReport measureStaging(stitch::GroupOp group, const Counter &counter);
/// The parts of the variant that runs at these sizes; none without a stitch plan.
std::vector<PartReport> reportParts(stitch::GroupOp group, const Counter &counter);

} // namespace tao
#endif
