// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluation of elementwise ops through the eval columns of Elementwise.def.
#include "passes/interp/Evaluate.h"
#include "passes/interp/ScalarEval.h"

using namespace mlir;

namespace tao::interp {

namespace {
using namespace eval;

template <typename Compare, typename T>
void compareAll(const std::vector<T> &a, const std::vector<T> &b, std::vector<int64_t> &out) {
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = Compare()(a[i], b[i]);
}
template <typename T>
void compareBy(CmpPredicate predicate, const std::vector<T> &a, const std::vector<T> &b, std::vector<int64_t> &out) {
  switch (predicate) {
  case CmpPredicate::Eq:
    return compareAll<std::equal_to<>>(a, b, out);
  case CmpPredicate::Ne:
    return compareAll<std::not_equal_to<>>(a, b, out);
  case CmpPredicate::Lt:
    return compareAll<std::less<>>(a, b, out);
  case CmpPredicate::Le:
    return compareAll<std::less_equal<>>(a, b, out);
  case CmpPredicate::Gt:
    return compareAll<std::greater<>>(a, b, out);
  case CmpPredicate::Ge:
    return compareAll<std::greater_equal<>>(a, b, out);
  }
}

HostTensor compare(CmpOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  const HostTensor &a = call.operand(0), &b = call.operand(1);
  if (a.isFloat()) {
    compareBy(op.getPredicate(), a.reals, b.reals, result.integers);
  } else if (a.elementType.isUnsignedInteger(64)) {
    std::vector<uint64_t> ua(a.integers.begin(), a.integers.end()), ub(b.integers.begin(), b.integers.end());
    compareBy(op.getPredicate(), ua, ub, result.integers);
  } else {
    compareBy(op.getPredicate(), a.integers, b.integers, result.integers);
  }
  return result;
}

HostTensor select(const OpCall &call) {
  HostTensor result = call.operand(1);
  const std::vector<int64_t> &condition = call.operand(0).integers;
  visitStorage(result, call.operand(2), [&](auto &out, const auto &onFalse) {
    for (size_t i = 0; i < out.size(); ++i)
      if (!condition[i])
        out[i] = onFalse[i];
  });
  return result;
}

/// Truncates towards zero and saturates; NaN becomes 0.
int64_t saturate(double value, Type type) {
  if (std::isnan(value))
    return 0;
  unsigned width = type.getIntOrFloatBitWidth();
  bool isUnsigned = isUnsignedElement(type);
  double limit = std::ldexp(1.0, isUnsigned ? width : width - 1); // one above the largest value
  value = std::trunc(value);
  if (value >= limit)
    return isUnsigned ? static_cast<int64_t>(~uint64_t(0) >> (64 - width))
                      : static_cast<int64_t>(~uint64_t(0) >> (65 - width));
  if (isUnsigned)
    return value <= 0 ? 0 : static_cast<int64_t>(static_cast<uint64_t>(value));
  return value < -limit ? static_cast<int64_t>(~uint64_t(0) << (width - 1)) : static_cast<int64_t>(value);
}

HostTensor castTo(const OpCall &call) {
  HostTensor result = call.makeResult();
  const HostTensor &in = call.operand(0);
  Type to = result.elementType;
  bool toBool = to.isInteger(1), fromU64 = in.elementType.isUnsignedInteger(64);
  for (int64_t i = 0, e = in.size(); i < e; ++i) {
    if (toBool)
      result.integers[i] = in.isFloat() ? in.reals[i] != 0 : in.integers[i] != 0;
    else if (in.isFloat() && result.isFloat())
      result.reals[i] = in.reals[i];
    else if (in.isFloat())
      result.integers[i] = saturate(in.reals[i], to);
    else if (!result.isFloat())
      result.integers[i] = wrapToType(in.integers[i], to);
    else if (to.isF32()) // not through double: that would round twice
      result.reals[i] =
          fromU64 ? static_cast<float>(static_cast<uint64_t>(in.integers[i])) : static_cast<float>(in.integers[i]);
    else
      result.reals[i] =
          fromU64 ? static_cast<double>(static_cast<uint64_t>(in.integers[i])) : static_cast<double>(in.integers[i]);
  }
  // A cast is asked for its rounding, so it rounds even where other results keep double precision.
  result.roundToElementType();
  return result;
}

} // namespace

Evaluated evaluateElementwise(const OpCall &call) {
  Operation *op = call.op;
  if (auto cmp = dyn_cast<CmpOp>(op))
    return compare(cmp, call);
  if (isa<SelectOp>(op))
    return select(call);
  if (isa<CastOp>(op))
    return castTo(call);
  HostTensor result = call.makeResult();
  const HostTensor &in = call.operand(0);
  if (isa<IsNanOp>(op)) {
    for (int64_t i = 0, e = in.size(); i < e; ++i)
      result.integers[i] = std::isnan(in.reals[i]);
    return result;
  }

  const bool isFloat = in.isFloat();
  [[maybe_unused]] const bool u = isUnsignedElement(in.elementType);
  [[maybe_unused]] const unsigned w = in.elementType.getIntOrFloatBitWidth();
  const int64_t count = in.size();
  const double *x = in.reals.data();
  const int64_t *n = in.integers.data();
  const double *y = call.operands.size() > 1 ? call.operand(1).reals.data() : nullptr;
  const int64_t *m = call.operands.size() > 1 ? call.operand(1).integers.data() : nullptr;
#define TAO_UNARY(Op, cost, onFloats, onSigned, onUnsigned, evalFloat, evalInteger)                                    \
  if (isa<Op>(op)) {                                                                                                   \
    for (int64_t i = 0; isFloat && i < count; ++i) {                                                                   \
      [[maybe_unused]] double a = x[i];                                                                                \
      result.reals[i] = evalFloat;                                                                                     \
    }                                                                                                                  \
    for (int64_t i = 0; !isFloat && i < count; ++i) {                                                                  \
      [[maybe_unused]] int64_t a = n[i];                                                                               \
      result.integers[i] = wrapToType(evalInteger, in.elementType);                                                    \
    }                                                                                                                  \
    return result;                                                                                                     \
  }
#define TAO_BINARY(Op, cost, onFloats, onSigned, onUnsigned, evalFloat, evalInteger)                                   \
  if (isa<Op>(op)) {                                                                                                   \
    for (int64_t i = 0; isFloat && i < count; ++i) {                                                                   \
      [[maybe_unused]] double a = x[i], b = y[i];                                                                      \
      result.reals[i] = evalFloat;                                                                                     \
    }                                                                                                                  \
    for (int64_t i = 0; !isFloat && i < count; ++i) {                                                                  \
      [[maybe_unused]] int64_t a = n[i], b = m[i];                                                                     \
      result.integers[i] = wrapToType(evalInteger, in.elementType);                                                    \
    }                                                                                                                  \
    return result;                                                                                                     \
  }
#include "dialects/Tao/Elementwise.def"
  return call.fail("has no evaluation");
}

} // namespace tao::interp
