// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the plan checker can prove of sizes, and what it must not.
#include "passes/fuse/check/SizeProof.h"
#include "gtest/gtest.h"

namespace tao::check {
namespace {

SymExpr parse(llvm::StringRef text) { return SymExpr::parse(text).value(); }

bool isProven(llvm::StringRef small, llvm::StringRef large,
              std::initializer_list<std::pair<const char *, int64_t>> conditions = {}) {
  std::vector<stitch::GuardCondition> guard;
  for (auto [text, max] : conditions)
    guard.push_back({parse(text), max});
  return SizeProof(guard).isAtMost(parse(small), parse(large));
}

TEST(SizeProof, Plain) {
  EXPECT_TRUE(isProven("n", "n + 3"));
  EXPECT_TRUE(isProven("4*n", "16*ceildiv(4*n, 16)"));
  EXPECT_FALSE(isProven("16*ceildiv(4*n, 16)", "4*n"));
  EXPECT_FALSE(isProven("n", "m"));
}

TEST(SizeProof, MaximumOfTwoConditions) {
  EXPECT_TRUE(isProven("max(48*ceildiv(8*n, 16), 16*n)", "1000", {{"48*ceildiv(8*n, 16)", 1000}, {"16*n", 1000}}));
  EXPECT_FALSE(isProven("max(48*ceildiv(8*n, 16), 16*n)", "1000", {{"16*n", 1000}}));
  // Conditions about other things must not use up the tries.
  EXPECT_TRUE(isProven("max(48*ceildiv(8*n, 16), 16*n)", "1000",
                       {{"k - 8", 0},
                        {"1 - k", 0},
                        {"1 - j", 0},
                        {"5 - i", 0},
                        {"i - j", 0},
                        {"m - 4", 0},
                        {"1 - m", 0},
                        {"48*ceildiv(8*n, 16)", 1000},
                        {"16*n", 1000}}));
}

TEST(SizeProof, ConditionOnMaxima) {
  EXPECT_TRUE(isProven("48*max(1, n)*max(1, m)", "1000", {{"48*max(1, n)*max(1, m)", 1000}}));
  EXPECT_FALSE(isProven("48*max(1, n)*max(1, m)", "1000", {{"48*n*m", 1000}}));
}

TEST(SizeProof, Powers) {
  EXPECT_TRUE(isProven("4*min(1, n)*min(1, n)*m", "16*ceildiv(4*m, 16)"));
  EXPECT_FALSE(isProven("n*n", "n"));
  EXPECT_FALSE(isProven("4*min(2, n)*min(2, n)*m", "8*m"));
  EXPECT_TRUE(isProven("m", "max(1, n)*max(1, n)*m"));
}

} // namespace
} // namespace tao::check
