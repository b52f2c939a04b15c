// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Short names for building tao ops, with shapes inferred and broadcasts inserted. Callers have checked that shapes fit; a
// misfit here is a fault of tao.
#ifndef TAO_PASSES_IMPORT_TENSORBUILDER_H
#define TAO_PASSES_IMPORT_TENSORBUILDER_H

#include "passes/import/ImportContext.h"

namespace tao {

/// An operand of an elementwise op: a tensor, or a number that takes the other operand's element type.
struct Operand {
  Operand(mlir::Value value) : value(value) {}
  Operand(double number) : number(number) {}
  mlir::Value value;
  double number = 0;
};

class TensorBuilder {
public:
  TensorBuilder(ImportContext &context, mlir::Location location) : context(context), location(location) {}

  ImportContext &context;
  mlir::Location location;

  mlir::OpBuilder &builder() { return context.builder; }
  static Dims dimsOf(mlir::Value value);
  static mlir::Type typeOf(mlir::Value value);
  static int64_t rankOf(mlir::Value value);

  // Scalars: tensors of rank 0.
  mlir::Value scalar(double number, mlir::Type elementType);
  mlir::Value scalar(const llvm::APInt &number, mlir::Type elementType);
  mlir::Value size(const SymExpr &expr, mlir::Type elementType);
  mlir::Value constant(mlir::ElementsAttr value);
  /// A vector of indices.
  mlir::Value indices(llvm::ArrayRef<int64_t> values);

  // Elementwise. Operands of lower rank, or with extents 1, are broadcast, aligned at the last dim.
  template <typename Op> mlir::Value unary(mlir::Value x) {
    return Op::create(builder(), location, x.getType(), x);
  }
  template <typename Op> mlir::Value binary(Operand a, Operand b) {
    auto [lhs, rhs] = align(a, b);
    return Op::create(builder(), location, lhs.getType(), lhs, rhs);
  }
  mlir::Value add(Operand a, Operand b) { return binary<AddOp>(a, b); }
  mlir::Value sub(Operand a, Operand b) { return binary<SubOp>(a, b); }
  mlir::Value mul(Operand a, Operand b) { return binary<MulOp>(a, b); }
  mlir::Value div(Operand a, Operand b) { return binary<DivOp>(a, b); }
  mlir::Value max(Operand a, Operand b) { return binary<MaxOp>(a, b); }
  mlir::Value min(Operand a, Operand b) { return binary<MinOp>(a, b); }
  mlir::Value abs(mlir::Value x) { return unary<AbsOp>(x); }
  mlir::Value neg(mlir::Value x) { return unary<NegOp>(x); }
  mlir::Value exp(mlir::Value x) { return unary<ExpOp>(x); }
  mlir::Value log(mlir::Value x) { return unary<LogOp>(x); }
  mlir::Value log1p(mlir::Value x) { return unary<Log1pOp>(x); }
  mlir::Value expm1(mlir::Value x) { return unary<Expm1Op>(x); }
  mlir::Value sqrt(mlir::Value x) { return unary<SqrtOp>(x); }
  mlir::Value rsqrt(mlir::Value x) { return unary<RsqrtOp>(x); }
  mlir::Value tanh(mlir::Value x) { return unary<TanhOp>(x); }
  mlir::Value logistic(mlir::Value x) { return unary<LogisticOp>(x); }
  mlir::Value compare(CmpPredicate predicate, Operand a, Operand b);
  mlir::Value select(mlir::Value condition, Operand onTrue, Operand onFalse);
  mlir::Value cast(mlir::Value x, mlir::Type elementType);
  /// f16 and bf16 as f32, the precision in which composites are computed; other types as they are.
  mlir::Value widen(mlir::Value x);

  // Movement.
  /// Under other extents that are known, or assumed, to be equal.
  mlir::Value retype(mlir::Value x, llvm::ArrayRef<SymExpr> dims);
  /// To `dims`, aligned at the last dim.
  mlir::Value broadcast(mlir::Value x, llvm::ArrayRef<SymExpr> dims);
  /// Dim i of `x` becomes dim positions[i] of `dims`.
  mlir::Value broadcast(mlir::Value x, llvm::ArrayRef<SymExpr> dims, llvm::ArrayRef<int64_t> positions);
  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<SymExpr> dims);
  mlir::Value transpose(mlir::Value x, llvm::ArrayRef<int64_t> perm);
  mlir::Value slice(mlir::Value x, llvm::ArrayRef<SymExpr> starts, llvm::ArrayRef<int64_t> steps,
                    llvm::ArrayRef<SymExpr> dims);
  /// `count` elements along one axis.
  mlir::Value sliceAxis(mlir::Value x, int64_t axis, const SymExpr &start, const SymExpr &count, int64_t step = 1);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> parts, int64_t axis);
  mlir::Value pad(mlir::Value x, mlir::Value scalar, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<SymExpr> dims);
  /// `dims` with those of `inner` in place of one.
  static Dims replaceDim(llvm::ArrayRef<SymExpr> dims, int64_t axis, llvm::ArrayRef<SymExpr> inner);
  mlir::Value gather(mlir::Value data, mlir::Value indices, int64_t axis);
  mlir::Value iota(llvm::ArrayRef<SymExpr> dims, int64_t dim, mlir::Type elementType);

  // Reductions over `axes`, which stay with extent 1 when `keep`.
  mlir::Value reduce(ReduceKind kind, mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep);
  mlir::Value sum(mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep = true) {
    return reduce(ReduceKind::Sum, x, axes, keep);
  }
  mlir::Value mean(mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep = true);

  /// The sum of lhs * rhs over all labels that the result lacks; each list labels the dims of its tensor.
  mlir::Value contract(mlir::Value lhs, mlir::Value rhs, llvm::ArrayRef<int64_t> lhsLabels,
                       llvm::ArrayRef<int64_t> rhsLabels, llvm::ArrayRef<int64_t> resultLabels);

  /// The common extents of shapes that are known to fit.
  Dims commonDims(llvm::ArrayRef<SymExpr> a, llvm::ArrayRef<SymExpr> b);

private:
  std::pair<mlir::Value, mlir::Value> align(Operand a, Operand b);
};

} // namespace tao
#endif
