// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Plan files (docs/plan.md): what stitching planners decided for all functions of a model, as JSON, and the planner
// that follows such a file instead of deciding anything.
#ifndef TAO_PASSES_FUSE_PLANFILE_H
#define TAO_PASSES_FUSE_PLANFILE_H

#include "mlir/IR/BuiltinOps.h"
#include "passes/fuse/Planner.h"
#include "passes/support/UserError.h"
#include "llvm/Support/JSON.h"

namespace tao {

struct PlanFileGroup {
  std::vector<int64_t> ops, stores;
  std::string key;
  stitch::StitchPlan plan; // with the symbols s0, s1, .. of GraphHash.h
};
struct PlanFileFunction {
  std::string graph; // hash
  std::vector<PlanFileGroup> groups;
};
struct PlanFile {
  std::string planner;
  std::vector<PlanFileFunction> functions;

  /// Reads the text of a plan file. What is malformed, or of another version, becomes an error with the place.
  static std::optional<PlanFile> parse(llvm::StringRef text, ErrorList &errors);
};

/// The plan file of a module after phase fuse, whose groups a stitching planner made.
llvm::json::Object writePlanFile(mlir::ModuleOp module);

/// The partition of a function in canonical order that the file gives for it; errors when the file is for another graph
/// or machine, or does not cover the graph.
std::optional<Partition> applyPlanFile(const PlanFile &file, mlir::func::FuncOp func, const Arch &arch,
                                       ErrorList &errors);

} // namespace tao
#endif
