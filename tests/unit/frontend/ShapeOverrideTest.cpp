// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The text of --shape.
#include "passes/import/ImportOptions.h"
#include "gtest/gtest.h"

namespace {
using tao::ShapeOverride;

TEST(ShapeOverride, ReadsEveryForm) {
  std::string error;
  auto shape = ShapeOverride::parse("in:put:1..32@8x3x?x?@224x0", error);
  ASSERT_TRUE(shape) << error;
  EXPECT_EQ(shape->input, "in:put");
  ASSERT_EQ(shape->dims.size(), 5u);
  EXPECT_EQ(shape->dims[0].min, 1);
  EXPECT_EQ(shape->dims[0].max, 32);
  EXPECT_EQ(shape->dims[0].likely, 8);
  EXPECT_FALSE(shape->dims[0].fixed);
  EXPECT_EQ(shape->dims[1].fixed, 3);
  EXPECT_FALSE(shape->dims[2].fixed || shape->dims[2].likely);
  EXPECT_EQ(shape->dims[3].likely, 224);
  EXPECT_EQ(shape->dims[4].fixed, 0);
}

TEST(ShapeOverride, ReadsScalars) {
  std::string error;
  auto shape = ShapeOverride::parse("x:", error);
  ASSERT_TRUE(shape);
  EXPECT_TRUE(shape->dims.empty());
}

TEST(ShapeOverride, RefusesTheRest) {
  for (const char *text : {"", "x", ":1", "x:1x", "x:1xx2", "x:-1", "x:a", "x:3..1", "x:1..", "x:1..4@5", "x:3@3", "x:?@",
                           "x:99999999999999999999"}) {
    std::string error;
    EXPECT_FALSE(ShapeOverride::parse(text, error)) << text;
    EXPECT_FALSE(error.empty()) << text;
  }
}
} // namespace
