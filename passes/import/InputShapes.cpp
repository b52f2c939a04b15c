// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Application of `--shape` options; see InputShapes.h.
#include "passes/import/InputShapes.h"
#include "passes/import/NodeImport.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tao {

std::string getInputName(func::FuncOp main, unsigned index) {
  auto name = main.getArgAttrOfType<StringAttr>(index, "tao.name");
  return name ? name.str() : "input" + std::to_string(index);
}

/// A symbol from the name of an input and the number of a dim.
static std::string makeSymbol(StringRef input, size_t dim) {
  std::string symbol;
  for (char c : input)
    symbol += llvm::isAlnum(c) || c == '_' || c == '.' ? c : '_';
  if (!SymExpr::isValidSymbol(symbol))
    symbol = "_" + symbol;
  return symbol + "_" + std::to_string(dim);
}

/// The extents that the model gives. Text written by hand may leave dynamic ones without symbols.
static Dims getOwnDims(RankedTensorType type, StringRef input) {
  Dims dims;
  if (hasDims(type)) {
    auto own = getDims(type);
    dims.append(own.begin(), own.end());
    return dims;
  }
  for (auto [index, extent] : llvm::enumerate(type.getShape()))
    dims.push_back(ShapedType::isDynamic(extent) ? SymExpr::symbol(makeSymbol(input, index)) : SymExpr(extent));
  return dims;
}

FailureOr<InputShapes> getInputShapes(func::FuncOp main, const ImportOptions &options, ErrorList &errors) {
  InputShapes result;
  size_t before = errors.size();
  std::map<std::string, const ShapeOverride *> overrides;
  for (const ShapeOverride &shape : options.shapes)
    if (!overrides.try_emplace(shape.input, &shape).second)
      errors.add(ErrorCode::BadShapeOption, "input '" + shape.input + "' is given two shapes");

  // First the extents by themselves, and what they say about named sizes.
  SmallVector<Dims> shapes;
  std::map<std::string, int64_t> fixed;
  std::string names;
  for (auto [index, type] : llvm::enumerate(main.getArgumentTypes())) {
    std::string name = getInputName(main, index);
    names += (names.empty() ? "'" : ", '") + name + "'";
    auto it = overrides.find(name);
    const ShapeOverride *shape = it == overrides.end() ? nullptr : it->second;
    if (shape)
      overrides.erase(it);
    if (!isa<TensorType>(type)) {
      errors.add(ErrorCode::UnsupportedType, "input '" + name + "' is not a tensor");
      continue;
    }
    auto ranked = dyn_cast<RankedTensorType>(type);
    Dims dims;
    if (!ranked && !shape) {
      errors.add(ErrorCode::NeedsShape, "input '" + name + "' has no rank in the model",
                 "give its shape with --shape=" + name + ":...");
      continue;
    }
    if (ranked)
      dims = getOwnDims(ranked, name);
    if (ranked && shape && shape->dims.size() != dims.size()) {
      errors.add(ErrorCode::BadShapeOption, "the shape given for input '" + name + "' has " +
                                                std::to_string(shape->dims.size()) + " extents; the model has " +
                                                shapeText(dims));
      continue;
    }
    for (size_t i = 0; shape && i < shape->dims.size(); ++i) {
      const DimOverride &given = shape->dims[i];
      if (!ranked)
        dims.push_back(SymExpr::symbol(makeSymbol(name, i)));
      SymExpr &dim = dims[i];
      if (dim.isConstant()) {
        SymExpr replacement = given.fixed ? SymExpr(*given.fixed) : SymExpr::symbol(makeSymbol(name, i));
        result.changedStatic |= replacement != dim;
        dim = replacement;
      } else if (given.fixed) {
        auto [place, isNew] = fixed.try_emplace(dim.str(), *given.fixed);
        if (!isNew && place->second != *given.fixed)
          errors.add(ErrorCode::BadShapeOption, "size '" + dim.str() + "' is given as " +
                                                    std::to_string(place->second) + " and as " +
                                                    std::to_string(*given.fixed));
      }
      if (given.min || given.max)
        result.bounds.push_back({dim, given.min, given.max});
      if (given.likely && !dim.isConstant())
        result.likely[dim.str()] = *given.likely;
    }
    shapes.push_back(std::move(dims));
  }
  for (const auto &[name, shape] : overrides)
    errors.add(ErrorCode::BadShapeOption, "the model has no input '" + name + "'",
               names.empty() ? "it has no inputs" : "its inputs are " + names);
  if (errors.size() != before)
    return failure();

  auto valueOf = [&](StringRef symbol) -> std::optional<SymExpr> {
    auto it = fixed.find(symbol.str());
    return it == fixed.end() ? std::nullopt : std::optional<SymExpr>(it->second);
  };
  for (auto [type, dims] : llvm::zip(main.getArgumentTypes(), shapes)) {
    for (SymExpr &dim : dims)
      dim = dim.substitute(valueOf);
    result.types.push_back(getTensorType(dims, cast<ShapedType>(type).getElementType()));
  }
  for (SizeBound &bound : result.bounds)
    bound.size = bound.size.substitute(valueOf);
  for (const auto &[symbol, value] : fixed)
    result.likely.erase(symbol);
  return result;
}

} // namespace tao
