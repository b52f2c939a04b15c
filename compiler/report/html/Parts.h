// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parts of the HTML report. All of it is there without scripts; report.js adds selection, search, sorting and zoom.
// Every text that is not from this folder goes through escapeHtml.
#ifndef TAO_COMPILER_REPORT_HTML_PARTS_H
#define TAO_COMPILER_REPORT_HTML_PARTS_H

#include "compiler/report/Explain.h"
#include "compiler/report/Roofline.h"
#include "llvm/Support/raw_ostream.h"

namespace tao::html {

/// Fit for text and for attributes in double quotes.
std::string escapeHtml(llvm::StringRef text);

/// The report and what several parts derive from it.
class View {
public:
  View(const Report &report, const SymbolValues &values, const Roofline &roof);

  const Report &report;
  const SymbolValues &values;
  const Roofline &roof;
  std::vector<double> times; // of each kernel, microseconds
  double totalTime = 0;
  std::vector<llvm::SmallVector<size_t, 1>> componentsOf; // of each kernel
  std::vector<llvm::SmallVector<size_t>> in, out;         // edges of each kernel

  double getShare(size_t kernel) const;
  /// The worst of its components; 0 without any.
  double getGap(size_t kernel) const;
};

/// Name of a kernel without its node: "reduce_max_exp".
llvm::StringRef getWork(const KernelReport &kernel);
/// "12.3 us", "4.56 ms".
std::string formatTime(double microseconds);
/// "12.3%".
std::string formatShare(double share);

void writeTotals(const View &view, llvm::raw_ostream &os);
/// The graph, once of kernels and once of components.
void writeGraphs(const View &view, llvm::raw_ostream &os);
void writeRoofline(const View &view, llvm::raw_ostream &os);
void writeKernelTable(const View &view, llvm::raw_ostream &os);
void writeComponentTable(const View &view, llvm::raw_ostream &os);
void writeReasonTable(const View &view, llvm::raw_ostream &os);
/// All there is to say of each kernel, hidden until it is selected.
void writeCards(const View &view, llvm::raw_ostream &os);

} // namespace tao::html
#endif
