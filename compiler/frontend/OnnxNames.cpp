// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types of inputs and outputs; see OnnxNames.h.
#include "compiler/frontend/OnnxNames.h"
#include "compiler/frontend/OnnxTensor.h"
#include "dialects/Tao/TaoDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tao {

std::string DimSymbols::make(StringRef kind, StringRef name) {
  std::string key = (kind + name).str();
  if (auto it = symbols.find(key); it != symbols.end())
    return it->second;
  std::string base;
  for (char c : name)
    base += llvm::isAlnum(c) || c == '_' || c == '.' ? c : '_';
  if (!SymExpr::isValidSymbol(base))
    base = "_" + base;
  std::string symbol = base;
  for (unsigned number = 2; !taken.insert(symbol).second; ++number)
    symbol = base + "_" + std::to_string(number);
  symbols[key] = symbol;
  return symbol;
}

void DimSymbols::reserve(const onnx::GraphProto &graph) {
  for (const auto &input : graph.input())
    for (const auto &dim : input.type().tensor_type().shape().dim())
      if (SymExpr::isValidSymbol(dim.dim_param()))
        get(dim.dim_param());
}

static bool fail(UserError &error, ErrorCode code, std::string reason) {
  error.code = code;
  error.reason = std::move(reason);
  return false;
}

static const char *kindOf(const onnx::TypeProto &type) {
  switch (type.value_case()) {
  case onnx::TypeProto::kSequenceType:
    return "a sequence";
  case onnx::TypeProto::kMapType:
    return "a map";
  case onnx::TypeProto::kOptionalType:
    return "an optional";
  case onnx::TypeProto::kSparseTensorType:
    return "a sparse tensor";
  default:
    return "an opaque value";
  }
}

/// The element type, and -1 for extents without a value; false on failure.
static bool readType(MLIRContext *context, const onnx::ValueInfoProto &info, StringRef what, int64_t maxRank,
                     Type &elementType, SmallVectorImpl<int64_t> &extents, UserError &error) {
  std::string subject = what.str() + " '" + info.name() + "'";
  if (!info.type().has_tensor_type())
    return fail(error, ErrorCode::UnsupportedType, subject + " is " + kindOf(info.type()) + ", which is not supported");
  const auto &tensor = info.type().tensor_type();
  elementType = getElementType(context, tensor.elem_type());
  if (!elementType)
    return fail(error, ErrorCode::UnsupportedType,
                subject + " has element type " + getDataTypeName(tensor.elem_type()) + ", which is not supported");
  if (tensor.shape().dim_size() > maxRank)
    return fail(error, ErrorCode::LimitExceeded,
                subject + " has rank " + std::to_string(tensor.shape().dim_size()) + "; the limit is " +
                    std::to_string(maxRank));
  int64_t bytes = getElementBytes(elementType);
  for (const auto &dim : tensor.shape().dim()) {
    if (dim.has_dim_value() && (dim.dim_value() < 0 || llvm::MulOverflow(bytes, dim.dim_value(), bytes)))
      return fail(error, ErrorCode::BadModel,
                  subject + " has impossible extent " + std::to_string(dim.dim_value()) + " in its shape");
    extents.push_back(dim.has_dim_value() ? dim.dim_value() : ShapedType::kDynamic);
  }
  return true;
}

Type getInputType(MLIRContext *context, const onnx::ValueInfoProto &info, int64_t maxRank, DimSymbols &symbols,
                  UserError &error) {
  if (info.type().value_case() == onnx::TypeProto::VALUE_NOT_SET) {
    fail(error, ErrorCode::BadModel, "input '" + info.name() + "' has no type");
    return nullptr;
  }
  Type elementType;
  SmallVector<int64_t> extents;
  if (!readType(context, info, "input", maxRank, elementType, extents, error))
    return nullptr;
  const auto &tensor = info.type().tensor_type();
  if (!tensor.has_shape())
    return UnrankedTensorType::get(elementType);
  SmallVector<SymExpr> dims;
  for (auto [index, extent] : llvm::enumerate(extents)) {
    const std::string &param = tensor.shape().dim(index).dim_param();
    if (!ShapedType::isDynamic(extent))
      dims.push_back(extent);
    else
      dims.push_back(SymExpr::symbol(param.empty() ? symbols.getUnnamed(info.name(), index) : symbols.get(param)));
  }
  return getTensorType(dims, elementType);
}

Type getOutputType(MLIRContext *context, const onnx::ValueInfoProto &info, int64_t maxRank, UserError &error) {
  if (info.type().value_case() == onnx::TypeProto::VALUE_NOT_SET)
    return nullptr;
  if (info.type().has_tensor_type() && info.type().tensor_type().elem_type() == onnx::TensorProto::UNDEFINED)
    return nullptr;
  Type elementType;
  SmallVector<int64_t> extents;
  if (!readType(context, info, "output", maxRank, elementType, extents, error))
    return nullptr;
  if (!info.type().tensor_type().has_shape())
    return UnrankedTensorType::get(elementType);
  return RankedTensorType::get(extents, elementType);
}

} // namespace tao
