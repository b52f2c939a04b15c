// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The walk over the wire format; see StripWeights.h.
#include "compiler/frontend/StripWeights.h"
#include "llvm/Support/Endian.h"
#include <limits>

namespace tao {

std::string RawDataPlace::encode() const {
  std::string bytes(16, '\0');
  llvm::support::endian::write64le(bytes.data(), offset);
  llvm::support::endian::write64le(bytes.data() + 8, length);
  return bytes;
}

std::optional<RawDataPlace> RawDataPlace::decode(llvm::StringRef bytes) {
  if (bytes.size() != 16)
    return std::nullopt;
  return RawDataPlace{llvm::support::endian::read64le(bytes.data()), llvm::support::endian::read64le(bytes.data() + 8)};
}

namespace {
/// The messages on the way to a tensor.
enum class Message { None, Model, Graph, Node, Attribute, Tensor, SparseTensor, Function };

struct Child {
  Message parent;
  uint32_t field;
  Message message;
};
/// Field numbers of onnx.proto.
constexpr Child children[] = {
    {Message::Model, 7, Message::Graph},           {Message::Model, 25, Message::Function},
    {Message::Graph, 1, Message::Node},            {Message::Graph, 5, Message::Tensor},
    {Message::Graph, 15, Message::SparseTensor},   {Message::Node, 5, Message::Attribute},
    {Message::Attribute, 5, Message::Tensor},      {Message::Attribute, 6, Message::Graph},
    {Message::Attribute, 10, Message::Tensor},     {Message::Attribute, 11, Message::Graph},
    {Message::Attribute, 22, Message::SparseTensor}, {Message::Attribute, 23, Message::SparseTensor},
    {Message::SparseTensor, 1, Message::Tensor},   {Message::SparseTensor, 2, Message::Tensor},
    {Message::Function, 7, Message::Node},         {Message::Function, 11, Message::Attribute},
};
constexpr uint32_t rawDataField = 9;
constexpr uint32_t trainingField = 20; // of a model: not read, and it may hold tensors

Message childOf(Message parent, uint32_t field) {
  for (const Child &child : children)
    if (child.parent == parent && child.field == field)
      return child.message;
  return Message::None;
}

/// Field numbers that a model may have at its top.
bool isModelField(uint32_t field) {
  return (field >= 1 && field <= 8) || field == 14 || field == trainingField || field == 25 || field == 26;
}

enum WireType : uint32_t { Varint = 0, Fixed64 = 1, Length = 2, Fixed32 = 5 };

class Stripper {
public:
  Stripper(llvm::ArrayRef<char> file, int64_t maxNesting) : file(file), maxNesting(maxNesting) {}

  StripResult run() {
    StripResult result;
    strip(Message::Model, 0, file.size(), 0, result.bytes);
    result.status = status;
    result.offset = damage;
    return result;
  }

private:
  bool fail(StripStatus reason, uint64_t at) {
    status = reason;
    damage = at;
    return false;
  }

  bool readVarint(uint64_t &at, uint64_t end, uint64_t &value) {
    value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (at >= end)
        return false;
      auto byte = static_cast<uint8_t>(file[at++]);
      if (shift < 64)
        value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80)
        return true;
    }
    return false;
  }

  static void writeVarint(std::string &out, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
  }

  /// Copies the fields of one message in [at, end) to `out`, descending where tensors may be. The depth of the recursion is
  /// that of the subgraphs, which is limited.
  bool strip(Message message, uint64_t at, uint64_t end, int64_t nesting, std::string &out) {
    if (message == Message::Graph && ++nesting > maxNesting + 1)
      return fail(StripStatus::TooDeep, at);
    while (at < end) {
      uint64_t start = at, tag = 0, length = 0;
      if (!readVarint(at, end, tag) || tag > std::numeric_limits<uint32_t>::max() || tag >> 3 == 0)
        return failField(message, start);
      auto field = static_cast<uint32_t>(tag >> 3);
      if (message == Message::Model && !isModelField(field))
        return failField(message, start);
      switch (tag & 7) {
      case Varint:
        if (!readVarint(at, end, length))
          return failField(message, start);
        length = 0;
        break;
      case Fixed64:
        length = 8;
        break;
      case Fixed32:
        length = 4;
        break;
      case Length:
        if (!readVarint(at, end, length))
          return failField(message, start);
        break;
      default: // groups are not used by any version of the format
        return failField(message, start);
      }
      if (length > end - at)
        return failField(message, start);
      uint64_t body = at;
      at += length;
      if ((tag & 7) != Length || !replace(message, field, body, length, nesting, out)) {
        if (status != StripStatus::Ok)
          return false;
        out.append(file.data() + start, at - start);
      }
      if (out.size() > static_cast<size_t>(std::numeric_limits<int>::max()))
        return fail(StripStatus::TooLarge, start);
      sawField = true;
    }
    return true;
  }

  /// Writes the replacement of a length-delimited field; false when it shall stand as it is, or on an error.
  bool replace(Message message, uint32_t field, uint64_t body, uint64_t length, int64_t nesting, std::string &out) {
    if (message == Message::Model && field == trainingField)
      return true;
    std::string inner;
    if (message == Message::Tensor && field == rawDataField)
      inner = RawDataPlace{body, length}.encode();
    else if (Message child = childOf(message, field); child == Message::None)
      return false;
    else if (!strip(child, body, body + length, nesting, inner))
      return false;
    writeVarint(out, field << 3 | Length);
    writeVarint(out, inner.size());
    out += inner;
    return true;
  }

  /// A file whose very first field is wrong is something else; later faults are damage.
  bool failField(Message message, uint64_t at) {
    return fail(message == Message::Model && !sawField ? StripStatus::NotOnnx : StripStatus::Damaged, at);
  }

  llvm::ArrayRef<char> file;
  int64_t maxNesting;
  bool sawField = false;
  StripStatus status = StripStatus::Ok;
  uint64_t damage = 0;
};
} // namespace

StripResult stripWeights(llvm::ArrayRef<char> model, int64_t maxNesting) { return Stripper(model, maxNesting).run(); }

} // namespace tao
