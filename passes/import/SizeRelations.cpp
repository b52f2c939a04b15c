// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Assumptions on sizes; see SizeRelations.h.
#include "passes/import/SizeRelations.h"

using namespace mlir;

namespace tao {

SymExpr SizeRelations::simplify(const SymExpr &expr) const {
  if (expr.isConstant() || (values.empty() && equalities.empty()))
    return expr;
  SymExpr result = values.empty() ? expr : expr.substitute([&](StringRef name) -> std::optional<SymExpr> {
    auto it = values.find(name.str());
    return it == values.end() ? std::nullopt : std::optional<SymExpr>(it->second);
  });
  auto it = equalities.find(result);
  return it == equalities.end() ? result : it->second;
}

bool SizeRelations::areEqual(const SymExpr &a, const SymExpr &b) const { return a == b || simplify(a) == simplify(b); }

bool SizeRelations::areDifferent(const SymExpr &a, const SymExpr &b) const {
  SymExpr difference = simplify(a) - simplify(b);
  return difference.isAtLeast(1) || (SymExpr(0) - difference).isAtLeast(1);
}

std::optional<std::string> SizeRelations::asSymbol(const SymExpr &expr) {
  if (expr.getTerms().size() != 1)
    return std::nullopt;
  const auto &[monomial, coefficient] = *expr.getTerms().begin();
  if (coefficient != 1 || monomial.size() != 1 || !monomial[0].arguments.empty())
    return std::nullopt;
  return monomial[0].name;
}

void SizeRelations::assume(const SymExpr &a, const SymExpr &b, bool atLeast, Location location, StringRef message) {
  // Checks come before a run, so they stand outside of all bodies.
  OpBuilder::InsertionGuard guard(builder);
  while (isControlFlow(builder.getInsertionBlock()->getParentOp()))
    builder.setInsertionPoint(builder.getInsertionBlock()->getParentOp());
  AssumeOp::create(builder, location, a.str(), b.str(), atLeast, message);
  ++count;
}

static bool mentions(const SymExpr &expr, StringRef symbol) {
  bool found = false;
  expr.forEachSymbol([&](StringRef name) { found |= name == symbol; });
  return found;
}

std::optional<SymExpr> SizeRelations::unify(const SymExpr &a, const SymExpr &b, Location location, StringRef message) {
  if (a == b)
    return a;
  SymExpr left = simplify(a), right = simplify(b);
  if (left == right)
    return left;
  if (areDifferent(left, right))
    return std::nullopt;
  assume(left, right, /*atLeast=*/false, location, message);

  // Eliminate a symbol where one side is one; of two, the one declared later.
  std::optional<std::string> leftName = asSymbol(left), rightName = asSymbol(right);
  if (leftName && mentions(right, *leftName))
    leftName.reset();
  if (rightName && mentions(left, *rightName))
    rightName.reset();
  auto rankOf = [&](const std::string &name) {
    auto it = ranks.find(name);
    return it == ranks.end() ? ranks.size() : it->second;
  };
  if (rightName && (!leftName || rankOf(*leftName) < rankOf(*rightName))) {
    std::swap(left, right);
    std::swap(leftName, rightName);
  }
  if (leftName) {
    auto replace = [&](StringRef name) -> std::optional<SymExpr> {
      return name == *leftName ? std::optional<SymExpr>(right) : std::nullopt;
    };
    for (auto &[name, value] : values)
      value = value.substitute(replace);
    values[*leftName] = right;
    return right;
  }
  // Otherwise the simpler one stands for both.
  auto weight = [](const SymExpr &expr) {
    return std::pair(expr.isConstant() ? 0 : asSymbol(expr) ? 1 : 2, expr.str().size());
  };
  if (weight(left) < weight(right))
    std::swap(left, right);
  equalities[left] = right;
  return right;
}

/// coefficient * min(a, b).
static SymExpr coefficientTimes(int64_t coefficient, const SymExpr::Atom &minimum) {
  return SymExpr::min(minimum.arguments[0], minimum.arguments[1]) * coefficient;
}

bool SizeRelations::isAtLeast(const SymExpr &expr, int64_t bound) const {
  if (expr.isAtLeast(bound))
    return true;
  for (const auto &[known, least] : bounds)
    if (auto difference = (expr - known).constant(); difference && *difference + least >= bound)
      return true;
  // A minimum that is subtracted is at most either of its arguments: rest - min(a, b) >= rest - a.
  for (const auto &[monomial, coefficient] : expr.getTerms()) {
    if (coefficient >= 0 || monomial.size() != 1 || monomial[0].name != "min" || monomial[0].arguments.empty())
      continue;
    SymExpr rest = expr - coefficientTimes(coefficient, monomial[0]);
    return llvm::any_of(monomial[0].arguments,
                        [&](const SymExpr &argument) { return isAtLeast(rest + argument * coefficient, bound); });
  }
  // Sums of products of what is not negative.
  auto isNonnegative = [&](const SymExpr::Atom &atom) {
    if (atom.arguments.empty())
      return true;
    bool first = isAtLeast(atom.arguments[0], 0), second = isAtLeast(atom.arguments[1], 0);
    if (atom.name == "mod")
      return second;
    return atom.name == "max" ? first || second : first && second;
  };
  int64_t sum = 0;
  for (const auto &[monomial, coefficient] : expr.getTerms())
    if (monomial.empty())
      sum = coefficient;
    else if (coefficient < 0 || !llvm::all_of(monomial, isNonnegative))
      return false;
  return sum >= bound;
}

bool SizeRelations::requireAtLeast(const SymExpr &expr, int64_t bound, Location location, StringRef message) {
  SymExpr simple = simplify(expr);
  if (isAtLeast(simple, bound))
    return true;
  if ((SymExpr(bound - 1) - simple).isAtLeast(0))
    return false;
  bounds.emplace(simple, bound);
  assume(simple, bound, /*atLeast=*/true, location, message);
  return true;
}

} // namespace tao
