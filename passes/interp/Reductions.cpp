// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluation of reductions, arg-reductions and sliding windows.
#include "passes/interp/Evaluate.h"
#include "passes/interp/ScalarEval.h"

using namespace mlir;

namespace tao::interp {

namespace {

/// The monoid on interpreter values of one element type.
struct Monoid {
  ReduceKind kind;
  Type type;
  bool isUnsigned = isUnsignedElement(type);

  double identity(double) const {
    switch (kind) {
    case ReduceKind::Sum:
      return 0;
    case ReduceKind::Prod:
      return 1;
    case ReduceKind::Max:
      return -INFINITY;
    case ReduceKind::Min:
      return INFINITY;
    }
    llvm_unreachable("covered switch");
  }
  int64_t identity(int64_t) const {
    unsigned width = type.getIntOrFloatBitWidth();
    int64_t lowest = isUnsigned ? 0 : static_cast<int64_t>(~uint64_t(0) << (width - 1));
    switch (kind) {
    case ReduceKind::Sum:
      return 0;
    case ReduceKind::Prod:
      return 1;
    case ReduceKind::Max:
      return lowest;
    case ReduceKind::Min:
      return wrapToType(~lowest, type);
    }
    llvm_unreachable("covered switch");
  }
  double combine(double a, double b) const {
    switch (kind) {
    case ReduceKind::Sum:
      return a + b;
    case ReduceKind::Prod:
      return a * b;
    case ReduceKind::Max:
      return eval::evalMax(a, b);
    case ReduceKind::Min:
      return eval::evalMin(a, b);
    }
    llvm_unreachable("covered switch");
  }
  int64_t combine(int64_t a, int64_t b) const {
    switch (kind) {
    case ReduceKind::Sum:
      return wrapToType(eval::wrapAdd(a, b), type);
    case ReduceKind::Prod:
      return wrapToType(eval::wrapMul(a, b), type);
    case ReduceKind::Max:
      return eval::evalMaxI(a, b, isUnsigned);
    case ReduceKind::Min:
      return eval::evalMinI(a, b, isUnsigned);
    }
    llvm_unreachable("covered switch");
  }
};

Evaluated evaluateReduce(ReduceOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  const HostTensor &in = call.operand(0);
  Monoid monoid{op.getKind(), in.elementType};
  SmallVector<int64_t> own = getStrides(call.shape), strides;
  for (int64_t dim = 0, kept = 0, rank = in.shape.size(); dim < rank; ++dim)
    strides.push_back(llvm::is_contained(op.getDims(), dim) ? 0 : own[kept++]);
  visitStorage(result, in, [&](auto &out, const auto &from) {
    std::fill(out.begin(), out.end(), monoid.identity(typename std::decay_t<decltype(out)>::value_type()));
    forEachRow<2>(in.shape, {strides, getStrides(in.shape)}, {0, 0},
                  [&](std::array<int64_t, 2> at, int64_t count, std::array<int64_t, 2> step) {
                    for (int64_t i = 0; i < count; ++i) {
                      auto &element = out[at[0] + i * step[0]];
                      element = monoid.combine(element, from[at[1] + i * step[1]]);
                    }
                  });
  });
  return result;
}

Evaluated evaluateArgReduce(ArgReduceOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  const HostTensor &in = call.operand(0);
  int64_t dim = op.getDim(), extent = in.shape[dim], inner = getStrides(in.shape)[dim];
  if (extent == 0 && result.size() != 0)
    return call.fail("has no element to choose along dim " + Twine(dim) + " of extent 0");
  bool isMax = op.getKind() == ReduceKind::Max, last = op.getSelectLast();
  bool isUnsigned = isUnsignedElement(in.elementType);
  auto choose = [&](const auto &from, auto less) {
    for (int64_t i = 0, e = result.size(); i < e; ++i) {
      int64_t base = i / inner * inner * extent + i % inner, best = 0;
      for (int64_t j = 1; j < extent; ++j) {
        auto candidate = from[base + j * inner], current = from[base + best * inner];
        bool better = isMax ? less(current, candidate) : less(candidate, current);
        bool equal = !less(current, candidate) && !less(candidate, current);
        if (better || (last && equal))
          best = j;
      }
      result.integers[i] = best;
    }
  };
  if (in.isFloat())
    choose(in.reals, std::less<double>());
  else if (isUnsigned)
    choose(in.integers, [](int64_t a, int64_t b) { return static_cast<uint64_t>(a) < static_cast<uint64_t>(b); });
  else
    choose(in.integers, std::less<int64_t>());
  return result;
}

Evaluated evaluateReduceWindow(ReduceWindowOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  const HostTensor &in = call.operand(0);
  Monoid monoid{op.getKind(), in.elementType};
  int64_t rank = call.shape.size(), at = 0;
  SmallVector<int64_t> strides = getStrides(in.shape), index(rank, 0), window(op.getWindow());
  visitStorage(result, in, [&](auto &out, const auto &from) {
    if (out.empty())
      return;
    do {
      auto sum = monoid.identity(typename std::decay_t<decltype(out)>::value_type());
      SmallVector<int64_t> offset(rank, 0);
      do {
        int64_t source = 0;
        bool inside = true;
        for (int64_t dim = 0; dim < rank && inside; ++dim) {
          int64_t i = index[dim] * op.getStrides()[dim] - op.getPadLow()[dim] + offset[dim] * op.getDilations()[dim];
          inside = i >= 0 && i < in.shape[dim];
          source += i * strides[dim];
        }
        if (inside)
          sum = monoid.combine(sum, from[source]);
      } while (nextIndex(offset, window));
      out[at++] = sum;
    } while (nextIndex(index, call.shape));
  });
  return result;
}

} // namespace

Evaluated evaluateReduction(const OpCall &call) {
  if (auto op = dyn_cast<ReduceOp>(call.op))
    return evaluateReduce(op, call);
  if (auto op = dyn_cast<ArgReduceOp>(call.op))
    return evaluateArgReduce(op, call);
  return evaluateReduceWindow(cast<ReduceWindowOp>(call.op), call);
}

} // namespace tao::interp
