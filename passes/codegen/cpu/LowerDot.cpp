// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products of stages, and the transposition that packs an operand of one. A product runs over register tiles: the
// panels of the right operand outside, so that a panel stays in L1, then tiles of rows, then the sum. Each step of the
// sum loads one row of the panel and one element for each row of the tile.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/codegen/cpu/KernelLowering.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

/// The address of an element of a stage: `pointer` + index * stride + offset.
Value KernelLowering::elementOf(Value base, Value index, int64_t stride, int64_t offset) {
  Location loc = kernel.getLoc();
  Type pointer = LLVM::LLVMPointerType::get(b.getContext()), f32 = b.getF32Type();
  if (index) {
    Value scaled = arith::MulIOp::create(b, loc, toI64(index), toI64(indexConstant(stride)));
    base = LLVM::GEPOp::create(b, loc, pointer, f32, base, ArrayRef<LLVM::GEPArg>{scaled});
  }
  return offset ? Value(LLVM::GEPOp::create(b, loc, pointer, f32, base,
                                            ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)}))
                : base;
}

void KernelLowering::lowerDot(DotOp op) {
  Location loc = op.getLoc();
  auto shapeOf = [](Value stage) { return cast<BufType>(stage.getType()).getTensor().getShape(); };
  const int64_t cStride = shapeOf(op.getC())[1], aStride = shapeOf(op.getA())[1];
  const int64_t depth = shapeOf(op.getB())[1], panelCols = shapeOf(op.getB())[2], rows = op.getTile();
  const int64_t width = panelCols % vectorLanes == 0 ? vectorLanes : panelCols; // of vectors
  const int64_t vectors = panelCols / width;
  auto vectorType = VectorType::get({width}, b.getF32Type());
  Value zero = indexConstant(0), one = indexConstant(1);
  Value numPanels = arith::CeilDivUIOp::create(b, loc, lookup(op.getCols()), indexConstant(panelCols));
  auto load = [&](Value at, Value stage) -> Value {
    auto made = LLVM::LoadOp::create(b, loc, vectorType, at, 4);
    annotate(made, stage);
    return made;
  };

  auto multiplyAdd = [&](Value x, Value y, Value sum) -> Value {
    // Vectors of 16 bytes are those of machines without the instruction.
    if (vectorLanes >= 8)
      return vector::FMAOp::create(b, loc, x, y, sum);
    return arith::AddFOp::create(b, loc, arith::MulFOp::create(b, loc, x, y), sum);
  };

  auto panelLoop = scf::ForOp::create(b, loc, zero, numPanels, one);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(panelLoop.getBody());
  Value panel = elementOf(pointers[op.getB()], panelLoop.getInductionVar(), depth * panelCols, 0);
  auto rowLoop = scf::ForOp::create(b, loc, zero, lookup(op.getRows()), indexConstant(rows));
  b.setInsertionPointToStart(rowLoop.getBody());
  Value left = elementOf(pointers[op.getA()], rowLoop.getInductionVar(), aStride, 0);
  Value target = elementOf(elementOf(pointers[op.getC()], rowLoop.getInductionVar(), cStride, 0),
                           panelLoop.getInductionVar(), panelCols, 0);
  SmallVector<Value> sums;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t v = 0; v < vectors; ++v)
      sums.push_back(op.getAccumulate() ? load(elementOf(target, {}, 0, i * cStride + v * width), op.getC())
                                        : Value(arith::ConstantOp::create(b, loc, b.getZeroAttr(vectorType))));
  auto sumLoop = scf::ForOp::create(b, loc, zero, lookup(op.getDepth()), one, sums);
  {
    OpBuilder::InsertionGuard inside(b);
    b.setInsertionPointToStart(sumLoop.getBody());
    Value k = sumLoop.getInductionVar(), row = elementOf(panel, k, panelCols, 0), first = elementOf(left, k, 1, 0);
    SmallVector<Value> right, next;
    for (int64_t v = 0; v < vectors; ++v)
      right.push_back(load(elementOf(row, {}, 0, v * width), op.getB()));
    for (int64_t i = 0; i < rows; ++i) {
      auto element = LLVM::LoadOp::create(b, loc, b.getF32Type(), elementOf(first, {}, 0, i * aStride), 4);
      annotate(element, op.getA());
      Value repeated = vector::BroadcastOp::create(b, loc, vectorType, element);
      for (int64_t v = 0; v < vectors; ++v)
        next.push_back(multiplyAdd(repeated, right[v], sumLoop.getRegionIterArgs()[next.size()]));
    }
    scf::YieldOp::create(b, loc, next);
  }
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t v = 0; v < vectors; ++v) {
      auto store = LLVM::StoreOp::create(b, loc, sumLoop.getResult(i * vectors + v),
                                         elementOf(target, {}, 0, i * cStride + v * width), 4);
      annotate(store, op.getC());
    }
}

/// Square blocks of as many rows as lanes, each in registers: in every step row i and row i + n/2 are interleaved into
/// rows 2i and 2i + 1, and after log2(n) steps rows are columns.
void KernelLowering::lowerPanel(PanelOp op) {
  Location loc = op.getLoc();
  auto shape = cast<BufType>(op.getTarget().getType()).getTensor().getShape();
  const int64_t depth = shape[1], cols = shape[2], n = vectorLanes;
  Value target = elementOf(pointers[op.getTarget()], lookup(op.getPanel()), depth * cols, 0);
  Value source = pointers[op.getSource()];
  Value zero = indexConstant(0);
  const int64_t fullCols = cols / n * n, fullDepth = depth / n * n;
  OpBuilder::InsertionGuard guard(b);
  auto colLoop = scf::ForOp::create(b, loc, zero, indexConstant(fullCols), indexConstant(n));
  {
    OpBuilder::InsertionGuard inside(b);
    b.setInsertionPointToStart(colLoop.getBody());
    auto depthLoop = scf::ForOp::create(b, loc, zero, indexConstant(fullDepth), indexConstant(n));
    b.setInsertionPointToStart(depthLoop.getBody());
    Value from = elementOf(elementOf(source, colLoop.getInductionVar(), depth, 0), depthLoop.getInductionVar(), 1, 0);
    Value to = elementOf(elementOf(target, depthLoop.getInductionVar(), cols, 0), colLoop.getInductionVar(), 1, 0);
    auto vectorType = VectorType::get({n}, b.getF32Type());
    SmallVector<Value> block;
    for (int64_t i = 0; i < n; ++i) {
      auto load = LLVM::LoadOp::create(b, loc, vectorType, elementOf(from, {}, 0, i * depth), 4);
      annotate(load, op.getSource());
      block.push_back(load);
    }
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < n / 2; ++i) {
      low.append({i, n + i});
      high.append({n / 2 + i, n + n / 2 + i});
    }
    for (int64_t step = 1; step < n; step *= 2) {
      SmallVector<Value> next;
      for (int64_t i = 0; i < n / 2; ++i)
        for (ArrayRef<int64_t> half : {ArrayRef<int64_t>(low), ArrayRef<int64_t>(high)})
          next.push_back(vector::ShuffleOp::create(b, loc, block[i], block[i + n / 2], half));
      block = std::move(next);
    }
    for (int64_t i = 0; i < n; ++i) {
      auto store = LLVM::StoreOp::create(b, loc, block[i], elementOf(to, {}, 0, i * cols), 4);
      annotate(store, op.getTarget());
    }
  }
  // The rest one by one.
  auto moveElements = [&](int64_t colBegin, int64_t depthBegin, int64_t depthEnd) {
    if (colBegin >= cols || depthBegin >= depthEnd)
      return;
    OpBuilder::InsertionGuard inside(b);
    auto outer = scf::ForOp::create(b, loc, indexConstant(colBegin), indexConstant(cols), indexConstant(1));
    b.setInsertionPointToStart(outer.getBody());
    auto inner = scf::ForOp::create(b, loc, indexConstant(depthBegin), indexConstant(depthEnd), indexConstant(1));
    b.setInsertionPointToStart(inner.getBody());
    Value from = elementOf(elementOf(source, outer.getInductionVar(), depth, 0), inner.getInductionVar(), 1, 0);
    Value to = elementOf(elementOf(target, inner.getInductionVar(), cols, 0), outer.getInductionVar(), 1, 0);
    auto load = LLVM::LoadOp::create(b, loc, b.getF32Type(), from, 4);
    annotate(load, op.getSource());
    auto store = LLVM::StoreOp::create(b, loc, load, to, 4);
    annotate(store, op.getTarget());
  };
  moveElements(fullCols, 0, fullDepth);
  moveElements(0, fullDepth, depth);
}

} // namespace tao
