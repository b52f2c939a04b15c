// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resize and Upsample. By the nearest element, whole factors repeat elements; everything else, on static sizes, gathers
// with constant indices along one axis after the other: one element, or a weighted sum of two or four neighbours.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"
#include <cmath>

using namespace mlir;

namespace tao {

namespace {
/// How an axis is resized.
struct AxisPlan {
  int64_t axis = 0;
  double scale = 1;
  SymExpr output;
};

/// The input coordinate of an output index.
using Coordinate = double (*)(double index, double scale, double input, double output);
struct CoordinateRow {
  StringRef name;
  Coordinate function;
};
const CoordinateRow coordinates[] = {
    {"half_pixel", [](double i, double scale, double, double) { return (i + 0.5) / scale - 0.5; }},
    {"pytorch_half_pixel",
     [](double i, double scale, double, double output) { return output > 1 ? (i + 0.5) / scale - 0.5 : 0.0; }},
    {"asymmetric", [](double i, double scale, double, double) { return i / scale; }},
    {"align_corners",
     // The standard takes the length before it is rounded: scale times input.
     [](double i, double scale, double input, double output) {
       return output > 1 ? i * (input - 1) / (scale * input - 1) : 0.0;
     }},
    {"half_pixel_symmetric",
     [](double i, double scale, double input, double output) {
       double adjustment = output / (scale * input), center = input / 2;
       return center * (1 - adjustment) + (i + 0.5) / scale - 0.5;
     }},
};

using Rounding = double (*)(double);
struct RoundingRow {
  StringRef name;
  Rounding function;
};
const RoundingRow roundings[] = {
    {"round_prefer_floor", [](double x) { return std::ceil(x - 0.5); }},
    {"round_prefer_ceil", [](double x) { return std::floor(x + 0.5); }},
    {"floor", [](double x) { return std::floor(x); }},
    {"ceil", [](double x) { return std::ceil(x); }},
};

template <typename Rows> auto findRow(const Rows &rows, StringRef name) -> decltype(rows[0].function) {
  for (const auto &row : rows)
    if (row.name == name)
      return row.function;
  return nullptr;
}

/// Which input element each output element takes.
SmallVector<int64_t> sourceIndices(Coordinate coordinate, Rounding rounding, double scale, int64_t input,
                                   int64_t output) {
  SmallVector<int64_t> result;
  for (int64_t i = 0; i < output; ++i) {
    double x =
        rounding(coordinate(static_cast<double>(i), scale, static_cast<double>(input), static_cast<double>(output)));
    result.push_back(std::clamp<int64_t>(static_cast<int64_t>(x), 0, input - 1));
  }
  return result;
}

/// True when taking the nearest element repeats each one `factor` times, for every extent.
bool repeatsElements(Coordinate coordinate, Rounding rounding, int64_t factor) {
  constexpr int64_t probe = 5; // the coordinates are affine, so a few elements show the pattern
  SmallVector<int64_t> indices =
      sourceIndices(coordinate, rounding, static_cast<double>(factor), probe, probe * factor);
  for (auto [i, index] : llvm::enumerate(indices))
    if (index != static_cast<int64_t>(i) / factor)
      return false;
  return true;
}

LogicalResult resizeNearest(NodeImport &n, ArrayRef<AxisPlan> plans, Coordinate coordinate, Rounding rounding,
                            bool dependsOnExtent) {
  Value x = n.value(0);
  for (const AxisPlan &plan : plans) {
    SymExpr input = n.dims(0)[plan.axis];
    double factor = std::round(plan.scale);
    bool whole = factor >= 1 && factor == plan.scale && plan.output == input * static_cast<int64_t>(factor);
    auto times = static_cast<int64_t>(factor);
    Dims dims = n.dimsOf(x), result = dims;
    result[plan.axis] = plan.output;
    if (failed(n.checkDims(result)))
      return failure();
    if (whole && times == 1)
      continue;
    if (whole && !dependsOnExtent && repeatsElements(coordinate, rounding, times)) {
      Dims split = dims;
      split.insert(split.begin() + plan.axis + 1, times);
      SmallVector<int64_t> positions;
      for (int64_t dim = 0; dim < static_cast<int64_t>(dims.size()); ++dim)
        positions.push_back(dim + (dim > plan.axis));
      x = n.reshape(n.broadcast(x, split, positions), result);
      continue;
    }
    if (!input.isConstant() || !plan.output.isConstant())
      return n.unsupported("this factor on symbolic sizes");
    if (input.isConstant(0))
      return n.mismatch("an empty dim cannot be resized");
    x = n.gather(x,
                 n.indices(sourceIndices(coordinate, rounding, plan.scale, *input.constant(), *plan.output.constant())),
                 plan.axis);
  }
  n.setResult(0, x);
  return success();
}

/// Weights of neighbouring elements for a coordinate that lies `fraction` after the one at offset 0.
using Kernel = SmallVector<double> (*)(double fraction, double parameter);
SmallVector<double> linearKernel(double fraction, double) { return {1 - fraction, fraction}; }
/// Keys' cubic convolution (1981) with parameter a; the offsets are -1 to 2.
SmallVector<double> cubicKernel(double t, double a) {
  auto near = [a](double x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  auto far = [a](double x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  return {far(1 + t), near(t), near(1 - t), far(2 - t)};
}

LogicalResult resizeSmooth(NodeImport &n, ArrayRef<AxisPlan> plans, Coordinate coordinate, Kernel kernel,
                           double parameter) {
  if (failed(n.expectFloat(0)))
    return failure();
  Value x = n.widen(n.value(0));
  for (const AxisPlan &plan : plans) {
    Dims result = n.dimsOf(x);
    if (plan.scale == 1 && plan.output == result[plan.axis])
      continue;
    auto input = result[plan.axis].constant(), output = plan.output.constant();
    if (!input || !output)
      return n.unsupported("an interpolation on symbolic sizes");
    if (*input == 0)
      return n.mismatch("an empty dim cannot be resized");
    result[plan.axis] = plan.output;
    if (failed(n.checkDims(result)))
      return failure();
    auto taps = static_cast<int64_t>(kernel(0, parameter).size());
    std::vector<SmallVector<int64_t>> indices(taps);
    std::vector<SmallVector<float>> weights(taps);
    for (int64_t i = 0; i < *output; ++i) {
      double at =
          coordinate(static_cast<double>(i), plan.scale, static_cast<double>(*input), static_cast<double>(*output));
      double base = std::floor(at);
      SmallVector<double> row = kernel(at - base, parameter);
      for (int64_t tap = 0; tap < taps; ++tap) {
        int64_t index = static_cast<int64_t>(base) + tap - (taps / 2 - 1);
        indices[tap].push_back(std::clamp<int64_t>(index, 0, *input - 1));
        weights[tap].push_back(static_cast<float>(row[tap]));
      }
    }
    Value sum;
    for (int64_t tap = 0; tap < taps; ++tap) {
      auto vector = RankedTensorType::get({*output}, n.builder().getF32Type());
      Dims shape(result.size(), 1);
      shape[plan.axis] = plan.output;
      Value factor = n.cast(n.constant(DenseElementsAttr::get(vector, ArrayRef<float>(weights[tap]))), n.typeOf(x));
      Value part = n.mul(n.gather(x, n.indices(indices[tap]), plan.axis), n.reshape(factor, shape));
      sum = sum ? n.add(sum, part) : part;
    }
    x = sum;
  }
  n.setResult(0, n.cast(x, n.elementType(0)));
  return success();
}

/// Scales per axis from a constant input; the outputs are floor(extent * scale).
LogicalResult planScales(NodeImport &n, ArrayRef<double> scales, ArrayRef<int64_t> axes,
                         SmallVectorImpl<AxisPlan> &plans) {
  if (scales.size() != axes.size())
    return n.mismatch(llvm::Twine(scales.size()) + " scales are given for " + llvm::Twine(axes.size()) + " axes");
  for (auto [axis, scale] : llvm::zip(axes, scales)) {
    if (!(scale > 0) || scale > 1e6)
      return n.badNode("a scale must be positive and reasonable");
    SymExpr input = n.dims(0)[axis], output;
    if (scale == std::round(scale))
      output = input * static_cast<int64_t>(scale);
    else if (auto extent = input.constant())
      output = static_cast<int64_t>(std::floor(static_cast<double>(*extent) * scale));
    else
      return n.unsupported("a fractional scale on symbolic sizes");
    plans.push_back({axis, scale, output});
  }
  return success();
}

/// Sizes per axis; the scales follow.
LogicalResult planSizes(NodeImport &n, ArrayRef<SymExpr> sizes, ArrayRef<int64_t> axes,
                        SmallVectorImpl<AxisPlan> &plans) {
  if (sizes.size() != axes.size())
    return n.mismatch(llvm::Twine(sizes.size()) + " sizes are given for " + llvm::Twine(axes.size()) + " axes");
  for (auto [axis, size] : llvm::zip(axes, sizes)) {
    SymExpr input = n.dims(0)[axis];
    auto factor = size.exactDiv(input);
    if (factor && factor->isConstant() && *factor->constant() > 0)
      plans.push_back({axis, static_cast<double>(*factor->constant()), size});
    else if (size.isConstant() && input.isConstant() && *input.constant() > 0)
      plans.push_back({axis, static_cast<double>(*size.constant()) / static_cast<double>(*input.constant()), size});
    else
      return n.unsupported("sizes that are no multiple of symbolic ones");
  }
  return success();
}

LogicalResult importResize(NodeImport &n) {
  n.ignoreAttr("extrapolation_value"); // read by another transformation only
  double coefficient = n.floatAttr("cubic_coeff_a", -0.75);
  bool excludesOutside = n.intAttr("exclude_outside", 0);
  std::string mode = n.stringAttr("mode", "nearest");
  std::string transformation =
      n.stringAttr("coordinate_transformation_mode", n.since < 11 ? "asymmetric" : "half_pixel");
  std::string rounding = n.stringAttr("nearest_mode", n.since < 11 ? "floor" : "round_prefer_floor");
  std::string policy = n.stringAttr("keep_aspect_ratio_policy", "stretch");
  bool antialias = n.intAttr("antialias", 0);
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, n.rank(0)));
  if (n.hasAttr("axes"))
    axes = n.axes(n.intsAttr("axes"), n.rank(0));
  if (n.hasError())
    return failure();
  if (mode != "nearest" && mode != "linear" && mode != "cubic")
    return n.badNode("attribute 'mode' is '" + mode + "'");
  if (mode == "cubic" && excludesOutside)
    return n.unsupportedAttribute("exclude_outside=1");
  if (antialias || policy != "stretch")
    return n.unsupportedAttribute(antialias ? "antialias=1" : "keep_aspect_ratio_policy='" + policy + "'");
  Coordinate coordinate = findRow(coordinates, transformation);
  if (!coordinate)
    return n.unsupportedAttribute("coordinate_transformation_mode='" + transformation + "'");
  Rounding round = findRow(roundings, rounding);
  if (!round)
    return n.badNode("attribute 'nearest_mode' is '" + rounding + "'");

  size_t scalesAt = n.since < 11 ? 1 : 2;
  auto isGiven = [&](size_t index) { return n.hasInput(index) && !getNumElements(n.dims(index)).isConstant(0); };
  SmallVector<AxisPlan> plans;
  if (n.since >= 11 && isGiven(3)) {
    std::vector<SymExpr> sizes = n.sizes(3, "sizes");
    if (n.hasError() || failed(planSizes(n, sizes, axes, plans)))
      return failure();
  } else if (isGiven(scalesAt)) {
    auto scales = n.numbers(scalesAt);
    if (!scales)
      return n.unsupported("scales that depend on data");
    if (failed(planScales(n, *scales, axes, plans)))
      return failure();
  } else {
    return n.badNode("neither scales nor sizes are given");
  }
  if (mode != "nearest")
    return resizeSmooth(n, plans, coordinate, mode == "linear" ? linearKernel : cubicKernel, coefficient);
  bool dependsOnExtent = transformation == "align_corners" || transformation == "half_pixel_symmetric";
  return resizeNearest(n, plans, coordinate, round, dependsOnExtent);
}

LogicalResult importUpsample(NodeImport &n) {
  std::string mode = n.stringAttr("mode", "nearest");
  if (mode != "nearest" && mode != "linear" && mode != "bilinear")
    return n.badNode("attribute 'mode' is '" + mode + "'");
  std::optional<SmallVector<double>> scales;
  if (n.since < 9) {
    n.requireAttr("scales");
    scales = n.floatsAttr("scales");
  } else {
    scales = n.numbers(1);
  }
  if (!scales)
    return n.unsupported("scales that depend on data");
  SmallVector<AxisPlan> plans;
  if (failed(planScales(n, *scales, llvm::to_vector(llvm::seq<int64_t>(0, n.rank(0))), plans)))
    return failure();
  if (mode != "nearest")
    return resizeSmooth(n, plans, findRow(coordinates, "asymmetric"), linearKernel, 0);
  return resizeNearest(n, plans, findRow(coordinates, "asymmetric"), findRow(roundings, "floor"), false);
}
} // namespace

void addResizeOps(OpTable &table) {
  table.on("Resize", {10, 11, 13, 18, 19}, importResize, "no antialiasing, no crops; interpolation on static sizes");
  table.on("Upsample", {7, 9}, importUpsample, "interpolation on static sizes");
}

} // namespace tao
