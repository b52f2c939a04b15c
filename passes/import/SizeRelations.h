// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What import assumes about symbolic sizes. Graphs combine tensors whose sizes nobody can prove equal at compile time;
// each such relation becomes one tao.assume, checked before every run, and is used as a fact from then on.
#ifndef TAO_PASSES_IMPORT_SIZERELATIONS_H
#define TAO_PASSES_IMPORT_SIZERELATIONS_H

#include "dialects/Tao/TaoDialect.h"
#include "mlir/IR/Builders.h"
#include <map>
#include <set>

namespace tao {

class SizeRelations {
public:
  explicit SizeRelations(mlir::OpBuilder &builder) : builder(builder) {}

  /// Symbols in the order in which the inputs introduce them; earlier ones are kept when two turn out equal.
  void declare(llvm::StringRef symbol) { ranks.try_emplace(symbol.str(), ranks.size()); }

  /// The expression under the equalities known so far.
  SymExpr simplify(const SymExpr &expr) const;
  bool areEqual(const SymExpr &a, const SymExpr &b) const;
  /// True when no assignment of the symbols makes them equal.
  bool areDifferent(const SymExpr &a, const SymExpr &b) const;

  /// True when the value is certainly at least `bound`, given all that is assumed.
  bool isAtLeast(const SymExpr &expr, int64_t bound) const;
  /// Notes a bound that is checked elsewhere.
  void noteAtLeast(const SymExpr &expr, int64_t bound) { bounds.emplace(expr, bound); }

  /// Makes two sizes equal, by an assumption if need be, and returns the simpler one; nullopt when they cannot be.
  std::optional<SymExpr> unify(const SymExpr &a, const SymExpr &b, mlir::Location location, llvm::StringRef message);
  /// Makes sure that `expr` is at least `bound`; false when it never is.
  bool requireAtLeast(const SymExpr &expr, int64_t bound, mlir::Location location, llvm::StringRef message);

  size_t numAssumptions() const { return count; }

private:
  /// The name when the expression is one symbol and nothing else.
  static std::optional<std::string> asSymbol(const SymExpr &expr);
  void assume(const SymExpr &a, const SymExpr &b, bool atLeast, mlir::Location location, llvm::StringRef message);

  mlir::OpBuilder &builder;
  std::map<std::string, size_t> ranks;
  std::map<std::string, SymExpr> values; // of symbols, in solved form: no value holds a symbol that has one
  std::map<SymExpr, SymExpr> equalities; // of other expressions
  std::set<std::pair<SymExpr, int64_t>> bounds;
  size_t count = 0;
};

} // namespace tao
#endif
