// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scalar functions that the eval columns of Elementwise.def name. Integers are int64_t; the caller wraps results to
// the element width. Arithmetic goes through unsigned words, where overflow is defined.
#ifndef TAO_PASSES_INTERP_SCALAREVAL_H
#define TAO_PASSES_INTERP_SCALAREVAL_H

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tao::eval {

inline int64_t wrapAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
inline int64_t wrapMul(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
inline int64_t wrapNeg(int64_t a) { return static_cast<int64_t>(0 - static_cast<uint64_t>(a)); }

/// Truncating division; 0 when b is 0.
inline int64_t evalDiv(int64_t a, int64_t b, bool u) {
  if (b == 0)
    return 0;
  if (u)
    return static_cast<int64_t>(static_cast<uint64_t>(a) / static_cast<uint64_t>(b));
  return b == -1 ? wrapNeg(a) : a / b; // INT64_MIN / -1 traps
}

/// Remainder with the dividend's sign; 0 when b is 0.
inline int64_t evalRem(int64_t a, int64_t b, bool u) {
  if (b == 0)
    return 0;
  if (u)
    return static_cast<int64_t>(static_cast<uint64_t>(a) % static_cast<uint64_t>(b));
  return b == -1 ? 0 : a % b;
}

/// a to the power of b with wrapping products. A negative exponent gives the truncated reciprocal: 1 or -1 for bases of
/// magnitude 1, else 0.
inline int64_t evalPow(int64_t a, int64_t b, bool u) {
  if (!u && b < 0)
    return a == 1 ? 1 : a == -1 ? (b % 2 != 0 ? -1 : 1) : 0;
  int64_t result = 1;
  for (uint64_t exponent = static_cast<uint64_t>(b); exponent != 0; exponent >>= 1) {
    if (exponent & 1)
      result = wrapMul(result, a);
    a = wrapMul(a, a);
  }
  return result;
}

inline double evalMax(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return NAN;
  return a == b ? (std::signbit(a) ? b : a) : std::max(a, b);
}
inline double evalMin(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return NAN;
  return a == b ? (std::signbit(a) ? a : b) : std::min(a, b);
}
inline int64_t evalMaxI(int64_t a, int64_t b, bool u) {
  return u ? static_cast<int64_t>(std::max(static_cast<uint64_t>(a), static_cast<uint64_t>(b))) : std::max(a, b);
}
inline int64_t evalMinI(int64_t a, int64_t b, bool u) {
  return u ? static_cast<int64_t>(std::min(static_cast<uint64_t>(a), static_cast<uint64_t>(b))) : std::min(a, b);
}

/// Left shift; a count of the element width or more leaves nothing after wrapping.
inline int64_t evalShl(int64_t a, int64_t b) {
  return static_cast<uint64_t>(b) < 64 ? static_cast<int64_t>(static_cast<uint64_t>(a) << b) : 0;
}
/// Logical right shift within `w` bits.
inline int64_t evalShr(int64_t a, int64_t b, unsigned w) {
  if (static_cast<uint64_t>(b) >= w)
    return 0;
  uint64_t bits = w == 64 ? static_cast<uint64_t>(a) : static_cast<uint64_t>(a) & ((uint64_t(1) << w) - 1);
  return static_cast<int64_t>(bits >> b);
}

} // namespace tao::eval
#endif
