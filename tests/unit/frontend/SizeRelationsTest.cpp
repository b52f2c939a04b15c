// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is assumed about sizes, and what follows from it.
#include "passes/import/SizeRelations.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "gtest/gtest.h"

namespace {
using namespace tao;

class SizeRelationsTest : public testing::Test {
protected:
  SizeRelationsTest()
      : module(load(context)), builder(module->getBodyRegion()), location(builder.getUnknownLoc()), sizes(builder) {
    for (const char *name : {"n", "m", "k"})
      sizes.declare(name);
  }
  static mlir::ModuleOp load(mlir::MLIRContext &context) {
    context.loadDialect<TaoDialect>();
    return mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  }
  static SymExpr expr(const char *text) { return *SymExpr::parse(text); }

  std::string unify(const char *a, const char *b) {
    auto result = sizes.unify(expr(a), expr(b), location, "test");
    return result ? result->str() : "different";
  }
  bool require(const char *text, int64_t bound) { return sizes.requireAtLeast(expr(text), bound, location, "test"); }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::OpBuilder builder;
  mlir::Location location;
  SizeRelations sizes;
};

TEST_F(SizeRelationsTest, EqualSizesNeedNoAssumption) {
  EXPECT_EQ(unify("n + 1", "1 + n"), "n + 1");
  EXPECT_EQ(unify("3", "4"), "different");
  EXPECT_EQ(unify("n", "n + 1"), "different");
  EXPECT_EQ(sizes.numAssumptions(), 0u);
}

TEST_F(SizeRelationsTest, TheEarlierSymbolStays) {
  EXPECT_EQ(unify("m", "n"), "n");
  EXPECT_EQ(unify("n", "m"), "n");
  EXPECT_EQ(unify("2*m", "2*n"), "2*n");
  EXPECT_EQ(sizes.numAssumptions(), 1u);
}

TEST_F(SizeRelationsTest, NumbersReplaceSymbolsEverywhere) {
  EXPECT_EQ(unify("k", "n + m"), "m + n");
  EXPECT_EQ(unify("n", "5"), "5");
  EXPECT_EQ(sizes.simplify(expr("k")).str(), "m + 5");
  EXPECT_EQ(unify("n", "6"), "different");
}

TEST_F(SizeRelationsTest, TheSimplerOfTwoExpressionsStays) {
  EXPECT_EQ(unify("min(512, n)", "n"), "n");
  EXPECT_EQ(unify("floordiv(n, 2)", "7"), "7");
  EXPECT_EQ(unify("floordiv(n, 2)", "7"), "7");
  EXPECT_EQ(sizes.numAssumptions(), 2u);
}

TEST_F(SizeRelationsTest, BoundsFollowFromBounds) {
  EXPECT_TRUE(require("n", 0));
  EXPECT_TRUE(require("2*n + m + 3", 3));
  EXPECT_TRUE(require("n - min(3, n)", 0));
  EXPECT_EQ(sizes.numAssumptions(), 0u);
  EXPECT_TRUE(require("n - 2", 0));
  EXPECT_EQ(sizes.numAssumptions(), 1u);
  EXPECT_TRUE(require("n", 2));
  EXPECT_TRUE(require("floordiv(n - 1, 2) + 1", 1));
  EXPECT_EQ(sizes.numAssumptions(), 1u);
  EXPECT_FALSE(require("-1", 0));
  EXPECT_FALSE(require("-2 - n", -1));
}
} // namespace
