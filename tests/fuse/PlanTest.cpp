// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Plans of random graphs, run thread by thread, compute what the ops compute one by one: in double precision, and
// exactly modulo two primes where all ops allow that.
#include "PlanGroups.h"
#include "PlanInterpreter.h"
#include "RandomGraph.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace tao {
namespace {

class PlansOfRandomGraphs : public testing::TestWithParam<uint32_t> {};

TEST_P(PlansOfRandomGraphs, ComputeWhatOpsCompute) {
  PlanGroups groups;
  uint32_t seed = GetParam();
  auto kind = static_cast<RandomGraph::Extents>(seed % 5);
  groups.addRandomGraph(seed, kind, seed % 2 ? "stitch" : "stitch-greedy",
                        kPlanMachines[seed / 2 % std::size(kPlanMachines)]);
  for (const PlannedBody &planned : groups.all())
    EXPECT_EQ(findDifference(planned, planned.plan, seed), "") << planned.text();
}

INSTANTIATE_TEST_SUITE_P(Seeds, PlansOfRandomGraphs, testing::Range(0u, 200u));

} // namespace
} // namespace tao
