// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Canonical integer polynomials over size symbols; see SymExpr.h.
#include "dialects/Tao/SymExpr.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

namespace tao {

bool SymExpr::Atom::operator==(const Atom &other) const { return name == other.name && arguments == other.arguments; }
bool SymExpr::Atom::operator<(const Atom &other) const {
  return name != other.name ? name < other.name : arguments < other.arguments;
}

SymExpr::SymExpr(int64_t constant) {
  if (constant != 0)
    terms[{}] = constant;
}

SymExpr SymExpr::symbol(llvm::StringRef name) {
  SymExpr result;
  result.terms[{Atom{name.str(), {}}}] = 1;
  return result;
}

SymExpr SymExpr::function(llvm::StringRef name, const SymExpr &a, const SymExpr &b) {
  SymExpr result;
  result.terms[{Atom{name.str(), {a, b}}}] = 1;
  return result;
}

bool SymExpr::isConstant() const { return terms.empty() || (terms.size() == 1 && terms.begin()->first.empty()); }

std::optional<int64_t> SymExpr::constant() const {
  if (terms.empty())
    return 0;
  if (isConstant())
    return terms.begin()->second;
  return std::nullopt;
}

SymExpr SymExpr::operator+(const SymExpr &other) const {
  SymExpr result = *this;
  for (const auto &[monomial, coefficient] : other.terms) {
    auto [it, inserted] = result.terms.try_emplace(monomial, 0);
    it->second = static_cast<int64_t>(static_cast<uint64_t>(it->second) + static_cast<uint64_t>(coefficient));
    if (it->second == 0)
      result.terms.erase(it);
  }
  return result;
}

SymExpr SymExpr::operator-(const SymExpr &other) const { return *this + SymExpr(-1) * other; }

SymExpr SymExpr::operator*(const SymExpr &other) const {
  SymExpr result;
  for (const auto &[ma, ca] : terms)
    for (const auto &[mb, cb] : other.terms) {
      Monomial product = ma;
      product.insert(product.end(), mb.begin(), mb.end());
      std::sort(product.begin(), product.end());
      SymExpr term;
      int64_t c = static_cast<int64_t>(static_cast<uint64_t>(ca) * static_cast<uint64_t>(cb));
      if (c != 0)
        term.terms[product] = c;
      result = result + term;
    }
  return result;
}

/// Quotient of two monomials, when the divisor's factors all occur in the dividend.
static std::optional<SymExpr::Monomial> divide(const SymExpr::Monomial &a, const SymExpr::Monomial &b) {
  SymExpr::Monomial result = a;
  for (const SymExpr::Atom &factor : b) {
    auto it = std::find(result.begin(), result.end(), factor);
    if (it == result.end())
      return std::nullopt;
    result.erase(it);
  }
  return result;
}

std::optional<SymExpr> SymExpr::exactDiv(const SymExpr &other) const {
  if (other.terms.empty())
    return std::nullopt;
  // Polynomial long division on the largest term of the divisor; it must come out even.
  const auto &lead = *other.terms.rbegin();
  SymExpr rest = *this, quotient;
  for (unsigned steps = 0; !rest.terms.empty(); ++steps) {
    if (steps > 64)
      return std::nullopt;
    bool divided = false;
    for (auto it = rest.terms.rbegin(); it != rest.terms.rend(); ++it) {
      std::optional<Monomial> monomial = divide(it->first, lead.first);
      if (!monomial || it->second % lead.second != 0)
        continue;
      SymExpr term;
      term.terms[*monomial] = it->second / lead.second;
      quotient = quotient + term;
      rest = rest - term * other;
      divided = true;
      break;
    }
    if (!divided)
      return std::nullopt;
  }
  return quotient;
}

SymExpr SymExpr::floorDiv(const SymExpr &other) const {
  auto a = constant(), b = other.constant();
  if (a && b && *b != 0)
    return llvm::divideFloorSigned(*a, *b);
  if (other.isConstant(1))
    return *this;
  if (auto exact = exactDiv(other))
    return *exact;
  return function("floordiv", *this, other);
}

SymExpr SymExpr::ceilDiv(const SymExpr &other) const {
  auto a = constant(), b = other.constant();
  if (a && b && *b != 0)
    return llvm::divideCeilSigned(*a, *b);
  if (auto exact = exactDiv(other))
    return *exact;
  return function("ceildiv", *this, other);
}

SymExpr SymExpr::mod(const SymExpr &other) const {
  auto a = constant(), b = other.constant();
  if (a && b && *b != 0)
    return *a - llvm::divideFloorSigned(*a, *b) * *b;
  if (exactDiv(other))
    return 0;
  return function("mod", *this, other);
}

SymExpr SymExpr::max(const SymExpr &a, const SymExpr &b) {
  SymExpr difference = a - b;
  if (difference.isAtLeast(0))
    return a;
  if ((b - a).isAtLeast(0))
    return b;
  return a < b ? function("max", a, b) : function("max", b, a);
}

SymExpr SymExpr::min(const SymExpr &a, const SymExpr &b) {
  if ((a - b).isAtLeast(0))
    return b;
  if ((b - a).isAtLeast(0))
    return a;
  return a < b ? function("min", a, b) : function("min", b, a);
}

bool SymExpr::isAtLeast(int64_t bound) const {
  int64_t base = 0;
  for (const auto &[monomial, coefficient] : terms) {
    if (monomial.empty()) {
      base = coefficient;
      continue;
    }
    if (coefficient < 0)
      return false;
    for (const Atom &atom : monomial) {
      if (atom.arguments.empty() || (atom.name == "mod" && atom.arguments[1].isAtLeast(0)))
        continue;
      if (atom.name == "max" && (atom.arguments[0].isAtLeast(0) || atom.arguments[1].isAtLeast(0)))
        continue;
      if (!atom.arguments[0].isAtLeast(0) || !atom.arguments[1].isAtLeast(0))
        return false;
    }
  }
  return base >= bound;
}

void SymExpr::forEachSymbol(llvm::function_ref<void(llvm::StringRef)> visit) const {
  for (const auto &[monomial, coefficient] : terms)
    for (const Atom &atom : monomial) {
      if (atom.arguments.empty())
        visit(atom.name);
      for (const SymExpr &argument : atom.arguments)
        argument.forEachSymbol(visit);
    }
}

namespace {
struct Evaluator {
  using Number = std::optional<int64_t>;
  llvm::function_ref<Number(llvm::StringRef)> valueOf;
  Number constant(int64_t value) { return value; }
  Number symbol(llvm::StringRef name) { return valueOf(name); }
  Number add(Number a, Number b) {
    int64_t r;
    if (!a || !b || llvm::AddOverflow(*a, *b, r))
      return std::nullopt;
    return r;
  }
  Number mul(Number a, Number b) {
    int64_t r;
    if (!a || !b || llvm::MulOverflow(*a, *b, r))
      return std::nullopt;
    return r;
  }
  Number call(llvm::StringRef name, Number a, Number b) {
    if (!a || !b)
      return std::nullopt;
    if (name == "max")
      return std::max(*a, *b);
    if (name == "min")
      return std::min(*a, *b);
    if (*b == 0)
      return std::nullopt;
    if (name == "floordiv")
      return llvm::divideFloorSigned(*a, *b);
    if (name == "ceildiv")
      return llvm::divideCeilSigned(*a, *b);
    return *a - llvm::divideFloorSigned(*a, *b) * *b;
  }
};
} // namespace

std::optional<int64_t> SymExpr::evaluate(llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> valueOf) const {
  Evaluator evaluator{valueOf};
  return build<std::optional<int64_t>>(evaluator);
}

static SymExpr callFunction(llvm::StringRef name, const SymExpr &a, const SymExpr &b) {
  if (name == "floordiv")
    return a.floorDiv(b);
  if (name == "ceildiv")
    return a.ceilDiv(b);
  if (name == "mod")
    return a.mod(b);
  return name == "max" ? SymExpr::max(a, b) : SymExpr::min(a, b);
}

namespace {
struct Substitution {
  llvm::function_ref<std::optional<SymExpr>(llvm::StringRef)> valueOf;
  SymExpr constant(int64_t value) { return value; }
  SymExpr symbol(llvm::StringRef name) {
    std::optional<SymExpr> value = valueOf(name);
    return value ? *value : SymExpr::symbol(name);
  }
  SymExpr add(const SymExpr &a, const SymExpr &b) { return a + b; }
  SymExpr mul(const SymExpr &a, const SymExpr &b) { return a * b; }
  SymExpr call(llvm::StringRef name, const SymExpr &a, const SymExpr &b) { return callFunction(name, a, b); }
};
} // namespace

SymExpr SymExpr::substitute(llvm::function_ref<std::optional<SymExpr>(llvm::StringRef)> valueOf) const {
  return build<SymExpr>(Substitution{valueOf});
}

std::string SymExpr::str() const {
  if (terms.empty())
    return "0";
  std::string out;
  // Constant term last: "past + 1" reads better than "1 + past".
  auto print = [&](const Monomial &monomial, int64_t coefficient) {
    bool negative = coefficient < 0;
    if (out.empty())
      out += negative ? "-" : "";
    else
      out += negative ? " - " : " + ";
    uint64_t magnitude = negative ? 0 - static_cast<uint64_t>(coefficient) : static_cast<uint64_t>(coefficient);
    std::string product;
    if (magnitude != 1 || monomial.empty())
      product = std::to_string(magnitude);
    for (const Atom &atom : monomial) {
      if (!product.empty())
        product += "*";
      product += atom.name;
      if (!atom.arguments.empty())
        product += "(" + atom.arguments[0].str() + ", " + atom.arguments[1].str() + ")";
    }
    out += product;
  };
  for (const auto &[monomial, coefficient] : terms)
    if (!monomial.empty())
      print(monomial, coefficient);
  if (auto it = terms.find({}); it != terms.end())
    print({}, it->second);
  return out;
}

static bool isFunctionName(llvm::StringRef name) {
  return name == "floordiv" || name == "ceildiv" || name == "mod" || name == "max" || name == "min";
}

bool SymExpr::isValidSymbol(llvm::StringRef name) {
  if (name.empty() || llvm::isDigit(name[0]) || isFunctionName(name))
    return false;
  return llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; });
}

namespace {
/// sum := product (('+' | '-') product)*; product := factor ('*' factor)*;
/// factor := number | '-' factor | '(' sum ')' | name | function '(' sum ',' sum ')'
class Parser {
public:
  explicit Parser(llvm::StringRef text) : rest(text) {}
  std::optional<SymExpr> parse() {
    auto result = sum();
    skipSpace();
    return rest.empty() ? result : std::nullopt;
  }

private:
  /// A product of sums grows exponentially with its text.
  static constexpr size_t kMaxTerms = 1024;

  void skipSpace() { rest = rest.ltrim(); }
  bool eat(llvm::StringRef token) {
    skipSpace();
    return rest.consume_front(token);
  }
  std::optional<SymExpr> sum() {
    if (++depth > 64)
      return std::nullopt;
    auto left = product();
    while (left) {
      bool plus = eat("+");
      if (!plus && !eat("-"))
        break;
      auto right = product();
      if (!right || left->getTerms().size() + right->getTerms().size() > kMaxTerms)
        return std::nullopt;
      left = plus ? *left + *right : *left - *right;
    }
    --depth;
    return left;
  }
  std::optional<SymExpr> product() {
    auto left = factor();
    while (left && eat("*")) {
      auto right = factor();
      if (!right || left->getTerms().size() * right->getTerms().size() > kMaxTerms)
        return std::nullopt;
      left = *left * *right;
    }
    return left;
  }
  std::optional<SymExpr> factor() {
    skipSpace();
    if (eat("(")) {
      auto inner = sum();
      return inner && eat(")") ? inner : std::nullopt;
    }
    if (eat("-")) {
      if (++depth > 64)
        return std::nullopt;
      auto inner = factor();
      --depth;
      return inner ? std::optional(SymExpr(-1) * *inner) : std::nullopt;
    }
    llvm::StringRef word = rest.take_while([](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; });
    if (word.empty())
      return std::nullopt;
    rest = rest.drop_front(word.size());
    if (llvm::isDigit(word[0])) {
      int64_t value;
      if (word.getAsInteger(10, value))
        return std::nullopt;
      return SymExpr(value);
    }
    if (!isFunctionName(word))
      return SymExpr::symbol(word);
    if (!eat("("))
      return std::nullopt;
    auto a = sum();
    if (!a || !eat(","))
      return std::nullopt;
    auto b = sum();
    if (!b || !eat(")"))
      return std::nullopt;
    return callFunction(word, *a, *b);
  }
  llvm::StringRef rest;
  unsigned depth = 0;
};
} // namespace

std::optional<SymExpr> SymExpr::parse(llvm::StringRef text) { return Parser(text).parse(); }

} // namespace tao
