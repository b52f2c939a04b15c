// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report as data and as JSON; see Explain.h.
#include "compiler/report/Explain.h"
#include "compiler/report/Traffic.h"
#include "passes/fuse/KernelName.h"
#include "passes/fuse/PlanFile.h"

using namespace mlir;

namespace tao {

SymbolValues getDefaultSymbolValues(func::FuncOp func) {
  SymbolValues values;
  auto module = func->getParentOfType<ModuleOp>();
  auto likely = module ? module->getAttrOfType<DictionaryAttr>("tao.likely") : DictionaryAttr();
  auto note = [&](Type type) {
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      for (const SymExpr &dim : getDims(tensor))
        dim.forEachSymbol([&](StringRef name) {
          auto value = likely ? likely.getAs<IntegerAttr>(name) : IntegerAttr();
          values.try_emplace(name.str(), value ? value.getInt() : kDefaultSymbolValue);
        });
  };
  llvm::for_each(func.getArgumentTypes(), note);
  return values;
}

namespace {
/// Adds the kernels of a function, and of the bodies that it runs where it runs them. `runs` is how often the function
/// itself does: each kernel is one entry, with the cost of all its runs.
void collectKernels(func::FuncOp func, const Counter &counter, int64_t runs, Report &report) {
  auto enter = [&](Operation *op, FlatSymbolRefAttr body, int64_t times) {
    if (auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, body))
      collectKernels(callee, counter, times, report);
  };
  for (Operation &op : func.getBody().front()) {
    if (auto loop = dyn_cast<RunLoopOp>(op))
      enter(loop, loop.getBodyAttr(), mulSaturated(runs, loop.getTrips() ? counter.value(*loop.getTrips()) : 1));
    if (auto branch = dyn_cast<RunIfOp>(op)) {
      enter(branch, branch.getThenBodyAttr(), runs);
      enter(branch, branch.getElseBodyAttr(), runs);
    }
    auto group = dyn_cast<stitch::GroupOp>(op);
    if (!group)
      continue;
    KernelReport &kernel = report.kernels.emplace_back();
    kernel.name = kernelName(group);
    kernel.isMath = isMathGroup(group);
    kernel.isLibrary = stitch::getPlanKind(group) == stitch::PlanKind::Library;
    kernel.nodes = sourceNodes(group.getOperation());
    kernel.cost = counter.cost(group);
    kernel.plan = stitch::Plan::fromAttr(group.getPlan())->stitch;
    kernel.cost *= runs;
    ++(kernel.isMath ? report.mathKernels : report.memoryKernels);
    (kernel.isMath ? report.math : report.memory) += kernel.cost;
  }
  report.lowerBound = addSaturated(report.lowerBound, mulSaturated(runs, lowerBoundBytes(func, counter)));
}
} // namespace

Report collectReport(func::FuncOp func, const SymbolValues &values) {
  Report report;
  if (auto module = func->getParentOfType<ModuleOp>()) {
    if (auto name = module->getAttrOfType<StringAttr>("tao.model_name"))
      report.model = name.getValue();
    if (auto arena = module->getAttrOfType<IntegerAttr>("tao.arena_bytes"))
      report.arena = arena.getInt();
  }
  if (!func.isExternal())
    collectKernels(func, Counter(values), 1, report);
  return report;
}

/// A name may come from a file and hold anything; JSON is UTF-8.
static std::string toUtf8(StringRef text) { return llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text); }

llvm::json::Object explain(func::FuncOp func, const SymbolValues &values) {
  Report report = collectReport(func, values);
  llvm::json::Array kernels;
  for (const KernelReport &entry : report.kernels) {
    llvm::json::Array nodes;
    for (StringRef node : entry.nodes)
      nodes.push_back(toUtf8(node));
    llvm::json::Object kernel{{"name", entry.name},
                              {"kind", entry.isMath ? "math" : "memory"},
                              {"nodes", std::move(nodes)},
                              {"read_bytes", entry.cost.readBytes},
                              {"write_bytes", entry.cost.writeBytes},
                              {"flops", entry.cost.flops}};
    if (entry.isLibrary)
      kernel["library"] = "onednn";
    if (entry.plan)
      kernel["plan"] = stitch::toJson(*entry.plan);
    kernels.push_back(std::move(kernel));
  }
  llvm::json::Object shape;
  for (const auto &[symbol, value] : values)
    shape[toUtf8(symbol)] = value;
  llvm::json::Object sums{
      {"memory_kernels", report.memoryKernels},
      {"math_kernels", report.mathKernels},
      {"read_bytes", report.memory.readBytes},
      {"write_bytes", report.memory.writeBytes},
      {"math_read_bytes", report.math.readBytes},
      {"math_write_bytes", report.math.writeBytes},
      {"flops", addSaturated(report.memory.flops, report.math.flops)},
      {"lower_bound_bytes", report.lowerBound},
      {"staged_bytes", 0},
      {"arena_bytes", report.arena ? llvm::json::Value(*report.arena) : llvm::json::Value(nullptr)}};
  llvm::json::Object result{{"model", toUtf8(report.model)},
                            {"shape", std::move(shape)},
                            {"kernels", std::move(kernels)},
                            {"totals", std::move(sums)}};
  if (llvm::any_of(report.kernels, [](const KernelReport &entry) { return entry.plan.has_value(); }))
    result["fusion_plan"] = writePlanFile(func->getParentOfType<ModuleOp>());
  return result;
}

} // namespace tao
