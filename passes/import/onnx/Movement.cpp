// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators that move whole elements: transposition, repetition, concatenation, blocks.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"

using namespace mlir;

namespace tao {

namespace {
LogicalResult importTranspose(NodeImport &n) {
  int64_t rank = n.rank(0);
  SmallVector<int64_t> perm = n.intsAttr("perm");
  if (!n.hasAttr("perm"))
    perm = llvm::to_vector(llvm::reverse(llvm::to_vector(llvm::seq<int64_t>(0, rank))));
  if (static_cast<int64_t>(perm.size()) != rank)
    return n.mismatch("attribute 'perm' has " + llvm::Twine(perm.size()) + " entries for an input of rank " +
                      llvm::Twine(rank));
  perm = n.axes(perm, rank);
  if (n.hasError())
    return failure();
  Dims dims;
  for (int64_t source : perm)
    dims.push_back(n.dims(0)[source]);
  std::optional<SmallVector<int64_t>> shape = getStatic(n.dims(0));
  auto source = [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> own(rank);
    for (auto [i, from] : llvm::enumerate(perm))
      own[from] = index[i];
    return linearize(own, *shape);
  };
  if (!moveContent(n, 0, dims, source))
    n.setResult(0, n.transpose(n.value(0), perm));
  return success();
}

/// Numpy's broadcast of the input and a shape: each may be the one that repeats.
LogicalResult importExpand(NodeImport &n) {
  if (n.rank(1) != 1)
    return n.mismatch("the shape must be a vector");
  std::vector<SymExpr> sizes = n.sizes(1, "target shapes");
  if (n.hasError())
    return failure();
  Dims dims = n.broadcastDims({n.dims(0), Dims(sizes.begin(), sizes.end())});
  if (failed(n.checkDims(dims)))
    return failure();
  std::optional<SmallVector<int64_t>> shape = getStatic(n.dims(0));
  auto source = [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> own;
    for (auto [i, extent] : llvm::zip(index.take_back(shape->size()), *shape))
      own.push_back(extent == 1 ? 0 : i);
    return linearize(own, *shape);
  };
  if (!moveContent(n, 0, dims, source))
    n.setResult(0, n.broadcast(n.value(0), dims));
  return success();
}

LogicalResult importTile(NodeImport &n) {
  if (n.rank(1) != 1)
    return n.mismatch("the repeats must be a vector");
  std::vector<SymExpr> repeats = n.sizes(1, "repeats");
  if (n.hasError())
    return failure();
  if (repeats.size() != n.dims(0).size())
    return n.mismatch(llvm::Twine(repeats.size()) + " repeats are given for an input of rank " + llvm::Twine(n.rank(0)));
  // [a, b] repeated [r, 1] times: broadcast to [r, a, b], then reshape to [r * a, b].
  Dims split, result;
  SmallVector<int64_t> positions;
  for (auto [extent, repeat] : llvm::zip(n.dims(0), repeats)) {
    if (!repeat.isConstant(1))
      split.push_back(repeat);
    positions.push_back(split.size());
    split.push_back(extent);
    result.push_back(extent * repeat);
  }
  if (failed(n.checkDims(result)))
    return failure();
  std::optional<SmallVector<int64_t>> shape = getStatic(n.dims(0));
  auto source = [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> own;
    for (auto [i, extent] : llvm::zip(index, *shape))
      own.push_back(i % extent);
    return linearize(own, *shape);
  };
  if (!moveContent(n, 0, result, source))
    n.setResult(0, n.reshape(n.broadcast(n.value(0), split, positions), result));
  return success();
}

LogicalResult importConcat(NodeImport &n) {
  SmallVector<size_t> all = llvm::to_vector(llvm::seq<size_t>(0, n.numInputs()));
  if (failed(n.expectSameType(all)))
    return failure();
  if (n.since >= 4)
    n.requireAttr("axis");
  int64_t axis = n.axis(n.intAttr("axis", 1), n.rank(0));
  Dims common = n.dims(0);
  for (size_t index : all) {
    if (n.rank(index) != n.rank(0))
      return n.mismatch("inputs 0 and " + llvm::Twine(index) + " have different ranks");
    for (int64_t dim = 0; dim < n.rank(0) && !n.hasError(); ++dim)
      if (dim != axis)
        common[dim] = n.unify(common[dim], n.dims(index)[dim], "extents of concatenated tensors");
  }
  if (n.hasError())
    return failure();

  // Vectors of sizes: their elements one after the other.
  if (n.rank(0) == 1 && llvm::all_of(all, [&](size_t index) { return n.content(index) != nullptr; })) {
    std::vector<SymExpr> elements;
    for (size_t index : all)
      llvm::append_range(elements, *n.content(index));
    Dims dims = {static_cast<int64_t>(elements.size())};
    if (mayHaveContent(n.elementType(0), dims)) {
      n.setContent(0, dims, n.elementType(0), std::move(elements));
      return success();
    }
  }
  SmallVector<Value> parts;
  Dims result = common;
  result[axis] = 0;
  for (size_t index : all)
    result[axis] = result[axis] + n.dims(index)[axis];
  if (failed(n.checkDims(result)))
    return failure();
  for (size_t index : all) {
    Dims own = common;
    own[axis] = n.dims(index)[axis];
    parts.push_back(n.retype(n.value(index), own));
  }
  n.setResult(0, n.concat(parts, axis));
  return success();
}

/// The block size and order of DepthToSpace and SpaceToDepth.
std::optional<std::pair<int64_t, bool>> getBlocks(NodeImport &n) {
  n.requireAttr("blocksize");
  int64_t block = n.intAttr("blocksize", 1);
  std::string mode = n.stringAttr("mode", "DCR");
  if (block < 1 || block > 1 << 20)
    (void)n.badNode("attribute 'blocksize' is " + llvm::Twine(block));
  if (mode != "DCR" && mode != "CRD")
    (void)n.badNode("attribute 'mode' must be DCR or CRD, is '" + mode + "'");
  if (failed(n.expectRank(0, 4, 4)) || n.hasError())
    return std::nullopt;
  return std::pair(block, mode == "DCR");
}

/// `extent` / `block`, which must come out even.
SymExpr divideEvenly(NodeImport &n, const SymExpr &extent, int64_t block) {
  if (auto quotient = extent.exactDiv(block))
    return *quotient;
  if (extent.isConstant()) {
    (void)n.mismatch("extent " + extent.str() + " is not a multiple of " + llvm::Twine(block));
    return extent;
  }
  SymExpr quotient = extent.floorDiv(block);
  n.unify(quotient * block, extent, "an extent must be a multiple of the block size");
  return quotient;
}

LogicalResult importDepthToSpace(NodeImport &n) {
  auto blocks = getBlocks(n);
  if (!blocks)
    return failure();
  auto [b, depthFirst] = *blocks;
  const Dims &x = n.dims(0);
  SymExpr depth = divideEvenly(n, x[1], b * b);
  Dims result = {x[0], depth, x[2] * b, x[3] * b};
  if (failed(n.checkDims(result)))
    return failure();
  Dims split = depthFirst ? Dims{x[0], b, b, depth, x[2], x[3]} : Dims{x[0], depth, b, b, x[2], x[3]};
  SmallVector<int64_t> perm = depthFirst ? SmallVector<int64_t>{0, 3, 4, 1, 5, 2} : SmallVector<int64_t>{0, 1, 4, 2, 5, 3};
  n.setResult(0, n.reshape(n.transpose(n.reshape(n.value(0), split), perm), result));
  return success();
}

LogicalResult importSpaceToDepth(NodeImport &n) {
  auto blocks = getBlocks(n);
  if (!blocks)
    return failure();
  auto [b, depthFirst] = *blocks;
  const Dims &x = n.dims(0);
  SymExpr height = divideEvenly(n, x[2], b), width = divideEvenly(n, x[3], b);
  Dims result = {x[0], x[1] * (b * b), height, width};
  if (failed(n.checkDims(result)))
    return failure();
  SmallVector<int64_t> perm = depthFirst ? SmallVector<int64_t>{0, 3, 5, 1, 2, 4} : SmallVector<int64_t>{0, 1, 3, 5, 2, 4};
  Value split = n.reshape(n.value(0), {x[0], x[1], height, b, width, b});
  n.setResult(0, n.reshape(n.transpose(split, perm), result));
  return success();
}
} // namespace

void addMovementOps(OpTable &table) {
  table.on("Transpose", {1, 13, 21, 23, 24, 25}, importTranspose);
  table.on("Expand", {8, 13}, importExpand, "target shapes that do not depend on data");
  table.on("Tile", {6, 13}, importTile, "repeats that do not depend on data");
  table.on("Concat", {1, 4, 11, 13}, importConcat);
  table.on("DepthToSpace", {1, 11, 13, 28}, importDepthToSpace);
  table.on("SpaceToDepth", {1, 13, 28}, importSpaceToDepth);
}

} // namespace tao
