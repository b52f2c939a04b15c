// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decoding and checking of constant tensors; see OnnxTensor.h.
#include "compiler/frontend/OnnxTensor.h"
#include "compiler/frontend/StripWeights.h"
#include "dialects/Tao/ConstantData.h"
#include "dialects/Tao/TaoDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "mlir/IR/BuiltinTypes.h"
#include <limits>

using namespace mlir;

namespace tao {

namespace {
using onnx::TensorProto;

/// The repeated field that holds elements of a data type when raw_data does not.
enum class Field { None, Floats, Int32s, Int64s, Doubles, Uint64s };

struct DataTypeRow {
  int32_t dataType;
  const char *name;
  Field field;
  Type (*type)(MLIRContext *);
};
template <unsigned Width, IntegerType::SignednessSemantics Signedness = IntegerType::Signless>
Type integer(MLIRContext *context) {
  return IntegerType::get(context, Width, Signedness);
}
template <typename T> Type floating(MLIRContext *context) { return T::get(context); }

constexpr auto Unsigned = IntegerType::Unsigned;
/// Rows without a type are names for messages.
constexpr DataTypeRow dataTypes[] = {
    {TensorProto::FLOAT, "float", Field::Floats, floating<Float32Type>},
    {TensorProto::DOUBLE, "double", Field::Doubles, floating<Float64Type>},
    {TensorProto::FLOAT16, "float16", Field::Int32s, floating<Float16Type>},
    {TensorProto::BFLOAT16, "bfloat16", Field::Int32s, floating<BFloat16Type>},
    {TensorProto::INT8, "int8", Field::Int32s, integer<8>},
    {TensorProto::INT16, "int16", Field::Int32s, integer<16>},
    {TensorProto::INT32, "int32", Field::Int32s, integer<32>},
    {TensorProto::INT64, "int64", Field::Int64s, integer<64>},
    {TensorProto::UINT8, "uint8", Field::Int32s, integer<8, Unsigned>},
    {TensorProto::UINT16, "uint16", Field::Int32s, integer<16, Unsigned>},
    {TensorProto::UINT32, "uint32", Field::Uint64s, integer<32, Unsigned>},
    {TensorProto::UINT64, "uint64", Field::Uint64s, integer<64, Unsigned>},
    {TensorProto::BOOL, "bool", Field::Int32s, integer<1>},
    {TensorProto::STRING, "string", Field::None, nullptr},
    {TensorProto::COMPLEX64, "complex64", Field::None, nullptr},
    {TensorProto::COMPLEX128, "complex128", Field::None, nullptr},
    {TensorProto::FLOAT8E4M3FN, "float8e4m3fn", Field::None, nullptr},
    {TensorProto::FLOAT8E4M3FNUZ, "float8e4m3fnuz", Field::None, nullptr},
    {TensorProto::FLOAT8E5M2, "float8e5m2", Field::None, nullptr},
    {TensorProto::FLOAT8E5M2FNUZ, "float8e5m2fnuz", Field::None, nullptr},
    {TensorProto::FLOAT8E8M0, "float8e8m0", Field::None, nullptr},
    {TensorProto::FLOAT6E2M3, "float6e2m3", Field::None, nullptr},
    {TensorProto::FLOAT6E3M2, "float6e3m2", Field::None, nullptr},
    {TensorProto::FLOAT4E2M1, "float4e2m1", Field::None, nullptr},
    {TensorProto::UINT4, "uint4", Field::None, nullptr},
    {TensorProto::INT4, "int4", Field::None, nullptr},
    {TensorProto::UINT2, "uint2", Field::None, nullptr},
    {TensorProto::INT2, "int2", Field::None, nullptr},
};
const DataTypeRow *findRow(int32_t dataType) {
  for (const DataTypeRow &row : dataTypes)
    if (row.dataType == dataType)
      return &row;
  return nullptr;
}

ElementsAttr fail(UserError &error, ErrorCode code, std::string reason) {
  error.code = code;
  error.reason = std::move(reason);
  return nullptr;
}

std::string shapeText(ArrayRef<int64_t> shape) {
  std::string text = "[";
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(shape, os);
  return text + "]";
}
} // namespace

Type getElementType(MLIRContext *context, int32_t dataType) {
  const DataTypeRow *row = findRow(dataType);
  return row && row->type ? row->type(context) : Type();
}

std::string getDataTypeName(int32_t dataType) {
  const DataTypeRow *row = findRow(dataType);
  return row ? row->name : "number " + std::to_string(dataType);
}

ElementsAttr TensorReader::read(const TensorProto &tensor, StringRef what, UserError &error) {
  std::string subject = what.str();
  Type elementType = getElementType(context, tensor.data_type());
  if (!elementType)
    return fail(error, ErrorCode::UnsupportedType,
                subject + " has element type " + getDataTypeName(tensor.data_type()) + ", which is not supported");
  if (tensor.has_segment())
    return fail(error, ErrorCode::BadTensor, subject + " is stored in segments, which are not supported");
  if (tensor.dims_size() > maxRank)
    return fail(error, ErrorCode::LimitExceeded,
                subject + " has rank " + std::to_string(tensor.dims_size()) + "; the limit is " + std::to_string(maxRank));

  SmallVector<int64_t> shape(tensor.dims().begin(), tensor.dims().end());
  int64_t size = getElementBytes(elementType);
  for (int64_t extent : shape)
    if (extent < 0 || llvm::MulOverflow(size, extent, size))
      return fail(error, ErrorCode::BadTensor, subject + " has impossible shape " + shapeText(shape));
  auto type = RankedTensorType::get(shape, elementType);

  bool external = tensor.data_location() == TensorProto::EXTERNAL;
  int fields = tensor.has_raw_data() + external + (tensor.float_data_size() > 0) + (tensor.int32_data_size() > 0) +
               (tensor.int64_data_size() > 0) + (tensor.double_data_size() > 0) + (tensor.uint64_data_size() > 0) +
               (tensor.string_data_size() > 0);
  if (fields > 1)
    return fail(error, ErrorCode::BadTensor, subject + " has data in more than one field");
  if (external)
    return readExternal(tensor, type, size, what, error);
  if (!tensor.has_raw_data())
    return readTyped(tensor, type, what, error);

  std::optional<RawDataPlace> place = RawDataPlace::decode(tensor.raw_data());
  if (!place || place->offset > model->bytes().size() || place->length > model->bytes().size() - place->offset)
    return fail(error, ErrorCode::Damaged, subject + " has data outside the file");
  if (place->length != static_cast<uint64_t>(size))
    return fail(error, ErrorCode::BadTensor,
                subject + " has " + std::to_string(place->length) + " bytes of data; shape " + shapeText(shape) + " of " +
                    getDataTypeName(tensor.data_type()) + " needs " + std::to_string(size));
  return fromBytes(type, model->bytes().slice(place->offset, place->length), model, tensor.name());
}

ElementsAttr TensorReader::fromBytes(RankedTensorType type, ArrayRef<char> bytes,
                                     std::shared_ptr<const MappedFile> owner, StringRef name) {
  // Any nonzero byte is true; tao's kernels rely on 0 and 1.
  if (type.getElementType().isInteger(1) && llvm::any_of(bytes, [](char byte) { return byte & ~1; })) {
    std::vector<char> normal(bytes.begin(), bytes.end());
    for (char &byte : normal)
      byte = byte != 0;
    return getConstant(type, std::move(normal));
  }
  return getMappedConstant(type, bytes, std::move(owner), name);
}

ElementsAttr TensorReader::readExternal(const TensorProto &tensor, RankedTensorType type, int64_t size, StringRef what,
                                        UserError &error) {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
  for (const auto &entry : tensor.external_data()) {
    StringRef value = entry.value();
    uint64_t number = 0;
    bool isNumber = !value.getAsInteger(10, number);
    if (entry.key() == "location")
      location = entry.value();
    if ((entry.key() == "offset" || entry.key() == "length") && !isNumber)
      return fail(error, ErrorCode::BadExternalData,
                  what.str() + " has external data with " + entry.key() + " '" + entry.value() + "'");
    if (entry.key() == "offset")
      offset = number;
    if (entry.key() == "length")
      length = number;
  }
  if (location.empty())
    return fail(error, ErrorCode::BadExternalData, what.str() + " has external data without a location");

  std::shared_ptr<const MappedFile> &file = externalFiles[location];
  if (!file) {
    MappedFile::BeneathError kind;
    std::string reason;
    file = MappedFile::openBeneath(folder, location, kind, reason);
    if (!file && kind == MappedFile::BeneathError::Escapes)
      return fail(error, ErrorCode::BadExternalData,
                  what.str() + ": external data file '" + location + "' is refused: " + reason);
    if (!file)
      return fail(error, ErrorCode::NoExternalData,
                  what.str() + ": cannot open external data file '" + location + "': " + reason);
  }
  uint64_t available = file->bytes().size();
  if (length && *length != static_cast<uint64_t>(size))
    return fail(error, ErrorCode::BadExternalData,
                what.str() + " has " + std::to_string(*length) + " bytes of external data; shape " +
                    shapeText(type.getShape()) + " of " + getDataTypeName(tensor.data_type()) + " needs " +
                    std::to_string(size));
  if (offset > available || static_cast<uint64_t>(size) > available - offset)
    return fail(error, ErrorCode::BadExternalData,
                what.str() + " needs bytes " + std::to_string(offset) + " to " + std::to_string(offset + size) +
                    " of external data file '" + location + "', which has " + std::to_string(available));
  return fromBytes(type, file->bytes().slice(offset, size), file, tensor.name());
}

/// Appends each value as an integer of `width` bytes; false when one does not fit.
template <typename Values> static bool appendIntegers(const Values &values, Type type, std::vector<char> &bytes) {
  int64_t width = getElementBytes(type);
  bool isFloat = isa<FloatType>(type), isUnsigned = type.isUnsignedInteger();
  for (auto value : values) {
    uint64_t bits = static_cast<uint64_t>(value);
    if (type.isInteger(1))
      bits = value != 0;
    else if (isFloat || isUnsigned ? !llvm::isUIntN(width * 8, bits) : !llvm::isIntN(width * 8, static_cast<int64_t>(value)))
      return false;
    const char *start = reinterpret_cast<const char *>(&bits); // little-endian, as all of tao's targets are
    bytes.insert(bytes.end(), start, start + width);
  }
  return true;
}
template <typename Values> static void appendFloats(const Values &values, std::vector<char> &bytes) {
  const char *start = reinterpret_cast<const char *>(values.data());
  bytes.insert(bytes.end(), start, start + values.size() * sizeof(*values.data()));
}

ElementsAttr TensorReader::readTyped(const TensorProto &tensor, RankedTensorType type, StringRef what, UserError &error) {
  std::vector<char> bytes;
  bool fits = true;
  int64_t count = 0;
  switch (findRow(tensor.data_type())->field) {
  case Field::Floats:
    count = tensor.float_data_size();
    appendFloats(tensor.float_data(), bytes);
    break;
  case Field::Doubles:
    count = tensor.double_data_size();
    appendFloats(tensor.double_data(), bytes);
    break;
  case Field::Int32s:
    count = tensor.int32_data_size();
    fits = appendIntegers(tensor.int32_data(), type.getElementType(), bytes);
    break;
  case Field::Int64s:
    count = tensor.int64_data_size();
    fits = appendIntegers(tensor.int64_data(), type.getElementType(), bytes);
    break;
  case Field::Uint64s:
    count = tensor.uint64_data_size();
    fits = appendIntegers(tensor.uint64_data(), type.getElementType(), bytes);
    break;
  case Field::None:
    break;
  }
  if (!fits)
    return fail(error, ErrorCode::BadTensor,
                what.str() + " holds a value that " + getDataTypeName(tensor.data_type()) + " cannot represent");
  if (count != type.getNumElements())
    return fail(error, ErrorCode::BadTensor,
                what.str() + " has " + std::to_string(count) + " elements of data; shape " + shapeText(type.getShape()) +
                    " needs " + std::to_string(type.getNumElements()));
  return getConstant(type, std::move(bytes));
}

} // namespace tao
