// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Rows.h.
#include "compiler/report/layout/Rows.h"
#include "llvm/ADT/STLExtras.h"

namespace tao {

namespace {
constexpr int kSweeps = 12;

/// Place of each vertex in its row.
std::vector<size_t> findRanks(const Rows &rows, size_t count) {
  std::vector<size_t> ranks(count, 0);
  for (const auto &row : rows)
    for (auto [i, vertex] : llvm::enumerate(row))
      ranks[vertex] = i;
  return ranks;
}

/// Sums of prefixes, for counting inversions.
class FenwickTree {
public:
  explicit FenwickTree(size_t size) : sums(size + 1, 0) {}
  void add(size_t i) {
    for (++i; i < sums.size(); i += i & (~i + 1))
      ++sums[i];
  }
  /// Of all entries up to `i`.
  int64_t sum(size_t i) const {
    int64_t total = 0;
    for (++i; i > 0; i &= i - 1)
      total += sums[i];
    return total;
  }

private:
  std::vector<int64_t> sums;
};

/// Distances of vertices that stand side by side.
double getDistance(const Vertex &left, const Vertex &right, const RowStyle &style) {
  auto half = [&](const Vertex &vertex) { return vertex.node < 0 ? 0 : style.nodeWidth / 2; };
  return half(left) + half(right) + style.gap;
}

/// The places nearest to those wanted, by least squares, that keep order and distances: pools of adjacent violators.
void settle(const std::vector<size_t> &row, std::vector<Vertex> &vertices, const std::vector<double> &wanted,
            const std::vector<double> &weights, const RowStyle &style) {
  struct Pool {
    double sum, weight; // of places wanted, each less the vertex's distance from the row's first
    size_t count;
    double mean() const { return sum / weight; }
  };
  std::vector<Pool> pools;
  std::vector<double> offsets(row.size(), 0);
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0)
      offsets[i] = offsets[i - 1] + getDistance(vertices[row[i - 1]], vertices[row[i]], style);
    pools.push_back({(wanted[i] - offsets[i]) * weights[i], weights[i], 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
      Pool last = pools.back();
      pools.pop_back();
      pools.back().sum += last.sum;
      pools.back().weight += last.weight;
      pools.back().count += last.count;
    }
  }
  size_t i = 0;
  for (const Pool &pool : pools)
    for (size_t end = i + pool.count; i < end; ++i)
      vertices[row[i]].x = pool.mean() + offsets[i];
}
} // namespace

int64_t countCrossings(const Rows &rows, const std::vector<Vertex> &vertices) {
  std::vector<size_t> ranks = findRanks(rows, vertices.size());
  int64_t crossings = 0;
  for (size_t r = 0; r + 1 < rows.size(); ++r) {
    FenwickTree tree(rows[r + 1].size());
    int64_t seen = 0;
    for (size_t vertex : rows[r]) {
      for (size_t next : vertices[vertex].below)
        crossings += seen - tree.sum(ranks[next]);
      for (size_t next : vertices[vertex].below)
        tree.add(ranks[next]);
      seen += static_cast<int64_t>(vertices[vertex].below.size());
    }
  }
  return crossings;
}

void sortRows(Rows &rows, const std::vector<Vertex> &vertices) {
  std::vector<size_t> ranks = findRanks(rows, vertices.size());
  Rows best = rows;
  int64_t least = countCrossings(rows, vertices);
  for (int sweep = 0; sweep < kSweeps && least > 0; ++sweep) {
    bool isDown = sweep % 2 == 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      std::vector<size_t> &row = rows[isDown ? i : rows.size() - 1 - i];
      std::vector<std::tuple<double, size_t, size_t>> keys; // what is wanted, what was, the vertex
      for (auto [place, vertex] : llvm::enumerate(row)) {
        const auto &neighbours = isDown ? vertices[vertex].above : vertices[vertex].below;
        double sum = 0;
        for (size_t other : neighbours)
          sum += static_cast<double>(ranks[other]);
        // What has no neighbours stays about where it is.
        keys.emplace_back(neighbours.empty() ? static_cast<double>(place)
                                             : sum / static_cast<double>(neighbours.size()),
                          place, vertex);
      }
      llvm::sort(keys);
      for (auto [place, key] : llvm::enumerate(keys)) {
        row[place] = std::get<2>(key);
        ranks[row[place]] = place;
      }
    }
    if (int64_t crossings = countCrossings(rows, vertices); crossings < least) {
      least = crossings;
      best = rows;
    }
  }
  rows = std::move(best);
}

void placeRows(const Rows &rows, std::vector<Vertex> &vertices, const RowStyle &style) {
  for (const auto &row : rows) {
    double x = 0;
    for (size_t i = 0; i < row.size(); ++i)
      vertices[row[i]].x = x += i > 0 ? getDistance(vertices[row[i - 1]], vertices[row[i]], style) : 0;
    for (size_t vertex : row)
      vertices[vertex].x -= x / 2;
  }
  for (int sweep = 0; sweep < 2 * kSweeps; ++sweep)
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto &row = rows[sweep % 2 == 0 ? i : rows.size() - 1 - i];
      std::vector<double> wanted, weights;
      for (size_t vertex : row) {
        // Where an edge passes a row it has one neighbour on each side; a bend there shows more than one at a node.
        double sum = 0, weight = 0;
        auto add = [&](const llvm::SmallVector<size_t, 2> &others, double share) {
          for (size_t other : others) {
            double w = (vertices[vertex].node < 0 && vertices[other].node < 0 ? 6 : 1) * share;
            sum += w * vertices[other].x;
            weight += w;
          }
        };
        add(vertices[vertex].above, sweep % 2 == 0 ? 1 : 0.3);
        add(vertices[vertex].below, sweep % 2 == 0 ? 0.3 : 1);
        wanted.push_back(weight > 0 ? sum / weight : vertices[vertex].x);
        weights.push_back(weight > 0 ? weight : 0.1);
      }
      settle(row, vertices, wanted, weights, style);
    }
}

} // namespace tao
