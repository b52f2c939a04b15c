// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that become routines of the runtime: scatters, TopK and CumSum. Coordinates, which may be negative, turn
// into row numbers here; a coordinate out of range turns into a row out of range, which the routine reports.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"

using namespace mlir;

namespace tao {

namespace {
/// The type in which a routine computes on elements of `type`; null when there is none.
Type getComputedType(NodeImport &n, Type type, bool isOrdered) {
  Builder b(type.getContext());
  if (type.isF32() || type.isF64() || type.isSignlessInteger(32) || type.isSignlessInteger(64))
    return type;
  if (isa<FloatType>(type))
    return b.getF32Type();
  if (type.isInteger(1))
    return nullptr;
  // Sums and products modulo 2^64 are the same with and without a sign, comparisons are not.
  if (type.isUnsignedInteger(64))
    return isOrdered ? nullptr : b.getI64Type();
  return type.getIntOrFloatBitWidth() < 32 ? b.getI32Type() : b.getI64Type();
}

Value routine(NodeImport &n, RoutineKind kind, ArrayRef<Value> inputs, ArrayRef<int64_t> params, ArrayRef<SymExpr> dims,
              Type elementType) {
  return RoutineOp::create(n.builder(), n.location, getTensorType(dims, elementType), kind, inputs, params);
}

//===-- Scatter ---------------------------------------------------------------------------------------------------===//

/// params[0] of the routine.
std::optional<int64_t> getCombine(NodeImport &n) {
  std::string reduction = n.stringAttr("reduction", "none");
  StringRef names[] = {"none", "add", "mul", "max", "min"};
  auto *it = llvm::find(names, StringRef(reduction));
  if (it == std::end(names)) {
    (void)n.badNode("attribute 'reduction' is '" + reduction + "'");
    return std::nullopt;
  }
  return it - std::begin(names);
}

LogicalResult expectScatterTypes(NodeImport &n) {
  Type type = n.elementType(1);
  if (!type.isSignlessInteger(64) && !type.isSignlessInteger(32))
    return n.mismatch("indices must be int32 or int64, are " + typeText(type));
  return n.expectSameType({0, 2});
}

/// Row numbers of points whose coordinates are given, one tensor per dim.
Value getRows(NodeImport &n, ArrayRef<Value> coordinates, ArrayRef<SymExpr> extents) {
  Type i64 = n.builder().getI64Type();
  Value row, isInside;
  for (auto [given, extent] : llvm::zip(coordinates, extents)) {
    Value size = n.size(extent, i64), coordinate = n.cast(given, i64);
    coordinate = n.select(n.compare(CmpPredicate::Lt, coordinate, 0.0), n.add(coordinate, size), coordinate);
    if (coordinates.size() > 1) {
      Value inside =
          n.binary<AndOp>(n.compare(CmpPredicate::Ge, coordinate, 0.0), n.compare(CmpPredicate::Lt, coordinate, size));
      isInside = isInside ? n.binary<AndOp>(isInside, inside) : inside;
    }
    row = row ? n.add(n.mul(row, size), coordinate) : coordinate;
  }
  return isInside ? n.select(isInside, row, -1.0) : row;
}

/// Data [extents.., window..] with updates [points.., window..] at `rows` [points..].
Value scatter(NodeImport &n, int64_t combine, Value rows, size_t depth) {
  Dims dims = n.dims(0), spelled = n.dims(2);
  SymExpr height = getNumElements(ArrayRef(dims).take_front(depth));
  SymExpr width = getNumElements(ArrayRef(dims).drop_front(depth)), count = getNumElements(n.dimsOf(rows));
  Type type = n.elementType(0);
  Type computed = combine == 0 ? type : getComputedType(n, type, combine > 2);
  if (!computed) {
    (void)n.unsupported("a reduction of elements of type " + typeText(type));
    return n.value(0);
  }
  Value data = n.value(0);
  // One number everywhere needs no tensor of it.
  if (auto broadcast = data.getDefiningOp<BroadcastOp>(); broadcast && n.rankOf(broadcast.getInput()) == 0)
    data = broadcast.getInput();
  else if (auto splat = dyn_cast_if_present<SplatElementsAttr>(n.input(0).constant))
    data = n.constant(DenseElementsAttr::get(RankedTensorType::get({}, type), splat.getSplatValue<Attribute>()));
  else
    data = n.reshape(data, {height, width});
  Value updates = n.reshape(n.cast(n.value(2), computed), {count, width});
  Value result = routine(n, RoutineKind::Scatter, {n.cast(data, computed), n.reshape(rows, {count}), updates},
                         {combine}, {height, width}, computed);
  return n.reshape(n.cast(result, type), dims);
}

LogicalResult importScatterNd(NodeImport &n) {
  std::optional<int64_t> combine = getCombine(n);
  int64_t maxRank = n.context.options.maxRank;
  if (!combine || failed(expectScatterTypes(n)) || failed(n.expectRank(0, 1, maxRank)) ||
      failed(n.expectRank(1, 1, maxRank)))
    return failure();
  auto depth = n.dims(1).back().constant();
  if (!depth)
    return n.unsupported("coordinates whose number depends on sizes");
  if (*depth < 1 || *depth > n.rank(0))
    return n.mismatch("coordinates of " + llvm::Twine(*depth) + " do not fit the data");
  const Dims &data = n.dims(0), &indices = n.dims(1), &updates = n.dims(2);
  Dims points(indices.begin(), indices.end() - 1), expected = points;
  expected.append(data.begin() + *depth, data.end());
  if (expected.size() != updates.size())
    return n.mismatch("updates must have rank " + llvm::Twine(expected.size()));
  for (auto [want, have] : llvm::zip(expected, updates))
    n.unify(want, have, "extents of the updates and of what they replace");
  if (n.hasError())
    return failure();
  SmallVector<Value> coordinates;
  Value all = n.value(1);
  for (int64_t i = 0; i < *depth; ++i)
    coordinates.push_back(n.reshape(n.sliceAxis(all, points.size(), i, 1), points));
  n.setResult(0, scatter(n, *combine, getRows(n, coordinates, ArrayRef(data).take_front(*depth)), *depth));
  return n.hasError() ? failure() : success();
}

/// Every element goes its own way: the position along the axis is given, the others are its own.
LogicalResult importScatterElements(NodeImport &n) {
  std::optional<int64_t> combine = getCombine(n);
  if (!combine || failed(expectScatterTypes(n)))
    return failure();
  int64_t rank = n.rank(0), axis = n.axis(n.intAttr("axis", 0), rank);
  if (n.hasError())
    return failure();
  if (n.rank(1) != rank || n.rank(2) != rank)
    return n.mismatch("data, indices and updates must have one rank");
  SmallVector<Value> coordinates;
  for (int64_t dim = 0; dim < rank; ++dim) {
    n.unify(n.dims(1)[dim], n.dims(2)[dim], "extents of indices and updates");
    if (dim != axis)
      n.requireAtLeast(n.dims(0)[dim] - n.dims(1)[dim], 0, "indices must not reach beyond the data outside the axis");
  }
  if (n.hasError())
    return failure();
  for (int64_t dim = 0; dim < rank; ++dim)
    coordinates.push_back(dim == axis ? n.value(1) : n.iota(n.dims(1), dim, n.builder().getI64Type()));
  n.setResult(0, scatter(n, *combine, getRows(n, coordinates, n.dims(0)), rank));
  return n.hasError() ? failure() : success();
}

//===-- Rows ------------------------------------------------------------------------------------------------------===//

/// A tensor as rows along one axis, and back.
struct Rows {
  SmallVector<int64_t> perm; // its own inverse: the axis and the last dim change places
  Dims moved;
  Value flat;

  Rows(NodeImport &n, Value x, int64_t axis) {
    perm = llvm::to_vector(llvm::seq<int64_t>(0, n.rankOf(x)));
    std::swap(perm[axis], perm.back());
    Value transposed = n.transpose(x, perm);
    moved = n.dimsOf(transposed);
    flat = n.reshape(transposed, {getNumElements(ArrayRef(moved).drop_back()), moved.back()});
  }
  Value restore(NodeImport &n, Value rows) {
    Dims dims = moved;
    dims.back() = n.dimsOf(rows)[1];
    return n.transpose(n.reshape(rows, dims), perm);
  }
};

LogicalResult importTopK(NodeImport &n) {
  int64_t axis = n.axis(n.intAttr("axis", -1), n.rank(0));
  bool largest = n.intAttr("largest", 1);
  n.ignoreAttr("sorted"); // any order is allowed without it
  SymExpr count;
  if (n.since < 10) {
    n.requireAttr("k");
    count = n.intAttr("k", 1);
  } else {
    std::vector<SymExpr> k = n.sizes(1, "k");
    if (k.size() != 1)
      return n.mismatch("k must be one number");
    count = k.front();
  }
  if (n.hasError())
    return failure();
  n.requireAtLeast(count, 0, "k must not be negative");
  n.requireAtLeast(n.dims(0)[axis] - count, 0, "k must not exceed the extent of the axis");
  Type computed = getComputedType(n, n.elementType(0), /*isOrdered=*/true);
  if (!computed)
    return n.unsupported("element type " + typeText(n.elementType(0)));
  if (n.hasError())
    return failure();
  Rows rows(n, n.cast(n.value(0), computed), axis);
  Type i64 = n.builder().getI64Type();
  Value best = routine(n, RoutineKind::TopK, {rows.flat}, {largest ? 1 : 0}, {n.dimsOf(rows.flat)[0], count}, i64);
  Value indices = rows.restore(n, best);
  RankedTensorType type = getTensorType(n.dimsOf(indices), n.elementType(0));
  n.setResult(0, GatherElementsOp::create(n.builder(), n.location, type, n.value(0), indices, axis));
  n.setResult(1, indices);
  return success();
}

LogicalResult importCumSum(NodeImport &n) {
  bool exclusive = n.intAttr("exclusive", 0), reverse = n.intAttr("reverse", 0);
  SmallVector<int64_t> axes = n.integers(1, "an axis");
  if (n.hasError())
    return failure();
  if (axes.size() != 1)
    return n.mismatch("the axis must be one number");
  int64_t axis = n.axis(axes[0], n.rank(0));
  Type type = n.elementType(0), computed = getComputedType(n, type, /*isOrdered=*/false);
  if (!computed)
    return n.unsupported("element type " + typeText(type));
  if (n.hasError())
    return failure();
  Rows rows(n, n.cast(n.value(0), computed), axis);
  Value sums = routine(n, RoutineKind::CumSum, {rows.flat}, {exclusive, reverse}, n.dimsOf(rows.flat), computed);
  n.setResult(0, n.cast(rows.restore(n, sums), type));
  return success();
}
} // namespace

void addRoutineOps(OpTable &table) {
  table.on("Scatter", {9}, importScatterElements);
  table.on("ScatterElements", {11, 13, 16, 18}, importScatterElements);
  table.on("ScatterND", {11, 13, 16, 18}, importScatterNd);
  table.on("TopK", {1, 10, 11, 24}, importTopK, "counts that do not depend on data");
  table.on("CumSum", {11, 14}, importCumSum, "axes that do not depend on data");
}

} // namespace tao
