// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementary functions of f32 scalars and vectors as branch-free arithmetic, NaN and infinities included. Errors measured over
// all of f32, in units in the last place: tanh 2.5, pow 0.5, the others at most 1.6. The polynomials are least-squares fits
// reweighted towards the minimax error; each states its interval.
#ifndef TAO_PASSES_CODEGEN_COMMON_FLOATMATH_H
#define TAO_PASSES_CODEGEN_COMMON_FLOATMATH_H

#include "mlir/IR/Builders.h"

namespace tao {

class FloatMath {
public:
  FloatMath(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type) : b(b), loc(loc), type(type) {}

  mlir::Value exp(mlir::Value x);
  /// With 0 for results below the normal range, and infinity from e^88.37 on: cheaper, and as good where what counts is
  /// the share in a sum.
  mlir::Value expFlushed(mlir::Value x);
  mlir::Value expm1(mlir::Value x);
  mlir::Value log(mlir::Value x);
  mlir::Value log1p(mlir::Value x);
  mlir::Value tanh(mlir::Value x);
  mlir::Value erf(mlir::Value x);
  /// Arguments beyond 2^28 take a scalar library call.
  mlir::Value sin(mlir::Value x) { return sine(x, /*cosine=*/false); }
  mlir::Value cos(mlir::Value x) { return sine(x, /*cosine=*/true); }
  /// Computed in f64, rounded once.
  mlir::Value pow(mlir::Value x, mlir::Value y);

private:
  using Value = mlir::Value;
  mlir::Type typeOf(mlir::Type element); // element, or the vector of it
  Value constant(double value);          // f32
  Value constant64(double value);
  Value integer(int64_t value, unsigned width = 32);
  Value add(Value x, Value y);
  Value sub(Value x, Value y);
  Value mul(Value x, Value y);
  Value fma(Value x, Value y, Value z);
  Value select(Value condition, Value x, Value y);
  Value less(Value x, Value y);
  Value isNan(Value x);
  Value bits(Value x);
  Value floatOf(Value x);
  /// Horner, lowest coefficient first; in the type of x.
  Value polynomial(Value x, llvm::ArrayRef<double> coefficients);
  /// 2^n for an integer n within the exponent range.
  Value powerOfTwo(Value n);
  struct Reduced {
    Value n, r; // x = n * ln 2 + r, n as an integer
  };
  Reduced reduceExp(Value x);
  Value scale(Value x, Value n); // x * 2^n, also into the subnormal range
  Value exp2In64(Value x);
  Value log2In64(Value x);
  Value sine(Value x, bool cosine);

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type type;
};

} // namespace tao
#endif
