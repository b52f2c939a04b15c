// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Explain.h.
#include "compiler/report/Explain.h"
#include "compiler/report/Traffic.h"
#include "passes/fuse/KernelName.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

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
struct Entry {
  std::string name;
  bool isMath = false, isLibrary = false;
  SmallVector<StringRef> nodes;
  KernelCost cost;
};
struct Totals {
  int64_t memoryKernels = 0, mathKernels = 0, lowerBound = 0;
  KernelCost memory, math;
};

/// The kernels of a function, and of the bodies that it runs where it runs them. `runs` is how often the function
/// itself does: each kernel is one entry, with the cost of all its runs.
void collect(func::FuncOp func, const Counter &counter, int64_t runs, Totals &totals, std::vector<Entry> &entries) {
  auto enter = [&](Operation *op, FlatSymbolRefAttr body, int64_t times) {
    if (auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, body))
      collect(callee, counter, times, totals, entries);
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
    Entry entry;
    entry.name = kernelName(group);
    entry.isMath = isMathGroup(group);
    entry.isLibrary = stitch::getPlanKind(group) == stitch::PlanKind::Library;
    entry.nodes = sourceNodes(group.getOperation());
    entry.cost = counter.cost(group);
    entry.cost *= runs;
    ++(entry.isMath ? totals.mathKernels : totals.memoryKernels);
    (entry.isMath ? totals.math : totals.memory) += entry.cost;
    entries.push_back(std::move(entry));
  }
  totals.lowerBound = addSaturated(totals.lowerBound, mulSaturated(runs, lowerBoundBytes(func, counter)));
}

std::vector<Entry> collect(func::FuncOp func, const Counter &counter, Totals &totals) {
  std::vector<Entry> entries;
  if (!func.isExternal())
    collect(func, counter, 1, totals, entries);
  return entries;
}

StringRef getModelName(func::FuncOp func) {
  auto module = func->getParentOfType<ModuleOp>();
  auto name = module ? module->getAttrOfType<StringAttr>("tao.model_name") : StringAttr();
  return name ? name.getValue() : StringRef("");
}

/// A name may come from a file and hold anything; JSON is UTF-8.
std::string toUtf8(StringRef text) { return llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text); }
} // namespace

llvm::json::Object explain(func::FuncOp func, const SymbolValues &values) {
  Counter counter(values);
  Totals totals;
  llvm::json::Array kernels;
  for (const Entry &entry : collect(func, counter, totals)) {
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
    kernels.push_back(std::move(kernel));
  }
  llvm::json::Object shape;
  for (const auto &[symbol, value] : values)
    shape[toUtf8(symbol)] = value;
  auto module = func->getParentOfType<ModuleOp>();
  auto arena = module ? module->getAttrOfType<IntegerAttr>("tao.arena_bytes") : IntegerAttr();
  llvm::json::Object sums{{"memory_kernels", totals.memoryKernels},
                          {"math_kernels", totals.mathKernels},
                          {"read_bytes", totals.memory.readBytes},
                          {"write_bytes", totals.memory.writeBytes},
                          {"math_read_bytes", totals.math.readBytes},
                          {"math_write_bytes", totals.math.writeBytes},
                          {"flops", addSaturated(totals.memory.flops, totals.math.flops)},
                          {"lower_bound_bytes", totals.lowerBound},
                          {"staged_bytes", 0},
                          {"arena_bytes", arena ? llvm::json::Value(arena.getInt()) : llvm::json::Value(nullptr)}};
  return llvm::json::Object{{"model", toUtf8(getModelName(func))},
                            {"shape", std::move(shape)},
                            {"kernels", std::move(kernels)},
                            {"totals", std::move(sums)}};
}

void explainAsText(func::FuncOp func, const SymbolValues &values, llvm::raw_ostream &os) {
  Counter counter(values);
  Totals totals;
  std::vector<Entry> entries = collect(func, counter, totals);
  os << "model " << getModelName(func);
  StringRef separator = " at ";
  for (const auto &[symbol, value] : values) {
    os << separator << symbol << "=" << value;
    separator = ", ";
  }
  os << "\n\n" << llvm::format("%-6s %12s %12s %14s  %s\n", "kind", "read", "written", "flops", "kernel");
  for (const Entry &entry : entries) {
    os << llvm::format("%-6s %12lld %12lld %14lld  ", entry.isMath ? "math" : "memory",
                       static_cast<long long>(entry.cost.readBytes), static_cast<long long>(entry.cost.writeBytes),
                       static_cast<long long>(entry.cost.flops))
       << entry.name;
    if (entry.isLibrary)
      os << " (onednn)";
    os << "\n";
  }
  os << "\n"
     << totals.memoryKernels << " memory kernels read " << totals.memory.readBytes << " and write "
     << totals.memory.writeBytes << " bytes, at least " << totals.lowerBound << " needed; " << totals.mathKernels
     << " math kernels\n";
  auto module = func->getParentOfType<ModuleOp>();
  if (auto arena = module ? module->getAttrOfType<IntegerAttr>("tao.arena_bytes") : IntegerAttr())
    os << "arena of " << arena.getInt() << " bytes\n";
}

} // namespace tao
