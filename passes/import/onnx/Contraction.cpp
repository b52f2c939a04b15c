// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Matrix products as tao.contract. Transposes are index maps, not ops.
#include "passes/import/OpTable.h"

using namespace mlir;

namespace tao {

void addEinsumOps(OpTable &table);

namespace {
LogicalResult expectNumbers(NodeImport &n) {
  if (n.elementType(0).isInteger(1))
    return n.unsupported("element type bool");
  return n.expectSameType({0, 1});
}

/// An operand without the batch dims in which it has extent 1 while the result has another, and the loops of its dims.
Value dropRepeated(NodeImport &n, Value x, const Dims &batch, SmallVectorImpl<int64_t> &loops) {
  Dims dims = n.dimsOf(x), kept;
  auto own = static_cast<int64_t>(dims.size()), total = static_cast<int64_t>(batch.size());
  for (int64_t i = 0; i < own; ++i) {
    int64_t loop = total - own + i;
    if (dims[i].isConstant(1) && !batch[loop].isConstant(1))
      continue;
    kept.push_back(dims[i]);
    loops.push_back(loop);
  }
  return n.reshape(x, kept);
}

/// numpy.matmul: vectors are rows or columns whose dim the result lacks; batch dims broadcast.
LogicalResult importMatMul(NodeImport &n) {
  int64_t maxRank = n.context.options.maxRank;
  if (failed(expectNumbers(n)) || failed(n.expectRank(0, 1, maxRank)) || failed(n.expectRank(1, 1, maxRank)))
    return failure();
  bool isRow = n.rank(0) == 1, isColumn = n.rank(1) == 1;
  const Dims &lhs = n.dims(0), &rhs = n.dims(1);
  n.unify(lhs.back(), isColumn ? rhs[0] : rhs[rhs.size() - 2], "the contracted extents");
  Dims lhsBatch(lhs.begin(), lhs.end() - (isRow ? 1 : 2)), rhsBatch(rhs.begin(), rhs.end() - (isColumn ? 1 : 2));
  Dims batch = n.broadcastDims({lhsBatch, rhsBatch});
  Dims result = batch;
  if (!isRow)
    result.push_back(lhs[lhs.size() - 2]);
  if (!isColumn)
    result.push_back(rhs.back());
  if (failed(n.checkDims(result)))
    return failure();

  // Loops: the batch, rows, columns, the contracted one.
  auto rows = static_cast<int64_t>(batch.size());
  int64_t columns = rows + 1, inner = rows + 2;
  SmallVector<int64_t> lhsLoops, rhsLoops, resultLoops = llvm::to_vector(llvm::seq<int64_t>(0, rows));
  Dims lhsFrame = batch, rhsFrame = batch;
  lhsFrame.append(lhs.end() - (isRow ? 1 : 2), lhs.end());
  rhsFrame.append(rhs.end() - (isColumn ? 1 : 2), rhs.end());
  Value a = dropRepeated(n, n.value(0), lhsFrame, lhsLoops), b = dropRepeated(n, n.value(1), rhsFrame, rhsLoops);
  auto relabel = [&](SmallVectorImpl<int64_t> &loops, ArrayRef<int64_t> matrix) {
    for (auto [loop, label] : llvm::zip(MutableArrayRef(loops).take_back(matrix.size()), matrix))
      loop = label;
  };
  relabel(lhsLoops, isRow ? ArrayRef<int64_t>(inner) : ArrayRef<int64_t>{rows, inner});
  relabel(rhsLoops, isColumn ? ArrayRef<int64_t>(inner) : ArrayRef<int64_t>{inner, columns});
  if (!isRow)
    resultLoops.push_back(rows);
  if (!isColumn)
    resultLoops.push_back(columns);
  n.setResult(0, n.reshape(n.contract(a, b, lhsLoops, rhsLoops, resultLoops), result));
  return success();
}

/// alpha * A' * B' + beta * C.
LogicalResult importGemm(NodeImport &n) {
  bool transA = n.intAttr("transA", 0), transB = n.intAttr("transB", 0);
  double alpha = n.floatAttr("alpha", 1), beta = n.floatAttr("beta", 1);
  if (n.since < 7)
    n.intAttr("broadcast", 0);
  if (failed(expectNumbers(n)) || failed(n.expectSameType({0, 1, 2})) || failed(n.expectRank(0, 2, 2)) ||
      failed(n.expectRank(1, 2, 2)))
    return failure();
  if (!n.isFloat(0) && (alpha != static_cast<int64_t>(alpha) || beta != static_cast<int64_t>(beta)))
    return n.unsupported("fractional factors on integers");
  const Dims &a = n.dims(0), &b = n.dims(1);
  n.unify(a[transA ? 0 : 1], b[transB ? 1 : 0], "the contracted extents");
  Dims result = {a[transA ? 1 : 0], b[transB ? 0 : 1]};
  if (failed(n.checkDims(result)))
    return failure();
  enum : int64_t { Rows, Columns, Inner };
  auto loops = [](bool swap, int64_t first, int64_t second) {
    return swap ? SmallVector<int64_t>{second, first} : SmallVector<int64_t>{first, second};
  };
  Value product =
      n.contract(n.value(0), n.value(1), loops(transA, Rows, Inner), loops(transB, Inner, Columns), {Rows, Columns});
  if (alpha != 1)
    product = n.mul(product, alpha);
  if (n.hasInput(2) && beta != 0) {
    if (failed(n.expectBroadcast(n.dims(2), result, "C")))
      return failure();
    Value addend = n.broadcast(n.value(2), result);
    product = n.add(product, beta == 1 ? addend : n.mul(addend, beta));
  }
  n.setResult(0, product);
  return success();
}
} // namespace

void addContractionOps(OpTable &table) {
  table.on("MatMul", {1, 9, 13}, importMatMul);
  table.on("Gemm", {1, 6, 7, 9, 11, 13}, importGemm);
  addEinsumOps(table);
}

} // namespace tao
