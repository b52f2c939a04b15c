// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Layered.h. Rows by longest paths, order in rows by barycentres, places by least squares.
#include "compiler/report/layout/Layered.h"
#include "compiler/report/layout/Rows.h"
#include "llvm/ADT/STLExtras.h"

namespace tao {

namespace {
class Layering {
public:
  Layering(size_t numNodes, llvm::ArrayRef<std::pair<size_t, size_t>> edges, const LayoutOptions &options)
      : options(options), edges(edges), above(numNodes), below(numNodes), rowOf(numNodes, 0) {
    for (auto [from, to] : edges) {
      if (from == to)
        continue;
      below[std::min(from, to)].push_back(std::max(from, to));
      above[std::max(from, to)].push_back(std::min(from, to));
    }
  }

  Layout run() {
    chooseRows();
    sink();
    makeRows();
    sortRows(rows, vertices);
    placeRows(rows, vertices, {options.nodeWidth, options.gapX});
    return draw();
  }

private:
  bool isAlone(size_t node) const { return above[node].empty() && below[node].empty(); }

  /// Each node below all that it reads, in a row that has room.
  void chooseRows() {
    for (size_t node = 0; node < rowOf.size(); ++node) {
      if (isAlone(node))
        continue;
      size_t row = 0;
      for (size_t other : above[node])
        row = std::max(row, rowOf[other] + 1);
      while (getLoad(row) >= options.maxPerRow)
        ++row;
      rowOf[node] = row;
      ++load[row];
    }
  }

  /// Down to its readers, where that makes edges shorter on the whole.
  void sink() {
    for (size_t node = rowOf.size(); node-- > 0;) {
      if (below[node].empty() || above[node].size() > below[node].size())
        continue;
      size_t row = rowOf[below[node].front()];
      for (size_t other : below[node])
        row = std::min(row, rowOf[other]);
      for (--row; row > rowOf[node] && getLoad(row) >= options.maxPerRow;)
        --row;
      --load[rowOf[node]];
      ++load[row];
      rowOf[node] = row;
    }
  }

  size_t &getLoad(size_t row) {
    if (row >= load.size())
      load.resize(row + 1, 0);
    return load[row];
  }

  size_t addVertex(size_t row, int64_t node) {
    vertices.push_back({node, 0, {}, {}});
    rows[row].push_back(vertices.size() - 1);
    return vertices.size() - 1;
  }

  /// Nodes, and the bends of edges where these pass other rows.
  void makeRows() {
    rows.resize(load.size());
    vertexOf.resize(rowOf.size(), 0);
    for (size_t node = 0; node < rowOf.size(); ++node)
      if (!isAlone(node))
        vertexOf[node] = addVertex(rowOf[node], static_cast<int64_t>(node));
    for (auto [from, to] : edges) {
      std::vector<size_t> &path = paths.emplace_back();
      if (from == to)
        continue;
      size_t top = std::min(from, to), bottom = std::max(from, to);
      path.push_back(vertexOf[top]);
      if (rowOf[bottom] - rowOf[top] <= options.farSpan) {
        for (size_t row = rowOf[top] + 1; row < rowOf[bottom]; ++row)
          path.push_back(addVertex(row, -1));
        for (size_t i = 0; i < path.size(); ++i) {
          size_t next = i + 1 < path.size() ? path[i + 1] : vertexOf[bottom];
          vertices[path[i]].below.push_back(next);
          vertices[next].above.push_back(path[i]);
        }
      }
      path.push_back(vertexOf[bottom]);
    }
  }

  double getY(size_t row) const {
    return options.nodeHeight / 2 + static_cast<double>(row) * (options.nodeHeight + options.gapY);
  }

  Layout draw() {
    Layout layout;
    layout.nodes.resize(rowOf.size());
    double left = 0, right = 0;
    bool isFirst = true;
    auto cover = [&](double x, double margin) {
      left = isFirst ? x - margin : std::min(left, x - margin);
      right = isFirst ? x + margin : std::max(right, x + margin);
      isFirst = false;
    };
    for (const Vertex &vertex : vertices)
      cover(vertex.x, vertex.node < 0 ? options.gapX / 2 : options.nodeWidth / 2);
    drawAlone(layout, cover, (left + right) / 2);
    for (size_t node = 0; node < rowOf.size(); ++node)
      if (!isAlone(node))
        layout.nodes[node] = {vertices[vertexOf[node]].x, getY(rowOf[node])};
    spreadPorts();
    for (auto [e, edge] : llvm::enumerate(edges))
      if (edge.first != edge.second)
        layout.edges.push_back(drawEdge(e));
    layout.width = right - left;
    for (Point &point : layout.nodes)
      point.x -= left;
    for (LayoutEdge &edge : layout.edges)
      for (Point &point : edge.points)
        point.x -= left;
    return layout;
  }

  /// In rows below all others, beneath their middle.
  void drawAlone(Layout &layout, llvm::function_ref<void(double, double)> cover, double middle) {
    size_t row = rows.size(), column = 0, count = 0;
    for (size_t node = 0; node < rowOf.size(); ++node)
      count += isAlone(node);
    size_t perRow = std::min<size_t>(count, options.maxPerRow);
    double pitch = options.nodeWidth + options.gapX;
    for (size_t node = 0; node < rowOf.size(); ++node) {
      if (!isAlone(node))
        continue;
      double x = middle + (static_cast<double>(column) - static_cast<double>(perRow - 1) / 2) * pitch;
      layout.nodes[node] = {x, getY(row)};
      cover(x, options.nodeWidth / 2);
      if (++column == perRow) {
        column = 0;
        ++row;
      }
    }
    row += column > 0;
    layout.height = row == 0 ? 0 : getY(row - 1) + options.nodeHeight / 2;
  }

  /// Where each edge leaves and enters its nodes: side by side, ordered by where it goes.
  void spreadPorts() {
    starts.assign(paths.size(), 0);
    ends.assign(paths.size(), 0);
    std::vector<llvm::SmallVector<size_t, 4>> out(vertices.size()), in(vertices.size());
    for (auto [e, path] : llvm::enumerate(paths))
      if (!path.empty()) {
        out[path.front()].push_back(e);
        in[path.back()].push_back(e);
      }
    auto spread = [&](std::vector<llvm::SmallVector<size_t, 4>> &lists, std::vector<double> &offsets, auto neighbour) {
      for (auto &list : lists) {
        auto getKey = [&](size_t e) { return std::pair(vertices[neighbour(e)].x, e); };
        llvm::sort(list, [&](size_t a, size_t b) { return getKey(a) < getKey(b); });
        double step = std::min(16.0, options.nodeWidth * 0.7 / static_cast<double>(std::max<size_t>(list.size(), 1)));
        for (auto [i, e] : llvm::enumerate(list))
          offsets[e] = (static_cast<double>(i) - static_cast<double>(list.size() - 1) / 2) * step;
      }
    };
    spread(out, starts, [&](size_t e) { return paths[e][1]; });
    spread(in, ends, [&](size_t e) { return paths[e][paths[e].size() - 2]; });
  }

  LayoutEdge drawEdge(size_t e) const {
    const std::vector<size_t> &path = paths[e];
    size_t top = std::min(edges[e].first, edges[e].second), bottom = std::max(edges[e].first, edges[e].second);
    LayoutEdge edge{edges[e].first, edges[e].second, {}, rowOf[bottom] - rowOf[top] > options.farSpan};
    edge.points.push_back({vertices[path.front()].x + starts[e], getY(rowOf[top]) + options.nodeHeight / 2});
    // Straight past a row, so that it touches no node there.
    for (size_t i = 1; i + 1 < path.size(); ++i)
      for (double side : {-0.5, 0.5})
        edge.points.push_back({vertices[path[i]].x, getY(rowOf[top] + i) + side * options.nodeHeight});
    edge.points.push_back({vertices[path.back()].x + ends[e], getY(rowOf[bottom]) - options.nodeHeight / 2});
    if (edges[e].first > edges[e].second)
      std::reverse(edge.points.begin(), edge.points.end());
    return edge;
  }

  const LayoutOptions &options;
  llvm::ArrayRef<std::pair<size_t, size_t>> edges;
  std::vector<llvm::SmallVector<size_t, 4>> above, below; // nodes
  std::vector<size_t> rowOf, load;                        // of each node; nodes in each row
  Rows rows;
  std::vector<Vertex> vertices;
  std::vector<size_t> vertexOf;           // of each node
  std::vector<std::vector<size_t>> paths; // vertices of each edge, from the top
  std::vector<double> starts, ends;       // of each edge, from the middles of its nodes
};
} // namespace

Layout layOut(size_t numNodes, llvm::ArrayRef<std::pair<size_t, size_t>> edges, const LayoutOptions &options) {
  return Layering(numNodes, edges, options).run();
}

} // namespace tao
