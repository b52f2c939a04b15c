// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The inputs of a run; see Inputs.h.
#include "Inputs.h"

#include "DimExpr.h"
#include "Error.h"
#include "Npy.h"

#include <cmath>
#include <set>

namespace tao::run {
namespace {

/// "float32 [batch, 128]".
std::string describe(const tao_value_info &value) {
  std::string text = std::string(tao_dtype_name(value.dtype)) + " [";
  for (int32_t d = 0; d < value.ndim; ++d)
    text += (d ? ", " : "") + std::string(value.dims[d].expr);
  return text + "]";
}

bool fits(const Array &array, const tao_value_info &value) {
  if (array.shape.size() != size_t(value.ndim))
    return false;
  for (int32_t d = 0; d < value.ndim; ++d)
    if (value.dims[d].value >= 0 && value.dims[d].value != array.shape[size_t(d)])
      return false;
  return true;
}

const tao_value_info *findInput(const tao_model_info &info, const std::string &name) {
  for (int32_t i = 0; i < info.num_inputs; ++i)
    if (name == info.inputs[i].name)
      return &info.inputs[i];
  return nullptr;
}

std::string inputNames(const tao_model_info &info) {
  std::string names;
  for (int32_t i = 0; i < info.num_inputs; ++i)
    names += (i ? ", '" : "'") + std::string(info.inputs[i].name) + "'";
  return names.empty() ? "none" : names;
}

/// splitmix64 of Steele, Lea and Flood (2014).
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  /// In [0, 1).
  double unit() { return double(next() >> 11) * 0x1p-53; }

private:
  uint64_t state;
};

void fill(Array &array, const Range &range, Random &random) {
  size_t count = array.size();
  void *p = array.data();
  double width = range.high - range.low;
  auto integers = [&](auto *out) {
    for (size_t i = 0; i < count; ++i)
      out[i] = static_cast<std::remove_reference_t<decltype(*out)>>(std::floor(range.low + width * random.unit()));
  };
  auto floats = [&](auto *out, auto convert) {
    for (size_t i = 0; i < count; ++i)
      out[i] = convert(range.low + width * random.unit());
  };
  switch (array.dtype.code << 8 | array.dtype.bits) {
  case TAO_INT << 8 | 8:
    return integers(static_cast<int8_t *>(p));
  case TAO_INT << 8 | 16:
    return integers(static_cast<int16_t *>(p));
  case TAO_INT << 8 | 32:
    return integers(static_cast<int32_t *>(p));
  case TAO_INT << 8 | 64:
    return integers(static_cast<int64_t *>(p));
  case TAO_BOOL << 8 | 8:
  case TAO_UINT << 8 | 8:
    return integers(static_cast<uint8_t *>(p));
  case TAO_UINT << 8 | 16:
    return integers(static_cast<uint16_t *>(p));
  case TAO_UINT << 8 | 32:
    return integers(static_cast<uint32_t *>(p));
  case TAO_UINT << 8 | 64:
    return integers(static_cast<uint64_t *>(p));
  case TAO_BFLOAT << 8 | 16:
    return floats(static_cast<uint16_t *>(p), [](double x) { return floatToBfloat(float(x)); });
  case TAO_FLOAT << 8 | 16:
    return floats(static_cast<uint16_t *>(p), [](double x) { return floatToHalf(float(x)); });
  case TAO_FLOAT << 8 | 64:
    return floats(static_cast<double *>(p), [](double x) { return x; });
  default:
    return floats(static_cast<float *>(p), [](double x) { return float(x); });
  }
}

/// The shapes of random inputs: from --shape, from --dim, and 1 for symbols that neither sets.
class ShapeChooser {
public:
  ShapeChooser(const tao_model_info &info, const Options &options) : info(info), options(options) {
    for (int32_t s = 0; s < info.num_symbols; ++s)
      known.insert(info.symbols[s]);
    for (const auto &[name, value] : options.dims) {
      if (!known.count(name))
        problems += "\n  --dim: the model has no dynamic size '" + name + "'";
      symbols[name] = value;
    }
    for (const auto &[name, shape] : options.shapes)
      takeSymbols(name, shape);
    for (const std::string &name : known)
      symbols.emplace(name, 1);
  }

  std::vector<int64_t> shapeOf(const tao_value_info &value) {
    auto given = options.shapes.find(value.name);
    if (given != options.shapes.end())
      return given->second;
    std::vector<int64_t> shape;
    for (int32_t d = 0; d < value.ndim; ++d) {
      std::optional<int64_t> extent =
          value.dims[d].value >= 0 ? value.dims[d].value : evaluateDim(value.dims[d].expr, symbols);
      if (!extent || *extent < 0)
        problems += "\n  input '" + std::string(value.name) + "': dimension '" + value.dims[d].expr +
                    "' cannot be chosen; give its --shape";
      shape.push_back(extent.value_or(0));
    }
    return shape;
  }

  std::string problems;

private:
  void takeSymbols(const std::string &name, const std::vector<int64_t> &shape) {
    const tao_value_info *value = findInput(info, name);
    if (!value) {
      problems += "\n  --shape: the model has no input '" + name + "'; it has " + inputNames(info);
      return;
    }
    if (shape.size() != size_t(value->ndim)) {
      problems += "\n  --shape: " + shapeText(shape) + " given for input '" + name + "', expected " + describe(*value);
      return;
    }
    for (int32_t d = 0; d < value->ndim; ++d) {
      const tao_dim &dim = value->dims[d];
      int64_t extent = shape[size_t(d)];
      if (dim.value >= 0 && dim.value != extent)
        problems +=
            "\n  --shape: " + shapeText(shape) + " given for input '" + name + "', expected " + describe(*value);
      if (dim.value >= 0 || !known.count(dim.expr))
        continue;
      auto [entry, isNew] = symbols.emplace(dim.expr, extent);
      if (!isNew && entry->second != extent)
        problems += "\n  --shape: input '" + name + "' makes '" + dim.expr + "' " + std::to_string(extent) +
                    ", but it is " + std::to_string(entry->second);
    }
  }

  const tao_model_info &info;
  const Options &options;
  std::set<std::string> known;
  std::map<std::string, int64_t> symbols;
};

} // namespace

bool convertDtype(Array &array, tao_dtype expected) {
  if (sameDtype(array.dtype, expected))
    return true;
  tao_dtype bfloat = {TAO_BFLOAT, 16, 1}, uint16 = {TAO_UINT, 16, 1};
  if (!sameDtype(expected, bfloat) || !sameDtype(array.dtype, uint16))
    return false;
  array.dtype = bfloat;
  return true;
}

std::vector<Array> inputsFromFile(const tao_model_info &info, const std::string &path) {
  NamedArrays arrays = readArrays(path);
  auto single = arrays.find("");
  if (arrays.size() == 1 && single != arrays.end() && info.num_inputs == 1) {
    Array array = single->second;
    arrays.clear();
    arrays.emplace(info.inputs[0].name, array);
  }
  std::string problems;
  std::vector<Array> inputs;
  for (int32_t i = 0; i < info.num_inputs; ++i) {
    const tao_value_info &value = info.inputs[i];
    auto found = arrays.find(value.name);
    if (found == arrays.end()) {
      problems += "\n  missing: '" + std::string(value.name) + "', " + describe(value);
      continue;
    }
    Array array = std::move(found->second);
    arrays.erase(found);
    std::string got = std::string(tao_dtype_name(array.dtype)) + " " + shapeText(array.shape);
    if (!convertDtype(array, value.dtype) || !fits(array, value))
      problems += "\n  '" + std::string(value.name) + "' is " + got + ", expected " + describe(value);
    inputs.push_back(std::move(array));
  }
  for (const auto &[name, array] : arrays)
    problems += "\n  unknown: '" + name + "'; the model's inputs are " + inputNames(info);
  if (!problems.empty())
    throw Failure(ErrorCode::InputMismatch, "'" + path + "' does not fit the model:" + problems);
  return inputs;
}

std::vector<Array> randomInputs(const tao_model_info &info, const Options &options) {
  ShapeChooser chooser(info, options);
  for (const auto &[name, range] : options.ranges)
    if (!findInput(info, name))
      chooser.problems += "\n  --range: the model has no input '" + name + "'; it has " + inputNames(info);
  std::vector<std::vector<int64_t>> shapes;
  for (int32_t i = 0; i < info.num_inputs; ++i)
    shapes.push_back(chooser.shapeOf(info.inputs[i]));
  if (!chooser.problems.empty())
    throw Failure(ErrorCode::InputMismatch, "random inputs cannot be made:" + chooser.problems);
  std::vector<Array> inputs;
  for (int32_t i = 0; i < info.num_inputs; ++i) {
    const tao_value_info &value = info.inputs[i];
    bool real = value.dtype.code == TAO_FLOAT || value.dtype.code == TAO_BFLOAT;
    auto given = options.ranges.find(value.name);
    Range range = given != options.ranges.end() ? given->second : real ? Range{-1, 1} : Range{0, 2};
    // A generator for each input, so that one input's size does not change the next one's values.
    Random random(options.seed * 1000003 + uint64_t(i));
    inputs.emplace_back(value.dtype, shapes[size_t(i)]);
    fill(inputs.back(), range, random);
  }
  return inputs;
}

} // namespace tao::run
