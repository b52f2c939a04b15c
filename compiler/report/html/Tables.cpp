// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Totals and tables of the HTML report. A cell that sorts by something else than its text has that as data-v.
#include "compiler/report/Figures.h"
#include "compiler/report/Traffic.h"
#include "compiler/report/html/Parts.h"
#include "llvm/Support/Format.h"

namespace tao::html {

namespace {
constexpr size_t kMaxPairs = 60, kMaxNodes = 4;

std::string kernelLink(size_t kernel) {
  std::string number = std::to_string(kernel);
  return "<a href=\"#k" + number + "\">" + number + "</a>";
}

void head(llvm::raw_ostream &os, llvm::ArrayRef<std::pair<llvm::StringRef, bool>> columns) {
  os << "<thead><tr>";
  for (const auto &[column, isNumber] : columns)
    os << "<th" << (isNumber ? " class=\"num\"" : "") << "><button>" << column << "</button></th>";
  os << "</tr></thead>\n<tbody>\n";
}

void number(llvm::raw_ostream &os, int64_t value, llvm::StringRef text) {
  os << "<td class=\"num\" data-v=\"" << value << "\">" << text << "</td>";
}
void number(llvm::raw_ostream &os, double value, llvm::StringRef text) {
  os << llvm::format("<td class=\"num\" data-v=\"%.6g\">", value) << text << "</td>";
}
void bytes(llvm::raw_ostream &os, int64_t value) { number(os, value, withPrefix(value, "B")); }

std::string formatGap(double gap) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.2fx", gap);
  return text;
}

void tile(llvm::raw_ostream &os, llvm::StringRef name, llvm::StringRef value, llvm::StringRef note) {
  os << "<div class=\"tile\"><b>" << value << "</b><span>" << name << "</span><small>" << note << "</small></div>\n";
}
} // namespace

void writeTotals(const View &view, llvm::raw_ostream &os) {
  const Report &report = view.report;
  os << "<section class=\"tiles\">\n";
  tile(os, "kernels", std::to_string(report.memoryKernels + report.mathKernels),
       std::to_string(report.memoryKernels) + " memory, " + std::to_string(report.mathKernels) + " math");
  int64_t moved = addSaturated(report.memory.readBytes, report.memory.writeBytes);
  tile(os, "in memory kernels", withPrefix(moved, "B"),
       withPrefix(report.memory.readBytes, "B") + " read, " + withPrefix(report.memory.writeBytes, "B") + " written");
  if (report.lowerBound > 0)
    tile(os, "the least possible", ratio(moved, report.lowerBound),
         withPrefix(report.lowerBound, "B") + "; half of all components to " + formatGap(*report.gapOf(0.5)) +
             ", 19 of 20 to " + formatGap(*report.gapOf(0.95)));
  if (report.floor > 0)
    tile(os, "memory kernels at least", std::to_string(report.floor), "for the same work without packing");
  tile(os, "in math kernels", withPrefix(addSaturated(report.math.readBytes, report.math.writeBytes), "B"),
       withPrefix(report.math.readBytes, "B") + " read, " + withPrefix(report.math.writeBytes, "B") + " written");
  tile(os, "operations", withPrefix(addSaturated(report.memory.flops, report.math.flops), ""),
       withPrefix(report.math.flops, "") + " in math kernels");
  const StagingReport &staging = report.staging;
  if (staging.stagedBytes > 0 || staging.blockBarriers + staging.gridBarriers > 0)
    tile(os, "stay on the chip", withPrefix(staging.stagedBytes, "B"),
         countOf(staging.blockBarriers, "block barrier") + ", " + std::to_string(staging.gridBarriers) + " of grids, " +
             withPrefix(staging.repeatedFlops, "") + " operations repeated");
  if (report.arena)
    tile(os, "scratch memory", withPrefix(*report.arena, "B"), "that a context holds at these sizes");
  tile(os, "by the roofline", formatTime(view.totalTime), "of " + escapeHtml(view.roof.name()) + ", launches included");
  os << "</section>\n";
}

void writeKernelTable(const View &view, llvm::raw_ostream &os) {
  os << "<table class=\"sortable\" id=\"kernels\">\n";
  head(os, {{"#", true},
            {"kernel", false},
            {"kind", false},
            {"read", true},
            {"written", true},
            {"flops", true},
            {"flops/byte", true},
            {"time share", true},
            {"limit", false},
            {"gap", true},
            {"on chip", true},
            {"barriers", true},
            {"nodes", false}});
  for (size_t i = 0; i < view.report.kernels.size(); ++i) {
    const KernelReport &kernel = view.report.kernels[i];
    auto moved = static_cast<double>(addSaturated(kernel.cost.readBytes, kernel.cost.writeBytes));
    double intensity = moved > 0 ? static_cast<double>(kernel.cost.flops) / moved : 0, gap = view.getGap(i);
    int64_t barriers = kernel.staging.blockBarriers + kernel.staging.gridBarriers;
    os << "<tr data-kernel=\"" << i << "\"><td class=\"num\" data-v=\"" << i << "\">" << kernelLink(i) << "</td><td>"
       << escapeHtml(getWork(kernel)) << "</td><td><i class=\"dot " << getName(kernel.kind) << "\"></i>"
       << getName(kernel.kind) << (kernel.isLibrary ? ", library" : "") << "</td>";
    bytes(os, kernel.cost.readBytes);
    bytes(os, kernel.cost.writeBytes);
    number(os, kernel.cost.flops, withPrefix(kernel.cost.flops, ""));
    os << llvm::format("<td class=\"num\" data-v=\"%.6g\">%.2f</td>", intensity, intensity);
    os << llvm::format("<td class=\"num share\" data-v=\"%.6g\" style=\"--w:%.1f%%\">", view.getShare(i),
                       view.getShare(i) * 100)
       << formatShare(view.getShare(i)) << "</td><td>"
       << view.roof.getLimit(kernel, view.report.bodies[kernel.body].runs) << "</td>";
    number(os, gap, gap > 0 ? formatGap(gap) : "");
    number(os, kernel.staging.stagedBytes,
           kernel.staging.stagedBytes > 0 ? withPrefix(kernel.staging.stagedBytes, "B") : "");
    number(os, barriers, barriers > 0 ? std::to_string(barriers) : "");
    os << "<td class=\"nodes\">";
    for (size_t n = 0; n < std::min(kernel.nodes.size(), kMaxNodes); ++n)
      os << (n == 0 ? "" : ", ") << escapeHtml(kernel.nodes[n]);
    if (kernel.nodes.size() > kMaxNodes)
      os << " +" << kernel.nodes.size() - kMaxNodes;
    os << "</td></tr>\n";
  }
  os << "</tbody></table>\n";
}

void writeComponentTable(const View &view, llvm::raw_ostream &os) {
  os << "<table class=\"sortable\" id=\"components\">\n";
  head(os, {{"#", true},
            {"moved", true},
            {"lower bound", true},
            {"gap", true},
            {"above it", true},
            {"kernels", true},
            {"at least", true},
            {"which", false}});
  for (size_t i = 0; i < view.report.components.size(); ++i) {
    const ComponentReport &entry = view.report.components[i];
    os << "<tr><td class=\"num\" data-v=\"" << i << "\">" << i << "</td>";
    bytes(os, entry.moved);
    bytes(os, entry.bound);
    number(os, entry.gap(), formatGap(entry.gap()));
    bytes(os, std::max<int64_t>(entry.moved - entry.bound, 0));
    number(os, static_cast<int64_t>(entry.kernels.size()), std::to_string(entry.kernels.size()));
    number(os, entry.floor, std::to_string(entry.floor));
    os << "<td class=\"links\">";
    for (size_t kernel : entry.kernels)
      os << kernelLink(kernel) << " ";
    os << "</td></tr>\n";
  }
  os << "</tbody></table>\n";
}

void writeReasonTable(const View &view, llvm::raw_ostream &os) {
  struct Row {
    int64_t bytes = 0;
    std::vector<const EdgeReport *> edges;
  };
  std::map<WhyNot, Row> rows;
  for (const EdgeReport &edge : view.report.edges) {
    Row &row = rows[edge.why];
    row.bytes = addSaturated(row.bytes, edge.bytes);
    row.edges.push_back(&edge);
  }
  os << "<table class=\"sortable\" id=\"reasons\">\n";
  head(os, {{"pairs", true}, {"bytes", true}, {"why they are two", false}, {"which", false}});
  for (const auto &[why, row] : rows) {
    os << "<tr>";
    number(os, static_cast<int64_t>(row.edges.size()), std::to_string(row.edges.size()));
    bytes(os, row.bytes);
    os << "<td class=\"why\">" << escapeHtml(getText(why)) << " <code>" << getName(why)
       << "</code></td><td class=\"links\">";
    for (size_t i = 0; i < std::min(row.edges.size(), kMaxPairs); ++i)
      os << kernelLink(row.edges[i]->from) << "&gt;" << kernelLink(row.edges[i]->to) << " ";
    if (row.edges.size() > kMaxPairs)
      os << "+" << row.edges.size() - kMaxPairs;
    os << "</td></tr>\n";
  }
  os << "</tbody></table>\n";
}

} // namespace tao::html
