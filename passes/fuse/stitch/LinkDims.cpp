// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each op demands of the dims around it; see DimClasses.h.
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/AffineMap.h"
#include "passes/fuse/stitch/DimClasses.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace tao {

void DimClasses::pinDim(OpOperand &operand, int64_t dim) {
  if (Class c = node(operand.get(), dim); c != kNone)
    pinned[&operand].push_back(c);
}

void DimClasses::linkDim(OpOperand &operand, int64_t dim, int64_t resultDim) {
  Class from = node(operand.get(), dim), to = node(operand.getOwner()->getResult(0), resultDim);
  if (from != kNone && !unify(from, to))
    pinDim(operand, dim);
}

void DimClasses::link(Operation *op) {
  for (Value operand : op->getOperands())
    number(operand);
  number(op->getResult(0));
  llvm::TypeSwitch<Operation *>(op)
      .Case<ReshapeOp>([&](auto o) { linkReshape(o); })
      .Case<SliceOp>([&](auto o) { linkSlice(o); })
      .Case<ConcatOp>([&](auto o) { linkConcat(o); })
      .Case<GatherOp>([&](auto o) { linkGather(o); })
      .Case<GatherElementsOp>([&](auto o) { linkGatherElements(o); })
      .Case<GatherNdOp>([&](auto o) { linkGatherNd(o); })
      .Case<ReduceWindowOp>([&](auto o) { linkWindow(o); })
      .Default([&](Operation *o) { linkByMaps(o); });
}

/// Elementwise ops, broadcasts, transposes, reductions: operand dims that are a dim of the loop run with it.
void DimClasses::linkByMaps(Operation *op) {
  auto interface = dyn_cast<IndexMapOpInterface>(op);
  SmallVector<AffineMap> maps = interface ? interface.getIndexMaps() : SmallVector<AffineMap>();
  int64_t rank = cast<RankedTensorType>(op->getResult(0).getType()).getRank();
  bool reduces = isa<ReduceOp, ArgReduceOp>(op);
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = operand.getOperandNumber() < maps.size() ? maps[operand.getOperandNumber()] : AffineMap();
    int64_t operandRank = cast<RankedTensorType>(operand.get().getType()).getRank();
    for (int64_t d = 0; d < operandRank; ++d) {
      auto dim = map ? dyn_cast<AffineDimExpr>(map.getResult(d)) : AffineDimExpr(nullptr);
      if (dim && static_cast<int64_t>(dim.getPosition()) < rank)
        linkDim(operand, d, dim.getPosition());
      else if (!dim || !reduces) // what a reduction removes is its own affair
        pinDim(operand, d);
    }
  }
}

void DimClasses::linkReshape(ReshapeOp op) {
  // Cut both shapes into the shortest runs of equal size; each run is put in step as a whole.
  auto in = getDims(op.getInput()), out = getDims(op.getResult());
  OpOperand &operand = op.getInputMutable();
  size_t i = 0, o = 0;
  while (i < in.size() || o < out.size()) {
    size_t inBegin = i, outBegin = o;
    SymExpr inSize = i < in.size() ? in[i++] : SymExpr(1), outSize = o < out.size() ? out[o++] : SymExpr(1);
    while (inSize != outSize) {
      // Grow the side that is certainly smaller; when sizes cannot be compared, take everything that is left.
      bool growIn = i < in.size() && (o == out.size() || outSize.exactDiv(inSize));
      if (!growIn && o == out.size())
        break;
      if (growIn)
        inSize = inSize * in[i++];
      else
        outSize = outSize * out[o++];
    }
    SmallVector<Class> from, to;
    for (size_t d = inBegin; d < i; ++d)
      from.push_back(node(op.getInput(), d));
    for (size_t d = outBegin; d < o; ++d)
      to.push_back(node(op.getResult(), d));
    if (!unify(from, to))
      for (size_t d = inBegin; d < i; ++d)
        pinDim(operand, d);
  }
}

void DimClasses::linkSlice(SliceOp op) {
  OpOperand &operand = op.getInputMutable();
  auto in = getDims(op.getInput()), out = getDims(op.getResult());
  for (auto [d, startText] : llvm::enumerate(op.getStarts().getAsValueRange<StringAttr>())) {
    Class from = node(op.getInput(), d), to = node(op.getResult(), d);
    int64_t step = op.getSteps()[d];
    std::optional<SymExpr> start = SymExpr::parse(startText);
    if (from == kNone)
      continue;
    if (in[d] == out[d] && step == 1) {
      linkDim(operand, d, d);
      continue;
    }
    // A piece of several equal ones, or every n-th element, is one index of a factor: that factor is pinned, the rest
    // runs with the result.
    std::optional<SymExpr> pieces = in[d].exactDiv(out[d]);
    bool isPiece = pieces && start && step == 1 && start->exactDiv(out[d]);
    bool isComb = pieces && start && start->constant() && pieces->isConstant(step) && *start->constant() < step;
    if (isPiece || isComb) {
      Class picked = addNode(*pieces, {number(op.getInput())});
      SmallVector<Class> order{picked, to};
      if (isComb)
        std::swap(order[0], order[1]);
      // The helper node is the operand's own factor once the two are one.
      nodes[picked].values.clear();
      if (unify(from, order)) {
        pinned[&operand].push_back(picked);
        continue;
      }
    }
    pinDim(operand, d);
  }
}

void DimClasses::linkConcat(ConcatOp op) {
  int64_t axis = op.getAxis();
  auto out = getDims(op.getResult());
  Class whole = node(op.getResult(), axis);
  SmallVector<SymExpr> extents;
  for (Value input : op.getInputs())
    extents.push_back(getDims(input)[axis]);
  bool equal = llvm::all_equal(extents) && out[axis] == extents[0] * SymExpr(static_cast<int64_t>(extents.size()));
  Class picked = equal && whole != kNone ? addNode(extents.size(), {}) : kNone;
  for (OpOperand &operand : op.getInputsMutable()) {
    for (size_t d = 0; d < out.size(); ++d)
      if (static_cast<int64_t>(d) != axis)
        linkDim(operand, d, d);
    Class part = node(operand.get(), axis);
    if (picked != kNone && unify(whole, {picked, part})) {
      pinned[&operand].push_back(picked);
      continue;
    }
    pinDim(operand, axis);
    if (whole != kNone)
      pinned[&operand].push_back(whole);
  }
}

/// Dims that the window leaves alone run with the result; along the others neighbours are read.
void DimClasses::linkWindow(ReduceWindowOp op) {
  auto in = getDims(op.getInput()), out = getDims(op.getResult());
  for (size_t d = 0; d < in.size(); ++d) {
    if (op.getWindow()[d] == 1 && op.getStrides()[d] == 1 && op.getPadLow()[d] == 0 && in[d] == out[d])
      linkDim(op.getInputMutable(), d, d);
    else
      pinDim(op.getInputMutable(), d);
  }
}

void DimClasses::linkGather(GatherOp op) {
  int64_t axis = op.getAxis(), indexRank = getDims(op.getIndices()).size(), rank = getDims(op.getData()).size();
  for (int64_t d = 0; d < rank; ++d) {
    if (d == axis)
      pinDim(op.getDataMutable(), d);
    else
      linkDim(op.getDataMutable(), d, d < axis ? d : d + indexRank - 1);
  }
  for (int64_t d = 0; d < indexRank; ++d)
    linkDim(op.getIndicesMutable(), d, axis + d);
}

void DimClasses::linkGatherElements(GatherElementsOp op) {
  auto data = getDims(op.getData()), out = getDims(op.getResult());
  for (size_t d = 0; d < out.size(); ++d) {
    linkDim(op.getIndicesMutable(), d, d);
    if (d != op.getAxis() && data[d] == out[d])
      linkDim(op.getDataMutable(), d, d);
    else
      pinDim(op.getDataMutable(), d);
  }
}

void DimClasses::linkGatherNd(GatherNdOp op) {
  int64_t batch = op.getBatchDims(), rank = getDims(op.getData()).size(), outer = getDims(op.getIndices()).size() - 1;
  int64_t depth = getDims(op.getIndices()).back().constant().value_or(0);
  for (int64_t d = 0; d < outer; ++d)
    linkDim(op.getIndicesMutable(), d, d);
  pinDim(op.getIndicesMutable(), outer);
  for (int64_t d = 0; d < rank; ++d) {
    if (d < batch)
      linkDim(op.getDataMutable(), d, d);
    else if (d < batch + depth)
      pinDim(op.getDataMutable(), d);
    else
      linkDim(op.getDataMutable(), d, outer + d - batch - depth);
  }
}

} // namespace tao
