// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Symbolic sizes. A SymExpr is an integer polynomial over atoms, kept canonical so that equal sizes compare equal as
// text: terms sorted, like terms summed. An atom is a symbol ("batch") or an opaque function of other expressions:
// floordiv(a, b), ceildiv(a, b), mod(a, b), max(a, b), min(a, b). Symbols stand for sizes, hence for values >= 0.
#ifndef TAO_DIALECTS_TAO_SYMEXPR_H
#define TAO_DIALECTS_TAO_SYMEXPR_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tao {

class SymExpr {
public:
  SymExpr() = default; // zero
  SymExpr(int64_t constant);
  static SymExpr symbol(llvm::StringRef name);
  /// Parses the text form; nullopt when it is malformed, or has more than a thousand terms.
  static std::optional<SymExpr> parse(llvm::StringRef text);
  /// True for names that may stand as a symbol: letters, digits, '_' and '.', not starting with a digit, no function
  /// name.
  static bool isValidSymbol(llvm::StringRef name);

  std::string str() const;
  bool isConstant() const;
  /// The value when constant.
  std::optional<int64_t> constant() const;
  bool isConstant(int64_t value) const { return constant() == value; }

  SymExpr operator+(const SymExpr &other) const;
  SymExpr operator-(const SymExpr &other) const;
  SymExpr operator*(const SymExpr &other) const;
  bool operator==(const SymExpr &other) const { return terms == other.terms; }
  bool operator!=(const SymExpr &other) const { return !(*this == other); }
  bool operator<(const SymExpr &other) const { return terms < other.terms; }

  /// this / other when the division has no remainder for every value of the symbols.
  std::optional<SymExpr> exactDiv(const SymExpr &other) const;
  SymExpr floorDiv(const SymExpr &other) const;
  SymExpr ceilDiv(const SymExpr &other) const;
  SymExpr mod(const SymExpr &other) const;
  static SymExpr max(const SymExpr &a, const SymExpr &b);
  static SymExpr min(const SymExpr &a, const SymExpr &b);

  /// True when the value is certainly at least `bound`, given that symbols are >= 0.
  bool isAtLeast(int64_t bound) const;

  /// Calls `visit` on each symbol name that occurs, in sorted order per term; names may repeat.
  void forEachSymbol(llvm::function_ref<void(llvm::StringRef)> visit) const;

  /// Folds over the structure. `Builder` supplies constant(int64_t), symbol(StringRef), add(a, b), mul(a, b) and
  /// call(StringRef function, a, b) and thereby turns an expression into a value of any kind: a number, an SSA value.
  template <typename T, typename Builder> T build(Builder &&builder) const;

  /// The expression with symbols replaced; those for which `valueOf` is nullopt stay.
  SymExpr substitute(llvm::function_ref<std::optional<SymExpr>(llvm::StringRef)> valueOf) const;

  /// Value under an assignment; nullopt when a symbol has none, or on overflow or division by zero.
  std::optional<int64_t> evaluate(llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> valueOf) const;

  /// An atom's text is its identity; functions keep their arguments.
  struct Atom {
    std::string name;               // symbol, or function name
    std::vector<SymExpr> arguments; // empty for a symbol
    bool operator==(const Atom &other) const;
    bool operator<(const Atom &other) const;
  };
  /// Sorted factors; a repeated atom is a power. The empty product is the constant term.
  using Monomial = std::vector<Atom>;
  const std::map<Monomial, int64_t> &getTerms() const { return terms; }

private:
  static SymExpr function(llvm::StringRef name, const SymExpr &a, const SymExpr &b);
  std::map<Monomial, int64_t> terms; // no zero coefficients
};

template <typename T, typename Builder> T SymExpr::build(Builder &&builder) const {
  std::optional<T> sum;
  for (const auto &[monomial, coefficient] : terms) {
    std::optional<T> product;
    if (coefficient != 1 || monomial.empty())
      product = builder.constant(coefficient);
    for (const Atom &atom : monomial) {
      T factor = atom.arguments.empty() ? builder.symbol(atom.name)
                                        : builder.call(atom.name, atom.arguments[0].template build<T>(builder),
                                                       atom.arguments[1].template build<T>(builder));
      product = product ? builder.mul(*product, factor) : factor;
    }
    sum = sum ? builder.add(*sum, *product) : *product;
  }
  return sum ? *sum : builder.constant(0);
}

} // namespace tao
#endif
