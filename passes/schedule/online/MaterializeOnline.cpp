// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From online groups to kernels (docs/online-reduce.md). Before: a group of kind online is two products with a softmax
// between. After: a stitch.call of a stitch.kernel, whose tasks are blocks of rows:
//
//   stage the rows of the first left operand; maximum = -inf, sum = 0, result = 0
//   for each block of columns
//     pack the first right operand; logits = left * right; logits = f(logits)
//     for each row: maximum' = max(maximum, max logits); logits = exp(logits - maximum')
//                   factor = exp(maximum - maximum'); sum = sum * factor + sum logits; result = result * factor
//     pack the second right operand; result += logits * right
//   store result / sum
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/fuse/OnlineProduct.h"
#include "passes/schedule/KernelSignature.h"
#include "passes/schedule/Passes.h"
#include "passes/schedule/online/DotTile.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace tao::stitch;

namespace tao {
#define GEN_PASS_DEF_MATERIALIZEONLINE
#include "passes/schedule/Passes.h.inc"

namespace {

/// Sums at a time where rows are few.
constexpr int64_t kDirectVectors = 8;

class OnlineMaterializer {
public:
  OnlineMaterializer(GroupOp group, const Plan &plan, OnlineProduct product, int64_t vectorBytes);

  KernelOp build();
  /// Replaces the group by a call of the kernel.
  void call(StringRef kernel);

private:
  using Body = llvm::function_ref<void(OpBuilder &, Value)>;
  /// A loop from 0 to `upper`, of so many vectors at once when it runs over lanes.
  void loop(OpBuilder &b, Level level, Value upper, Body body, int64_t vectors = 2);
  /// Folds what `body` gives for each index from 0 to `upper`.
  Value fold(OpBuilder &b, Level level, Monoid monoid, Value upper, llvm::function_ref<Value(OpBuilder &, Value)> body,
             int64_t vectors = 2);
  Value stage(OpBuilder &b, ArrayRef<int64_t> shape);
  void put(OpBuilder &b, Value value, Value stage, ValueRange at) { PutOp::create(b, loc, value, stage, at); }
  Value get(OpBuilder &b, Value stage, ValueRange at) {
    return GetOp::create(b, loc, b.getF32Type(), StageScope::Block, stage, at);
  }
  void barrier(OpBuilder &b) { BarrierOp::create(b, loc); }

  void buildTask(OpBuilder &b, Value task);
  void copyRows(OpBuilder &b);
  void foldColumns(OpBuilder &b, Value block);
  /// `few` rows directly, for which packing does not pay, or `many` by tiles: where the extent leaves both open, as the
  /// run decides.
  void choose(OpBuilder &b, llvm::function_ref<void(OpBuilder &)> few, llvm::function_ref<void(OpBuilder &)> many);
  void multiplyFirst(OpBuilder &b);
  void multiplyFirstDirectly(OpBuilder &b);
  void foldRow(OpBuilder &b, Value row);
  void multiplySecond(OpBuilder &b);
  void multiplySecondDirectly(OpBuilder &b);
  void storeRows(OpBuilder &b);

  /// Indices of a tensor of one of the products.
  SmallVector<Value> indicesOf(const MatrixProduct &product, AffineMap map, ArrayRef<Value> batch, Value row, Value col,
                               Value depth);
  /// The block's extent, where it is the last one of a dim.
  Value clip(OpBuilder &b, Value begin, int64_t block, const SymExpr &extent);
  SymExpr getTasks() const;
  SymExpr getCost();
  /// Vectors that a loop over so many elements runs on at once, when each has one sum: not mostly empty ones.
  int64_t countVectors(int64_t extent) const {
    return std::clamp<int64_t>(llvm::divideCeil(extent, lanes), 1, kDirectVectors);
  }
  Value constant(OpBuilder &b, float number) { return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(number)); }

  GroupOp group;
  Plan plan;
  OnlineProduct product;
  Location loc;
  KernelSignature signature;
  std::optional<Emitter> emitter;
  int64_t lanes;
  DotTile firstTile, secondTile;
  int64_t depth, width;         // of the first product; columns of the second one
  int64_t blockRows, blockCols; // of a task, and that it has at a time
  int64_t stageRows;            // rows in full tiles
  bool isOneBlock;              // of columns, whatever the sizes
  SmallVector<SymExpr> extents; // of the logits
  int64_t scratch = 0;

  // Of the task being built.
  SmallVector<Value> batch, firstBatch, secondBatch; // indices of the logits and of either product
  Value rowBegin, numRows, colBegin, numCols;
  Value left, source, panels, logits, values, result, maximum, sum; // stages
};

OnlineMaterializer::OnlineMaterializer(GroupOp group, const Plan &plan, OnlineProduct found, int64_t vectorBytes)
    : group(group), plan(plan), product(std::move(found)), loc(group.getLoc()), signature(group),
      lanes(vectorBytes / 4) {
  depth = *product.first.getExtent(product.first.depth).constant();
  width = *product.second.getExtent(product.second.cols).constant();
  firstTile = DotTile::choose(vectorBytes, plan.online.cols);
  secondTile = DotTile::choose(vectorBytes, width);
  blockRows = plan.online.rows;
  stageRows = llvm::alignTo(blockRows, std::lcm(firstTile.rows, secondTile.rows));
  blockCols = llvm::alignTo(plan.online.cols, firstTile.cols);
  extents = llvm::to_vector(getDims(product.logits));
  std::optional<int64_t> cols = extents.back().constant();
  isOneBlock = cols && *cols <= blockCols;
}

void OnlineMaterializer::loop(OpBuilder &b, Level level, Value upper, Body body, int64_t vectors) {
  auto op = ForeachOp::create(b, loc, level, emitter->index(0), upper, level == Level::Lane ? vectors * lanes : 0);
  OpBuilder inner = op.getBodyBuilder();
  Emitter::Scope scope(*emitter);
  body(inner, op.getInductionVar());
}

Value OnlineMaterializer::fold(OpBuilder &b, Level level, Monoid monoid, Value upper,
                               llvm::function_ref<Value(OpBuilder &, Value)> body, int64_t vectors) {
  auto op = stitch::ReduceOp::create(b, loc, level, emitter->index(0), upper, b.getF32Type(), monoid,
                                     level == Level::Lane ? vectors * lanes : 0);
  OpBuilder inner = OpBuilder::atBlockBegin(&op.getBody().front());
  Emitter::Scope scope(*emitter);
  Value value = body(inner, op.getInductionVar());
  stitch::YieldOp::create(inner, loc, value);
  return op.getResult(0);
}

Value OnlineMaterializer::stage(OpBuilder &b, ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, b.getF32Type());
  Value made = StageOp::create(b, loc, BufType::get(b.getContext(), type), std::to_string(scratch));
  scratch = llvm::alignTo(scratch + 4 * type.getNumElements(), 64);
  return made;
}

Value OnlineMaterializer::clip(OpBuilder &b, Value begin, int64_t block, const SymExpr &extent) {
  if (extent.mod(block).isConstant(0))
    return emitter->index(block);
  Value rest = emitter->sub(b, loc, emitter->size(extent), begin);
  return b.createOrFold<arith::MinSIOp>(loc, rest, emitter->index(block));
}

SymExpr OnlineMaterializer::getTasks() const {
  return getNumElements(ArrayRef(extents).drop_back(2)) * extents[extents.size() - 2].ceilDiv(blockRows);
}

/// Time in bytes of memory time: a fused multiply-add of both products counts as an eighth of a byte.
SymExpr OnlineMaterializer::getCost() { return getNumElements(extents) * SymExpr((depth + width) / 8 + 8); }

SmallVector<Value> OnlineMaterializer::indicesOf(const MatrixProduct &of, AffineMap map, ArrayRef<Value> batchIndices,
                                                 Value row, Value col, Value inner) {
  SmallVector<Value> indices;
  for (AffineExpr expr : map.getResults()) {
    unsigned dim = cast<AffineDimExpr>(expr).getPosition();
    if (dim == of.rows)
      indices.push_back(row);
    else if (dim == of.cols)
      indices.push_back(col);
    else if (dim == of.depth)
      indices.push_back(inner);
    else
      indices.push_back(batchIndices[llvm::find(of.batch, dim) - of.batch.begin()]);
  }
  return indices;
}

KernelOp OnlineMaterializer::build() {
  Plan name;
  name.planner = plan.planner;
  KernelOp kernel = signature.create("kernel", name.toAttr(group.getContext()), group.getResultTypes());
  emitter.emplace(signature.makeEmitter());
  Emitter::Scope scope(*emitter);
  emitter->setSource([this](OpBuilder &b, Value value, ArrayRef<Value> indices) -> Value {
    if (value != product.first.op.getResult())
      return {};
    size_t rank = indices.size();
    return get(b, logits,
               {emitter->sub(b, loc, indices[rank - 2], rowBegin), emitter->sub(b, loc, indices[rank - 1], colBegin)});
  });
  signature.buildTasks(kernel, *emitter, getTasks(), [&](OpBuilder b, Value task) { buildTask(b, task); });
  kernel.setScratch(scratch);
  return kernel;
}

void OnlineMaterializer::buildTask(OpBuilder &b, Value task) {
  // The task's batch, then its rows.
  ArrayRef<SymExpr> outer = ArrayRef(extents).drop_back(2);
  const SymExpr &rows = extents[extents.size() - 2], &cols = extents.back();
  SymExpr blocks = rows.ceilDiv(blockRows);
  Value block = outer.empty() ? task : emitter->rem(b, loc, task, emitter->size(blocks));
  Value rest = outer.empty() ? task : emitter->div(b, loc, task, emitter->size(blocks));
  batch.assign(outer.size(), Value());
  SmallVector<Emitter::Digit> digits(outer.size());
  for (size_t d = outer.size(); d-- > 0;) {
    batch[d] = d == 0 ? rest : emitter->rem(b, loc, rest, emitter->size(outer[d]));
    rest = d == 0 ? rest : emitter->div(b, loc, rest, emitter->size(outer[d]));
    digits[d] = {batch[d], outer[d]};
  }
  Value all = emitter->compose(b, loc, digits);
  auto takeApart = [&](Value matrix) {
    SmallVector<SymExpr> dims = llvm::to_vector(getDims(matrix));
    return emitter->takeApart(b, loc, all, getNumElements(outer), ArrayRef(dims).drop_back(2));
  };
  firstBatch = takeApart(product.first.op.getResult());
  secondBatch = takeApart(product.second.getLeft());
  rowBegin = emitter->mul(b, loc, block, emitter->index(blockRows));
  numRows = clip(b, rowBegin, blockRows, rows);

  int64_t firstPanels = blockCols / firstTile.cols, secondPanels = llvm::divideCeil(width, secondTile.cols);
  left = stage(b, {stageRows, depth});
  source = stage(b, {firstTile.cols, depth});
  panels = stage(b, {firstPanels, depth, firstTile.cols});
  logits = stage(b, {stageRows, blockCols});
  values = stage(b, {secondPanels, blockCols, secondTile.cols});
  result = stage(b, {stageRows, secondPanels * secondTile.cols});
  maximum = stage(b, {stageRows});
  sum = stage(b, {stageRows});

  copyRows(b);
  if (isOneBlock) {
    foldColumns(b, emitter->index(0));
  } else {
    SymExpr colBlocks = cols.ceilDiv(blockCols);
    loop(b, Level::Seq, emitter->size(colBlocks), [&](OpBuilder &inner, Value i) { foldColumns(inner, i); });
  }
  storeRows(b);
}

void OnlineMaterializer::copyRows(OpBuilder &b) {
  MatrixProduct &first = product.first;
  loop(b, Level::Seq, numRows, [&](OpBuilder &b, Value row) {
    Value index = emitter->add(b, loc, rowBegin, row);
    loop(b, Level::Lane, emitter->index(depth), [&](OpBuilder &b, Value k) {
      put(b, emitter->emit(b, first.getLeft(), indicesOf(first, first.getLeftMap(), firstBatch, index, {}, k)), left,
          {row, k});
    });
    if (isOneBlock)
      return;
    put(b, constant(b, -std::numeric_limits<float>::infinity()), maximum, row);
    put(b, constant(b, 0), sum, row);
    loop(b, Level::Lane, emitter->index(width),
         [&](OpBuilder &b, Value col) { put(b, constant(b, 0), result, {row, col}); });
  });
}

void OnlineMaterializer::foldColumns(OpBuilder &b, Value block) {
  Emitter::Scope scope(*emitter);
  colBegin = emitter->mul(b, loc, block, emitter->index(blockCols));
  numCols = clip(b, colBegin, blockCols, extents.back());
  choose(b, [&](OpBuilder &b) { multiplyFirstDirectly(b); }, [&](OpBuilder &b) { multiplyFirst(b); });
  barrier(b);
  loop(b, Level::Seq, numRows, [&](OpBuilder &b, Value row) { foldRow(b, row); });
  choose(b, [&](OpBuilder &b) { multiplySecondDirectly(b); }, [&](OpBuilder &b) { multiplySecond(b); });
}

void OnlineMaterializer::choose(OpBuilder &b, llvm::function_ref<void(OpBuilder &)> few,
                                llvm::function_ref<void(OpBuilder &)> many) {
  const SymExpr &rows = extents[extents.size() - 2];
  if (rows.isAtLeast(firstTile.rows))
    return many(b);
  if (auto number = rows.constant(); number && *number < firstTile.rows)
    return few(b);
  Value isFew = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, numRows, emitter->index(firstTile.rows));
  auto branch = scf::IfOp::create(b, loc, isFew, /*withElseRegion=*/true);
  auto fill = [&](OpBuilder inside, llvm::function_ref<void(OpBuilder &)> make) {
    Emitter::Scope scope(*emitter);
    make(inside);
  };
  fill(branch.getThenBodyBuilder(), few);
  fill(branch.getElseBodyBuilder(), many);
}

/// Sums over lanes; the right operand is read where it is.
void OnlineMaterializer::multiplyFirstDirectly(OpBuilder &b) {
  MatrixProduct &first = product.first;
  barrier(b);
  loop(b, Level::Seq, numCols, [&](OpBuilder &b, Value col) {
    Value index = emitter->add(b, loc, colBegin, col);
    loop(b, Level::Seq, numRows, [&](OpBuilder &b, Value row) {
      auto multiply = [&](OpBuilder &b, Value k) -> Value {
        Value right =
            emitter->emit(b, first.getRight(), indicesOf(first, first.getRightMap(), firstBatch, {}, index, k));
        return arith::MulFOp::create(b, loc, get(b, left, {row, k}), right);
      };
      put(b, fold(b, Level::Lane, Monoid::Sum, emitter->index(depth), multiply, countVectors(depth)), logits,
          {row, col});
    });
  });
}

void OnlineMaterializer::multiplyFirst(OpBuilder &b) {
  MatrixProduct &first = product.first;
  Value panelCols = emitter->index(firstTile.cols);
  Value numPanels = b.createOrFold<arith::CeilDivUIOp>(loc, numCols, panelCols);
  loop(b, Level::Seq, numPanels, [&](OpBuilder &b, Value panel) {
    Value begin = emitter->mul(b, loc, panel, panelCols);
    Value left = emitter->sub(b, loc, numCols, begin);
    Value count = b.createOrFold<arith::MinSIOp>(loc, left, panelCols);
    loop(b, Level::Seq, count, [&](OpBuilder &b, Value col) {
      Value index = emitter->add(b, loc, colBegin, emitter->add(b, loc, begin, col));
      loop(b, Level::Lane, emitter->index(depth), [&](OpBuilder &b, Value k) {
        put(b, emitter->emit(b, first.getRight(), indicesOf(first, first.getRightMap(), firstBatch, {}, index, k)),
            source, {col, k});
      });
    });
    barrier(b);
    PanelOp::create(b, loc, source, panels, panel);
  });
  barrier(b);
  DotOp::create(b, loc, logits, left, panels, numRows, numCols, emitter->index(depth), firstTile.rows,
                /*accumulate=*/false);
}

void OnlineMaterializer::foldRow(OpBuilder &b, Value row) {
  Value rowIndex = emitter->add(b, loc, rowBegin, row);
  bool isPlain = product.logits == product.first.op.getResult();
  // The maximum may lose a NaN, for the exponentials do not.
  Value here = fold(b, Level::Lane, Monoid::MaxNumber, numCols, [&](OpBuilder &b, Value col) {
    SmallVector<Value> indices(batch);
    indices.append({rowIndex, emitter->add(b, loc, colBegin, col)});
    Value logit = emitter->emit(b, product.logits, indices);
    if (!isPlain)
      put(b, logit, logits, {row, col});
    return logit;
  });
  Value before, now = here;
  if (!isOneBlock) {
    before = get(b, maximum, row);
    now = arith::MaximumFOp::create(b, loc, before, here);
    put(b, now, maximum, row);
  }
  // A row that had no finite number yet: exp(-inf - 0) is 0 as it should be, while -inf - -inf is not a number. A row
  // that never has one ends as 0 / 0.
  Value infinite = constant(b, -std::numeric_limits<float>::infinity());
  Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, now, infinite);
  Value base = arith::SelectOp::create(b, loc, none, constant(b, 0), now);
  auto exponential = [&](OpBuilder &b, Value x) -> Value {
    return math::ExpOp::create(b, loc, arith::SubFOp::create(b, loc, x, base), arith::FastMathFlags::afn);
  };
  barrier(b);
  Value total = fold(b, Level::Lane, Monoid::Sum, numCols, [&](OpBuilder &b, Value col) {
    Value weight = exponential(b, get(b, logits, {row, col}));
    put(b, weight, logits, {row, col});
    return weight;
  });
  if (isOneBlock)
    return put(b, total, sum, row);
  Value factor = exponential(b, before);
  Value old = arith::MulFOp::create(b, loc, get(b, sum, row), factor);
  put(b, arith::AddFOp::create(b, loc, old, total), sum, row);
  loop(b, Level::Lane, emitter->index(width), [&](OpBuilder &b, Value col) {
    put(b, arith::MulFOp::create(b, loc, get(b, result, {row, col}), factor), result, {row, col});
  });
}

void OnlineMaterializer::multiplySecond(OpBuilder &b) {
  MatrixProduct &second = product.second;
  loop(b, Level::Seq, numCols, [&](OpBuilder &b, Value k) {
    Value index = emitter->add(b, loc, colBegin, k);
    for (int64_t begin = 0; begin < width; begin += secondTile.cols) {
      Value panel = emitter->index(begin / secondTile.cols);
      loop(b, Level::Lane, emitter->index(std::min(secondTile.cols, width - begin)), [&](OpBuilder &b, Value col) {
        Value colIndex = emitter->add(b, loc, emitter->index(begin), col);
        put(b,
            emitter->emit(b, second.getRight(),
                          indicesOf(second, second.getRightMap(), secondBatch, {}, colIndex, index)),
            values, {panel, k, col});
      });
    }
  });
  barrier(b);
  DotOp::create(b, loc, result, logits, values, numRows, emitter->index(width), numCols, secondTile.rows,
                /*accumulate=*/!isOneBlock);
}

/// Lanes are columns, whose sums stay in registers.
void OnlineMaterializer::multiplySecondDirectly(OpBuilder &b) {
  MatrixProduct &second = product.second;
  barrier(b);
  loop(b, Level::Seq, numRows, [&](OpBuilder &b, Value row) {
    auto addUp = [&](OpBuilder &b, Value col) {
      Value total = fold(b, Level::Seq, Monoid::Sum, numCols, [&](OpBuilder &b, Value k) -> Value {
        Value index = emitter->add(b, loc, colBegin, k);
        Value right =
            emitter->emit(b, second.getRight(), indicesOf(second, second.getRightMap(), secondBatch, {}, col, index));
        return arith::MulFOp::create(b, loc, get(b, logits, {row, k}), right);
      });
      if (!isOneBlock)
        total = arith::AddFOp::create(b, loc, get(b, result, {row, col}), total);
      put(b, total, result, {row, col});
    };
    loop(b, Level::Lane, emitter->index(width), addUp, countVectors(width));
  });
}

void OnlineMaterializer::storeRows(OpBuilder &b) {
  MatrixProduct &second = product.second;
  Type element = cast<RankedTensorType>(group.getResult(0).getType()).getElementType();
  const SymExpr &cols = extents.back();
  Value isEmpty;
  // Without columns all sums are 0, and so is the result.
  if (!cols.isAtLeast(1))
    isEmpty = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, emitter->size(cols), emitter->index(0));
  barrier(b);
  loop(b, Level::Seq, numRows, [&](OpBuilder &b, Value row) {
    Value rowIndex = emitter->add(b, loc, rowBegin, row), divisor = get(b, sum, row);
    if (isEmpty)
      divisor = arith::SelectOp::create(b, loc, isEmpty, constant(b, 1), divisor);
    loop(b, Level::Lane, emitter->index(width), [&](OpBuilder &b, Value col) {
      Value value = arith::DivFOp::create(b, loc, get(b, result, {row, col}), divisor);
      stitch::StoreOp::create(b, loc, Emitter::toStorage(b, loc, value, element), signature.getOutputs()[0],
                              indicesOf(second, second.getResultMap(), secondBatch, rowIndex, col, {}));
    });
  });
}

void OnlineMaterializer::call(StringRef kernel) {
  CallOp call = signature.call(kernel, group.getResultTypes(), {}, {getTasks(), getCost(), scratch});
  group.replaceAllUsesWith(call.getResults());
  group.erase();
}

struct MaterializeOnline : impl::MaterializeOnlineBase<MaterializeOnline> {
  using MaterializeOnlineBase::MaterializeOnlineBase;
  void runOnOperation() override {
    KernelTable kernels(getOperation());
    SmallVector<GroupOp> groups;
    getOperation().walk([&](GroupOp group) {
      if (getPlanKind(group) == PlanKind::Online)
        groups.push_back(group);
    });
    for (GroupOp group : groups) {
      Operation *yield = group.getBody().front().getTerminator();
      auto last = yield->getOperand(0).getDefiningOp<ContractOp>();
      std::optional<OnlineProduct> product = last ? matchOnlineProduct(last) : std::nullopt;
      if (!product || !product->first.getExtent(product->first.depth).constant() ||
          !product->second.getExtent(product->second.cols).constant()) {
        group.emitError() << "online group must be two products with a softmax between, of known depth and width";
        return signalPassFailure();
      }
      OnlineMaterializer materializer(group, *Plan::fromAttr(group.getPlan()), std::move(*product), vectorBytes);
      KernelOp kernel = materializer.build();
      materializer.call(kernels.add(kernel, group));
      ++numCalls;
    }
    numKernels = kernels.getNumKernels();
  }
};
} // namespace
} // namespace tao
