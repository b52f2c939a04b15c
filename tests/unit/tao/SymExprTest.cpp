// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Symbolic sizes: canonical form, text round trip, division and evaluation, on examples and on random expressions.
#include "dialects/Tao/SymExpr.h"
#include <gtest/gtest.h>
#include <random>

using tao::SymExpr;

namespace {

SymExpr parse(const char *text) {
  auto expr = SymExpr::parse(text);
  EXPECT_TRUE(expr) << text;
  return expr.value_or(SymExpr());
}

std::optional<int64_t> valueOf(llvm::StringRef name) {
  if (name == "a")
    return 3;
  if (name == "b")
    return 7;
  if (name == "c")
    return 12;
  return std::nullopt;
}

TEST(SymExpr, CanonicalText) {
  EXPECT_EQ(parse("1 + n").str(), "n + 1");
  EXPECT_EQ(parse("b*a").str(), "a*b");
  EXPECT_EQ(parse("n + n").str(), "2*n");
  EXPECT_EQ(parse("n - n").str(), "0");
  EXPECT_EQ(parse("(a + b)*(a - b)").str(), "a*a - b*b");
  EXPECT_EQ(parse("-n").str(), "-n");
  EXPECT_EQ(parse("2 - 3*n").str(), "-3*n + 2");
  EXPECT_EQ(parse(" ( ( n ) ) ").str(), "n");
  EXPECT_EQ(parse("a_1.b").str(), "a_1.b");
  EXPECT_EQ(parse("max(b, a)").str(), parse("max(a, b)").str());
}

TEST(SymExpr, FunctionsSimplify) {
  EXPECT_EQ(parse("floordiv(7, 2)").str(), "3");
  EXPECT_EQ(parse("floordiv(-7, 2)").str(), "-4");
  EXPECT_EQ(parse("ceildiv(7, 2)").str(), "4");
  EXPECT_EQ(parse("mod(-7, 2)").str(), "1");
  EXPECT_EQ(parse("floordiv(4*n, 2)").str(), "2*n");
  EXPECT_EQ(parse("ceildiv(a*b, b)").str(), "a");
  EXPECT_EQ(parse("mod(6*n, 3)").str(), "0");
  EXPECT_EQ(parse("max(n, n + 1)").str(), "n + 1");
  EXPECT_EQ(parse("min(n, n + 1)").str(), "n");
  EXPECT_EQ(parse("max(n, 0)").str(), "n");
  EXPECT_EQ(parse("floordiv(n, 2)").str(), "floordiv(n, 2)");
}

TEST(SymExpr, MalformedText) {
  for (const char *text : {"",
                           " ",
                           "+",
                           "n +",
                           "n n",
                           "2n",
                           "(n",
                           "n)",
                           "max",
                           "max(n)",
                           "max(a, b, c)",
                           "floordiv(n)",
                           "a b",
                           "n?",
                           "99999999999999999999",
                           "-",
                           "n-",
                           "*n",
                           "a**b",
                           "f(a, b)"})
    EXPECT_FALSE(SymExpr::parse(text)) << text;
  EXPECT_FALSE(SymExpr::parse(std::string(1000, '(') + "n" + std::string(1000, ')')));
  EXPECT_FALSE(SymExpr::parse(std::string(1000, '-') + "n"));
}

TEST(SymExpr, ValidSymbols) {
  for (const char *name : {"n", "batch_size", "x.1", "_", "N0"})
    EXPECT_TRUE(SymExpr::isValidSymbol(name)) << name;
  for (const char *name : {"", "1n", "a b", "a-b", "max", "min", "mod", "floordiv", "ceildiv", "n?"})
    EXPECT_FALSE(SymExpr::isValidSymbol(name)) << name;
}

TEST(SymExpr, Substitution) {
  auto replace = [](llvm::StringRef name) -> std::optional<SymExpr> {
    if (name == "a")
      return parse("b + 2");
    return name == "c" ? std::optional<SymExpr>(8) : std::nullopt;
  };
  EXPECT_EQ(parse("a*a + b").substitute(replace), parse("b*b + 5*b + 4"));
  EXPECT_EQ(parse("a - b").substitute(replace), SymExpr(2));
  EXPECT_EQ(parse("d*max(n, 3)").substitute(replace), parse("d*max(n, 3)"));
  EXPECT_EQ(parse("floordiv(c, 3) + ceildiv(c, 3) + mod(c, 3)").substitute(replace), SymExpr(2 + 3 + 2));
  EXPECT_EQ(parse("max(n, c) + min(n, c)").substitute(replace), parse("max(n, 8) + min(n, 8)"));
}

TEST(SymExpr, ExactDivision) {
  EXPECT_EQ(parse("6*a*b").exactDiv(parse("2*a")), parse("3*b"));
  EXPECT_EQ(parse("a*b + a*c").exactDiv(parse("a")), parse("b + c"));
  EXPECT_EQ(parse("(a + b)*(c + 2)").exactDiv(parse("a + b")), parse("c + 2"));
  EXPECT_EQ(parse("a*a - b*b").exactDiv(parse("a - b")), parse("a + b"));
  EXPECT_EQ(SymExpr(0).exactDiv(parse("a")), SymExpr(0));
  EXPECT_FALSE(parse("a").exactDiv(parse("b")));
  EXPECT_FALSE(parse("3*a").exactDiv(SymExpr(2)));
  EXPECT_FALSE(parse("a + 1").exactDiv(parse("a")));
  EXPECT_FALSE(parse("a").exactDiv(SymExpr(0)));
}

TEST(SymExpr, Bounds) {
  EXPECT_TRUE(parse("n").isAtLeast(0));
  EXPECT_FALSE(parse("n").isAtLeast(1));
  EXPECT_TRUE(parse("n + 2").isAtLeast(2));
  EXPECT_FALSE(parse("-n").isAtLeast(0));
  EXPECT_TRUE(parse("floordiv(n + 1, 2) + 1").isAtLeast(1));
  EXPECT_FALSE(parse("floordiv(n - 3, 2)").isAtLeast(0));
  EXPECT_TRUE(parse("mod(n - 3, 2)").isAtLeast(0));
  EXPECT_FALSE(parse("mod(n, -2)").isAtLeast(0));
  EXPECT_TRUE(parse("max(n - 3, 0)").isAtLeast(0));
}

TEST(SymExpr, Evaluation) {
  EXPECT_EQ(parse("a*b + 2*c - 1").evaluate(valueOf), 44);
  EXPECT_EQ(parse("floordiv(c, b)").evaluate(valueOf), 1);
  EXPECT_EQ(parse("ceildiv(c, b)").evaluate(valueOf), 2);
  EXPECT_EQ(parse("mod(a - b, b)").evaluate(valueOf), 3);
  EXPECT_EQ(parse("max(a, b) - min(b, c)").evaluate(valueOf), 0);
  EXPECT_EQ(parse("unknown").evaluate(valueOf), std::nullopt);
  EXPECT_EQ(parse("floordiv(a, b - 7)").evaluate(valueOf), std::nullopt);
  EXPECT_EQ(parse("a*4611686018427387904").evaluate(valueOf), std::nullopt);
}

/// Random expressions with a value computed on the side.
class Random {
public:
  explicit Random(unsigned seed) : engine(seed) {}
  int64_t number(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(engine); }

  std::pair<SymExpr, int64_t> expression(int depth) {
    if (depth == 0 || number(0, 3) == 0) {
      if (number(0, 1) == 0) {
        int64_t constant = number(-4, 9);
        return {SymExpr(constant), constant};
      }
      static const char *names[] = {"a", "b", "c"};
      const char *name = names[number(0, 2)];
      return {SymExpr::symbol(name), *valueOf(name)};
    }
    auto [x, p] = expression(depth - 1);
    auto [y, q] = expression(depth - 1);
    switch (number(0, 7)) {
    case 0:
      return {x + y, p + q};
    case 1:
      return {x - y, p - q};
    case 2:
      return {SymExpr::max(x, y), std::max(p, q)};
    case 3:
      return {SymExpr::min(x, y), std::min(p, q)};
    case 4: {
      int64_t divisor = number(1, 5), floor = p >= 0 ? p / divisor : -((-p + divisor - 1) / divisor);
      return {x.floorDiv(divisor), floor};
    }
    case 5: {
      int64_t divisor = number(1, 5);
      return {x.mod(divisor), ((p % divisor) + divisor) % divisor};
    }
    default:
      return {x * y, p * q};
    }
  }

private:
  std::mt19937 engine;
};

TEST(SymExpr, RandomExpressions) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    auto [expr, value] = random.expression(3);
    EXPECT_EQ(expr.evaluate(valueOf), value) << expr.str();
    auto again = SymExpr::parse(expr.str());
    ASSERT_TRUE(again) << expr.str();
    EXPECT_EQ(*again, expr) << expr.str();
    EXPECT_EQ(again->str(), expr.str());
    if (expr.isAtLeast(0)) {
      EXPECT_GE(value, 0) << expr.str();
    }
  }
}

TEST(SymExpr, RandomDivision) {
  Random random(2);
  for (int i = 0; i < 500; ++i) {
    SymExpr x = random.expression(2).first, y = random.expression(2).first;
    if (auto quotient = (x * y).exactDiv(y)) {
      EXPECT_EQ(*quotient * y, x * y) << x.str() << " times " << y.str();
    }
    if (auto quotient = x.exactDiv(y)) {
      EXPECT_EQ(*quotient * y, x) << x.str() << " by " << y.str();
    }
  }
}

TEST(SymExpr, OrderOfOperandsDoesNotShow) {
  Random random(3);
  for (int i = 0; i < 500; ++i) {
    SymExpr x = random.expression(2).first, y = random.expression(2).first, z = random.expression(2).first;
    EXPECT_EQ((x + y + z).str(), (z + (y + x)).str());
    EXPECT_EQ((x * (y + z)).str(), (z * x + y * x).str());
    EXPECT_EQ(SymExpr::max(x, y), SymExpr::max(y, x));
  }
}

} // namespace
