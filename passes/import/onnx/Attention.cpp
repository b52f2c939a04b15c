// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attention and rotary position embeddings, as contractions and primitives. Half types are computed in f32. Masks
// select: a score that may not be looked at becomes -inf, and a row of nothing else gets weights of 0.
#include "passes/import/OpTable.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace tao {

namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// [batch, length, heads * width] as [batch, heads, length, width]; what has four dims stays.
Value splitHeads(NodeImport &n, Value x, int64_t heads) {
  if (n.rankOf(x) == 4)
    return x;
  Dims dims = n.dimsOf(x);
  auto width = heads > 0 ? dims[2].exactDiv(heads) : std::nullopt;
  if (!width) {
    (void)n.mismatch(dims[2].str() + " elements cannot be split into " + llvm::Twine(heads) + " heads");
    return x;
  }
  return n.transpose(n.reshape(x, {dims[0], dims[1], heads, *width}), {0, 2, 1, 3});
}

class Attention {
public:
  explicit Attention(NodeImport &n) : n(n) {}
  LogicalResult run();

private:
  LogicalResult readOperands();
  Value scores();
  void addMask();
  void addPositions();
  Value softmax();
  Value times(Value weights);
  Value appendTo(size_t past, Value x);
  /// `mask` and what was allowed before.
  void allowOnly(Value mask) { allowed = allowed ? n.binary<AndOp>(allowed, mask) : mask; }
  bool hasLengths() { return n.hasInput(6); }

  NodeImport &n;
  Type type;               // in which it is computed
  Value query, key, value; // [batch, heads, length, width]; of keys and values perhaps fewer heads
  SymExpr group;           // query heads per head of keys
  SymExpr pastLength;      // keys before this call's
  Dims scoreDims;          // [batch, query heads, queries, keys]
  Value score, allowed;    // allowed broadcasts to the scores' shape
  bool isMasked = false;
};

LogicalResult Attention::readOperands() {
  int64_t queryHeads = n.intAttr("q_num_heads", 0), keyHeads = n.intAttr("kv_num_heads", 0);
  if (failed(n.expectFloat(0)) || failed(n.expectRank(0, 3, 4)) || failed(n.expectSameType({0, 1})))
    return failure();
  for (size_t index : {1, 2})
    if (n.rank(index) != n.rank(0) || failed(n.expectFloat(index)))
      return n.mismatch("queries, keys and values must have one rank");
  if (n.hasInput(4) != n.hasInput(5))
    return n.badNode("past keys and past values must be given together");
  query = splitHeads(n, n.widen(n.value(0)), queryHeads);
  key = splitHeads(n, n.value(1), keyHeads);
  value = splitHeads(n, n.value(2), keyHeads);
  if (n.hasError())
    return failure();
  type = n.typeOf(query);
  pastLength = n.hasInput(4) && n.rank(4) == 4 ? n.dims(4)[2] : SymExpr(0);
  key = appendTo(4, key);
  value = appendTo(5, value);
  n.setResult(1, key);
  n.setResult(2, value);
  key = n.cast(key, type);
  value = n.cast(value, type);
  Dims q = n.dimsOf(query), k = n.dimsOf(key), v = n.dimsOf(value);
  n.unify(q[0], k[0], "the batches of queries and keys");
  n.unify(k[0], v[0], "the batches of keys and values");
  n.unify(q[3], k[3], "the widths of queries and keys");
  n.unify(k[1], v[1], "the heads of keys and values");
  n.unify(k[2], v[2], "the lengths of keys and values");
  auto perHead = q[1].exactDiv(k[1]);
  if (!perHead)
    return n.mismatch(q[1].str() + " heads of queries cannot share " + k[1].str() + " of keys");
  group = *perHead;
  scoreDims = {q[0], q[1], q[2], k[2]};
  return n.checkDims(scoreDims);
}

Value Attention::appendTo(size_t past, Value x) {
  if (!n.hasInput(past))
    return x;
  if (failed(n.expectRank(past, 4, 4)) || failed(n.expectSameType({past == 4 ? size_t(1) : size_t(2), past})))
    return x;
  for (size_t dim : {0, 1, 3})
    n.unify(n.dims(past)[dim], n.dimsOf(x)[dim], "extents of past and new keys or values");
  return n.hasError() ? x : n.concat({n.value(past), x}, 2);
}

/// Query heads that share a head of keys are rows of one product.
Value Attention::scores() {
  enum : int64_t { Batch, Head, Group, Row, Column, Width };
  Dims q = n.dimsOf(query), k = n.dimsOf(key);
  double scale = n.floatAttr("scale", 0);
  Value scaled;
  if (n.hasAttr("scale"))
    scaled = n.mul(query, scale);
  else
    scaled = n.mul(query, n.rsqrt(n.size(q[3], type)));
  Value grouped = n.reshape(scaled, {q[0], k[1], group, q[2], q[3]});
  Value product = n.contract(grouped, key, {Batch, Head, Group, Row, Width}, {Batch, Head, Column, Width},
                             {Batch, Head, Group, Row, Column});
  return n.reshape(product, scoreDims);
}

/// The weighted sum of values; [batch, query heads, queries, width].
Value Attention::times(Value weights) {
  enum : int64_t { Batch, Head, Group, Row, Column, Width };
  Dims v = n.dimsOf(value);
  Value grouped = n.reshape(weights, {scoreDims[0], v[1], group, scoreDims[2], scoreDims[3]});
  Value product = n.contract(grouped, value, {Batch, Head, Group, Row, Column}, {Batch, Head, Column, Width},
                             {Batch, Head, Group, Row, Width});
  return n.reshape(product, {scoreDims[0], scoreDims[1], scoreDims[2], v[3]});
}

/// A mask may be shorter than the keys: what it lacks is not looked at.
void Attention::addMask() {
  if (!n.hasInput(3))
    return;
  isMasked = true;
  Value mask = n.value(3);
  bool isBoolean = n.elementType(3).isInteger(1);
  if (!isBoolean)
    mask = n.cast(mask, type);
  if (n.rank(3) > 0) {
    Dims dims = n.dims(3);
    auto missing = (scoreDims[3] - dims.back()).constant();
    if (missing && *missing > 0 && !dims.back().isConstant(1)) {
      dims.back() = scoreDims[3];
      mask = n.pad(mask, n.scalar(isBoolean ? 0.0 : -kInfinity, n.typeOf(mask)), SmallVector<int64_t>(dims.size(), 0),
                   dims);
    }
  }
  if (failed(n.expectBroadcast(n.dimsOf(mask), scoreDims, "the mask")))
    return;
  if (isBoolean)
    allowOnly(mask);
  else
    score = n.add(score, n.broadcast(mask, scoreDims));
}

/// Causal and sliding windows, and batches of different lengths: all compare positions of queries and keys.
void Attention::addPositions() {
  bool isCausal = n.intAttr("is_causal", 0);
  int64_t left = n.since >= 25 ? n.intAttr("left_window_size", -1) : -1;
  int64_t right = n.since >= 25 ? n.intAttr("right_window_size", -1) : -1;
  Type i64 = n.builder().getI64Type();
  Value lengths;
  if (hasLengths()) {
    if (failed(n.expectRank(6, 1, 1)))
      return;
    n.unify(n.dims(6)[0], scoreDims[0], "the number of lengths and the batch");
    if (n.hasError())
      return;
    lengths = n.reshape(n.cast(n.value(6), i64), {n.dims(6)[0], 1, 1, 1});
  }
  if (isCausal || left >= 0 || right >= 0) {
    Value row = n.reshape(n.iota({scoreDims[2]}, 0, i64), {scoreDims[2], 1});
    Value column = n.iota({scoreDims[3]}, 0, i64);
    Value position =
        lengths ? n.add(row, n.sub(lengths, n.size(scoreDims[2], i64))) : n.add(row, n.size(pastLength, i64));
    isMasked = true;
    if (isCausal)
      allowOnly(n.compare(CmpPredicate::Le, column, position));
    if (left >= 0)
      allowOnly(n.compare(CmpPredicate::Ge, column, n.sub(position, static_cast<double>(left))));
    if (right >= 0)
      allowOnly(n.compare(CmpPredicate::Le, column, n.add(position, static_cast<double>(right))));
  }
  if (lengths) {
    isMasked = true;
    allowOnly(n.compare(CmpPredicate::Lt, n.iota({scoreDims[3]}, 0, i64), lengths));
  }
}

Value Attention::softmax() {
  SmallVector<int64_t> axes = {3};
  Value x = score, largest = n.reduce(ReduceKind::Max, x, axes, true);
  if (!isMasked) {
    Value e = n.exp(n.sub(x, largest));
    return n.div(e, n.sum(e, axes));
  }
  largest = n.select(n.compare(CmpPredicate::Eq, largest, -kInfinity), n.scalar(0.0, n.typeOf(x)), largest);
  Value e = n.exp(n.sub(x, largest)), total = n.sum(e, axes);
  return n.div(e, n.select(n.compare(CmpPredicate::Eq, total, 0.0), n.scalar(1.0, n.typeOf(x)), total));
}

LogicalResult Attention::run() {
  if (failed(readOperands()))
    return failure();
  score = scores();
  double cap = n.floatAttr("softcap", 0);
  if (cap > 0)
    score = n.mul(n.tanh(n.mul(score, 1 / cap)), cap);
  Value shown = score;
  addMask();
  addPositions();
  if (n.hasError())
    return failure();
  if (allowed)
    score = n.select(n.broadcast(allowed, scoreDims), score, n.broadcast(n.scalar(-kInfinity, type), scoreDims));
  int64_t mode = n.intAttr("qk_matmul_output_mode", 0), precision = n.intAttr("softmax_precision", 0);
  if (mode < 0 || mode > 3)
    return n.badNode("attribute 'qk_matmul_output_mode' is " + llvm::Twine(mode));
  if (mode == 2)
    shown = score;
  if (precision == 11) // the standard's number of double; narrower types are computed in f32
    score = n.cast(score, n.builder().getF64Type());
  Value weights = n.cast(softmax(), type);
  if (mode == 3)
    shown = weights;
  Value result = times(weights);
  if (n.rank(0) == 3) {
    Dims dims = n.dimsOf(result);
    result = n.reshape(n.transpose(result, {0, 2, 1, 3}), {dims[0], dims[2], dims[1] * dims[3]});
  }
  n.setResult(0, n.cast(result, n.elementType(0)));
  n.setResult(3, n.cast(shown, n.elementType(0)));
  return n.hasError() ? failure() : success();
}

LogicalResult importAttention(NodeImport &n) { return Attention(n).run(); }

/// Turns pairs of elements by the angle of their position.
LogicalResult importRotaryEmbedding(NodeImport &n) {
  bool interleaved = n.intAttr("interleaved", 0);
  int64_t heads = n.intAttr("num_heads", 0), turned = n.intAttr("rotary_embedding_dim", 0);
  if (failed(n.expectFloat(0)) || failed(n.expectRank(0, 3, 4)) || failed(n.expectSameType({0, 1, 2})))
    return failure();
  Value x = splitHeads(n, n.widen(n.value(0)), heads);
  if (n.hasError())
    return failure();
  Dims dims = n.dimsOf(x);
  SymExpr width = turned ? SymExpr(turned) : dims[3];
  auto half = width.exactDiv(2);
  if (!half)
    return n.mismatch("pairs are taken from an odd number of elements");
  n.requireAtLeast(dims[3] - width, 0, "attribute 'rotary_embedding_dim' must not exceed the width of a head");

  // [batch, 1, length, half], from tables or as they are.
  Value angles[2];
  for (size_t index : {1, 2}) {
    Value table = n.widen(n.value(index));
    if (n.hasInput(3)) {
      if (failed(n.expectRank(index, 2, 2)) || failed(n.expectRank(3, 2, 2)))
        return failure();
      Value positions = n.value(3);
      n.unify(n.dims(3)[0], dims[0], "the batch of the positions");
      n.unify(n.dims(3)[1], dims[2], "the number of positions");
      table = n.gather(table, positions, 0);
    } else if (failed(n.expectRank(index, 3, 3))) {
      return failure();
    }
    Dims given = n.dimsOf(table);
    n.unify(given[2], *half, "the number of angles");
    if (n.hasError())
      return failure();
    angles[index - 1] = n.reshape(table, {given[0], 1, given[1], given[2]});
    if (failed(n.expectBroadcast(n.dimsOf(angles[index - 1]), {dims[0], dims[1], dims[2], *half}, "a table of angles")))
      return failure();
  }

  Value first, second;
  if (interleaved) {
    Value pairs = n.reshape(n.sliceAxis(x, 3, 0, width), {dims[0], dims[1], dims[2], *half, 2});
    first = n.reshape(n.sliceAxis(pairs, 4, 0, 1), {dims[0], dims[1], dims[2], *half});
    second = n.reshape(n.sliceAxis(pairs, 4, 1, 1), {dims[0], dims[1], dims[2], *half});
  } else {
    first = n.sliceAxis(x, 3, 0, *half);
    second = n.sliceAxis(x, 3, *half, *half);
  }
  auto [cosine, sine] = angles;
  Value real = n.sub(n.mul(first, cosine), n.mul(second, sine));
  Value imaginary = n.add(n.mul(first, sine), n.mul(second, cosine));
  Value result;
  if (interleaved) {
    Dims pair = {dims[0], dims[1], dims[2], *half, 1};
    result =
        n.reshape(n.concat({n.reshape(real, pair), n.reshape(imaginary, pair)}, 4), {dims[0], dims[1], dims[2], width});
  } else {
    result = n.concat({real, imaginary}, 3);
  }
  if (!(dims[3] - width).isConstant(0))
    result = n.concat({result, n.sliceAxis(x, 3, width, dims[3] - width)}, 3);
  if (n.rank(0) == 3)
    result = n.transpose(n.retype(result, dims), {0, 2, 1, 3});
  n.setResult(0, n.cast(n.reshape(result, n.dims(0)), n.elementType(0)));
  return n.hasError() ? failure() : success();
}
} // namespace

void addAttentionOps(OpTable &table) {
  table.on("Attention", {23, 24, 25}, importAttention);
  table.on("RotaryEmbedding", {23}, importRotaryEmbedding);
}

} // namespace tao
