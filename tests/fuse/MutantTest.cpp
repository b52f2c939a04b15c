// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How many mistakes does the checker see? Plans of many groups are given one mistake each. A mutant that the plan
// interpreter runs without fault to the right values is another right plan and does not count; of those that are wrong
// the checker has to refuse 95 in 100, and each that it does not is printed.
#include "Mutants.h"
#include "PlanGroups.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace tao {
namespace {

/// Rows that are kept, columns that are summed over blocks, neighbours, rows that are too long for registers, and rows
/// of any length.
constexpr const char *kGroups = R"(
func.func @softmax(%x: tensor<6x700xf32>) -> tensor<6x700xf32> {
  %m = tao.reduce max %x dims [1] : tensor<6x700xf32> -> tensor<6xf32>
  %mb = tao.broadcast %m dims [0] : tensor<6xf32> -> tensor<6x700xf32>
  %d = tao.sub %x, %mb : tensor<6x700xf32>
  %e = tao.exp %d : tensor<6x700xf32>
  %s = tao.reduce sum %e dims [1] : tensor<6x700xf32> -> tensor<6xf32>
  %sb = tao.broadcast %s dims [0] : tensor<6xf32> -> tensor<6x700xf32>
  %r = tao.div %e, %sb : tensor<6x700xf32>
  return %r : tensor<6x700xf32>
}
func.func @backward(%g: tensor<48x64xf32>, %x: tensor<48x64xf32>) -> (tensor<48x64xf32>, tensor<64xf32>, tensor<64xf32>) {
  %p = tao.mul %g, %x : tensor<48x64xf32>
  %a = tao.reduce sum %p dims [1] : tensor<48x64xf32> -> tensor<48xf32>
  %ab = tao.broadcast %a dims [0] : tensor<48xf32> -> tensor<48x64xf32>
  %ax = tao.mul %ab, %x : tensor<48x64xf32>
  %dx = tao.sub %g, %ax : tensor<48x64xf32>
  %dg = tao.reduce sum %p dims [0] : tensor<48x64xf32> -> tensor<64xf32>
  %db = tao.reduce sum %g dims [0] : tensor<48x64xf32> -> tensor<64xf32>
  return %dx, %dg, %db : tensor<48x64xf32>, tensor<64xf32>, tensor<64xf32>
}
func.func @neighbours(%x: tensor<16x64xf32>) -> tensor<16x63xf32> {
  %e = tao.exp %x : tensor<16x64xf32>
  %a = tao.slice %e from ["0", "0"] by [1, 1] : tensor<16x64xf32> -> tensor<16x63xf32>
  %b = tao.slice %e from ["0", "1"] by [1, 1] : tensor<16x64xf32> -> tensor<16x63xf32>
  %s = tao.reduce sum %e dims [1] : tensor<16x64xf32> -> tensor<16xf32>
  %sb = tao.broadcast %s dims [0] : tensor<16xf32> -> tensor<16x63xf32>
  %d = tao.sub %a, %b : tensor<16x63xf32>
  %r = tao.div %d, %sb : tensor<16x63xf32>
  return %r : tensor<16x63xf32>
}
func.func @long_rows(%x: tensor<1x9000xf32>) -> tensor<1x9000xf32> {
  %e = tao.exp %x : tensor<1x9000xf32>
  %s = tao.reduce sum %e dims [1] : tensor<1x9000xf32> -> tensor<1xf32>
  %sb = tao.broadcast %s dims [0] : tensor<1xf32> -> tensor<1x9000xf32>
  %r = tao.div %e, %sb : tensor<1x9000xf32>
  return %r : tensor<1x9000xf32>
}
func.func @any_rows(%x: tensor<4x?xf32, #tao.dims<"n">>) -> tensor<4x?xf32, #tao.dims<"n">> {
  %e = tao.exp %x : tensor<4x?xf32, #tao.dims<"n">>
  %s = tao.reduce sum %e dims [1] : tensor<4x?xf32, #tao.dims<"n">> -> tensor<4xf32>
  %sb = tao.broadcast %s dims [0] : tensor<4xf32> -> tensor<4x?xf32, #tao.dims<"n">>
  %r = tao.div %e, %sb : tensor<4x?xf32, #tao.dims<"n">>
  return %r : tensor<4x?xf32, #tao.dims<"n">>
}
)";

struct Count {
  int caught = 0, right = 0, survived = 0;
  int faults = 0; // of those caught that were run, how many go wrong
  int run = 0;
};

/// Mistakes that must show when a plan is run. Others may go well by luck: a buffer that is too small in a place where
/// nothing else lies, an edge that nobody looks up.
bool mustShow(llvm::StringRef mistake) {
  return mistake == "drop a barrier" || mistake == "lower a scope" || mistake == "shift a buffer onto another" ||
         mistake == "leave iterations out";
}

TEST(Mutants, AreCaught) {
  PlanGroups groups;
  for (const char *arch : kPlanMachines) {
    groups.addText(kGroups, "stitch-greedy", arch);
    for (uint32_t seed = 0; seed < 9; ++seed)
      groups.addRandomGraph(seed, RandomGraph::Extents::Small, "stitch", arch);
  }
  std::map<std::string, Count> counts;
  Count all;
  for (const PlannedBody &planned : groups.all()) {
    stitch::GroupOp group = planned.group;
    Block &body = group.getBody().front();
    ASSERT_TRUE(check::checkPlan(body, planned.plan, planned.limits).empty()) << planned.text();
    for (const Mutant &mutant : mutate(planned.plan)) {
      Count &count = counts[mutant.mistake.str()];
      std::string wrong;
      if (llvm::json::Value(toJson(mutant.plan)) == llvm::json::Value(toJson(planned.plan)))
        continue;
      if (!check::checkPlan(body, mutant.plan, planned.limits).empty()) {
        ++count.caught, ++all.caught;
        if (mustShow(mutant.mistake)) {
          ++all.run;
          all.faults += !findDifference(planned, mutant.plan, 1).empty();
        }
      } else if ((wrong = findDifference(planned, mutant.plan, 1)).empty()) {
        ++count.right, ++all.right;
      } else {
        ++count.survived, ++all.survived;
        llvm::errs() << "survived: " << mutant.mistake << " " << mutant.where << ": " << wrong << "\n"
                     << planned.text() << "\n";
      }
    }
  }
  for (const auto &[mistake, count] : counts)
    llvm::outs() << llvm::format("%-32s caught %5d, right all the same %4d, survived %3d\n", mistake.c_str(),
                                 count.caught, count.right, count.survived);
  llvm::outs() << groups.all().size() << " plans, caught " << all.caught << ", right all the same " << all.right
               << ", survived " << all.survived << "; of " << all.run << " run, " << all.faults << " go wrong\n";
  EXPECT_GT(all.caught, 1000);
  // The rest falls on factors that cover more than the extent, and on blocks of a single thread.
  EXPECT_GE(all.faults * 4, all.run * 3);
  EXPECT_LE(all.survived * 20, all.caught + all.survived);
}

} // namespace
} // namespace tao
