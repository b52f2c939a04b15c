// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Order and places within the rows of a layered drawing.
#ifndef TAO_COMPILER_REPORT_LAYOUT_ROWS_H
#define TAO_COMPILER_REPORT_LAYOUT_ROWS_H

#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <vector>

namespace tao {

/// A node, or where an edge passes a row.
struct Vertex {
  int64_t node = -1;
  double x = 0;
  llvm::SmallVector<size_t, 2> above, below; // vertices of the rows next to it
};
/// Vertices of each row, from the left.
using Rows = std::vector<std::vector<size_t>>;

struct RowStyle {
  double nodeWidth, gap;
};

/// Orders each row so that few edges cross: sweeps down and up that sort by the mean place of neighbours; the best
/// counts.
void sortRows(Rows &rows, const std::vector<Vertex> &vertices);
/// Gives each vertex its x: near its neighbours, edges that pass rows straight, nothing overlapping.
void placeRows(const Rows &rows, std::vector<Vertex> &vertices, const RowStyle &style);
/// Pairs of edges that cross.
int64_t countCrossings(const Rows &rows, const std::vector<Vertex> &vertices);

} // namespace tao
#endif
