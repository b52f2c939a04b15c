// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report as a table for people: a row per launch, sums below, three digits and a unit per figure, no line longer
// than 120 columns. JSON has the exact figures and full names.
#include "compiler/report/Explain.h"
#include "compiler/report/Figures.h"
#include "compiler/report/Traffic.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tao {

namespace {
constexpr size_t kLineWidth = 120, kMinNodesWidth = 30;

/// Fit for a terminal: names come from files and may hold anything. Each other byte takes one column.
std::string printable(StringRef text) {
  std::string result = text.str();
  for (char &c : result)
    if (!llvm::isPrint(c))
      c = '?';
  return result;
}

/// At most `width` columns: the ends, which tell kernels of one kind apart, stay.
std::string shorten(const std::string &text, size_t width) {
  if (text.size() <= width)
    return text;
  size_t head = (width - 2) / 2, tail = width - 2 - head;
  return text.substr(0, head) + ".." + text.substr(text.size() - tail);
}

/// As many nodes as fit, then how many more.
std::string listNodes(ArrayRef<StringRef> nodes, size_t width) {
  std::string text;
  for (size_t i = 0; i < nodes.size(); ++i) {
    std::string next = (i == 0 ? "" : ", ") + printable(nodes[i]);
    size_t left = nodes.size() - i - 1;
    size_t room = left == 0 ? width : width - (" +" + std::to_string(left)).size();
    if (i == 0)
      next = shorten(next, room);
    if (text.size() + next.size() > room)
      return text + " +" + std::to_string(left + 1);
    text += next;
  }
  return text;
}

/// What stitched kernels do besides reading and writing memory; nothing for others.
void printStitching(const Report &report, llvm::raw_ostream &os) {
  const StagingReport &staging = report.staging;
  if (staging.stagedBytes == 0 && staging.blockBarriers + staging.gridBarriers == 0 && staging.repeatedFlops == 0)
    return;
  double flops = static_cast<double>(std::max<int64_t>(report.memory.flops, 1));
  os << withPrefix(staging.stagedBytes, "B") << " stay on the chip; " << staging.blockBarriers
     << " barriers of blocks, " << staging.gridBarriers << " of grids; "
     << llvm::format("%.1f%% more operations by repetition\n",
                     100 * static_cast<double>(staging.repeatedFlops) / flops);
}

/// One row per reason: how many pairs of kernels, what passes between them, and as many pairs as fit.
void printEdges(const Report &report, llvm::raw_ostream &os) {
  struct Row {
    int64_t edges = 0, bytes = 0;
    std::vector<std::string> pairs;
  };
  std::map<WhyNot, Row> rows;
  for (const EdgeReport &edge : report.edges) {
    Row &row = rows[edge.why];
    ++row.edges;
    row.bytes = addSaturated(row.bytes, edge.bytes);
    row.pairs.push_back(std::to_string(edge.from) + ">" + std::to_string(edge.to));
  }
  if (rows.empty())
    return;
  os << "\nwhy kernels are not one\n";
  for (const auto &[why, row] : rows) {
    std::string line;
    llvm::raw_string_ostream text(line);
    text << llvm::right_justify(std::to_string(row.edges), 6) << llvm::right_justify(withPrefix(row.bytes, "B"), 9)
         << "  " << getText(why) << ": ";
    SmallVector<StringRef> pairs(row.pairs.begin(), row.pairs.end());
    os << line << listNodes(pairs, std::max<size_t>(kLineWidth - line.size(), 12)) << "\n";
  }
}

/// One line per plan that the checker refused.
void printRefused(const Report &report, llvm::raw_ostream &os) {
  llvm::MapVector<StringRef, std::vector<std::string>> kernels;
  for (auto [i, kernel] : llvm::enumerate(report.kernels))
    if (!kernel.refused.empty())
      kernels[kernel.refused].push_back(std::to_string(i));
  for (const auto &[reason, numbers] : kernels) {
    SmallVector<StringRef> list(numbers.begin(), numbers.end());
    os << "kernels " << listNodes(list, kLineWidth / 2) << " were planned as one, and the checker refused the plan:\n  "
       << printable(reason) << "\n";
  }
}

class Table {
public:
  Table(llvm::raw_ostream &os, const Report &report) : os(os) {
    numberWidth = std::max<size_t>(2, std::to_string(report.kernels.size()).size());
    size_t longest = 12; // "1234 kernels" stands there too
    for (const KernelReport &kernel : report.kernels)
      longest = std::max(longest, kernel.name.size());
    size_t fixed = numberWidth + 2 + kKindWidth + 3 * kFigureWidth + 2 + 2;
    nameWidth = std::min(longest, kLineWidth - fixed - kMinNodesWidth);
    nodesWidth = kLineWidth - fixed - nameWidth;
  }
  void row(StringRef number, StringRef kind, StringRef read, StringRef written, StringRef flops, StringRef name,
           StringRef nodes) {
    std::string line;
    llvm::raw_string_ostream text(line);
    text << llvm::right_justify(number, numberWidth) << "  " << llvm::left_justify(kind, kKindWidth)
         << llvm::right_justify(read, kFigureWidth) << llvm::right_justify(written, kFigureWidth)
         << llvm::right_justify(flops, kFigureWidth) << "  "
         << llvm::left_justify(shorten(name.str(), nameWidth), nameWidth) << "  " << nodes;
    os << StringRef(line).rtrim() << "\n";
  }
  void costs(StringRef number, StringRef kind, const KernelCost &cost, StringRef name, StringRef nodes) {
    row(number, kind, withPrefix(cost.readBytes, "B"), withPrefix(cost.writeBytes, "B"), withPrefix(cost.flops, ""),
        name, nodes);
  }
  size_t getNodesWidth() const { return nodesWidth; }

private:
  static constexpr size_t kKindWidth = 7, kFigureWidth = 9;
  llvm::raw_ostream &os;
  size_t numberWidth, nameWidth, nodesWidth;
};
} // namespace

void explainAsText(func::FuncOp func, const SymbolValues &values, llvm::raw_ostream &os) {
  Report report = collectReport(func, values);
  std::string title = "model " + printable(report.model);
  StringRef separator = " at ";
  for (const auto &[symbol, value] : values) {
    title += separator.str() + printable(symbol) + "=" + std::to_string(value);
    separator = ", ";
  }
  os << shorten(title, kLineWidth) << "\n\n";

  Table table(os, report);
  table.row("#", "kind", "read", "written", "flops", "kernel", "nodes");
  for (auto [i, kernel] : llvm::enumerate(report.kernels))
    table.costs(std::to_string(i), kernel.isMath ? "math" : "memory", kernel.cost, kernel.name,
                listNodes(kernel.nodes, table.getNodesWidth()));
  os << "\n";
  table.costs("", "memory", report.memory, countOf(report.memoryKernels, "kernel"), "");
  table.costs("", "math", report.math, countOf(report.mathKernels, "kernel"), "");
  KernelCost all = report.memory;
  all += report.math;
  table.costs("", "all", all, countOf(report.memoryKernels + report.mathKernels, "kernel"), "");

  os << "\n";
  int64_t moved = addSaturated(report.memory.readBytes, report.memory.writeBytes);
  if (report.lowerBound > 0)
    os << "memory kernels move " << withPrefix(moved, "B") << ", " << ratio(moved, report.lowerBound) << " the "
       << withPrefix(report.lowerBound, "B") << " that they must without packing\n"
       << llvm::format("half of all components move at most %.2fx of theirs, 19 of 20 at most %.2fx\n",
                       *report.gapOf(0.5), *report.gapOf(0.95));
  if (report.floor > 0)
    os << countOf(report.memoryKernels, "kernel") << " for memory work that takes " << report.floor
       << " without packing\n";
  printStitching(report, os);
  printRefused(report, os);
  if (report.arena)
    os << "a context holds " << withPrefix(*report.arena, "B") << " of scratch memory at these sizes\n";
  printEdges(report, os);
}

} // namespace tao
