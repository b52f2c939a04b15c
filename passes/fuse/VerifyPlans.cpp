// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the plan checker on every group that has a stitch plan. Before: groups formed. After: nothing is changed.
#include "dialects/Stitch/StitchDialect.h"
#include "passes/fuse/CheckLimits.h"
#include "passes/fuse/Passes.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_VERIFYPLANS
#include "passes/fuse/Passes.h.inc"

namespace {

struct VerifyPlansPass : impl::VerifyPlansBase<VerifyPlansPass> {
  VerifyPlansPass() = default;
  explicit VerifyPlansPass(ErrorList &errors) : errors(&errors) {}

  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    SmallVector<stitch::GuardCondition> known = findKnownSizes(getOperation());
    bool failedAny = false;
    int64_t number = -1;
    getOperation().walk([&](stitch::GroupOp group) {
      std::string reason;
      std::optional<stitch::Plan> plan = stitch::Plan::fromAttr(group.getPlan(), &reason);
      if (plan && !plan->stitch)
        return;
      ++number;
      auto refuse = [&](const Twine &text) {
        if (errors)
          errors->add(ErrorCode::BrokenPlan, ("the plan of group " + Twine(number) + " violates " + text).str());
        else
          group.emitError() << "plan violates " << text;
        failedAny = true;
      };
      if (!plan)
        return refuse("form: " + reason);
      const Arch *arch = findArch(plan->stitch->arch);
      if (!arch)
        return refuse("form: unknown architecture '" + plan->stitch->arch + "'");
      for (const check::Violation &violation :
           check::checkPlan(group.getBody().front(), *plan->stitch, limitsOf(*arch), known))
        refuse(violation.str());
      ++numPlans;
    });
    if (failedAny)
      signalPassFailure();
  }

  ErrorList *errors = nullptr; // of a plan file
};
} // namespace

std::unique_ptr<Pass> createVerifyPlans(ErrorList &errors) { return std::make_unique<VerifyPlansPass>(errors); }

} // namespace tao
