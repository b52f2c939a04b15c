// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Slice and Split: ranges along dims, whose bounds may be numbers or sizes.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"

using namespace mlir;

namespace tao {

namespace {
/// A range along one dim, within its bounds.
struct Range {
  SymExpr start, count;
  int64_t step = 1;
};

/// Whether a bound counts from the end; nullopt when sizes decide that.
std::optional<bool> isNegative(const SymExpr &bound) {
  if (bound.isAtLeast(0))
    return false;
  if ((SymExpr(-1) - bound).isAtLeast(0))
    return true;
  return std::nullopt;
}

/// One bound as an index in [low, high]; bounds beyond the dim are the dim's ends, as in numpy.
std::optional<SymExpr> clampBound(NodeImport &n, const SymExpr &bound, const SymExpr &extent, const SymExpr &low,
                                  const SymExpr &high) {
  std::optional<bool> fromEnd = isNegative(bound);
  if (!fromEnd)
    return std::nullopt;
  // Numbers near the ends of int64 mean "to the end"; adding the extent to them must not wrap.
  constexpr int64_t far = int64_t(1) << 48;
  if (auto number = bound.constant(); number && (*number >= far || *number <= -far))
    return *number > 0 ? high : low;
  // Leaving out one element is common, an empty dim is not: assuming that there is one keeps the size simple.
  if (!extent.isConstant() && (bound.isConstant(1) || bound.isConstant(-1))) {
    n.requireAtLeast(extent, 1, "a dim of which one element is left out must not be empty");
    return *fromEnd ? extent - 1 : bound;
  }
  SymExpr position = *fromEnd ? bound + extent : bound;
  return SymExpr::min(SymExpr::max(position, low), high);
}

std::optional<Range> getRange(NodeImport &n, const SymExpr &start, const SymExpr &end, int64_t step,
                              const SymExpr &extent) {
  if (step == 0 || step == std::numeric_limits<int64_t>::min()) {
    (void)n.mismatch("a step is " + llvm::Twine(step));
    return std::nullopt;
  }
  // Backwards, the last index before the first is -1.
  SymExpr low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
  std::optional<SymExpr> from = clampBound(n, start, extent, 0, high), to = clampBound(n, end, extent, low, high);
  if (!from || !to) {
    (void)n.unsupported("bounds whose sign depends on sizes");
    return std::nullopt;
  }
  Range range;
  range.start = *from;
  range.step = step;
  SymExpr distance = step > 0 ? *to - *from : *from - *to;
  // A bound at the dim's end cannot be passed by the other one.
  bool isOrdered = step > 0 ? *from == low || *to == high : *from == high || *to == low;
  SymExpr count = distance.ceilDiv(step > 0 ? step : -step);
  range.count = isOrdered ? count : SymExpr::max(count, 0);
  return range;
}

/// Slices the input and its content by one range per dim.
LogicalResult setSliced(NodeImport &n, ArrayRef<Range> ranges) {
  Dims dims, starts;
  SmallVector<int64_t> steps;
  for (const Range &range : ranges) {
    dims.push_back(range.count);
    // An empty range may start anywhere; 0 keeps readers of the op simple.
    starts.push_back(range.count.isConstant(0) ? SymExpr(0) : range.start);
    steps.push_back(range.step);
  }
  if (failed(n.checkDims(dims)))
    return failure();
  std::optional<SmallVector<int64_t>> shape = getStatic(n.dims(0)), from = getStatic(starts);
  auto source = [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> own;
    for (auto [i, start, step] : llvm::zip(index, *from, steps))
      own.push_back(start + i * step);
    return linearize(own, *shape);
  };
  if (!from || !moveContent(n, 0, dims, source))
    n.setResult(0, n.slice(n.value(0), starts, steps, dims));
  return success();
}

/// Bounds are attributes before version 10, inputs since.
LogicalResult importSlice(NodeImport &n) {
  std::vector<SymExpr> starts, ends;
  SmallVector<int64_t> axes, steps;
  bool hasAxes;
  auto fromAttr = [&](StringRef name) {
    n.requireAttr(name);
    SmallVector<int64_t> values = n.intsAttr(name);
    return std::vector<SymExpr>(values.begin(), values.end());
  };
  if (n.since < 10) {
    starts = fromAttr("starts");
    ends = fromAttr("ends");
    hasAxes = n.hasAttr("axes");
    axes = n.intsAttr("axes");
  } else {
    starts = n.sizes(1, "starts");
    ends = n.sizes(2, "ends");
    hasAxes = n.hasInput(3);
    if (hasAxes)
      axes = n.integers(3, "axes");
    if (n.hasInput(4))
      steps = n.integers(4, "steps");
  }
  if (!hasAxes)
    axes = llvm::to_vector(llvm::seq<int64_t>(0, starts.size()));
  if (steps.empty())
    steps.assign(starts.size(), 1);
  if (n.hasError())
    return failure();
  if (starts.size() != ends.size() || starts.size() != axes.size() || starts.size() != steps.size())
    return n.mismatch("starts, ends, axes and steps must be equally many");
  axes = n.axes(axes, n.rank(0));
  if (n.hasError())
    return failure();

  SmallVector<Range> ranges;
  for (const SymExpr &extent : n.dims(0))
    ranges.push_back({0, extent, 1});
  for (auto [axis, start, end, step] : llvm::zip(axes, starts, ends, steps)) {
    std::optional<Range> range = getRange(n, start, end, step, n.context.sizes.simplify(n.dims(0)[axis]));
    if (!range)
      return failure();
    ranges[axis] = *range;
  }
  return setSliced(n, ranges);
}

/// Extents of the parts: given as an attribute or an input, or equal parts, of which the last may be smaller.
std::vector<SymExpr> getPartSizes(NodeImport &n, const SymExpr &extent) {
  std::vector<SymExpr> parts;
  bool fromAttr = n.since < 13 && n.hasAttr("split"), fromInput = (n.since >= 13 || n.since < 2) && n.hasInput(1);
  if (fromAttr && fromInput)
    (void)n.badNode("the parts are given twice");
  if (fromAttr)
    for (int64_t part : n.intsAttr("split"))
      parts.push_back(part);
  if (fromInput)
    parts = n.sizes(1, "parts");
  if (n.since >= 18 && n.hasAttr("num_outputs") == fromInput)
    (void)n.badNode("either the parts or attribute 'num_outputs' must be given");
  if (fromAttr || fromInput || n.hasError())
    return parts;

  int64_t count = n.numResults();
  if (n.since >= 18 && n.intAttr("num_outputs", 0) != count)
    (void)n.badNode("attribute 'num_outputs' is " + llvm::Twine(n.intAttr("num_outputs", 0)) + ", the node takes " +
                    llvm::Twine(count) + " outputs");
  if (n.hasError())
    return parts;
  if (n.since < 18 && extent.isConstant() && *extent.constant() % count != 0) {
    (void)n.mismatch("extent " + extent.str() + " cannot be split into " + llvm::Twine(count) + " equal parts");
    return parts;
  }
  SymExpr size = extent.ceilDiv(count), rest = extent;
  for (int64_t i = 0; i + 1 < count; ++i) {
    parts.push_back(size);
    rest = rest - size;
  }
  parts.push_back(rest);
  return parts;
}

LogicalResult importSplit(NodeImport &n) {
  int64_t axis = n.axis(n.intAttr("axis", 0), n.rank(0));
  if (n.hasError())
    return failure();
  SymExpr extent = n.dims(0)[axis], total = 0;
  std::vector<SymExpr> parts = getPartSizes(n, extent);
  if (n.hasError())
    return failure();
  if (parts.size() != n.numResults())
    return n.badNode(llvm::Twine(parts.size()) + " parts are given, the node takes " + llvm::Twine(n.numResults()));
  for (const SymExpr &part : parts) {
    n.requireAtLeast(part, 0, "a part must not be negative");
    total = total + part;
  }
  n.unify(total, extent, "the parts must add up to the extent that is split");
  if (n.hasError())
    return failure();
  // A vector of sizes splits into vectors of sizes.
  const std::vector<SymExpr> *content = n.rank(0) == 1 ? n.content(0) : nullptr;
  SymExpr start = 0;
  for (auto [index, part] : llvm::enumerate(parts)) {
    if (content && part.isConstant()) {
      auto first = content->begin() + *start.constant();
      std::vector<SymExpr> elements(first, first + *part.constant());
      n.setContent(index, {part}, n.elementType(0), std::move(elements));
    } else if (!n.node.getOutputs()[index].use_empty()) {
      n.setResult(index, n.sliceAxis(n.value(0), axis, start, part));
    }
    start = start + part;
  }
  return success();
}
} // namespace

void addSliceOps(OpTable &table) {
  table.on("Slice", {1, 10, 11, 13}, importSlice, "bounds that do not depend on data");
  table.on("Split", {1, 2, 11, 13, 18}, importSplit, "parts that do not depend on data");
}

} // namespace tao
