// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluation of the runtime's routines, from their definitions and not from their code.
#include "passes/interp/Evaluate.h"
#include <algorithm>
#include <cmath>
#include <numeric>

using namespace mlir;

namespace tao::interp {

template <typename T> static T combine(int64_t how, T old, T update) {
  switch (how) {
  case 1:
    return old + update;
  case 2:
    return old * update;
  case 3:
    return std::isnan(old) || old > update ? old : update; // NaN wins
  case 4:
    return std::isnan(old) || old < update ? old : update;
  default:
    return update;
  }
}
/// Integers wrap around and must not overflow here.
template <> int64_t combine(int64_t how, int64_t old, int64_t update) {
  auto a = static_cast<uint64_t>(old), b = static_cast<uint64_t>(update);
  return how == 1   ? static_cast<int64_t>(a + b)
         : how == 2 ? static_cast<int64_t>(a * b)
         : how == 3 ? std::max(old, update)
         : how == 4 ? std::min(old, update)
                    : update;
}

static Evaluated evaluateScatter(RoutineOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  int64_t how = op.getParams()[0], width = call.shape[1];
  bool isNumber = call.operand(0).shape.empty();
  const HostTensor &rows = call.operand(1), &updates = call.operand(2);
  visitStorage(result, call.operand(0), [&](auto &out, const auto &in) {
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = in[isNumber ? 0 : i];
  });
  for (auto [i, row] : llvm::enumerate(rows.integers)) {
    if (row < 0 || row >= call.shape[0])
      return call.fail("index " + Twine(row) + " is out of range for extent " + Twine(call.shape[0]));
    visitStorage(result, updates, [&](auto &out, const auto &in) {
      for (int64_t w = 0; w < width; ++w)
        out[row * width + w] = combine(how, out[row * width + w], in[i * width + w]);
    });
  }
  for (int64_t &element : result.integers)
    element = wrapToType(element, result.elementType);
  return result;
}

static Evaluated evaluateTopK(RoutineOp op, const OpCall &call) {
  HostTensor result = call.makeResult(), values = call.operand(0);
  int64_t width = values.shape[1], count = call.shape[1];
  if (count > width)
    return call.fail("k exceeds the extent of the axis");
  std::vector<int64_t> order(width);
  for (int64_t row = 0; row < call.shape[0]; ++row) {
    std::iota(order.begin(), order.end(), int64_t(0));
    visitStorage(values, values, [&](auto &data, const auto &) {
      // NaN counts as larger than anything.
      auto isLarger = [&](int64_t a, int64_t b) {
        double x = static_cast<double>(data[row * width + a]), y = static_cast<double>(data[row * width + b]);
        if (std::isnan(x) || std::isnan(y))
          return std::isnan(x) && !std::isnan(y);
        return data[row * width + a] > data[row * width + b];
      };
      bool largest = op.getParams()[0];
      llvm::stable_sort(order, [&](int64_t a, int64_t b) { return largest ? isLarger(a, b) : isLarger(b, a); });
    });
    std::copy_n(order.begin(), count, result.integers.begin() + row * count);
  }
  return result;
}

static Evaluated evaluateCumSum(RoutineOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  int64_t width = call.shape[1];
  bool exclusive = op.getParams()[0], reverse = op.getParams()[1];
  visitStorage(result, call.operand(0), [&](auto &out, const auto &in) {
    for (int64_t row = 0; row < call.shape[0]; ++row) {
      typename std::decay_t<decltype(out)>::value_type sum = 0;
      for (int64_t step = 0; step < width; ++step) {
        int64_t at = row * width + (reverse ? width - 1 - step : step);
        auto next = combine(1, sum, in[at]);
        out[at] = exclusive ? sum : next;
        sum = next;
      }
    }
  });
  for (int64_t &element : result.integers)
    element = wrapToType(element, result.elementType);
  return result;
}

Evaluated evaluateRoutine(const OpCall &call) {
  auto op = cast<RoutineOp>(call.op);
  switch (op.getKind()) {
  case RoutineKind::Scatter:
    return evaluateScatter(op, call);
  case RoutineKind::TopK:
    return evaluateTopK(op, call);
  case RoutineKind::CumSum:
    return evaluateCumSum(op, call);
  }
  llvm_unreachable("all kinds are handled");
}

} // namespace tao::interp
