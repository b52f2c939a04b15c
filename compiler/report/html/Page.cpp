// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report as one HTML page that needs nothing else: style and script are in it (Assets.inc, made by CMake of
// report.css and report.js).
#include "compiler/report/html/Parts.h"

using namespace mlir;

namespace tao {

using namespace html;

namespace {
#include "compiler/report/html/Assets.inc"

void writeHeader(const View &view, llvm::raw_ostream &os) {
  os << "<header><h1>" << escapeHtml(view.report.model) << "</h1><p>";
  for (const auto &[symbol, value] : view.values)
    os << "<span class=\"chip\">" << escapeHtml(symbol) << " = " << value << "</span>";
  os << "<span class=\"chip\">" << escapeHtml(view.roof.name()) << "</span></p></header>\n";
}

void writeToolbar(llvm::raw_ostream &os) {
  os << R"(<div class="toolbar">
<input id="search" type="search" placeholder="kernel, op or node" aria-label="search">
<label>show <select id="fold"><option value="kernels">kernels</option><option value="components">components</option></select></label>
<label>colour <select id="colour"><option value="kind">kind</option><option value="share">time share</option><option value="gap">gap</option></select></label>
<span class="zoom"><button id="out">-</button><button id="fit">fit</button><button id="in">+</button></span>
<span class="legend">)";
  for (size_t i = 0; i < kNumWorkKinds; ++i) {
    auto kind = static_cast<WorkKind>(i);
    os << "<span><i class=\"dot " << getName(kind) << "\"></i>" << getText(kind) << "</span>";
  }
  os << "<span><i class=\"dot library\"></i>dashed: a library</span>"
     << "<span><i class=\"dot stitched\"></i>double: several regions</span></span></div>\n";
}
} // namespace

void explainAsHtml(func::FuncOp func, const SymbolValues &values, const Arch &arch, llvm::raw_ostream &os) {
  Report report = collectReport(func, values);
  Roofline roof(arch);
  View view(report, values, roof);
  os << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
     << "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" << escapeHtml(report.model)
     << " - tao</title>\n<style>\n"
     << kStyle << "</style>\n</head>\n<body>\n";
  writeHeader(view, os);
  writeTotals(view, os);
  os << "<section class=\"explorer\">\n";
  writeToolbar(os);
  os << "<div class=\"panes\"><canvas id=\"map\" width=\"84\" height=\"600\"></canvas>\n<div id=\"stage\">\n";
  writeGraphs(view, os);
  os << "</div>\n<aside id=\"side\"><p id=\"hint\">Select a kernel to see what it computes, what it costs and why it "
        "is "
        "one by itself. Arrows are tensors; those across many rows are drawn when a kernel is selected.</p>\n";
  writeCards(view, os);
  os << "</aside></div>\n</section>\n<section><h2>Roofline</h2>\n<div class=\"roofline\">";
  writeRoofline(view, os);
  os << "<p>By the table of " << escapeHtml(roof.name())
     << ": a kernel takes as long as its bytes through DRAM or its operations as f32 multiply-adds, whichever is "
        "longer, "
        "after its launch. Area is the share of all time; a spot below the roof spends time on launches and barriers. "
        "Kernels that only move data have no place on it. Caches and matrix units make some kernels faster than "
        "this.</p></div>\n</section>\n"
     << "<section><h2>Kernels</h2>\n<div class=\"scroll\">";
  writeKernelTable(view, os);
  os << "</div></section>\n<section><h2>Why kernels are not one</h2>\n<div class=\"scroll\">";
  writeReasonTable(view, os);
  os << "</div></section>\n<section><h2>Components</h2>\n<p>Memory work that tensors join without a contraction "
        "between "
        "them: what one kernel could do, as far as order goes.</p>\n<div class=\"scroll\">";
  writeComponentTable(view, os);
  os << "</div></section>\n<script>\n" << kScript << "</script>\n</body>\n</html>\n";
}

} // namespace tao
