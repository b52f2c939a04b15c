// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See InStep.h. An operand's dim is followed to the reader's dim whose index it is, up to a factor and an offset. A
// class of the dim at stride s, the number of elements within one of its steps, has the index (i / s) mod extent there;
// two such indices are equal for all i exactly when strides agree and the offset does not matter.
#include "passes/fuse/check/InStep.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/AffineMap.h"

using namespace mlir;

namespace tao::check {

namespace {

/// index = start + step * (index of the reader's dim `dim`)
struct DimRead {
  int64_t dim = 0, step = 1;
  SymExpr start = 0;
};
using DimReads = SmallVector<std::optional<DimRead>>;

/// The one dim that an affine index depends on. Dims of extent 1 are constant 0.
std::optional<DimRead> readDim(AffineExpr expr, ArrayRef<bool> isConstantZero) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return DimRead{static_cast<int64_t>(dim.getPosition()), isConstantZero[dim.getPosition()] ? 0 : 1, 0};
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return DimRead{0, 0, constant.getValue()};
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  std::optional<DimRead> left = binary ? readDim(binary.getLHS(), isConstantZero) : std::nullopt;
  std::optional<DimRead> right = binary ? readDim(binary.getRHS(), isConstantZero) : std::nullopt;
  if (!left || !right)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add && (left->step == 0 || right->step == 0 || left->dim == right->dim))
    return DimRead{left->step ? left->dim : right->dim, left->step + right->step, left->start + right->start};
  if (expr.getKind() == AffineExprKind::Mul && right->step == 0 && right->start.isConstant())
    return DimRead{left->dim, left->step * *right->start.constant(), left->start * right->start};
  return std::nullopt;
}

DimReads identityReads(int64_t rank, llvm::function_ref<std::optional<int64_t>(int64_t)> readerDim) {
  DimReads reads;
  for (int64_t d = 0; d < rank; ++d) {
    std::optional<int64_t> dim = readerDim(d);
    reads.push_back(dim ? std::optional(DimRead{*dim, 1, 0}) : std::nullopt);
  }
  return reads;
}

/// Dims of the reader's index, or nullopt, where the operand's index is data.
DimReads readGathered(OpOperand &operand) {
  using Dim = std::optional<int64_t>;
  Operation *op = operand.getOwner();
  int64_t rank = getDims(operand.get()).size();
  bool isData = operand.getOperandNumber() == 0;
  if (auto gather = dyn_cast<GatherOp>(op)) {
    int64_t axis = gather.getAxis(), indexRank = getDims(gather.getIndices()).size();
    return identityReads(rank, [&](int64_t d) -> Dim {
      if (!isData)
        return axis + d;
      return d == axis ? Dim() : Dim(d < axis ? d : d + indexRank - 1);
    });
  }
  if (auto gather = dyn_cast<GatherElementsOp>(op))
    return identityReads(
        rank, [&](int64_t d) { return isData && d == static_cast<int64_t>(gather.getAxis()) ? Dim() : Dim(d); });
  if (auto gather = dyn_cast<GatherNdOp>(op)) {
    int64_t batch = gather.getBatchDims(), outer = getDims(gather.getIndices()).size() - 1;
    int64_t depth = getDims(gather.getIndices()).back().constant().value_or(0);
    return identityReads(rank, [&](int64_t d) -> Dim {
      if (!isData)
        return d < outer ? Dim(d) : Dim();
      if (d < batch)
        return d;
      return d < batch + depth ? Dim() : Dim(outer + d - batch - depth);
    });
  }
  return DimReads(rank);
}

DimReads readDims(OpOperand &operand, ArrayRef<SymExpr> loopExtents) {
  Operation *op = operand.getOwner();
  int64_t rank = getDims(operand.get()).size();
  // Starts and offsets may be symbolic, which affine maps cannot say.
  if (auto slice = dyn_cast<SliceOp>(op)) {
    DimReads reads;
    for (auto [d, text] : llvm::enumerate(slice.getStarts().getAsValueRange<StringAttr>())) {
      std::optional<SymExpr> start = SymExpr::parse(text);
      reads.push_back(start ? std::optional(DimRead{static_cast<int64_t>(d), slice.getSteps()[d], *start})
                            : std::nullopt);
    }
    return reads;
  }
  if (auto concat = dyn_cast<ConcatOp>(op)) {
    DimReads reads = identityReads(rank, [](int64_t d) { return d; });
    SymExpr offset = 0;
    for (Value input : concat.getInputs().take_front(operand.getOperandNumber()))
      offset = offset + getDims(input)[concat.getAxis()];
    reads[concat.getAxis()]->start = SymExpr(0) - offset;
    return reads;
  }
  auto interface = dyn_cast<IndexMapOpInterface>(op);
  SmallVector<AffineMap> maps = interface ? interface.getIndexMaps() : SmallVector<AffineMap>();
  AffineMap map = operand.getOperandNumber() < maps.size() ? maps[operand.getOperandNumber()] : AffineMap();
  if (!map)
    return readGathered(operand);
  if (static_cast<int64_t>(map.getNumResults()) != rank)
    return DimReads(rank);
  // Beyond the dims of the result and the reduced ones there are those of a window, in the order of the dims.
  SmallVector<bool> isConstantZero(map.getNumDims(), false);
  auto window = dyn_cast<ReduceWindowOp>(op);
  for (unsigned d = 0; d < map.getNumDims(); ++d)
    isConstantZero[d] = d < loopExtents.size() ? loopExtents[d].isConstant(1)
                                               : window && window.getWindow()[d - loopExtents.size()] == 1;
  DimReads reads;
  for (AffineExpr expr : map.getResults())
    reads.push_back(readDim(expr, isConstantZero));
  return reads;
}

struct Position {
  int64_t classNumber;
  SymExpr stride;    // elements within one of its steps
  SymExpr outer = 1; // its steps in all
};

/// Classes of a list, the innermost first.
SmallVector<Position> positionsOf(ArrayRef<int64_t> classes, ArrayRef<SymExpr> extents) {
  SmallVector<Position> positions;
  SymExpr stride = 1;
  for (int64_t c : llvm::reverse(classes)) {
    positions.push_back({c, stride});
    stride = stride * extents[c];
  }
  SymExpr outer = 1;
  for (Position &position : llvm::reverse(positions))
    position.outer = outer = outer * extents[position.classNumber];
  return positions;
}

bool isMultiple(const SymExpr &value, const SymExpr &of) { return value == SymExpr(0) || value.exactDiv(of); }

/// Whether ((start + step * i) / stride) mod extent == (i / readerStride) mod extent for all i.
bool agrees(const DimRead &read, const SymExpr &stride, const SymExpr &extent, const SymExpr &readerStride) {
  if (read.step == 1)
    return stride == readerStride && isMultiple(read.start, stride * extent);
  // Every n-th element of runs of n: the run's number is the index.
  bool insideRun = read.start.isAtLeast(0) && read.start.isConstant() && *read.start.constant() < read.step;
  return read.step > 1 && insideRun && stride == readerStride * SymExpr(read.step);
}

} // namespace

SmallVector<SymExpr> getLoopExtents(Operation *op) {
  SmallVector<SymExpr> extents = llvm::to_vector(getDims(op->getResult(0)));
  auto addReduced = [&](int64_t dim) { extents.push_back(getDims(op->getOperand(0))[dim]); };
  if (auto reduce = dyn_cast<ReduceOp>(op)) {
    SmallVector<int64_t> dims = llvm::to_vector(reduce.getDims());
    llvm::sort(dims);
    llvm::for_each(dims, addReduced);
  } else if (auto reduce = dyn_cast<ArgReduceOp>(op)) {
    addReduced(reduce.getDim());
  }
  return extents;
}

SmallVector<int64_t> findInStep(OpOperand &operand, ArrayRef<SmallVector<int64_t, 2>> producer,
                                const stitch::OpSpace &reader, ArrayRef<SymExpr> extents) {
  SmallVector<int64_t> inStep;
  auto compare = [&](ArrayRef<int64_t> from, ArrayRef<int64_t> to, const DimRead &read) {
    SmallVector<Position> readerPositions = positionsOf(to, extents);
    for (const Position &position : positionsOf(from, extents))
      for (const Position &other : readerPositions)
        if (position.classNumber == other.classNumber &&
            agrees(read, position.stride, extents[position.classNumber], other.stride))
          inStep.push_back(position.classNumber);
  };
  SmallVector<SymExpr> loopExtents = getLoopExtents(operand.getOwner());
  if (llvm::any_of(loopExtents, [](const SymExpr &extent) { return extent.isConstant(0); })) {
    // There is no point at which an index could differ.
    for (ArrayRef<int64_t> dim : producer)
      llvm::append_range(inStep, dim);
    return inStep;
  }
  if (isa<ReshapeOp>(operand.getOwner())) {
    // One index over all elements, the same on both sides. Both sides have equally many, whatever their dims say: 2 x n
    // may become 2 x 4, and n is 4 then. So strides are equal, too, where the steps in all are.
    SmallVector<int64_t> from, to;
    for (ArrayRef<int64_t> dim : producer)
      llvm::append_range(from, dim);
    for (ArrayRef<int64_t> dim : reader)
      llvm::append_range(to, dim);
    SmallVector<Position> readerPositions = positionsOf(to, extents);
    for (const Position &position : positionsOf(from, extents))
      for (const Position &other : readerPositions)
        if (position.classNumber == other.classNumber &&
            (position.stride == other.stride || position.outer == other.outer))
          inStep.push_back(position.classNumber);
    return inStep;
  }
  DimReads reads = readDims(operand, loopExtents);
  for (auto [d, read] : llvm::enumerate(reads))
    if (read && read->step != 0 && d < producer.size() && read->dim < static_cast<int64_t>(reader.size()))
      compare(producer[d], reader[read->dim], *read);
  return inStep;
}

} // namespace tao::check
