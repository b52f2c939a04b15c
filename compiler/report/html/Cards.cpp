// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One card per kernel: what it computes, what it costs, how its plan runs it, and whom it reads and why they are two.
#include "compiler/report/Figures.h"
#include "compiler/report/Traffic.h"
#include "compiler/report/html/Parts.h"
#include "llvm/ADT/StringExtras.h"

namespace tao::html {

namespace {
void fact(llvm::raw_ostream &os, llvm::StringRef name, llvm::StringRef value) {
  os << "<dt>" << name << "</dt><dd>" << value << "</dd>";
}

void writeFacts(const View &view, size_t number, llvm::raw_ostream &os) {
  const KernelReport &kernel = view.report.kernels[number];
  const BodyReport &body = view.report.bodies[kernel.body];
  os << "<dl>";
  fact(os, "kind", getText(kernel.kind).str() + (kernel.isLibrary ? ", by a library" : ""));
  if (!body.title.empty())
    fact(os, "in", escapeHtml(body.title) + ", runs " + countOf(body.runs, "time"));
  fact(os, "reads", withPrefix(kernel.cost.readBytes, "B"));
  fact(os, "writes", withPrefix(kernel.cost.writeBytes, "B"));
  fact(os, "operations", withPrefix(kernel.cost.flops, ""));
  fact(os, "roofline",
       formatTime(view.times[number]) + ", " + formatShare(view.getShare(number)) +
           " of all; limit: " + view.roof.getLimit(kernel, body.runs).str());
  for (size_t component : view.componentsOf[number]) {
    const ComponentReport &entry = view.report.components[component];
    fact(os, "component " + std::to_string(component),
         "moves " + withPrefix(entry.moved, "B") +
             (entry.bound > 0 ? ", " + ratio(entry.moved, entry.bound) + " the least, " + withPrefix(entry.bound, "B")
                              : "") +
             "; " + countOf(static_cast<int64_t>(entry.kernels.size()), "kernel") + ", at least " +
             std::to_string(entry.floor));
  }
  const StagingReport &staging = kernel.staging;
  if (kernel.plan) {
    fact(os, "plan for", escapeHtml(kernel.plan->arch));
    fact(os, "stays on the chip", withPrefix(staging.stagedBytes, "B"));
    fact(os, "barriers",
         std::to_string(staging.blockBarriers) + " of blocks, " + std::to_string(staging.gridBarriers) +
             " of the grid");
    if (staging.repeatedFlops > 0)
      fact(os, "repeated", withPrefix(staging.repeatedFlops, "") + " operations");
  }
  os << "</dl>\n";
}

void writePlan(const KernelReport &kernel, llvm::raw_ostream &os) {
  if (kernel.parts.empty())
    return;
  os << "<h4>How it runs</h4>\n";
  for (const PartReport &part : kernel.parts) {
    os << "<div class=\"part\"><b>" << countOf(part.blocks, "block") << "</b><ol>";
    for (const RegionReport &region : part.regions) {
      os << "<li>";
      if (region.waitsForGrid)
        os << "<span class=\"wait\">all blocks wait</span>";
      else if (region.waitsForBlock)
        os << "<span class=\"wait\">the block waits</span>";
      os << escapeHtml(llvm::join(region.ops, " ")) << "</li>";
    }
    os << "</ol></div>\n";
  }
}

void writeNeighbours(const View &view, llvm::StringRef title, llvm::ArrayRef<size_t> edges, bool isFrom,
                     llvm::raw_ostream &os) {
  if (edges.empty())
    return;
  os << "<h4>" << title << "</h4><ul>";
  for (size_t number : edges) {
    const EdgeReport &edge = view.report.edges[number];
    size_t other = isFrom ? edge.from : edge.to;
    os << "<li><a href=\"#k" << other << "\">" << other << " " << escapeHtml(getWork(view.report.kernels[other]))
       << "</a>, " << withPrefix(edge.bytes, "B") << "<small>" << escapeHtml(getText(edge.why)) << "</small></li>";
  }
  os << "</ul>\n";
}
} // namespace

void writeCards(const View &view, llvm::raw_ostream &os) {
  os << "<div id=\"cards\">\n";
  for (size_t i = 0; i < view.report.kernels.size(); ++i) {
    const KernelReport &kernel = view.report.kernels[i];
    os << "<article id=\"card-" << i << "\" hidden><h3><i class=\"dot " << getName(kernel.kind) << "\"></i>" << i << " "
       << escapeHtml(getWork(kernel)) << "</h3>\n<p class=\"name\">" << escapeHtml(kernel.name) << "</p>\n";
    writeFacts(view, i, os);
    writePlan(kernel, os);
    os << "<h4>Ops</h4><p class=\"ops\">";
    for (const auto &[op, count] : kernel.ops)
      os << "<span>" << escapeHtml(op) << (count > 1 ? " x" + std::to_string(count) : "") << "</span> ";
    os << "</p>\n<h4>Nodes of the model</h4><ul class=\"nodes\">";
    for (llvm::StringRef node : kernel.nodes)
      os << "<li>" << escapeHtml(node) << "</li>";
    os << "</ul>\n";
    writeNeighbours(view, "Reads from", view.in[i], true, os);
    writeNeighbours(view, "Read by", view.out[i], false, os);
    os << "</article>\n";
  }
  os << "</div>\n";
}

} // namespace tao::html
