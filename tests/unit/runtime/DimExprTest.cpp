// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dimension expressions as tao-run evaluates them.
#include "tools/tao-run/DimExpr.h"

#include <gtest/gtest.h>

using tao::run::evaluateDim;

namespace {

TEST(DimExpr, Values) {
  std::map<std::string, int64_t> symbols = {{"n", 10}, {"past", 3}, {"a.b", 7}, {"weird name", 5}};
  EXPECT_EQ(evaluateDim("12", symbols), 12);
  EXPECT_EQ(evaluateDim("past + 1", symbols), 4);
  EXPECT_EQ(evaluateDim("2 * (n - past) + 1", symbols), 15);
  EXPECT_EQ(evaluateDim("(n + 3) floordiv 4", symbols), 3);
  EXPECT_EQ(evaluateDim("n ceildiv 4", symbols), 3);
  EXPECT_EQ(evaluateDim("n mod 4", symbols), 2);
  EXPECT_EQ(evaluateDim("-past floordiv 2", symbols), -2);
  EXPECT_EQ(evaluateDim("max(n, past, 11)", symbols), 11);
  EXPECT_EQ(evaluateDim("a.b", symbols), 7);
  EXPECT_EQ(evaluateDim("weird name", symbols), 5);
}

TEST(DimExpr, Refusals) {
  std::map<std::string, int64_t> symbols = {{"n", 10}};
  for (const char *text : {"", "m", "n +", "n / 0", "(n", "n n", "1 + + ", "99999999999999999999",
                           "9000000000000000000 * 9000000000000000000"})
    EXPECT_EQ(evaluateDim(text, symbols), std::nullopt) << text;
  EXPECT_EQ(evaluateDim(std::string(5000, '('), symbols), std::nullopt);
}

} // namespace
