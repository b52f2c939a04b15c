// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the interpreter's files share: the call of one op, and loops over strided tensors.
#ifndef TAO_PASSES_INTERP_EVALUATE_H
#define TAO_PASSES_INTERP_EVALUATE_H

#include "passes/interp/HostTensor.h"
#include "passes/interp/Sizes.h"
#include <array>

namespace tao::interp {

/// One op with its operands' values and its result's extents.
struct OpCall {
  mlir::Operation *op;
  llvm::ArrayRef<const HostTensor *> operands;
  llvm::SmallVector<int64_t> shape;
  const Sizes &sizes;
  std::string &error;

  const HostTensor &operand(unsigned i) const { return *operands[i]; }
  HostTensor makeResult() const {
    return HostTensor(llvm::cast<mlir::RankedTensorType>(op->getResult(0).getType()).getElementType(), shape);
  }
  mlir::LogicalResult fail(const llvm::Twine &message) const;
};

using Evaluated = mlir::FailureOr<HostTensor>;
Evaluated evaluateElementwise(const OpCall &call);
Evaluated evaluateMovement(const OpCall &call);
Evaluated evaluateGather(const OpCall &call);
Evaluated evaluateReduction(const OpCall &call);
Evaluated evaluateContraction(const OpCall &call);
Evaluated evaluateRoutine(const OpCall &call);

/// Elements between neighbours along each dim of a row-major tensor.
llvm::SmallVector<int64_t> getStrides(llvm::ArrayRef<int64_t> shape);

/// Calls visit(offsets, count, strides) for each innermost row of a loop nest over `shape`, in row-major order; the N
/// tensors advance by their strides. Rank 0 is one row of one element.
template <size_t N, typename Visit>
void forEachRow(llvm::ArrayRef<int64_t> shape, std::array<llvm::SmallVector<int64_t>, N> strides,
                std::array<int64_t, N> offsets, Visit visit) {
  for (int64_t extent : shape)
    if (extent == 0)
      return;
  std::array<int64_t, N> inner{};
  if (shape.empty())
    return visit(offsets, int64_t(1), inner);
  for (size_t n = 0; n < N; ++n)
    inner[n] = strides[n].back();
  llvm::SmallVector<int64_t> index(shape.size() - 1, 0);
  while (true) {
    visit(offsets, shape.back(), inner);
    int64_t dim = static_cast<int64_t>(index.size()) - 1;
    for (; dim >= 0; --dim) {
      for (size_t n = 0; n < N; ++n)
        offsets[n] += strides[n][dim];
      if (++index[dim] < shape[dim])
        break;
      for (size_t n = 0; n < N; ++n)
        offsets[n] -= strides[n][dim] * shape[dim];
      index[dim] = 0;
    }
    if (dim < 0)
      return;
  }
}

/// Advances a row-major index; false after the last one.
bool nextIndex(llvm::MutableArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape);

/// Calls visit with the typed storage of both tensors, which have one element type.
template <typename Visit> auto visitStorage(HostTensor &out, const HostTensor &in, Visit visit) {
  return out.isFloat() ? visit(out.reals, in.reals) : visit(out.integers, in.integers);
}

} // namespace tao::interp
#endif
