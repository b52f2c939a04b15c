// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cheapest cut of a small network.
#ifndef TAO_PASSES_FUSE_MINCUT_H
#define TAO_PASSES_FUSE_MINCUT_H

#include <cstddef>
#include <limits>
#include <vector>

namespace tao {

class MinCut {
public:
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  size_t addNode();
  /// Cutting the edge costs `capacity`, at least 0.
  void addEdge(size_t from, size_t to, double capacity);
  /// For each node whether it is on the source's side of a cheapest cut: of all cheapest ones, that nearest to the
  /// sink. Some path must cost less than kNever to cut.
  std::vector<bool> solve(size_t source, size_t sink);

private:
  struct Edge {
    size_t to;
    double left; // capacity that is not used up
  };
  bool augment(size_t source, size_t sink);

  std::vector<Edge> edges;                  // an edge and its reverse stand side by side
  std::vector<std::vector<size_t>> edgesOf; // of each node
  double largest = 0;
};

} // namespace tao
#endif
