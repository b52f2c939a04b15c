// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The import as a pass; the work is in ImportModule.cpp.
#include "passes/import/ImportModule.h"
#include "passes/import/Passes.h"

using namespace mlir;

namespace tao {

#define GEN_PASS_DEF_IMPORTPASS
#include "passes/import/Passes.h.inc"

namespace {
class ImportPass : public impl::ImportPassBase<ImportPass> {
public:
  using ImportPassBase::ImportPassBase;
  ImportPass(const ImportOptions &options, ErrorList *errors) : given(options), sink(errors) {}

  void runOnOperation() override {
    ErrorList own;
    ErrorList &errors = sink ? *sink : own;
    ImportOptions all = given;
    ImportStatistics statistics;
    addTextOptions(all, errors);
    if (!errors.empty() || failed(importModule(getOperation(), all, errors, statistics))) {
      for (const UserError &error : own.get())
        emitError(getOperation().getLoc()) << "[" << getCodeText(error.code) << "] "
                                           << StringRef(formatError(error)).rtrim();
      return signalPassFailure();
    }
    numNodes += statistics.nodes;
    numAssumptions += statistics.assumptions;
  }

private:
  /// Options of the pass's textual form.
  void addTextOptions(ImportOptions &all, ErrorList &errors) {
    for (const std::string &text : shapes) {
      std::string reason;
      if (auto shape = ShapeOverride::parse(text, reason))
        all.shapes.push_back(*shape);
      else
        errors.add(ErrorCode::Usage, reason);
    }
    for (const std::string &text : aliases) {
      auto [output, input] = StringRef(text).split(':');
      all.aliases.push_back({output.str(), input.str()});
    }
  }

  ImportOptions given;
  ErrorList *sink = nullptr;
};
} // namespace

std::unique_ptr<Pass> createImportPass(const ImportOptions &options, ErrorList *errors) {
  return std::make_unique<ImportPass>(options, errors);
}

} // namespace tao
