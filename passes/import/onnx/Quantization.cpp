// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Linear quantisation as elementwise arithmetic in f32, in which all integers of 8 and 16 bits are exact.
#include "passes/import/OpTable.h"

using namespace mlir;

namespace tao {

namespace {
/// A scale or zero point: one number, one per slice of `axis`, or one per block of slices; shaped to broadcast to input
/// 0.
Value getParameter(NodeImport &n, size_t index, int64_t axis, int64_t block) {
  Value x = n.value(index);
  Dims own = n.dims(index), dims = n.dims(0);
  if (getNumElements(own).isConstant(1) && own.size() <= 1)
    return n.reshape(x, {});
  if (block == 0) {
    if (failed(n.expectRank(index, 1, 1)))
      return x;
    axis = n.axis(axis, dims.size());
    n.unify(own[0], dims[axis], "the number of scales or zero points and of slices");
    Dims shape(dims.size(), 1);
    shape[axis] = own[0];
    return n.hasError() ? x : n.reshape(x, shape);
  }
  if (own.size() != dims.size()) {
    (void)n.mismatch("blocked scales and zero points must have the rank of the input");
    return x;
  }
  axis = n.axis(axis, dims.size());
  n.requireAtLeast(own[axis] * block - dims[axis], 0, "the blocks must cover the input");
  if (n.hasError())
    return x;
  Dims split = own, merged = own;
  split.insert(split.begin() + axis + 1, block);
  merged[axis] = own[axis] * block;
  SmallVector<int64_t> positions;
  for (int64_t dim = 0; dim < static_cast<int64_t>(own.size()); ++dim)
    positions.push_back(dim + (dim > axis));
  return n.sliceAxis(n.reshape(n.broadcast(x, split, positions), merged), axis, 0, dims[axis]);
}

/// Least and greatest value of an integer type of 8 or 16 bits; nothing for other types.
std::optional<std::pair<double, double>> getRange(Type type) {
  if (!isa<IntegerType>(type) || type.getIntOrFloatBitWidth() > 16 || type.isInteger(1))
    return std::nullopt;
  double span = static_cast<double>(int64_t(1) << type.getIntOrFloatBitWidth());
  return type.isUnsignedInteger() ? std::pair(0.0, span - 1) : std::pair(-span / 2, span / 2 - 1);
}

int64_t getBlock(NodeImport &n) {
  int64_t block = n.since >= 21 ? n.intAttr("block_size", 0) : 0;
  if (block < 0)
    (void)n.badNode("attribute 'block_size' is " + llvm::Twine(block));
  return block;
}

Value quantize(NodeImport &n, Value x, Value scale, Value zero, Type type) {
  auto [least, greatest] = *getRange(type);
  Value steps = n.unary<RoundOp>(n.div(x, scale));
  if (zero)
    steps = n.add(steps, n.cast(zero, n.typeOf(x)));
  return n.cast(n.min(n.max(steps, least), greatest), type);
}

LogicalResult importQuantizeLinear(NodeImport &n) {
  n.ignoreAttr("saturate");  // of eight-bit floats
  n.ignoreAttr("precision"); // never less than f32 here
  int64_t axis = n.intAttr("axis", 1), block = getBlock(n);
  int64_t given = n.since >= 21 ? n.intAttr("output_dtype", 0) : 0;
  Type type = n.hasInput(2) ? n.elementType(2)
              : given       ? getOnnxType(n.builder().getContext(), given)
                            : IntegerType::get(n.builder().getContext(), 8, IntegerType::Unsigned);
  if (!type || !getRange(type))
    return n.unsupported("this quantised type");
  if (!n.isFloat(1) || (!n.isFloat(0) && !n.elementType(0).isSignlessInteger(32)))
    return n.unsupported("element type " + typeText(n.elementType(0)));
  Type f32 = n.builder().getF32Type();
  Value scale = n.cast(getParameter(n, 1, axis, block), f32);
  Value zero = n.hasInput(2) ? getParameter(n, 2, axis, block) : Value();
  if (n.hasError())
    return failure();
  n.setResult(0, quantize(n, n.cast(n.value(0), f32), scale, zero, type));
  return success();
}

LogicalResult importDequantizeLinear(NodeImport &n) {
  int64_t axis = n.intAttr("axis", 1), block = getBlock(n);
  int64_t given = n.since >= 21 ? n.intAttr("output_dtype", 0) : 0;
  Type result = given ? getOnnxType(n.builder().getContext(), given) : n.elementType(1);
  bool isKnown = getRange(n.elementType(0)) || n.elementType(0).isSignlessInteger(32);
  if (!isKnown || !isa_and_nonnull<FloatType>(result))
    return n.unsupported("this quantised type");
  Type f32 = n.builder().getF32Type();
  Value steps = n.value(0), scale = n.cast(getParameter(n, 1, axis, block), f32);
  if (n.hasInput(2)) {
    if (failed(n.expectSameType({0, 2})))
      return failure();
    // Integers of 32 bits are not exact in f32: the difference is taken first.
    Type wide = n.builder().getI32Type();
    steps = n.sub(n.cast(steps, wide), n.cast(getParameter(n, 2, axis, block), wide));
  }
  if (n.hasError())
    return failure();
  n.setResult(0, n.cast(n.mul(n.cast(steps, f32), scale), result));
  return success();
}

/// To uint8, with scale and zero point from the range of the input, which is widened to contain 0.
LogicalResult importDynamicQuantizeLinear(NodeImport &n) {
  if (!n.elementType(0).isF32())
    return n.unsupported("element type " + typeText(n.elementType(0)));
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, n.rank(0)));
  Value x = n.value(0);
  Value low = n.min(n.reduce(ReduceKind::Min, x, all, false), 0.0);
  Value high = n.max(n.reduce(ReduceKind::Max, x, all, false), 0.0);
  Value scale = n.div(n.sub(high, low), 255.0);
  // A tensor of zeros has no range: any scale will do for it.
  Value divisor = n.select(n.compare(CmpPredicate::Eq, scale, 0.0), n.scalar(1.0, n.typeOf(scale)), scale);
  Type u8 = IntegerType::get(n.builder().getContext(), 8, IntegerType::Unsigned);
  Value zero = n.cast(n.min(n.max(n.unary<RoundOp>(n.div(n.neg(low), divisor)), 0.0), 255.0), u8);
  n.setResult(0, quantize(n, x, divisor, zero, u8));
  n.setResult(1, scale);
  n.setResult(2, zero);
  return success();
}
} // namespace

void addQuantizationOps(OpTable &table) {
  table.on("QuantizeLinear", {10, 13, 19, 21, 23, 24, 25, 28}, importQuantizeLinear, "integers of 8 and 16 bits");
  table.on("DequantizeLinear", {10, 13, 19, 21, 23, 24, 25, 28}, importDequantizeLinear,
           "integers of 8, 16 and 32 bits");
  table.on("DynamicQuantizeLinear", {11}, importDynamicQuantizeLinear);
}

} // namespace tao
