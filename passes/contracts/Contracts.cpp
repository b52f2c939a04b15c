// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Contracts.h.
#include "passes/contracts/Contracts.h"
#include "dialects/Stitch/StitchDialect.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_VERIFYCONTRACT
#include "passes/contracts/Passes.h.inc"

namespace {
struct Row {
  StringRef phase, parent, children;
};
constexpr Row kRows[] = {
#define TAO_CONTRACT(phase, parent, children) {phase, parent, children},
#include "passes/contracts/Contracts.def"
};

bool matches(StringRef pattern, StringRef name) {
  return pattern.consume_back("*") ? name.starts_with(pattern) : name == pattern;
}
} // namespace

LogicalResult verifyContract(ModuleOp module, StringRef phase) {
  if (llvm::none_of(kRows, [&](const Row &row) { return row.phase == phase; }))
    return success();
  WalkResult result = module->walk<WalkOrder::PreOrder>([&](Operation *op) -> WalkResult {
    Operation *parent = op->getParentOp();
    if (!parent)
      return WalkResult::advance();
    StringRef parentName = parent->getName().getStringRef(), name = op->getName().getStringRef();
    const Row *row =
        llvm::find_if(kRows, [&](const Row &row) { return row.phase == phase && matches(row.parent, parentName); });
    if (row == std::end(kRows))
      return op->emitError() << "'" << parentName << "' may not remain after phase " << phase;
    SmallVector<StringRef> children;
    row->children.split(children, ' ');
    if (llvm::none_of(children, [&](StringRef pattern) { return matches(pattern, name); }))
      return op->emitError() << "'" << name << "' may not remain in '" << parentName << "' after phase " << phase;
    auto group = dyn_cast<stitch::GroupOp>(op);
    if (group && (phase == "schedule" || phase == "kernel") && stitch::getPlanKind(group) != stitch::PlanKind::Library)
      return op->emitError() << "a memory group may not remain after phase " << phase;
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

namespace {
struct VerifyContract : impl::VerifyContractBase<VerifyContract> {
  using VerifyContractBase::VerifyContractBase;
  void runOnOperation() override {
    if (failed(verifyContract(getOperation(), phase)))
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};
namespace generated {
#define GEN_PASS_REGISTRATION
#include "passes/contracts/Passes.h.inc"
} // namespace generated
} // namespace

void registerContractPasses() { generated::registerContractsPasses(); }

} // namespace tao
