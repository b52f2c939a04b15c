// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A layered drawing of a graph, after Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical
// system structures" (1981): nodes in rows, edges downwards, few crossings. Takes time linear in nodes and edges but
// for sorting, and gives the same drawing for the same graph.
#ifndef TAO_COMPILER_REPORT_LAYOUT_LAYERED_H
#define TAO_COMPILER_REPORT_LAYOUT_LAYERED_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <vector>

namespace tao {

struct Point {
  double x = 0, y = 0;
};

struct LayoutOptions {
  double nodeWidth = 212, nodeHeight = 58, gapX = 26, gapY = 44;
  unsigned maxPerRow = 8; // nodes
  /// Edges across more rows are far: where many are, they would hide all others.
  unsigned farSpan = 8;
};

struct LayoutEdge {
  size_t from = 0, to = 0;
  llvm::SmallVector<Point, 4> points; // from the bottom of one node to the top of the other, all ways downwards or up
  bool isFar = false;                 // then they are the two ends alone
};

struct Layout {
  std::vector<Point> nodes; // centres
  std::vector<LayoutEdge> edges;
  double width = 0, height = 0; // from 0
};

/// Edges are (from, to), and may form cycles; those to lower numbers go up. Nodes without edges follow below, in rows.
Layout layOut(size_t numNodes, llvm::ArrayRef<std::pair<size_t, size_t>> edges, const LayoutOptions &options = {});

} // namespace tao
#endif
