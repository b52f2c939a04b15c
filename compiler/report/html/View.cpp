// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the parts of the HTML report share.
#include "compiler/report/Figures.h"
#include "compiler/report/html/Parts.h"
#include "llvm/Support/Format.h"

namespace tao::html {

std::string escapeHtml(llvm::StringRef text) {
  std::string out;
  for (char c : toUtf8(text)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += "\xEF\xBF\xBD"; // HTML has no control characters: U+FFFD
    else
      out += c;
  }
  return out;
}

View::View(const Report &report, const SymbolValues &values, const Roofline &roof)
    : report(report), values(values), roof(roof), componentsOf(report.kernels.size()), in(report.kernels.size()),
      out(report.kernels.size()) {
  for (const KernelReport &kernel : report.kernels) {
    times.push_back(roof.time(kernel, report.bodies[kernel.body].runs));
    totalTime += times.back();
  }
  for (size_t i = 0; i < report.components.size(); ++i)
    for (size_t kernel : report.components[i].kernels)
      componentsOf[kernel].push_back(i);
  for (size_t i = 0; i < report.edges.size(); ++i) {
    out[report.edges[i].from].push_back(i);
    in[report.edges[i].to].push_back(i);
  }
}

double View::getShare(size_t kernel) const { return totalTime > 0 ? times[kernel] / totalTime : 0; }

double View::getGap(size_t kernel) const {
  double worst = 0;
  for (size_t component : componentsOf[kernel])
    worst = std::max(worst, report.components[component].gap());
  return worst;
}

llvm::StringRef getWork(const KernelReport &kernel) { return llvm::StringRef(kernel.name).split("__").first; }

std::string formatTime(double microseconds) {
  llvm::StringRef unit = "us";
  if (microseconds >= 999.5) {
    microseconds /= 1000;
    unit = "ms";
  }
  if (microseconds >= 999.5) {
    microseconds /= 1000;
    unit = "s";
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::format("%.*f", microseconds >= 99.95 ? 0 : microseconds >= 9.995 ? 1 : 2, microseconds) << " " << unit;
  return text;
}

std::string formatShare(double share) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.1f%%", share * 100);
  return text;
}

} // namespace tao::html
