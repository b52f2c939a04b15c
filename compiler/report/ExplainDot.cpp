// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The graph of the report for Graphviz: kernels as nodes, tensors as edges with their bytes, bodies of loops and
// branches as clusters.
#include "compiler/report/Explain.h"
#include "compiler/report/Figures.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tao {

namespace {
/// As a quoted string of the DOT language, in which a label's backslashes are doubled. HTML-like entities would be
/// decoded, hence "&amp;".
std::string quote(StringRef text) {
  std::string out = "\"";
  for (char c : toUtf8(text)) {
    if (c == '"' || c == '\\')
      out += '\\';
    if (c == '&')
      out += "&amp;";
    else if (c == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += '?';
    else
      out += c;
  }
  return out + "\"";
}

StringRef getColour(WorkKind kind) {
  constexpr StringLiteral kColours[kNumWorkKinds] = {"#d3d9e2", "#e6d3ee", "#f7d9b5", "#cfe5cf", "#cfe3f2"};
  return kColours[static_cast<size_t>(kind)];
}

/// Newlines, after quoting, separate the lines of a label.
std::string getLabel(size_t number, const KernelReport &kernel) {
  std::string text = std::to_string(number) + " " + StringRef(kernel.name).split("__").first.str();
  if (!kernel.nodes.empty()) {
    std::string node = kernel.nodes.front().str();
    std::replace(node.begin(), node.end(), '\n', '?');
    text += "\n" + node;
    if (kernel.nodes.size() > 1)
      text += " +" + std::to_string(kernel.nodes.size() - 1);
  }
  return text + "\n" + withPrefix(kernel.cost.readBytes, "B") + " in, " + withPrefix(kernel.cost.writeBytes, "B") +
         " out";
}
} // namespace

void explainAsDot(func::FuncOp func, const SymbolValues &values, llvm::raw_ostream &os) {
  Report report = collectReport(func, values);
  os << "digraph " << quote(report.model) << " {\n"
     << "  node [shape=box, style=\"filled,rounded\", fontname=\"sans-serif\", fontsize=10];\n"
     << "  edge [fontname=\"sans-serif\", fontsize=9, color=\"#808080\"];\n";
  for (auto [b, body] : llvm::enumerate(report.bodies)) {
    bool isCluster = !body.title.empty();
    std::string indent = isCluster ? "    " : "  ";
    if (isCluster)
      os << "  subgraph cluster_" << b << " {\n    label=" << quote(body.title + ", runs " + countOf(body.runs, "time"))
         << ";\n";
    for (auto [i, kernel] : llvm::enumerate(report.kernels))
      if (kernel.body == b)
        os << indent << "k" << i << " [label=" << quote(getLabel(i, kernel)) << ", fillcolor=\""
           << getColour(kernel.kind) << "\"" << (kernel.isLibrary ? ", style=\"filled,dashed\"" : "") << "];\n";
    if (isCluster)
      os << "  }\n";
  }
  for (const EdgeReport &edge : report.edges)
    os << "  k" << edge.from << " -> k" << edge.to << " [label=" << quote(withPrefix(edge.bytes, "B"))
       << ", tooltip=" << quote(getText(edge.why)) << "];\n";
  os << "}\n";
}

} // namespace tao
