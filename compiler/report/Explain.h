// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report of `taoc --explain`: which kernels a model becomes, what each reads and writes, and how far that is from
// the least possible. Works on a function after phase fuse. docs/explain.md describes the fields.
#ifndef TAO_COMPILER_REPORT_EXPLAIN_H
#define TAO_COMPILER_REPORT_EXPLAIN_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/JSON.h"
#include <map>
#include <string>

namespace tao {

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

/// What both forms of the report are made of.
struct KernelReport {
  std::string name;
  bool isMath = false, isLibrary = false;
  llvm::SmallVector<llvm::StringRef> nodes; // names of the source nodes
  KernelCost cost;
  std::optional<stitch::StitchPlan> plan; // of a memory kernel that a stitching planner made
};
struct Report {
  llvm::StringRef model;
  std::vector<KernelReport> kernels;
  int64_t memoryKernels = 0, mathKernels = 0, lowerBound = 0;
  KernelCost memory, math;
  std::optional<int64_t> arena;
};
Report collectReport(mlir::func::FuncOp func, const SymbolValues &values);

llvm::json::Object explain(mlir::func::FuncOp func, const SymbolValues &values);
/// The same as a table of at most 120 columns.
void explainAsText(mlir::func::FuncOp func, const SymbolValues &values, llvm::raw_ostream &os);

} // namespace tao
#endif
