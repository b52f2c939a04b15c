// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Groups with plans, as the tests of plans want them: from random graphs or from text.
#ifndef TAO_TESTS_FUSE_PLANGROUPS_H
#define TAO_TESTS_FUSE_PLANGROUPS_H

#include "RandomGraph.h"
#include "dialects/Stitch/StitchDialect.h"
#include "passes/fuse/check/PlanChecker.h"

namespace tao {

/// Architectures whose plans the tests run: with warps and without.
inline constexpr const char *kPlanMachines[] = {"sm_90", "x86-avx2", "sm_80"};

struct PlannedBody {
  stitch::GroupOp group;
  stitch::StitchPlan plan;
  check::ArchLimits limits;
  std::string text() const;
};

class PlanGroups {
public:
  PlanGroups();
  /// Plans a random graph; its groups with stitch plans are added.
  void addRandomGraph(uint32_t seed, RandomGraph::Extents extents, const std::string &planner, const std::string &arch);
  /// The same for a module in text.
  void addText(llvm::StringRef text, const std::string &planner, const std::string &arch);
  llvm::ArrayRef<PlannedBody> all() const { return bodies; }

private:
  void add(mlir::OwningOpRef<mlir::ModuleOp> module, const std::string &planner, const std::string &arch);
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> modules;
  std::vector<PlannedBody> bodies;
};

/// Runs the group by the plan and op by op, on random inputs. An empty text, or how they differ.
std::string findDifference(const PlannedBody &planned, const stitch::StitchPlan &plan, uint32_t seed);

} // namespace tao
#endif
