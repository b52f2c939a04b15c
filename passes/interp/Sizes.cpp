// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Binding and evaluation of size symbols.
#include "passes/interp/Sizes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tao {

/// The name when `expr` is one symbol and nothing else.
static std::optional<std::string> getSoleSymbol(const SymExpr &expr) {
  const auto &terms = expr.getTerms();
  if (terms.size() != 1 || terms.begin()->second != 1 || terms.begin()->first.size() != 1)
    return std::nullopt;
  const SymExpr::Atom &atom = terms.begin()->first.front();
  return atom.arguments.empty() ? std::optional(atom.name) : std::nullopt;
}

static std::string describe(ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (auto [i, extent] : llvm::enumerate(shape))
    text += (i ? ", " : "") + std::to_string(extent);
  return text + "]";
}

LogicalResult Sizes::bind(RankedTensorType type, ArrayRef<int64_t> shape, std::string &error) {
  if (!hasDims(type)) {
    error = "a dynamic extent of the input's type has no size expression";
    return failure();
  }
  if (type.getRank() != static_cast<int64_t>(shape.size())) {
    error = "input of shape " + describe(shape) + " must have rank " + std::to_string(type.getRank());
    return failure();
  }
  for (auto [dim, expr] : llvm::enumerate(getDims(type))) {
    auto symbol = getSoleSymbol(expr);
    auto expected = expr.constant();
    if (symbol)
      expected = values.try_emplace(*symbol, shape[dim]).first->second;
    if (expected && *expected != shape[dim]) {
      error = "input of shape " + describe(shape) + " must have extent " + std::to_string(*expected) +
              (symbol ? " (" + *symbol + ")" : "") + " in dim " + std::to_string(dim);
      return failure();
    }
  }
  return success();
}

LogicalResult Sizes::check(RankedTensorType type, ArrayRef<int64_t> shape, std::string &error) const {
  for (auto [dim, expr] : llvm::enumerate(getDims(type))) {
    auto value = evaluate(expr);
    if (value && *value == shape[dim])
      continue;
    error = "input of shape " + describe(shape) + " must have extent " + expr.str() +
            (value ? " = " + std::to_string(*value) : ", whose value is unknown,") + " in dim " + std::to_string(dim);
    return failure();
  }
  return success();
}

std::optional<int64_t> Sizes::evaluate(const SymExpr &expr) const {
  return expr.evaluate([&](StringRef name) -> std::optional<int64_t> {
    auto it = values.find(std::string_view(name));
    return it == values.end() ? std::nullopt : std::optional(it->second);
  });
}

FailureOr<SmallVector<int64_t>> Sizes::shapeOf(RankedTensorType type, int64_t maxElements, std::string &error) const {
  SmallVector<int64_t> shape;
  int64_t count = 1;
  bool tooLarge = false;
  for (const SymExpr &expr : getDims(type)) {
    auto value = evaluate(expr);
    if (!value || *value < 0) {
      error = "size " + expr.str() + (value ? " is negative: " + std::to_string(*value) : " has no value");
      return failure();
    }
    shape.push_back(*value);
    tooLarge |= llvm::MulOverflow(count, std::max<int64_t>(*value, 1), count);
  }
  if ((tooLarge || count > maxElements) && !llvm::is_contained(shape, 0)) {
    error = "a tensor of shape " + describe(shape) + " is too large";
    return failure();
  }
  return shape;
}

} // namespace tao
