// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Topological order of nodes; see OnnxOrder.h. Nothing here recurses over nodes: a chain may be a million long.
#include "compiler/frontend/OnnxOrder.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <algorithm>
#include <queue>

namespace tao {

std::string getNodeName(const onnx::NodeProto &node, int index) {
  return node.name().empty() ? node.op_type() + "_" + std::to_string(index) : node.name();
}

template <typename Visit> void OnnxOrder::forEachUse(const onnx::NodeProto &node, Visit visit) {
  for (const std::string &name : node.input())
    if (!name.empty())
      visit(llvm::StringRef(name));
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      llvm::for_each(captures(attribute.g()), visit);
    for (const onnx::GraphProto &graph : attribute.graphs())
      llvm::for_each(captures(graph), visit);
  }
}

const std::vector<llvm::StringRef> &OnnxOrder::captures(const onnx::GraphProto &graph) {
  if (auto it = captureCache.find(&graph); it != captureCache.end())
    return *it->second;
  llvm::StringSet<> defined, seen;
  for (const auto &input : graph.input())
    defined.insert(input.name());
  for (const auto &initializer : graph.initializer())
    defined.insert(initializer.name());
  for (const auto &node : graph.node())
    for (const std::string &name : node.output())
      defined.insert(name);
  auto names = std::make_unique<std::vector<llvm::StringRef>>();
  auto use = [&](llvm::StringRef name) {
    if (!defined.contains(name) && seen.insert(name).second)
      names->push_back(name);
  };
  for (const auto &node : graph.node())
    forEachUse(node, use);
  for (const auto &output : graph.output())
    use(output.name());
  return *(captureCache[&graph] = std::move(names));
}

std::optional<std::vector<int>> OnnxOrder::order(const NodeList &nodes, std::vector<int> &cycle) {
  llvm::StringMap<int> producers;
  for (int index = 0; index < nodes.size(); ++index)
    for (const std::string &name : nodes[index].output())
      if (!name.empty())
        producers.try_emplace(name, index);

  std::vector<int> pending(nodes.size(), 0); // dependencies not yet placed
  std::vector<std::vector<int>> users(nodes.size());
  bool sorted = true;
  for (int index = 0; index < nodes.size(); ++index)
    forEachUse(nodes[index], [&](llvm::StringRef name) {
      auto it = producers.find(name);
      if (it == producers.end())
        return;
      sorted &= it->second < index;
      ++pending[index];
      users[it->second].push_back(index);
    });
  std::vector<int> result;
  result.reserve(nodes.size());
  if (sorted) {
    for (int index = 0; index < nodes.size(); ++index)
      result.push_back(index);
    return result;
  }

  // Of the nodes that are ready, the one that the file has first: the order is as close to the file's as can be.
  std::priority_queue<int, std::vector<int>, std::greater<int>> ready;
  for (int index = 0; index < nodes.size(); ++index)
    if (pending[index] == 0)
      ready.push(index);
  while (!ready.empty()) {
    int index = ready.top();
    ready.pop();
    result.push_back(index);
    for (int user : users[index])
      if (--pending[user] == 0)
        ready.push(user);
  }
  if (result.size() == static_cast<size_t>(nodes.size()))
    return result;

  // Some node left over depends on another one left over, and so on: walking back must come round.
  std::vector<int> before(nodes.size(), -1);
  for (int index = 0; index < nodes.size(); ++index)
    if (pending[index] > 0)
      for (int user : users[index])
        if (before[user] < 0)
          before[user] = index;
  int current = std::find_if(pending.begin(), pending.end(), [](int count) { return count > 0; }) - pending.begin();
  std::vector<bool> visited(nodes.size(), false);
  while (!visited[current]) {
    visited[current] = true;
    current = before[current];
  }
  int start = current;
  do {
    cycle.push_back(current);
    current = before[current];
  } while (current != start);
  std::reverse(cycle.begin(), cycle.end());
  return std::nullopt;
}

} // namespace tao
