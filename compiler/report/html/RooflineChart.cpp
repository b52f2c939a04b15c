// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels on the roofline of the architecture table, both axes logarithmic. Distance below the roof is what launches
// and barriers cost; area is the share of time.
#include "compiler/report/Figures.h"
#include "compiler/report/Traffic.h"
#include "compiler/report/html/Parts.h"
#include "llvm/Support/Format.h"
#include <cmath>

namespace tao::html {

namespace {
constexpr double kWidth = 760, kHeight = 380, kLeft = 74, kRight = 16, kTop = 18, kBottom = 46;

class Axes {
public:
  Axes(double minX, double maxX, double minY, double maxY)
      : minX(std::floor(minX)), maxX(std::ceil(maxX)), minY(std::floor(minY)), maxY(std::ceil(maxY)) {}

  /// Of decimal logarithms.
  double x(double value) const {
    return kLeft + (std::clamp(value, minX, maxX) - minX) / (maxX - minX) * (kWidth - kLeft - kRight);
  }
  double y(double value) const {
    return kHeight - kBottom - (std::clamp(value, minY, maxY) - minY) / (maxY - minY) * (kHeight - kTop - kBottom);
  }

  void write(llvm::raw_ostream &os) const {
    for (double d = minX; d <= maxX; ++d)
      os << llvm::format("<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/><text class=\"tick\" x=\"%.1f\" y=\"%.1f\" "
                         "text-anchor=\"middle\">%g</text>\n",
                         x(d), kTop, kHeight - kBottom, x(d), kHeight - kBottom + 16, std::pow(10, d));
    for (double d = minY; d <= maxY; ++d)
      os << llvm::format("<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/><text class=\"tick\" x=\"%.1f\" y=\"%.1f\" "
                         "text-anchor=\"end\">",
                         kLeft, y(d), kWidth - kRight, kLeft - 8, y(d) + 4)
         << withPrefix(std::llround(std::pow(10, d + 6)), "") << "</text>\n";
  }

  double minX, maxX, minY, maxY;
};
} // namespace

void writeRoofline(const View &view, llvm::raw_ostream &os) {
  const Roofline &roof = view.roof;
  double ridge = std::log10(roof.flops() / roof.bytes()), peak = std::log10(roof.flops());
  struct Spot {
    size_t kernel;
    double x, y;
  };
  std::vector<Spot> spots;
  double minX = ridge - 1, maxX = ridge + 1, minY = peak - 1;
  for (size_t i = 0; i < view.report.kernels.size(); ++i) {
    const KernelReport &kernel = view.report.kernels[i];
    auto moved = static_cast<double>(addSaturated(kernel.cost.readBytes, kernel.cost.writeBytes));
    if (kernel.cost.flops <= 0 || moved <= 0 || view.times[i] <= 0)
      continue;
    auto flops = static_cast<double>(kernel.cost.flops);
    spots.push_back({i, std::log10(flops / moved), std::log10(flops / view.times[i])});
    minX = std::min(minX, spots.back().x);
    maxX = std::max(maxX, spots.back().x);
    minY = std::min(minY, spots.back().y);
  }
  Axes axes(std::max(minX, ridge - 5), std::min(maxX, ridge + 5), std::max(minY, peak - 8), peak + 0.01);
  os << llvm::format("<svg id=\"roofline\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"roofline\">\n", kWidth,
                     kHeight);
  axes.write(os);
  // The roof, from where the slope enters the picture.
  double startX = std::max(axes.minX, axes.minY - std::log10(roof.bytes()));
  os << llvm::format("<path class=\"roof\" d=\"M%.1f %.1fL%.1f %.1fH%.1f\"/>\n", axes.x(startX),
                     axes.y(startX + std::log10(roof.bytes())), axes.x(ridge), axes.y(peak), kWidth - kRight);
  os << llvm::format("<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", kWidth - kRight - 4,
                     axes.y(peak) - 6)
     << withPrefix(std::llround(roof.flops() * 1e6), "") << " operations/s</text>\n"
     << llvm::format("<text class=\"tick\" x=\"%.1f\" y=\"%.1f\">", axes.x(axes.minX) + 8, kTop + 12)
     << withPrefix(std::llround(roof.bytes() * 1e6), "B") << "/s of DRAM on the slope</text>\n";
  for (const Spot &spot : spots) {
    const KernelReport &kernel = view.report.kernels[spot.kernel];
    double radius = 2.5 + 26 * std::sqrt(view.getShare(spot.kernel));
    os << "<circle class=\"spot " << getName(kernel.kind) << "\" data-kernel=\"" << spot.kernel
       << llvm::format("\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>", axes.x(spot.x), axes.y(spot.y), radius)
       << spot.kernel << " " << escapeHtml(getWork(kernel)) << ": " << formatTime(view.times[spot.kernel]) << ", "
       << formatShare(view.getShare(spot.kernel)) << "</title></circle>\n";
  }
  os << llvm::format(
            "<text class=\"axis\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">operations per byte moved</text>",
            (kLeft + kWidth - kRight) / 2, kHeight - 8)
     << llvm::format(
            "<text class=\"axis\" transform=\"translate(14 %.1f) rotate(-90)\" text-anchor=\"middle\">operations "
            "per second</text>\n</svg>\n",
            (kTop + kHeight - kBottom) / 2);
}

} // namespace tao::html
