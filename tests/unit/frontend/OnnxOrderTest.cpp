// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order of nodes, which need not be the file's.
#include "compiler/frontend/OnnxOrder.h"
#include "gtest/gtest.h"

namespace {
using tao::NodeList;
using tao::OnnxOrder;

onnx::NodeProto &add(NodeList &nodes, std::vector<std::string> inputs, std::string output) {
  onnx::NodeProto &node = *nodes.Add();
  for (std::string &input : inputs)
    node.add_input(std::move(input));
  node.add_output(std::move(output));
  return node;
}

TEST(OnnxOrder, KeepsTheFilesOrderWhereItCan) {
  NodeList nodes;
  add(nodes, {"x"}, "a");
  add(nodes, {"x"}, "b");
  add(nodes, {"b", "a"}, "c");
  std::vector<int> cycle;
  EXPECT_EQ(OnnxOrder().order(nodes, cycle), (std::vector<int>{0, 1, 2}));
}

TEST(OnnxOrder, SortsWhatIsNotSorted) {
  NodeList nodes;
  add(nodes, {"b", "a"}, "c");
  add(nodes, {"x"}, "a");
  add(nodes, {"a"}, "b");
  std::vector<int> cycle;
  EXPECT_EQ(OnnxOrder().order(nodes, cycle), (std::vector<int>{1, 2, 0}));
}

TEST(OnnxOrder, CountsWhatSubgraphsTakeFromOutside) {
  NodeList nodes;
  onnx::GraphProto &graph = *add(nodes, {"condition"}, "y").add_attribute()->mutable_g();
  add(*graph.mutable_node(), {"late", "own"}, "inner");
  graph.add_input()->set_name("own");
  graph.add_output()->set_name("inner");
  add(nodes, {"x"}, "late");
  add(nodes, {"x"}, "own");
  std::vector<int> cycle;
  EXPECT_EQ(OnnxOrder().order(nodes, cycle), (std::vector<int>{1, 0, 2}));
}

TEST(OnnxOrder, NamesTheCycleAndNothingElse) {
  NodeList nodes;
  add(nodes, {"y"}, "z"); // behind the cycle
  add(nodes, {"b"}, "a");
  add(nodes, {"a"}, "b");
  add(nodes, {"b"}, "y");
  std::vector<int> cycle;
  EXPECT_FALSE(OnnxOrder().order(nodes, cycle));
  std::sort(cycle.begin(), cycle.end());
  EXPECT_EQ(cycle, (std::vector<int>{1, 2}));
}
} // namespace
