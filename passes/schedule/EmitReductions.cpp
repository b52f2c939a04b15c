// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scalar code of reductions: nests of stitch.reduce, and the accumulators of each monoid and element type.
#include "mlir/IR/Matchers.h"
#include "passes/codegen/common/ScalarBody.h"
#include "passes/schedule/Emitter.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

Emitter::ReduceInfo Emitter::getReduceInfo(ReduceKind kind, Type elementType) {
  MLIRContext *context = elementType.getContext();
  ReduceInfo info{static_cast<Monoid>(kind), getComputeType(elementType)};
  bool isUnsigned = elementType.isUnsignedInteger() || elementType.isInteger(1);
  if (isUnsigned && (kind == ReduceKind::Max || kind == ReduceKind::Min)) {
    // Monoids compare signed values: widen, or flip the top bit where nothing wider exists.
    if (elementType.getIntOrFloatBitWidth() < 64) {
      info.type = IntegerType::get(context, elementType.getIntOrFloatBitWidth() < 32 ? 32 : 64);
      info.extendUnsigned = true;
    } else {
      info.flipSign = true;
    }
  }
  return info;
}

Emitter::ReduceInfo Emitter::getReduceInfo(Operation *reduction) {
  Type element = cast<RankedTensorType>(reduction->getOperand(0).getType()).getElementType();
  auto arg = dyn_cast<ArgReduceOp>(reduction);
  if (!arg)
    return getReduceInfo(cast<tao::ReduceOp>(reduction).getKind(), element);
  ReduceInfo info = getReduceInfo(arg.getKind(), element);
  bool isMax = arg.getKind() == ReduceKind::Max, isLast = arg.getSelectLast();
  info.monoid = isMax ? (isLast ? Monoid::ArgMaxLast : Monoid::ArgMax) : (isLast ? Monoid::ArgMinLast : Monoid::ArgMin);
  return info;
}

Value Emitter::toAccumulator(OpBuilder &b, Location loc, Value value, const ReduceInfo &info) {
  if (info.extendUnsigned)
    return arith::ExtUIOp::create(b, loc, info.type, value);
  if (info.flipSign)
    return arith::XOrIOp::create(
        b, loc, value, arith::ConstantOp::create(b, loc, b.getIntegerAttr(info.type, APInt::getSignMask(64))));
  return value;
}

Value Emitter::fromAccumulator(OpBuilder &b, Location loc, Value value, const ReduceInfo &info, Type elementType) {
  Type compute = getComputeType(elementType);
  if (info.extendUnsigned) {
    // The identity of an empty range is outside the narrow type; clamp it to the type's ends.
    unsigned width = compute.getIntOrFloatBitWidth();
    Value low = arith::ConstantOp::create(b, loc, b.getIntegerAttr(info.type, 0));
    Value high = arith::ConstantOp::create(
        b, loc, b.getIntegerAttr(info.type, APInt::getMaxValue(width).zext(info.type.getIntOrFloatBitWidth())));
    value = arith::MaxSIOp::create(b, loc, low, arith::MinSIOp::create(b, loc, high, value));
    return arith::TruncIOp::create(b, loc, compute, value);
  }
  return info.flipSign ? toAccumulator(b, loc, value, info) : value;
}

/// Longest chains of additions in one accumulator, where the length is known and where it is not. The rounding error of
/// a sum grows with its chain, so a longer one is made of chains that are added up in turn; about as many as each is
/// long, since adding them up is a chain too. Lanes are so many chains at once, and cost more to start.
static constexpr int64_t kLeastChain = 16, kUnknownChain = 256, kLaneChain = 8192;

/// The length of the chains in which a loop is to run; 0 for the whole loop at once.
static int64_t getChain(Value extent, Level level, TypeRange types, ArrayRef<Monoid> monoids) {
  auto isFloatSum = [](auto pair) { return isa<FloatType>(std::get<0>(pair)) && std::get<1>(pair) == Monoid::Sum; };
  if (types.size() != monoids.size() || !llvm::any_of(llvm::zip(types, monoids), isFloatSum))
    return 0;
  APInt number;
  if (!matchPattern(extent, m_ConstantInt(&number)))
    return level == Level::Lane ? 0 : kUnknownChain; // rows of unknown length are rarely that long
  int64_t length = number.getSExtValue(), chain = kLaneChain;
  if (level != Level::Lane)
    for (chain = kLeastChain; 4 * chain * chain <= length;)
      chain *= 2;
  return length >= 2 * chain ? chain : 0;
}

SmallVector<Value> Emitter::reduceNest(OpBuilder &b, Location loc, ArrayRef<Value> extents, Level lastLevel,
                                       int64_t width, TypeRange types, ArrayRef<Monoid> monoids,
                                       llvm::function_ref<SmallVector<Value>(OpBuilder &, ArrayRef<Value>)> body) {
  SmallVector<Value> indices;
  std::function<SmallVector<Value>(OpBuilder &, size_t)> nest = [&](OpBuilder &at, size_t depth) {
    if (depth == extents.size())
      return body(at, indices);
    bool last = depth + 1 == extents.size();
    Level level = last ? lastLevel : Level::Seq;
    /// A loop from `lower` to `upper` whose body gives values for its induction variable.
    auto loop = [&](OpBuilder &at, Level level, Value lower, Value upper,
                    llvm::function_ref<SmallVector<Value>(OpBuilder &, Value)> inside) {
      auto reduce =
          stitch::ReduceOp::create(at, loc, level, lower, upper, types, monoids, level == Level::Lane ? width : 0);
      OpBuilder inner = OpBuilder::atBlockBegin(&reduce.getBody().front());
      Scope scope(*this);
      SmallVector<Value> values = inside(inner, reduce.getInductionVar());
      stitch::YieldOp::create(inner, loc, values);
      return SmallVector<Value>(reduce.getResults());
    };
    auto inside = [&](OpBuilder &inner, Value position) {
      indices.push_back(position);
      SmallVector<Value> values = nest(inner, depth + 1);
      indices.pop_back();
      return values;
    };
    Value extent = extents[depth];
    int64_t chain = getChain(extent, level, types, monoids);
    if (!chain)
      return loop(at, level, index(0), extent, inside);
    Value chains = div(at, loc, add(at, loc, extent, index(chain - 1)), index(chain));
    return loop(at, Level::Seq, index(0), chains, [&](OpBuilder &outer, Value number) {
      Value begin = mul(outer, loc, number, index(chain));
      Value end = outer.createOrFold<arith::MinUIOp>(loc, add(outer, loc, begin, index(chain)), extent);
      return loop(outer, level, begin, end, inside);
    });
  };
  return nest(b, 0);
}

Value Emitter::emitReduce(OpBuilder &b, tao::ReduceOp op, ArrayRef<Value> indices) {
  auto in = dims(op.getInput());
  Type element = cast<RankedTensorType>(op.getType()).getElementType();
  ReduceInfo info = getReduceInfo(op.getKind(), element);
  SmallVector<Value> extents;
  for (int64_t dim : op.getDims())
    extents.push_back(size(in[dim]));
  auto results = reduceNest(b, op.getLoc(), extents, Level::Seq, 0, info.type, info.monoid,
                            [&](OpBuilder &at, ArrayRef<Value> reduced) -> SmallVector<Value> {
                              SmallVector<Value> source(in.size());
                              for (auto [i, dim] : llvm::enumerate(op.getDims()))
                                source[dim] = reduced[i];
                              size_t kept = 0;
                              for (Value &index : source)
                                if (!index)
                                  index = indices[kept++];
                              return {toAccumulator(at, op.getLoc(), emit(at, op.getInput(), source), info)};
                            });
  return fromAccumulator(b, op.getLoc(), results[0], info, element);
}

Value Emitter::emitArgReduce(OpBuilder &b, ArgReduceOp op, ArrayRef<Value> indices) {
  auto in = dims(op.getInput());
  ReduceInfo info = getReduceInfo(op);
  Type types[] = {info.type, b.getI64Type()};
  auto results = reduceNest(b, op.getLoc(), size(in[op.getDim()]), Level::Seq, 0, types, info.monoid,
                            [&](OpBuilder &at, ArrayRef<Value> reduced) -> SmallVector<Value> {
                              SmallVector<Value> source(indices);
                              source.insert(source.begin() + op.getDim(), reduced[0]);
                              Value value = toAccumulator(at, op.getLoc(), emit(at, op.getInput(), source), info);
                              return {value, arith::IndexCastOp::create(at, op.getLoc(), b.getI64Type(), reduced[0])};
                            });
  return results[1];
}

Value Emitter::emitReduceWindow(OpBuilder &b, ReduceWindowOp op, ArrayRef<Value> indices) {
  Location loc = op.getLoc();
  auto in = dims(op.getInput());
  Type element = cast<RankedTensorType>(op.getType()).getElementType();
  ReduceInfo info = getReduceInfo(op.getKind(), element);
  SmallVector<Value> extents;
  SmallVector<size_t> windowed;
  for (auto [d, window] : llvm::enumerate(op.getWindow()))
    if (window != 1) {
      extents.push_back(index(window));
      windowed.push_back(d);
    }
  auto results =
      reduceNest(b, loc, extents, Level::Seq, 0, info.type, info.monoid,
                 [&](OpBuilder &at, ArrayRef<Value> offsets) -> SmallVector<Value> {
                   SmallVector<Value> source;
                   Value inside;
                   size_t next = 0;
                   for (auto [d, extent] : llvm::enumerate(in)) {
                     Value position = mul(at, loc, indices[d], index(op.getStrides()[d]));
                     bool isWindowed = next < windowed.size() && windowed[next] == d;
                     if (isWindowed)
                       position = add(at, loc, position, mul(at, loc, offsets[next++], index(op.getDilations()[d])));
                     position = sub(at, loc, position, index(op.getPadLow()[d]));
                     if (isWindowed || op.getPadLow()[d] != 0 || op.getStrides()[d] != 1) {
                       Value here = arith::CmpIOp::create(at, loc, arith::CmpIPredicate::ult, position, size(extent));
                       inside = inside ? Value(arith::AndIOp::create(at, loc, inside, here)) : here;
                       position = clamp(at, loc, position, extent);
                     }
                     source.push_back(position);
                   }
                   Value value = toAccumulator(at, loc, emit(at, op.getInput(), source), info);
                   if (!inside)
                     return {value};
                   Attribute identity = getIdentity(info.monoid, info.type);
                   Value neutral = arith::ConstantOp::create(at, loc, cast<TypedAttr>(identity));
                   return {arith::SelectOp::create(at, loc, inside, value, neutral)};
                 });
  return fromAccumulator(b, loc, results[0], info, element);
}

} // namespace tao
