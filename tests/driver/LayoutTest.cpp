// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What holds of every layered drawing, on random graphs: nothing overlaps, edges go down, the same graph looks the
// same.
#include "compiler/report/layout/Layered.h"
#include "compiler/report/layout/Rows.h"
#include "gtest/gtest.h"
#include <chrono>
#include <random>

using namespace tao;

namespace {

using Edges = std::vector<std::pair<size_t, size_t>>;

/// Each node reads up to `reads` of the `reach` nodes before it.
Edges makeGraph(size_t nodes, size_t reads, size_t reach, unsigned seed) {
  std::mt19937 random(seed);
  Edges edges;
  for (size_t node = 1; node < nodes; ++node)
    for (size_t i = random() % (reads + 1); i > 0; --i)
      edges.emplace_back(node - 1 - random() % std::min(node, reach), node);
  return edges;
}

void check(size_t nodes, const Edges &edges) {
  LayoutOptions options;
  Layout layout = layOut(nodes, edges, options);
  ASSERT_EQ(layout.nodes.size(), nodes);
  for (size_t a = 0; a < nodes; ++a) {
    EXPECT_GE(layout.nodes[a].x - options.nodeWidth / 2, -1e-6);
    EXPECT_LE(layout.nodes[a].x + options.nodeWidth / 2, layout.width + 1e-6);
    EXPECT_GE(layout.nodes[a].y - options.nodeHeight / 2, -1e-6);
    EXPECT_LE(layout.nodes[a].y + options.nodeHeight / 2, layout.height + 1e-6);
    for (size_t b = 0; b < a; ++b) {
      bool isApart = std::abs(layout.nodes[a].x - layout.nodes[b].x) >= options.nodeWidth - 1e-6 ||
                     std::abs(layout.nodes[a].y - layout.nodes[b].y) >= options.nodeHeight - 1e-6;
      EXPECT_TRUE(isApart) << a << " and " << b << " overlap";
    }
  }
  for (const LayoutEdge &edge : layout.edges) {
    bool isDown = edge.from < edge.to;
    for (size_t i = 1; i < edge.points.size(); ++i)
      EXPECT_EQ(edge.points[i - 1].y < edge.points[i].y, isDown) << edge.from << " to " << edge.to;
    EXPECT_NEAR(edge.points.front().x, layout.nodes[edge.from].x, options.nodeWidth / 2);
    EXPECT_NEAR(edge.points.back().x, layout.nodes[edge.to].x, options.nodeWidth / 2);
  }
  Layout again = layOut(nodes, edges, options);
  for (size_t i = 0; i < nodes; ++i)
    EXPECT_EQ(std::pair(layout.nodes[i].x, layout.nodes[i].y), std::pair(again.nodes[i].x, again.nodes[i].y));
}

TEST(Layout, HoldsNothing) {
  Layout layout = layOut(0, {});
  EXPECT_TRUE(layout.nodes.empty());
  EXPECT_EQ(layout.width, 0);
  EXPECT_EQ(layout.height, 0);
}

TEST(Layout, KeepsNodesApart) {
  check(1, {});
  check(30, {});
  for (unsigned seed = 0; seed < 20; ++seed) {
    check(5 + 7 * seed, makeGraph(5 + 7 * seed, 2, 5, seed));
    check(60, makeGraph(60, 3, 60, seed)); // far edges
  }
}

TEST(Layout, TakesCyclesAndLoops) { check(4, {{0, 1}, {1, 2}, {2, 0}, {3, 3}, {2, 3}}); }

TEST(Layout, UncrossesATree) {
  Rows rows{{0, 1}, {2, 3, 4, 5}};
  std::vector<Vertex> vertices(6);
  for (auto [from, to] : Edges{{0, 4}, {0, 5}, {1, 2}, {1, 3}}) {
    vertices[from].below.push_back(to);
    vertices[to].above.push_back(from);
  }
  EXPECT_EQ(countCrossings(rows, vertices), 4);
  sortRows(rows, vertices);
  EXPECT_EQ(countCrossings(rows, vertices), 0);
}

TEST(Layout, PutsAChainInOneColumn) {
  Layout layout = layOut(4, Edges{{0, 1}, {1, 2}, {2, 3}});
  for (const Point &node : layout.nodes)
    EXPECT_NEAR(node.x, layout.nodes.front().x, 1e-6);
}

TEST(Layout, IsQuickForLargeModels) {
  auto start = std::chrono::steady_clock::now();
  layOut(3000, makeGraph(3000, 4, 40, 1));
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  EXPECT_LT(seconds.count(), 10); // about 0.1 s; an order with a square in it takes minutes
}

} // namespace
