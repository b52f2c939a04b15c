// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report as data and as JSON; see Explain.h.
#include "compiler/report/Explain.h"
#include "compiler/report/Figures.h"
#include "compiler/report/Flow.h"
#include "compiler/report/Staging.h"
#include "compiler/report/Traffic.h"
#include "passes/fuse/KernelName.h"
#include "passes/fuse/PlanFile.h"
#include "passes/fuse/RefusedPlans.h"
#include <cmath>

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
/// Collects the kernels of a function, and of the bodies that it runs where it runs them.
class Collector {
public:
  Collector(const Counter &counter, Report &report) : counter(counter), report(report) {}

  /// `runs` is how often the function itself does: each kernel is one entry, with the cost of all its runs.
  void collect(func::FuncOp func, int64_t runs, std::string title = "") {
    size_t body = report.bodies.size();
    report.bodies.push_back({std::move(title), runs});
    for (Operation &op : func.getBody().front()) {
      if (auto loop = dyn_cast<RunLoopOp>(op))
        enter(loop, loop.getBodyAttr(), mulSaturated(runs, loop.getTrips() ? counter.value(*loop.getTrips()) : 1),
              "loop");
      if (auto branch = dyn_cast<RunIfOp>(op)) {
        enter(branch, branch.getThenBodyAttr(), runs, "then branch of");
        enter(branch, branch.getElseBodyAttr(), runs, "else branch of");
      }
      if (auto group = dyn_cast<stitch::GroupOp>(op))
        addKernel(group, runs, body);
    }
    Flow flow(func, counter);
    for (const Component &component : findComponents(flow, counter)) {
      ComponentReport entry;
      for (Operation *group : component.groups)
        entry.kernels.push_back(numbers.lookup(group));
      entry.moved = mulSaturated(component.moved, runs);
      entry.bound = mulSaturated(component.bound, runs);
      entry.floor = component.floor;
      report.lowerBound = addSaturated(report.lowerBound, entry.bound);
      report.floor += entry.floor;
      report.components.push_back(std::move(entry));
    }
    for (const Edge &edge : findEdges(flow))
      report.edges.push_back(
          {numbers.lookup(edge.producer), numbers.lookup(edge.reader), mulSaturated(edge.bytes, runs), edge.why});
  }

private:
  void enter(Operation *op, FlatSymbolRefAttr body, int64_t times, StringRef what) {
    SmallVector<StringRef> nodes = sourceNodes(op);
    StringRef name = nodes.empty() ? body.getValue() : nodes.front();
    if (auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, body))
      collect(callee, times, (what + " " + name).str());
  }

  void addKernel(stitch::GroupOp group, int64_t runs, size_t body) {
    numbers[group] = report.kernels.size();
    KernelReport &kernel = report.kernels.emplace_back();
    kernel.name = kernelName(group);
    kernel.isMath = isMathGroup(group);
    kernel.isLibrary = stitch::getPlanKind(group) == stitch::PlanKind::Library;
    kernel.kind = kernel.isMath ? WorkKind::Product : WorkKind::Movement;
    kernel.body = body;
    kernel.nodes = sourceNodes(group.getOperation());
    for (Operation &op : group.getBody().front().without_terminator())
      if (!isa<ConstantOp>(op))
        addOp(op, kernel);
    kernel.cost = counter.cost(group);
    if (auto refused = group->getAttrOfType<StringAttr>(kRefusedAttr))
      kernel.refused = refused.getValue();
    kernel.plan = stitch::Plan::fromAttr(group.getPlan())->stitch;
    kernel.cost *= runs;
    kernel.parts = reportParts(group, counter);
    kernel.staging = measureStaging(group, counter);
    report.staging += kernel.staging;
    ++(kernel.isMath ? report.mathKernels : report.memoryKernels);
    (kernel.isMath ? report.math : report.memory) += kernel.cost;
  }

  /// The kind of a memory kernel is that of its heaviest op.
  static void addOp(Operation &op, KernelReport &kernel) {
    std::string name = getMnemonic(&op);
    auto it = llvm::find_if(kernel.ops, [&](const auto &entry) { return entry.first == name; });
    if (it != kernel.ops.end())
      ++it->second;
    else
      kernel.ops.emplace_back(name, 1);
    if (isa<RoutineOp>(op))
      kernel.kind = std::min(kernel.kind, WorkKind::Routine);
    if (isElementwise(&op))
      kernel.kind = std::min(kernel.kind, WorkKind::Elementwise);
    if (auto interface = dyn_cast<IndexMapOpInterface>(op))
      if (interface.getOpClass() == OpClass::Reduction)
        kernel.kind = std::min(kernel.kind, WorkKind::Reduction);
  }

  const Counter &counter;
  Report &report;
  llvm::DenseMap<Operation *, size_t> numbers; // of each group's kernel
};
} // namespace

StringRef getName(WorkKind kind) {
  constexpr StringLiteral kNames[kNumWorkKinds] = {"product", "routine", "reduction", "elementwise", "movement"};
  return kNames[static_cast<size_t>(kind)];
}

StringRef getText(WorkKind kind) {
  constexpr StringLiteral kTexts[kNumWorkKinds] = {"matrix products, convolutions", "runtime routines", "reductions",
                                                   "elementwise", "data movement"};
  return kTexts[static_cast<size_t>(kind)];
}

std::optional<double> Report::gapOf(double share) const {
  if (components.empty())
    return std::nullopt;
  SmallVector<double> gaps;
  for (const ComponentReport &component : components)
    gaps.push_back(component.gap());
  llvm::sort(gaps);
  auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(gaps.size())));
  return gaps[std::max<size_t>(rank, 1) - 1];
}

Report collectReport(func::FuncOp func, const SymbolValues &values) {
  Report report;
  if (auto module = func->getParentOfType<ModuleOp>()) {
    if (auto name = module->getAttrOfType<StringAttr>("tao.model_name"))
      report.model = name.getValue();
    if (auto arena = module->getAttrOfType<IntegerAttr>("tao.arena_bytes"))
      report.arena = arena.getInt();
  }
  if (!func.isExternal())
    Collector(Counter(values), report).collect(func, 1);
  return report;
}

/// To three digits after the point: no two machines should differ in the last one.
static llvm::json::Value toJson(std::optional<double> number) {
  return number ? llvm::json::Value(std::round(*number * 1000) / 1000) : llvm::json::Value(nullptr);
}

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
    if (!entry.refused.empty())
      kernel["refused"] = entry.refused;
    if (entry.plan)
      kernel["plan"] = stitch::toJson(*entry.plan);
    if (!entry.isLibrary) {
      kernel["staged_bytes"] = entry.staging.stagedBytes;
      kernel["block_barriers"] = entry.staging.blockBarriers;
      kernel["grid_barriers"] = entry.staging.gridBarriers;
      kernel["repeated_flops"] = entry.staging.repeatedFlops;
    }
    kernels.push_back(std::move(kernel));
  }
  llvm::json::Array components, edges;
  for (const ComponentReport &entry : report.components)
    components.push_back(llvm::json::Object{{"kernels", llvm::json::Array(entry.kernels)},
                                            {"moved_bytes", entry.moved},
                                            {"lower_bound_bytes", entry.bound},
                                            {"floor_kernels", entry.floor}});
  for (const EdgeReport &entry : report.edges)
    edges.push_back(llvm::json::Object{
        {"from", entry.from}, {"to", entry.to}, {"bytes", entry.bytes}, {"why", getName(entry.why)}});
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
      {"floor_kernels", report.floor},
      {"gap_p50", toJson(report.gapOf(0.5))},
      {"gap_p95", toJson(report.gapOf(0.95))},
      {"staged_bytes", report.staging.stagedBytes},
      {"block_barriers", report.staging.blockBarriers},
      {"grid_barriers", report.staging.gridBarriers},
      {"repeated_flops", report.staging.repeatedFlops},
      {"arena_bytes", report.arena ? llvm::json::Value(*report.arena) : llvm::json::Value(nullptr)}};
  llvm::json::Object result{{"model", toUtf8(report.model)}, {"shape", std::move(shape)},
                            {"kernels", std::move(kernels)}, {"components", std::move(components)},
                            {"edges", std::move(edges)},     {"totals", std::move(sums)}};
  if (llvm::any_of(report.kernels, [](const KernelReport &entry) { return entry.plan.has_value(); }))
    result["fusion_plan"] = writePlanFile(func->getParentOfType<ModuleOp>());
  return result;
}

} // namespace tao
