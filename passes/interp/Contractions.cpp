// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluation of contractions and convolutions by their definition, summing in double or in wrapped integers.
#include "passes/interp/Evaluate.h"
#include "passes/interp/ScalarEval.h"

using namespace mlir;

namespace tao::interp {

namespace {

void addProduct(double &sum, double a, double b) { sum += a * b; }
void addProduct(int64_t &sum, int64_t a, int64_t b) { sum = eval::wrapAdd(sum, eval::wrapMul(a, b)); }

/// Integer results may be wider than the operands, so they wrap once, at the end.
void wrapAll(HostTensor &result) {
  for (int64_t &value : result.integers)
    value = wrapToType(value, result.elementType);
}

template <typename Visit> void visitOperands(HostTensor &out, const HostTensor &a, const HostTensor &b, Visit visit) {
  if (out.isFloat())
    visit(out.reals, a.reals, b.reals);
  else
    visit(out.integers, a.integers, b.integers);
}

Evaluated evaluateContract(ContractOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  const HostTensor &lhs = call.operand(0), &rhs = call.operand(1);
  SmallVector<AffineMap> maps = llvm::to_vector(op.getMaps().getAsValueRange<AffineMapAttr>());
  unsigned loops = maps[0].getNumDims();
  // Result dims are the outer loops, so that the inner ones add into few elements.
  SmallVector<unsigned> order;
  for (AffineExpr expr : maps[2].getResults())
    order.push_back(cast<AffineDimExpr>(expr).getPosition());
  for (unsigned loop = 0; loop < loops; ++loop)
    if (!llvm::is_contained(order, loop))
      order.push_back(loop);
  SmallVector<int64_t> extents(loops, 0);
  std::array<SmallVector<int64_t>, 3> strides;
  const HostTensor *tensors[] = {&lhs, &rhs, &result};
  for (auto [i, map] : llvm::enumerate(maps)) {
    SmallVector<int64_t> own = getStrides(tensors[i]->shape), byLoop(loops, 0);
    for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
      unsigned loop = cast<AffineDimExpr>(expr).getPosition();
      byLoop[loop] = own[dim];
      extents[loop] = tensors[i]->shape[dim];
    }
    for (unsigned loop : order)
      strides[i].push_back(byLoop[loop]);
  }
  SmallVector<int64_t> shape;
  for (unsigned loop : order)
    shape.push_back(extents[loop]);
  visitOperands(result, lhs, rhs, [&](auto &out, const auto &a, const auto &b) {
    forEachRow<3>(shape, strides, {0, 0, 0},
                  [&](std::array<int64_t, 3> at, int64_t count, std::array<int64_t, 3> step) {
                    for (int64_t i = 0; i < count; ++i)
                      addProduct(out[at[2] + i * step[2]], a[at[0] + i * step[0]], b[at[1] + i * step[1]]);
                  });
  });
  wrapAll(result);
  return result;
}

Evaluated evaluateConv(ConvOp op, const OpCall &call) {
  HostTensor result = call.makeResult();
  const HostTensor &input = call.operand(0), &weights = call.operand(1);
  int64_t rank = call.shape.size(), spatial = rank - 2;
  int64_t channel = op.getChannelsLast() ? rank - 1 : 1, firstSpatial = op.getChannelsLast() ? 1 : 2;
  int64_t outChannels = weights.shape[0], inPerGroup = weights.shape[1], outPerGroup = outChannels / op.getGroups();
  SmallVector<int64_t> inStrides = getStrides(input.shape), weightStrides = getStrides(weights.shape);
  ArrayRef<int64_t> window = ArrayRef(weights.shape).drop_front(2);
  SmallVector<int64_t> index(rank, 0);
  int64_t at = 0;
  visitOperands(result, input, weights, [&](auto &out, const auto &in, const auto &w) {
    if (out.empty() || w.empty())
      return;
    do {
      int64_t oc = index[channel], group = oc / outPerGroup;
      SmallVector<int64_t> offset(spatial, 0);
      do {
        int64_t from = index[0] * inStrides[0] + group * inPerGroup * inStrides[channel],
                weight = oc * weightStrides[0];
        bool inside = true;
        for (int64_t d = 0; d < spatial && inside; ++d) {
          int64_t i =
              index[firstSpatial + d] * op.getStrides()[d] - op.getPadLow()[d] + offset[d] * op.getDilations()[d];
          inside = i >= 0 && i < input.shape[firstSpatial + d];
          from += i * inStrides[firstSpatial + d];
          weight += offset[d] * weightStrides[2 + d];
        }
        for (int64_t ic = 0; inside && ic < inPerGroup; ++ic)
          addProduct(out[at], in[from + ic * inStrides[channel]], w[weight + ic * weightStrides[1]]);
      } while (nextIndex(offset, window));
      ++at;
    } while (nextIndex(index, call.shape));
  });
  wrapAll(result);
  return result;
}

} // namespace

Evaluated evaluateContraction(const OpCall &call) {
  if (auto op = dyn_cast<ContractOp>(call.op))
    return evaluateContract(op, call);
  return evaluateConv(cast<ConvOp>(call.op), call);
}

} // namespace tao::interp
