// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See MinCut.h. Shortest augmenting paths (Edmonds and Karp): networks here have tens of nodes.
#include "passes/fuse/MinCut.h"
#include <algorithm>
#include <cmath>
#include <queue>

namespace tao {

namespace {
/// What is left of a capacity after rounding counts as nothing.
constexpr double kRounding = 1e-9;
} // namespace

size_t MinCut::addNode() {
  edgesOf.emplace_back();
  return edgesOf.size() - 1;
}

void MinCut::addEdge(size_t from, size_t to, double capacity) {
  if (std::isfinite(capacity))
    largest = std::max(largest, capacity);
  edgesOf[from].push_back(edges.size());
  edges.push_back({to, capacity});
  edgesOf[to].push_back(edges.size());
  edges.push_back({from, 0});
}

bool MinCut::augment(size_t source, size_t sink) {
  constexpr size_t kNone = ~size_t(0);
  std::vector<size_t> via(edgesOf.size(), kNone);
  std::queue<size_t> pending;
  pending.push(source);
  while (!pending.empty() && via[sink] == kNone) {
    size_t node = pending.front();
    pending.pop();
    for (size_t e : edgesOf[node])
      if (edges[e].left > kRounding * largest && via[edges[e].to] == kNone && edges[e].to != source) {
        via[edges[e].to] = e;
        pending.push(edges[e].to);
      }
  }
  if (via[sink] == kNone)
    return false;
  double flow = kNever;
  for (size_t node = sink; node != source; node = edges[via[node] ^ 1].to)
    flow = std::min(flow, edges[via[node]].left);
  for (size_t node = sink; node != source; node = edges[via[node] ^ 1].to) {
    edges[via[node]].left -= flow;
    edges[via[node] ^ 1].left += flow;
  }
  return true;
}

std::vector<bool> MinCut::solve(size_t source, size_t sink) {
  while (augment(source, sink))
    ;
  std::vector<bool> isBefore(edgesOf.size(), true);
  std::queue<size_t> pending;
  isBefore[sink] = false;
  pending.push(sink);
  for (; !pending.empty(); pending.pop())
    for (size_t e : edgesOf[pending.front()])
      if (edges[e ^ 1].left > kRounding * largest && isBefore[edges[e].to]) {
        isBefore[edges[e].to] = false;
        pending.push(edges[e].to);
      }
  return isBefore;
}

} // namespace tao
