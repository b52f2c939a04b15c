// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See RandomGraph.h.
#include "RandomGraph.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tao {

std::vector<RandomGraph::Shape> RandomGraph::inputShapes() const {
  switch (extents) {
  case Extents::Small:
    return {{4, 6}, {2, 3, 4}, {6}, {5, 7}, {1, 12}};
  case Extents::Prime:
    return {{7, 11}, {3, 5, 7}, {11}, {13, 2}, {1, 17}};
  case Extents::One:
    return {{1, 1}, {1, 5, 1}, {1}, {}, {5, 1}};
  case Extents::Empty:
    return {{4, 0}, {2, 0, 3}, {0}, {5, 7}, {1, 12}};
  case Extents::Large:
    return {{3, 5000}, {2, 50, 150}, {5000}, {67, 129}, {1, 15000}};
  }
  llvm_unreachable("covered switch");
}

Value RandomGraph::pickValue() {
  // Mostly recent values, so that chains arise; sometimes old ones, so that values get several readers.
  size_t window = pick(4) ? std::min<size_t>(values.size(), 4) : values.size();
  return values[values.size() - 1 - pick(window)];
}
RandomGraph::Shape RandomGraph::shapeOf(Value value) {
  return Shape(cast<RankedTensorType>(value.getType()).getShape());
}
RankedTensorType RandomGraph::typeOf(ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, builder.getF32Type());
}

Value RandomGraph::reshape(Value value, ArrayRef<int64_t> shape) {
  return ReshapeOp::create(builder, builder.getUnknownLoc(), typeOf(shape), value);
}
Value RandomGraph::splat(double number, ArrayRef<int64_t> shape) {
  Location loc = builder.getUnknownLoc();
  auto constant = [&](RankedTensorType type) {
    return ConstantOp::create(builder, loc, SplatElementsAttr::get(type, builder.getF32FloatAttr(number)));
  };
  if (pick(2))
    return constant(typeOf(shape));
  return BroadcastOp::create(builder, loc, typeOf(shape), constant(typeOf({})), ArrayRef<int64_t>());
}

/// A value of this shape: an old one as it is or reshaped, else a broadcast number.
Value RandomGraph::withShape(ArrayRef<int64_t> shape) {
  int64_t elements = ShapedType::getNumElements(shape);
  for (int attempt = 0; attempt < 8; ++attempt) {
    Value value = pickValue();
    if (ArrayRef<int64_t>(shapeOf(value)) == shape)
      return value;
    if (cast<RankedTensorType>(value.getType()).getNumElements() == elements)
      return reshape(value, shape);
  }
  return splat(0.5 + 0.25 * pick(4), shape);
}

RandomGraph::Shape RandomGraph::randomSplit(int64_t elements) {
  Shape shape;
  if (elements == 0)
    shape.push_back(0);
  while (elements > 1 && shape.size() < 4) {
    SmallVector<int64_t> divisors;
    for (int64_t d = 2; d <= elements; ++d)
      if (elements % d == 0)
        divisors.push_back(d);
    shape.push_back(divisors[pick(divisors.size())]);
    elements /= shape.back();
  }
  if (elements > 1)
    shape.push_back(elements);
  if (pick(4) == 0)
    shape.insert(shape.begin() + pick(shape.size() + 1), 1);
  return shape;
}

Value RandomGraph::unary(Value value) {
  Location loc = builder.getUnknownLoc();
  switch (pick(5)) {
  case 0:
    return NegOp::create(builder, loc, value.getType(), value);
  case 1:
    return AbsOp::create(builder, loc, value.getType(), value);
  case 2:
    return LogisticOp::create(builder, loc, value.getType(), value);
  case 3:
    return MaxOp::create(builder, loc, value.getType(), value, splat(0, shapeOf(value)));
  default:
    return TanhOp::create(builder, loc, value.getType(), value);
  }
}

Value RandomGraph::binary(Value value) {
  Location loc = builder.getUnknownLoc();
  Value other = withShape(shapeOf(value));
  switch (pick(5)) {
  case 0:
    return MulOp::create(builder, loc, value.getType(), value, other);
  case 1:
    return SubOp::create(builder, loc, value.getType(), value, other);
  case 2:
    return DivOp::create(builder, loc, value.getType(), value, splat(3, shapeOf(value)));
  case 3: {
    Type mask = RankedTensorType::get(shapeOf(value), builder.getI1Type());
    Value condition = CmpOp::create(builder, loc, mask, CmpPredicate::Lt, value, other);
    return SelectOp::create(builder, loc, condition, other, value);
  }
  default:
    return AddOp::create(builder, loc, value.getType(), value, other);
  }
}

Value RandomGraph::reduce(Value value) {
  Shape shape = shapeOf(value), kept;
  SmallVector<int64_t> dims;
  for (auto [d, extent] : llvm::enumerate(shape))
    if (pick(2))
      dims.push_back(d);
    else
      kept.push_back(extent);
  auto kind = static_cast<ReduceKind>(pick(2) ? 0 : 2 + pick(2));
  return ReduceOp::create(builder, builder.getUnknownLoc(), typeOf(kept), kind, value, dims);
}

Value RandomGraph::broadcast(Value value) {
  Shape shape = shapeOf(value), result;
  SmallVector<int64_t> dims;
  for (int64_t extent : shape) {
    while (pick(3) == 0)
      result.push_back(2 + pick(3));
    dims.push_back(result.size());
    result.push_back(extent == 1 && pick(2) ? 3 : extent);
  }
  while (pick(3) == 0)
    result.push_back(2 + pick(3));
  if (ShapedType::getNumElements(result) > maxElements() || result.size() > 6)
    return value;
  return BroadcastOp::create(builder, builder.getUnknownLoc(), typeOf(result), value, dims);
}

Value RandomGraph::transpose(Value value) {
  Shape shape = shapeOf(value), result;
  SmallVector<int64_t> perm = llvm::to_vector(llvm::seq<int64_t>(0, shape.size()));
  for (size_t i = perm.size(); i > 1; --i)
    std::swap(perm[i - 1], perm[pick(i)]);
  for (int64_t source : perm)
    result.push_back(shape[source]);
  return TransposeOp::create(builder, builder.getUnknownLoc(), typeOf(result), value, perm);
}

Value RandomGraph::slice(Value value) {
  Shape shape = shapeOf(value), result;
  SmallVector<std::string> starts;
  SmallVector<int64_t> steps;
  for (int64_t extent : shape) {
    int64_t start = extent ? pick(extent) : 0, step = 1 + pick(2);
    int64_t count = extent ? 1 + (extent - 1 - start) / step : 0;
    starts.push_back(std::to_string(start));
    steps.push_back(step);
    result.push_back(count);
  }
  SmallVector<StringRef> texts(starts.begin(), starts.end());
  return SliceOp::create(builder, builder.getUnknownLoc(), typeOf(result), value, builder.getStrArrayAttr(texts),
                         builder.getDenseI64ArrayAttr(steps));
}

Value RandomGraph::concat(Value value) {
  Shape shape = shapeOf(value);
  if (shape.empty())
    return value;
  int64_t axis = pick(shape.size());
  Value other = withShape(shape);
  shape[axis] *= 2;
  if (ShapedType::getNumElements(shape) > maxElements())
    return value;
  return ConcatOp::create(builder, builder.getUnknownLoc(), typeOf(shape), ValueRange{value, other}, axis);
}

/// A sliding reduction; each of its windows touches the input.
Value RandomGraph::window(Value value) {
  Shape shape = shapeOf(value), result, window, strides, low;
  for (int64_t extent : shape) {
    int64_t taps = extent > 1 ? 1 + pick(std::min<int64_t>(extent, 3)) : 1, high = pick(taps);
    window.push_back(taps);
    low.push_back(pick(taps));
    strides.push_back(1 + pick(2));
    result.push_back(extent ? (extent + low.back() + high - taps) / strides.back() + 1 : 0);
  }
  auto kind = static_cast<ReduceKind>(pick(2) ? 0 : 2 + pick(2));
  return ReduceWindowOp::create(builder, builder.getUnknownLoc(), typeOf(result), kind, value, window, strides,
                                Shape(shape.size(), 1), low);
}

Value RandomGraph::gelu(Value x) {
  Location loc = builder.getUnknownLoc();
  Shape shape = shapeOf(x);
  Type type = x.getType();
  Value erf = ErfOp::create(builder, loc, type, MulOp::create(builder, loc, type, x, splat(0.70710678118, shape)));
  Value sum = AddOp::create(builder, loc, type, erf, splat(1, shape));
  return MulOp::create(builder, loc, type, MulOp::create(builder, loc, type, x, sum), splat(0.5, shape));
}

/// A matrix product with a vector added, perhaps behind a reshape; more epilogue comes from what is drawn next.
Value RandomGraph::contract(Value value) {
  Location loc = builder.getUnknownLoc();
  int64_t elements = cast<RankedTensorType>(value.getType()).getNumElements();
  Shape split = randomSplit(elements);
  int64_t k = split.empty() || elements == 0 ? 1 : split.back(), m = elements / k, n = 2 + pick(4);
  if (elements == 0 || m * n > maxElements())
    return value;
  auto dim = [&](int i) { return builder.getAffineDimExpr(i); };
  auto map = [&](int a, int b) {
    return AffineMapAttr::get(AffineMap::get(3, 0, {dim(a), dim(b)}, builder.getContext()));
  };
  Value lhs = reshape(value, {m, k}), rhs = withShape({k, n});
  Value result = ContractOp::create(builder, loc, typeOf({m, n}), lhs, rhs,
                                    builder.getArrayAttr({map(0, 2), map(2, 1), map(0, 1)}));
  Shape shape{m, n};
  if (m % 2 == 0 && pick(2))
    result = reshape(result, shape = {m / 2, 2, n});
  Value bias = BroadcastOp::create(builder, loc, typeOf(shape), withShape({n}), ArrayRef<int64_t>(shape.size() - 1));
  return AddOp::create(builder, loc, typeOf(shape), result, bias);
}

OwningOpRef<ModuleOp> RandomGraph::build(int ops) {
  Location loc = builder.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  builder.setInsertionPointToEnd(module->getBody());
  SmallVector<Type> inputs;
  for (ArrayRef<int64_t> shape : inputShapes())
    inputs.push_back(typeOf(shape));
  auto func = func::FuncOp::create(builder, loc, "main", builder.getFunctionType(inputs, {}));
  Block *body = func.addEntryBlock();
  builder.setInsertionPointToEnd(body);
  values.assign(body->args_begin(), body->args_end());
  for (int i = 0; i < ops; ++i) {
    Value value = pickValue();
    switch (pick(17)) {
    case 0:
      values.push_back(reduce(value));
      break;
    case 1:
    case 2:
      values.push_back(broadcast(value));
      break;
    case 3:
      values.push_back(transpose(value));
      break;
    case 4:
      values.push_back(slice(value));
      break;
    case 5:
      values.push_back(concat(value));
      break;
    case 6:
    case 7:
      values.push_back(reshape(value, randomSplit(cast<RankedTensorType>(value.getType()).getNumElements())));
      break;
    case 8:
      values.push_back(contract(value));
      break;
    case 9:
      values.push_back(gelu(value));
      break;
    case 10:
      values.push_back(window(value));
      break;
    case 11:
    case 12:
    case 13:
      values.push_back(unary(value));
      break;
    default:
      values.push_back(binary(value));
    }
  }
  SmallVector<Value> results{values.back()};
  for (int i = pick(4); i > 0; --i)
    results.push_back(pickValue());
  func::ReturnOp::create(builder, loc, results);
  func.setType(builder.getFunctionType(inputs, TypeRange(ValueRange(results))));
  return module;
}

void shuffleOps(func::FuncOp func, uint32_t seed) {
  std::mt19937 random(seed);
  Block &block = func.getBody().front();
  SmallVector<Operation *> ops;
  for (Operation &op : block.without_terminator())
    ops.push_back(&op);
  llvm::SmallPtrSet<Operation *, 16> placed;
  while (!ops.empty()) {
    size_t i = random() % ops.size();
    bool ready = llvm::all_of(ops[i]->getOperands(), [&](Value operand) {
      return !operand.getDefiningOp() || placed.contains(operand.getDefiningOp());
    });
    if (!ready)
      continue;
    ops[i]->moveBefore(block.getTerminator());
    placed.insert(ops[i]);
    ops.erase(ops.begin() + i);
  }
}

void insertIdentities(func::FuncOp func, uint32_t seed) {
  std::mt19937 random(seed);
  SmallVector<Operation *> ops;
  for (Operation &op : func.getBody().front().without_terminator())
    ops.push_back(&op);
  for (Operation *op : ops) {
    Value value = op->getResult(0);
    auto type = cast<RankedTensorType>(value.getType());
    if (random() % 3 || !isa<FloatType>(type.getElementType()))
      continue;
    OpBuilder b(op->getContext());
    b.setInsertionPointAfter(op);
    Location loc = op->getLoc();
    llvm::SmallPtrSet<Operation *, 2> added;
    Value same;
    switch (random() % 3) {
    case 0:
      same = ReshapeOp::create(b, loc, type, value);
      break;
    case 1: {
      auto one = ConstantOp::create(b, loc, SplatElementsAttr::get(type, b.getF32FloatAttr(1)));
      same = MulOp::create(b, loc, type, value, one);
      break;
    }
    default: {
      SmallVector<int64_t> perm(type.getRank()), shape;
      for (int64_t d = 0; d < type.getRank(); ++d)
        perm[d] = type.getRank() - 1 - d;
      for (int64_t source : perm)
        shape.push_back(type.getDimSize(source));
      Value turned = TransposeOp::create(b, loc, RankedTensorType::get(shape, type.getElementType()), value, perm);
      added.insert(turned.getDefiningOp());
      same = TransposeOp::create(b, loc, type, turned, perm);
    }
    }
    added.insert(same.getDefiningOp());
    value.replaceAllUsesExcept(same, added);
  }
}

} // namespace tao
