// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The checker's view of a whole function: each way in which groups may fail to partition it has its message.
#include "dialects/Stitch/StitchDialect.h"
#include "mlir/Parser/Parser.h"
#include "passes/fuse/check/PlanChecker.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace tao {
namespace {

class Partitions : public testing::Test {
protected:
  Partitions() {
    context.loadDialect<TaoDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(R"(
      func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
        %0 = tao.exp %x : tensor<4xf32>
        %1 = tao.neg %0 : tensor<4xf32>
        %2 = tao.abs %1 : tensor<4xf32>
        %3 = tao.add %0, %2 : tensor<4xf32>
        return %3, %1 : tensor<4xf32>, tensor<4xf32>
      })",
                                         &context);
    for (Operation &op : main().getBody().front().without_terminator())
      ops.push_back(&op);
  }
  func::FuncOp main() { return module->lookupSymbol<func::FuncOp>("main"); }

  /// What is wrong with groups, each given by numbers of its ops and of those that it stores.
  std::string check(ArrayRef<std::pair<std::vector<int>, std::vector<int>>> groups) {
    std::vector<std::vector<Operation *>> lists;
    auto toOps = [&](ArrayRef<int> numbers) {
      auto &list = lists.emplace_back();
      for (int number : numbers)
        list.push_back(ops[number]);
    };
    for (const auto &[members, stores] : groups) {
      toOps(members);
      toOps(stores);
    }
    std::vector<check::GroupMembers> members;
    for (size_t i = 0; i < lists.size(); i += 2)
      members.push_back({lists[i], lists[i + 1]});
    std::string text;
    for (const check::Violation &violation : check::checkPartition(main(), members))
      text += violation.str() + "\n";
    return text;
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  OwningOpRef<ModuleOp> module;
  std::vector<Operation *> ops;
};

TEST_F(Partitions, ThatHold) {
  EXPECT_EQ(check({{{0, 1, 2, 3}, {1, 3}}}), "");
  EXPECT_EQ(check({{{0, 1}, {0, 1}}, {{2, 3}, {3}}}), "");
  EXPECT_EQ(check({{{0, 1}, {1}}, {{0, 2, 3}, {3}}}), ""); // computed twice
}

TEST_F(Partitions, LoseAnOp) { EXPECT_EQ(check({{{0, 1, 3}, {1, 3}}}), "covered: tao.abs is in no group\n"); }

TEST_F(Partitions, StoreTwiceOrNever) {
  EXPECT_EQ(check({{{0, 1}, {0, 1}}, {{0, 1, 2, 3}, {1, 3}}}), "covered: tao.neg is stored by 2 groups\n");
  EXPECT_EQ(check({{{0, 1, 2, 3}, {3}}}), "covered: tao.neg is stored by no group, but read by func.return\n");
  EXPECT_EQ(check({{{0, 1}, {1}}, {{2, 3}, {3}}}), "covered: tao.exp is stored by no group, but read by group 1\n");
  EXPECT_EQ(check({{{0, 1}, {0, 1}}, {{2}, {}}, {{2, 3}, {3}}}), "covered: group 1 stores nothing\n"
                                                                 "covered: group 1 computes tao.abs for nothing\n");
}

TEST_F(Partitions, MoveAnOp) {
  // tao.abs goes to the group of tao.exp, which its operand needs.
  EXPECT_EQ(check({{{0, 2}, {0, 2}}, {{1}, {1}}, {{3}, {3}}}),
            "acyclic: group 0, which computes tao.exp, needs what is computed from its own results\n");
  EXPECT_EQ(check({{{0, 3}, {0, 3}}, {{1, 2}, {1, 2}}}),
            "acyclic: group 0, which computes tao.exp, needs what is computed from its own results\n");
}

} // namespace
} // namespace tao
