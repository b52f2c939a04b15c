// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The picture of the graph: boxes in rows, one frame per function that runs. Two of them: each kernel a box, and all
// kernels of a component folded into one.
#include "compiler/report/Figures.h"
#include "compiler/report/Traffic.h"
#include "compiler/report/html/Parts.h"
#include "compiler/report/layout/Layered.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Format.h"

namespace tao::html {

namespace {
constexpr double kMargin = 24, kFrameTitle = 30;
constexpr size_t kTitleLength = 26, kLineLength = 33;

bool startsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }
constexpr llvm::StringLiteral kEllipsis = "\xE2\x80\xA6";

/// At most `length` characters of UTF-8: the first ones, or the last ones, which tell paths apart.
std::string shorten(const std::string &text, size_t length, bool keepsEnd) {
  std::vector<size_t> starts;
  for (size_t i = 0; i < text.size(); ++i)
    if (startsCharacter(text[i]))
      starts.push_back(i);
  if (starts.size() <= length)
    return text;
  if (keepsEnd)
    return kEllipsis.str() + text.substr(starts[starts.size() - length + 1]);
  return text.substr(0, starts[length - 1]) + kEllipsis.str();
}

struct Box {
  size_t body = 0;
  std::string classes, title, line, figures, attributes;
};
struct Link {
  size_t from, to;
  int64_t bytes;
  std::string why;
};

class Picture {
public:
  Picture(const View &view, llvm::StringRef name, llvm::StringRef marker) : view(view), name(name), marker(marker) {}

  std::vector<Box> boxes;
  std::vector<Link> links;

  void write(llvm::raw_ostream &os) {
    std::string body;
    llvm::raw_string_ostream inner(body);
    double y = kMargin, width = 0;
    for (size_t i = 0; i < view.report.bodies.size(); ++i)
      writeBody(i, y, width, inner);
    os << llvm::format("<svg id=\"graph-%s\" class=\"graph\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\"",
                       name.str().c_str(), width, y, width, y)
       << " role=\"img\" aria-label=\"graph of " << name << "\">\n"
       << "<defs><marker id=\"" << marker << "\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
       << "markerHeight=\"7\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 "
          "8z\"/></marker></defs>\n"
       << body << "</svg>\n";
  }

private:
  void writeBody(size_t body, double &y, double &width, llvm::raw_ostream &os) {
    std::vector<size_t> members;
    std::vector<size_t> numberOf(boxes.size(), 0);
    for (size_t i = 0; i < boxes.size(); ++i)
      if (boxes[i].body == body) {
        numberOf[i] = members.size();
        members.push_back(i);
      }
    std::vector<std::pair<size_t, size_t>> edges;
    std::vector<const Link *> linkOf;
    for (const Link &link : links)
      if (boxes[link.from].body == body && link.from != link.to) {
        edges.emplace_back(numberOf[link.from], numberOf[link.to]);
        linkOf.push_back(&link);
      }
    const BodyReport &info = view.report.bodies[body];
    if (members.empty() && info.title.empty())
      return;
    Layout layout = layOut(members.size(), edges, options);
    double left = kMargin;
    if (!info.title.empty()) {
      std::string title = info.title + ", runs " + countOf(info.runs, "time");
      double frameWidth = std::max(layout.width + 2 * kMargin, 7.5 * static_cast<double>(title.size()) + 2 * kMargin);
      os << llvm::format("<g class=\"frame\"><rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\" rx=\"10\"/>",
                         left, y, frameWidth, layout.height + kFrameTitle + 2 * kMargin)
         << llvm::format("<text x=\"%.0f\" y=\"%.0f\">", left + 14, y + 22) << escapeHtml(title) << "</text></g>\n";
      width = std::max(width, frameWidth + 2 * kMargin);
      left += kMargin;
      y += kFrameTitle + kMargin;
    }
    os << llvm::format("<g transform=\"translate(%.1f %.1f)\">\n", left, y);
    for (auto [edge, link] : llvm::zip(layout.edges, linkOf))
      writeEdge(edge, *link, os);
    for (auto [point, member] : llvm::zip(layout.nodes, members))
      writeBox(point, boxes[member], os);
    os << "</g>\n";
    width = std::max(width, left + layout.width + kMargin);
    y += layout.height + kMargin + (info.title.empty() ? 0 : 2 * kMargin);
  }

  void writeEdge(const LayoutEdge &edge, const Link &link, llvm::raw_ostream &os) {
    double thickness = 1 + std::max(0.0, std::log10(std::max<double>(static_cast<double>(link.bytes), 1)) - 4) * 0.7;
    os << "<g class=\"edge" << (edge.isFar ? " far" : "") << "\" data-from=\"" << link.from << "\" data-to=\""
       << link.to << "\"><title>" << escapeHtml(link.why) << "</title>"
       << llvm::format("<path stroke-width=\"%.1f\" marker-end=\"url(#%s)\" d=\"M%.1f %.1f", thickness,
                       marker.str().c_str(), edge.points.front().x, edge.points.front().y);
    for (size_t i = 1; i < edge.points.size(); ++i) {
      Point a = edge.points[i - 1], b = edge.points[i];
      double middle = (a.y + b.y) / 2;
      os << llvm::format("C%.1f %.1f %.1f %.1f %.1f %.1f", a.x, middle, b.x, middle, b.x, b.y);
    }
    os << "\"/>";
    if (edge.isFar) // short marks at both ends tell that there is more
      os << llvm::format("<path class=\"stub\" d=\"M%.1f %.1fv9M%.1f %.1fv-9\"/>", edge.points.front().x,
                         edge.points.front().y, edge.points.back().x, edge.points.back().y);
    else if (edge.points.size() == 2)
      os << llvm::format("<text x=\"%.1f\" y=\"%.1f\">", (edge.points[0].x + edge.points[1].x) / 2 + 5,
                         (edge.points[0].y + edge.points[1].y) / 2 + 3)
         << withPrefix(link.bytes, "B") << "</text>";
    os << "</g>\n";
  }

  void writeBox(Point centre, const Box &box, llvm::raw_ostream &os) {
    double x = centre.x - options.nodeWidth / 2, y = centre.y - options.nodeHeight / 2;
    os << "<g class=\"node " << box.classes << "\" data-box=\"" << &box - boxes.data() << "\" " << box.attributes
       << llvm::format(" transform=\"translate(%.1f %.1f)\">", x, y)
       << llvm::format("<rect class=\"box\" width=\"%.0f\" height=\"%.0f\" rx=\"6\"/>", options.nodeWidth,
                       options.nodeHeight)
       << llvm::format("<rect class=\"tag\" width=\"5\" height=\"%.0f\" rx=\"2\"/>", options.nodeHeight)
       << "<text class=\"title\" x=\"13\" y=\"18\">"
       << escapeHtml(shorten(toUtf8(box.title), kTitleLength, /*keepsEnd=*/false)) << "</text>"
       << "<text x=\"13\" y=\"34\">" << escapeHtml(shorten(toUtf8(box.line), kLineLength, /*keepsEnd=*/true))
       << "</text>"
       << "<text x=\"13\" y=\"50\">" << escapeHtml(box.figures) << "</text></g>\n";
  }

  const View &view;
  llvm::StringRef name, marker;
  LayoutOptions options;
};

std::string describe(const KernelReport &kernel) {
  return withPrefix(kernel.cost.readBytes, "B") + " in, " + withPrefix(kernel.cost.writeBytes, "B") + " out";
}

std::string getAttributes(double share, double gap, llvm::ArrayRef<size_t> kernels) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::format("data-share=\"%.5f\" data-gap=\"%.3f\"", share, gap) << " data-kernel=\"" << kernels.front()
     << "\" data-kernels=\"";
  llvm::interleave(kernels, os, " ");
  os << "\"";
  return text;
}

std::string getClasses(const KernelReport &kernel) {
  size_t regions = 0;
  for (const PartReport &part : kernel.parts)
    regions += part.regions.size();
  return getName(kernel.kind).str() + (kernel.isLibrary ? " library" : "") + (regions > 1 ? " stitched" : "");
}

void writeKernels(const View &view, llvm::raw_ostream &os) {
  Picture picture(view, "kernels", "tip");
  for (size_t i = 0; i < view.report.kernels.size(); ++i) {
    const KernelReport &kernel = view.report.kernels[i];
    std::string nodes = kernel.nodes.empty() ? "" : kernel.nodes.front().str();
    if (kernel.nodes.size() > 1)
      nodes += " +" + std::to_string(kernel.nodes.size() - 1);
    picture.boxes.push_back({kernel.body, getClasses(kernel), std::to_string(i) + " " + getWork(kernel).str(), nodes,
                             describe(kernel), getAttributes(view.getShare(i), view.getGap(i), {i})});
  }
  for (const EdgeReport &edge : view.report.edges)
    picture.links.push_back({edge.from, edge.to, edge.bytes,
                             std::to_string(edge.from) + " to " + std::to_string(edge.to) + ": " +
                                 withPrefix(edge.bytes, "B") + "; two kernels, for " + getText(edge.why).str()});
  picture.write(os);
}

/// Components that share a packed kernel are one box.
void writeComponents(const View &view, llvm::raw_ostream &os) {
  const Report &report = view.report;
  llvm::EquivalenceClasses<size_t> folded; // kernels
  for (size_t i = 0; i < report.kernels.size(); ++i)
    folded.insert(i);
  for (const ComponentReport &component : report.components)
    for (size_t kernel : component.kernels)
      folded.unionSets(component.kernels.front(), kernel);

  Picture picture(view, "components", "tip2");
  llvm::MapVector<size_t, std::vector<size_t>> members; // of a class, by its leader, in the order of the first
  for (size_t i = 0; i < report.kernels.size(); ++i)
    members[folded.getLeaderValue(i)].push_back(i);
  std::vector<size_t> boxOf(report.kernels.size());
  for (const auto &[leader, kernels] : members) {
    const KernelReport &first = report.kernels[kernels.front()];
    for (size_t kernel : kernels)
      boxOf[kernel] = picture.boxes.size();
    double share = 0;
    llvm::SetVector<size_t> components;
    WorkKind kind = first.kind;
    for (size_t kernel : kernels) {
      share += view.getShare(kernel);
      components.insert_range(view.componentsOf[kernel]);
      kind = std::min(kind, report.kernels[kernel].kind);
    }
    int64_t moved = 0, bound = 0;
    for (size_t component : components) {
      moved = addSaturated(moved, report.components[component].moved);
      bound = addSaturated(bound, report.components[component].bound);
    }
    double gap = bound > 0 ? static_cast<double>(moved) / static_cast<double>(bound) : 0;
    std::string title = std::to_string(kernels.front()) + " " + getWork(first).str();
    if (kernels.size() > 1)
      title = countOf(static_cast<int64_t>(kernels.size()), "kernel") + ", " + std::to_string(kernels.front()) +
              " to " + std::to_string(kernels.back());
    std::string figures = describe(first);
    if (bound > 0)
      figures = "moves " + withPrefix(moved, "B") + ", " + ratio(moved, bound) + " the least";
    std::string classes = kernels.size() > 1 ? getName(kind).str() + " folded" : getClasses(first);
    picture.boxes.push_back({first.body, classes, title, first.nodes.empty() ? "" : first.nodes.front().str(), figures,
                             getAttributes(share, gap, kernels)});
  }
  llvm::MapVector<std::pair<size_t, size_t>, int64_t> bytes;
  for (const EdgeReport &edge : report.edges)
    if (boxOf[edge.from] != boxOf[edge.to]) {
      int64_t &sum = bytes[{boxOf[edge.from], boxOf[edge.to]}];
      sum = addSaturated(sum, edge.bytes);
    }
  for (const auto &[pair, sum] : bytes)
    picture.links.push_back({pair.first, pair.second, sum, withPrefix(sum, "B")});
  picture.write(os);
}
} // namespace

void writeGraphs(const View &view, llvm::raw_ostream &os) {
  os << "<div class=\"picture\" id=\"picture-kernels\">\n";
  writeKernels(view, os);
  os << "</div>\n<div class=\"picture\" id=\"picture-components\" hidden>\n";
  writeComponents(view, os);
  os << "</div>\n";
}

} // namespace tao::html
