// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activations that read their input more than once: recognised by what the dag of primitives computes. Products are
// taken apart into factors and inner arguments into polynomials of x, so that the order of multiplications does not
// matter.
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/PostOps.h"
#include <array>
#include <cmath>

using namespace mlir;

namespace tao {

namespace {
bool isNear(double value, double expected) { return std::fabs(value - expected) <= 1e-6 * std::fabs(expected); }

/// Coefficients of 1, x, x^2, x^3.
using Polynomial = std::array<double, 4>;

std::optional<Polynomial> multiply(const Polynomial &a, const Polynomial &b) {
  Polynomial product{};
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) {
      if (i + j < 4)
        product[i + j] += a[i] * b[j];
      else if (a[i] != 0 && b[j] != 0)
        return std::nullopt;
    }
  return product;
}

/// `value` as a polynomial of x of degree at most 3. Dags are small: the caller bounds the ops between x and y.
std::optional<Polynomial> polynomialOf(Value value, Value x, int depth = 0) {
  if (value == x)
    return Polynomial{0, 1, 0, 0};
  if (auto splat = getSplat(value))
    return Polynomial{*splat, 0, 0, 0};
  Operation *op = value.getDefiningOp();
  if (!op || depth > 12 || !isa<AddOp, SubOp, MulOp, DivOp, NegOp, PowOp>(op))
    return std::nullopt;
  auto a = polynomialOf(op->getOperand(0), x, depth + 1);
  if (!a)
    return std::nullopt;
  if (isa<NegOp>(op))
    return multiply(*a, {-1, 0, 0, 0});
  auto b = polynomialOf(op->getOperand(1), x, depth + 1);
  if (!b)
    return std::nullopt;
  if (isa<AddOp, SubOp>(op)) {
    for (int i = 0; i < 4; ++i)
      (*a)[i] += isa<AddOp>(op) ? (*b)[i] : -(*b)[i];
    return a;
  }
  if (isa<MulOp>(op))
    return multiply(*a, *b);
  // A divisor or an exponent must be a number.
  if ((*b)[1] != 0 || (*b)[2] != 0 || (*b)[3] != 0)
    return std::nullopt;
  double number = (*b)[0];
  if (isa<DivOp>(op))
    return number == 0 ? std::nullopt : multiply(*a, {1 / number, 0, 0, 0});
  if (number != 1 && number != 2 && number != 3)
    return std::nullopt;
  std::optional<Polynomial> power = a;
  for (int i = 1; i < number && power; ++i)
    power = multiply(*power, *a);
  return power;
}

/// value = scale * x^power * rest, where rest is at most one other value.
struct Product {
  double scale = 1;
  int power = 0;
  Value rest;
};
bool factorise(Value value, Value x, Product &product, int depth = 0) {
  if (value == x) {
    ++product.power;
    return true;
  }
  if (auto splat = getSplat(value)) {
    product.scale *= *splat;
    return true;
  }
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<MulOp>(op) && depth < 12)
    return factorise(op->getOperand(0), x, product, depth + 1) && factorise(op->getOperand(1), x, product, depth + 1);
  if (isa_and_nonnull<DivOp>(op) && depth < 12)
    if (auto divisor = getSplat(op->getOperand(1)); divisor && *divisor != 0) {
      product.scale /= *divisor;
      return factorise(op->getOperand(0), x, product, depth + 1);
    }
  if (product.rest)
    return false;
  product.rest = value;
  return true;
}

/// f(k1 * x + k3 * x^3): the arguments of erf and tanh in GELU.
bool hasArgument(Value argument, Value x, double k1, double k3) {
  auto p = polynomialOf(argument, x);
  return p && (*p)[0] == 0 && isNear((*p)[1], k1) && (*p)[2] == 0 && (k3 == 0 ? (*p)[3] == 0 : isNear((*p)[3], k3));
}

/// x * logistic(a * x).
std::optional<PostOp> matchSwish(Value x, Value y) {
  Product product;
  if (!factorise(y, x, product) || product.power != 1 || product.scale != 1 || !product.rest)
    return std::nullopt;
  auto logistic = product.rest.getDefiningOp<LogisticOp>();
  if (!logistic)
    return std::nullopt;
  auto p = polynomialOf(logistic.getInput(), x);
  if (!p || (*p)[0] != 0 || (*p)[2] != 0 || (*p)[3] != 0)
    return std::nullopt;
  return PostOp{TAO_POST_SWISH, static_cast<float>((*p)[1])};
}

/// 0.5 * x * (1 + erf(x / sqrt 2)) and 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))), however multiplied
/// out.
std::optional<PostOp> matchGelu(Value x, Value y) {
  Product outer;
  if (!factorise(y, x, outer) || outer.power != 1 || !outer.rest)
    return std::nullopt;
  auto sum = outer.rest.getDefiningOp<AddOp>();
  if (!sum)
    return std::nullopt;
  auto one = getSplat(sum.getRhs());
  Value curve = sum.getLhs();
  if (!one) {
    one = getSplat(sum.getLhs());
    curve = sum.getRhs();
  }
  Product inner;
  if (!one || !factorise(curve, x, inner) || inner.power != 0 || !inner.rest || !isNear(outer.scale * *one, 0.5) ||
      !isNear(outer.scale * inner.scale, 0.5))
    return std::nullopt;
  if (auto erf = inner.rest.getDefiningOp<ErfOp>(); erf && hasArgument(erf.getInput(), x, M_SQRT1_2, 0))
    return PostOp{TAO_POST_GELU_ERF};
  const double k = std::sqrt(M_2_PI);
  if (auto tanh = inner.rest.getDefiningOp<TanhOp>(); tanh && hasArgument(tanh.getInput(), x, k, k * 0.044715))
    return PostOp{TAO_POST_GELU_TANH};
  return std::nullopt;
}

/// select(x > 0, x, a * x) in its four spellings, and max(x, a * x) for 0 <= a <= 1.
std::optional<PostOp> matchLeakyRelu(Value x, Value y) {
  auto slope = [&](Value value) -> std::optional<float> {
    auto p = polynomialOf(value, x);
    if (!p || (*p)[0] != 0 || (*p)[2] != 0 || (*p)[3] != 0)
      return std::nullopt;
    return static_cast<float>((*p)[1]);
  };
  if (auto max = y.getDefiningOp<MaxOp>()) {
    Value other = max.getLhs() == x ? max.getRhs() : max.getLhs();
    auto alpha = slope(other);
    if ((max.getLhs() == x || max.getRhs() == x) && alpha && *alpha >= 0 && *alpha <= 1)
      return PostOp{TAO_POST_RELU, *alpha};
    return std::nullopt;
  }
  auto select = y.getDefiningOp<SelectOp>();
  auto cmp = select ? select.getCondition().getDefiningOp<CmpOp>() : CmpOp();
  if (!cmp || cmp.getLhs() != x || getSplat(cmp.getRhs()) != 0.0)
    return std::nullopt;
  bool whenPositive = cmp.getPredicate() == CmpPredicate::Gt || cmp.getPredicate() == CmpPredicate::Ge;
  bool whenNegative = cmp.getPredicate() == CmpPredicate::Lt || cmp.getPredicate() == CmpPredicate::Le;
  Value positive = whenPositive ? select.getOnTrue() : select.getOnFalse();
  Value negative = whenPositive ? select.getOnFalse() : select.getOnTrue();
  auto alpha = slope(negative);
  if ((!whenPositive && !whenNegative) || positive != x || !alpha)
    return std::nullopt;
  return PostOp{TAO_POST_RELU, *alpha};
}
} // namespace

std::optional<PostOp> matchActivation(Value x, Value y) {
  for (auto match : {matchSwish, matchGelu, matchLeakyRelu})
    if (auto post = match(x, y))
      return post;
  return std::nullopt;
}

} // namespace tao
