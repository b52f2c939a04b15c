// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A polynomial is at least 0 when no coefficient is negative, since symbols are not. Towards that form a proof takes
// two kinds of steps, both of which only make the polynomial smaller: it replaces a division, minimum or maximum by a
// bound, and it adds a multiple of something that a condition keeps at 0 or below, chosen to cancel a negative term.
// Few steps are tried before many: there are always steps that lead nowhere, the more the more conditions there are.
#include "passes/fuse/check/SizeProof.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

namespace tao::check {

namespace {
/// Proofs of real plans take two or three steps.
constexpr unsigned kMaxSteps = 6;
/// Bounds the work where many conditions could be tried.
constexpr unsigned kMaxTries = 2000;
/// Beyond this, sums and products of coefficients might wrap.
constexpr double kMaxCoefficient = 0x1p60;

double sumOfCoefficients(const SymExpr &expr) {
  double sum = 0;
  for (const auto &[monomial, coefficient] : expr.getTerms())
    sum += std::abs(static_cast<double>(coefficient));
  return sum;
}

SymExpr toExpr(const SymExpr::Atom &atom) {
  if (atom.arguments.empty())
    return SymExpr::symbol(atom.name);
  const SymExpr &a = atom.arguments[0], &b = atom.arguments[1];
  if (atom.name == "floordiv")
    return a.floorDiv(b);
  if (atom.name == "ceildiv")
    return a.ceilDiv(b);
  if (atom.name == "mod")
    return a.mod(b);
  return atom.name == "max" ? SymExpr::max(a, b) : SymExpr::min(a, b);
}

SymExpr toExpr(const SymExpr::Monomial &monomial, int64_t coefficient) {
  SymExpr product = coefficient;
  for (const SymExpr::Atom &atom : monomial)
    product = product * toExpr(atom);
  return product;
}

/// expr = sum of powers[k] * atom^k, where the atom is in no factor.
struct Split {
  std::vector<SymExpr> powers{SymExpr(0), SymExpr(0)};
  bool factorIsPositive = true, factorIsNegative = true; // those of the atom, by their coefficients

  /// The whole with something in the atom's place.
  std::optional<SymExpr> with(const SymExpr &value) const {
    std::optional<SymExpr> sum = powers.back();
    for (size_t k = powers.size() - 1; k-- > 0 && sum;)
      if ((sum = multiply(*sum, value)))
        sum = *sum + powers[k];
    return sum;
  }
  bool isLinear() const { return powers.size() == 2; }
};

Split splitBy(const SymExpr &expr, const SymExpr::Atom &atom) {
  Split split;
  for (const auto &[monomial, coefficient] : expr.getTerms()) {
    SymExpr::Monomial others;
    for (const SymExpr::Atom &other : monomial)
      if (!(other == atom))
        others.push_back(other);
    size_t power = monomial.size() - others.size();
    split.powers.resize(std::max(split.powers.size(), power + 1));
    split.powers[power] = split.powers[power] + toExpr(others, coefficient);
    if (power > 0)
      (coefficient > 0 ? split.factorIsNegative : split.factorIsPositive) = false;
  }
  return split;
}

/// The functions that occur, each once, in order.
std::vector<SymExpr::Atom> findFunctions(const SymExpr &expr) {
  std::vector<SymExpr::Atom> functions;
  for (const auto &[monomial, coefficient] : expr.getTerms())
    for (const SymExpr::Atom &atom : monomial)
      if (!atom.arguments.empty() && !llvm::is_contained(functions, atom))
        functions.push_back(atom);
  return functions;
}

/// `whole` without the atoms of `part`; nullopt when it does not hold them all.
std::optional<SymExpr::Monomial> divide(const SymExpr::Monomial &whole, const SymExpr::Monomial &part) {
  SymExpr::Monomial rest = whole;
  for (const SymExpr::Atom &atom : part) {
    auto it = std::find(rest.begin(), rest.end(), atom);
    if (it == rest.end())
      return std::nullopt;
    rest.erase(it);
  }
  return rest;
}
} // namespace

std::optional<SymExpr> multiply(const SymExpr &a, const SymExpr &b) {
  if (sumOfCoefficients(a) * sumOfCoefficients(b) > kMaxCoefficient)
    return std::nullopt;
  return a * b;
}

std::optional<SymExpr> multiply(llvm::ArrayRef<SymExpr> factors) {
  std::optional<SymExpr> product = SymExpr(1);
  for (const SymExpr &factor : factors)
    if (product)
      product = multiply(*product, factor);
  return product;
}

SizeProof::SizeProof(llvm::ArrayRef<stitch::GuardCondition> conditions) {
  for (const stitch::GuardCondition &condition : conditions)
    nonPositive.push_back(condition.expr - SymExpr(condition.max));
}

namespace {

class Search {
public:
  Search(llvm::ArrayRef<SymExpr> nonPositive) : nonPositive(nonPositive) {}

  bool isNonNegative(const SymExpr &expr, unsigned depth) {
    bool isPositive = true;
    for (const auto &[monomial, coefficient] : expr.getTerms())
      isPositive &= coefficient > 0;
    if (isPositive && expr.isAtLeast(0))
      return true;
    if (sumOfCoefficients(expr) > kMaxCoefficient)
      return false;
    bool mayStep = depth > 0 && ++steps <= kMaxTries;
    // A condition may be about the very maximum, so the cases come behind.
    if (mayStep && byConditions(expr, depth - 1))
      return true;
    if (std::optional<bool> proven = byCases(expr, depth))
      return *proven;
    return mayStep && byFunctions(expr, depth - 1);
  }

private:
  using Bound = std::optional<SymExpr>;
  bool smaller(const Bound &bound, unsigned depth) { return bound && isNonNegative(*bound, depth); }
  static Bound plus(const Bound &a, const Bound &b) { return a && b ? Bound(*a + *b) : std::nullopt; }

  /// A maximum that makes the whole smaller, or a minimum that makes it larger: both cases must hold, and it
  /// takes no step to look at them one by one. Nothing if there is none such.
  std::optional<bool> byCases(const SymExpr &expr, unsigned depth) {
    for (const SymExpr::Atom &atom : findFunctions(expr)) {
      if (atom.name != "max" && atom.name != "min")
        continue;
      Split split = splitBy(expr, atom);
      if (atom.name == "max" ? split.factorIsNegative : split.factorIsPositive)
        return llvm::all_of(atom.arguments, [&](const SymExpr &bound) { return smaller(split.with(bound), depth); });
    }
    return std::nullopt;
  }

  bool byConditions(const SymExpr &expr, unsigned depth) {
    for (const auto &[monomial, coefficient] : expr.getTerms())
      for (const SymExpr &bound : nonPositive)
        for (const auto &[cancelling, times] : bound.getTerms()) {
          std::optional<SymExpr::Monomial> rest =
              coefficient < 0 && times > 0 ? divide(monomial, cancelling) : std::nullopt;
          if (rest && smaller(plus(multiply(expr, times), multiply(bound, toExpr(*rest, -coefficient))), depth))
            return true;
        }
    return false;
  }

  /// Bounds a function that only makes the whole larger, or only smaller.
  bool byFunctions(const SymExpr &expr, unsigned depth) {
    return llvm::any_of(findFunctions(expr), [&](const SymExpr::Atom &atom) { return byFunction(expr, atom, depth); });
  }

  bool byFunction(const SymExpr &expr, const SymExpr::Atom &atom, unsigned depth) {
    const SymExpr &a = atom.arguments[0], &b = atom.arguments[1];
    Split split = splitBy(expr, atom);
    if (!split.factorIsPositive && !split.factorIsNegative)
      return false;
    bool up = split.factorIsPositive; // a lower bound of the atom makes the whole smaller
    // The square of a bound that may be negative bounds nothing.
    auto with = [&](const SymExpr &bound) {
      return (!up || split.isLinear() || bound.isAtLeast(0)) && smaller(split.with(bound), depth);
    };
    if (atom.name == "max" || atom.name == "min")
      return with(a) || with(b); // the other way round see byCases
    if (atom.name == "mod")
      return with(up ? SymExpr(0) : b - SymExpr(1));
    if (!split.isLinear())
      return false;
    // A quotient by b, times b. Divisors are at least 1.
    SymExpr numerator = a;
    if (atom.name == "ceildiv" && !up)
      numerator = a + b - SymExpr(1);
    if (atom.name == "floordiv" && up)
      numerator = a - b + SymExpr(1);
    return smaller(plus(multiply(split.powers[1], numerator), multiply(split.powers[0], b)), depth);
  }

  llvm::ArrayRef<SymExpr> nonPositive;
  unsigned steps = 0;
};

} // namespace

bool SizeProof::isAtMost(const SymExpr &small, const SymExpr &large) const {
  // Most things hold whatever the conditions say, and ways to use these would take up the tries.
  auto holds = [&](llvm::ArrayRef<SymExpr> conditions) {
    Search search(conditions);
    for (unsigned depth = 0; depth <= kMaxSteps; ++depth)
      if (search.isNonNegative(large - small, depth))
        return true;
    return false;
  };
  return holds({}) || (!nonPositive.empty() && holds(nonPositive));
}

} // namespace tao::check
