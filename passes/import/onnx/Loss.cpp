// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Losses over classes in dim 1: the logarithm of the probability at each label, weighted, and summed or averaged.
#include "passes/import/OpTable.h"

using namespace mlir;

namespace tao {

namespace {
/// Sets result 0 from log-probabilities of the shape of input 0 and the labels of input 1.
LogicalResult setLoss(NodeImport &n, Value logs) {
  std::string reduction = n.stringAttr("reduction", "mean");
  bool ignores = n.hasAttr("ignore_index");
  auto ignored = static_cast<double>(n.intAttr("ignore_index", 0));
  if (reduction != "none" && reduction != "sum" && reduction != "mean")
    return n.badNode("attribute 'reduction' is '" + reduction + "'");
  if (n.rank(1) != n.rank(0) - 1)
    return n.mismatch("labels must have one dim less than the scores");
  Dims column = n.dims(0);
  for (int64_t dim = 0; dim < n.rank(0); ++dim)
    if (dim != 1)
      n.unify(n.dims(0)[dim], n.dims(1)[dim - (dim > 1)], "extents of scores and labels");
  if (n.hasInput(2) && !failed(n.expectRank(2, 1, 1)))
    n.unify(n.dims(2)[0], n.dims(0)[1], "the number of weights and of classes");
  if (n.hasError())
    return failure();

  Value labels = n.value(1);
  Value counts = ignores ? n.compare(CmpPredicate::Ne, labels, ignored) : Value();
  if (counts)
    labels = n.select(counts, labels, n.broadcast(n.scalar(0.0, n.typeOf(labels)), n.dimsOf(labels)));
  column[1] = 1;
  Value index = n.reshape(labels, column);
  RankedTensorType type = getTensorType(column, n.typeOf(logs));
  Value loss = n.reshape(n.neg(GatherElementsOp::create(n.builder(), n.location, type, logs, index, 1)), n.dims(1));
  Value weights = n.hasInput(2) ? n.gather(n.widen(n.value(2)), labels, 0) : Value();
  if (counts) {
    Value ones = weights ? weights : n.broadcast(n.scalar(1.0, n.typeOf(loss)), n.dims(1));
    weights = n.select(counts, ones, n.broadcast(n.scalar(0.0, n.typeOf(loss)), n.dims(1)));
  }
  if (weights)
    loss = n.mul(loss, weights);
  if (reduction != "none") {
    SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, n.rank(1)));
    Value total = n.sum(loss, all, false);
    if (reduction == "sum")
      loss = total;
    else
      loss = weights ? n.div(total, n.sum(weights, all, false)) : n.mean(loss, all, false);
  }
  n.setResult(0, n.cast(loss, n.elementType(0)));
  return success();
}

LogicalResult expectScores(NodeImport &n) {
  Type type = n.elementType(1);
  if (!type.isSignlessInteger(64) && !type.isSignlessInteger(32))
    return n.mismatch("labels must be int32 or int64, are " + typeText(type));
  return failed(n.expectFloat(0)) || failed(n.expectSameType({0, 2})) ? failure()
                                                                      : n.expectRank(0, 2, n.context.options.maxRank);
}

LogicalResult importNegativeLogLikelihoodLoss(NodeImport &n) {
  return failed(expectScores(n)) ? failure() : setLoss(n, n.widen(n.value(0)));
}

LogicalResult importSoftmaxCrossEntropyLoss(NodeImport &n) {
  if (failed(expectScores(n)))
    return failure();
  SmallVector<int64_t> axes = {1};
  Value x = n.widen(n.value(0)), shifted = n.sub(x, n.reduce(ReduceKind::Max, x, axes, true));
  Value logs = n.sub(shifted, n.log(n.sum(n.exp(shifted), axes)));
  n.setResult(1, n.cast(logs, n.elementType(0)));
  return setLoss(n, logs);
}
} // namespace

void addLossOps(OpTable &table) {
  table.on("NegativeLogLikelihoodLoss", {12, 13, 22}, importNegativeLogLikelihoodLoss);
  table.on("SoftmaxCrossEntropyLoss", {12, 13}, importSoftmaxCrossEntropyLoss);
}

} // namespace tao
