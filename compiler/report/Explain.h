// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report of `taoc --explain`: which kernels a model becomes, what each reads and writes, and how far that is from
// the least possible. Works on a function after phase fuse. docs/explain.md describes the fields.
#ifndef TAO_COMPILER_REPORT_EXPLAIN_H
#define TAO_COMPILER_REPORT_EXPLAIN_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/fuse/WhyNot.h"
#include "llvm/Support/JSON.h"
#include <map>
#include <string>

namespace tao {

struct Arch;

/// Values of the symbolic sizes to count at.
using SymbolValues = std::map<std::string, int64_t>;

/// Counted at unless the user says otherwise: each symbol's entry of the module attribute `tao.likely` ({batch = 8,
/// ...}), else kDefaultSymbolValue.
inline constexpr int64_t kDefaultSymbolValue = 16;
SymbolValues getDefaultSymbolValues(mlir::func::FuncOp func);

/// Traffic of one kernel. Each buffer counts once per kernel; of a buffer of which only slices or gathered rows are
/// read, only these count.
struct KernelCost {
  int64_t readBytes = 0, writeBytes = 0, flops = 0;
  KernelCost &operator+=(const KernelCost &other);
  KernelCost &operator*=(int64_t times); // saturates
};

/// What the plan of a stitched kernel does between its regions; zeros for other kernels.
struct StagingReport {
  int64_t stagedBytes = 0; // of values that its regions hand each other on the chip
  int64_t blockBarriers = 0, gridBarriers = 0;
  int64_t repeatedFlops = 0; // of those operations that are computed more than once, beyond the first time
  StagingReport &operator+=(const StagingReport &other);
};

/// What kind of work leads a kernel.
enum class WorkKind { Product, Routine, Reduction, Elementwise, Movement };
/// "product", ...; and for people, "matrix products and convolutions", ...
llvm::StringRef getName(WorkKind kind);
llvm::StringRef getText(WorkKind kind);
inline constexpr size_t kNumWorkKinds = 5;

/// Ops that a block of a stitched kernel computes together, as names.
struct RegionReport {
  std::vector<std::string> ops;
  bool waitsForBlock = false, waitsForGrid = false; // before it, or inside
};
/// What one kind of blocks of a stitched kernel runs, in order.
struct PartReport {
  int64_t blocks = 0;
  std::vector<RegionReport> regions;
};

/// What all forms of the report are made of.
struct KernelReport {
  std::string name;
  bool isMath = false, isLibrary = false;
  WorkKind kind = WorkKind::Movement;
  size_t body = 0;                                  // that it is in
  llvm::SmallVector<llvm::StringRef> nodes;         // names of the source nodes
  std::vector<std::pair<std::string, int64_t>> ops; // what it computes, and how many of each, in order of the first
  KernelCost cost;
  llvm::StringRef refused;                // what the checker said of the plan of a larger kernel that it was part of
  std::optional<stitch::StitchPlan> plan; // of a memory kernel that a stitching planner made
  std::vector<PartReport> parts;          // of the plan, at the report's sizes
  StagingReport staging;
};
/// A function whose kernels run: that of the model, or the body of a loop or branch.
struct BodyReport {
  std::string title; // "loop /Loop"; "" for the model's own
  int64_t runs = 1;
};
/// A tensor, or several, that one kernel writes and another reads.
struct EdgeReport {
  size_t from, to; // kernels
  int64_t bytes;   // that the reader reads
  WhyNot why;      // they are two kernels
};
struct ComponentReport {
  llvm::SmallVector<size_t> kernels;
  int64_t moved = 0, bound = 0, floor = 0;
  double gap() const { return static_cast<double>(moved) / static_cast<double>(std::max<int64_t>(bound, 1)); }
};
struct Report {
  llvm::StringRef model;
  std::vector<BodyReport> bodies; // of an outer one before those in it
  std::vector<KernelReport> kernels;
  std::vector<EdgeReport> edges;
  std::vector<ComponentReport> components;
  int64_t memoryKernels = 0, mathKernels = 0, lowerBound = 0, floor = 0;
  KernelCost memory, math;
  StagingReport staging;
  std::optional<int64_t> arena;
  /// Moved over bound of the component that `share` of all do not exceed; nothing without components.
  std::optional<double> gapOf(double share) const;
};
Report collectReport(mlir::func::FuncOp func, const SymbolValues &values);

llvm::json::Object explain(mlir::func::FuncOp func, const SymbolValues &values);
/// The same as a table of at most 120 columns.
void explainAsText(mlir::func::FuncOp func, const SymbolValues &values, llvm::raw_ostream &os);
/// The kernels as a graph for Graphviz.
void explainAsDot(mlir::func::FuncOp func, const SymbolValues &values, llvm::raw_ostream &os);
/// All of it as one page for a browser; times are by the roofline of `arch`.
void explainAsHtml(mlir::func::FuncOp func, const SymbolValues &values, const Arch &arch, llvm::raw_ostream &os);

} // namespace tao
#endif
