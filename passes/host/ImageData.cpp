// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See ImageData.h.
#include "passes/host/ImageData.h"
#include "runtime/include/tao/model_abi.h"

using namespace mlir;

namespace tao {

namespace {
/// Members of each struct, one letter each: b i8, h i16, i i32, l i64, f float, p pointer; R an array of TAO_MAX_RANK
/// i32, S an array of 3 i32; D tao_dtype, O tao_library_operand.
struct AbiStruct {
  StringRef name, members;
};
constexpr AbiStruct kStructs[] = {
    {"tao_dtype", "bbh"},
    {"tao_dim", "lp"},
    {"tao_value_info", "pDipi"},
    {"tao_kernel_info", "pip"},
    {"tao_model_info", "lpppppiiiippppllp"},
    {"tao_symbol_binding", "ii"},
    {"tao_shape_check", "iiip"},
    {"tao_storage", "iiiiil"},
    {"tao_launch", "piiiippiipi"},
    {"tao_pack", "iip"},
    {"tao_library_operand", "iiiR"},
    {"tao_post_op", "iffO"},
    {"tao_matmul", "iiiRiiiOOOip"},
    {"tao_conv", "iiiiiiiiSSSSSSSOOOip"},
    {"tao_copy", "iiii"},
    {"tao_loop_view", "ii"},
    {"tao_loop_follower", "iii"},
    {"tao_loop", "iiiiipppp"},
    {"tao_branch", "ipp"},
    {"tao_gpu_code", "iiilp"},
    {"tao_gpu_code_table", "lp"},
    {"tao_gpu_slot", "llp"},
    {"tao_gpu_kernel", "piiiiippp"},
    {"tao_gpu_image", "iipp"},
    {"tao_gpu_launch", "iiiiiippip"},
    {"tao_image", "ipiiiiippppppplplp"},
};

Type getMember(MLIRContext *context, char letter) {
  Builder b(context);
  switch (letter) {
  case 'b':
    return b.getI8Type();
  case 'h':
    return b.getI16Type();
  case 'i':
    return b.getI32Type();
  case 'l':
    return b.getI64Type();
  case 'f':
    return b.getF32Type();
  case 'R':
    return LLVM::LLVMArrayType::get(b.getI32Type(), TAO_MAX_RANK);
  case 'S':
    return LLVM::LLVMArrayType::get(b.getI32Type(), 3);
  case 'D':
    return getAbiStruct(context, "tao_dtype");
  case 'O':
    return getAbiStruct(context, "tao_library_operand");
  default:
    return LLVM::LLVMPointerType::get(context);
  }
}
} // namespace

LLVM::LLVMStructType getAbiStruct(MLIRContext *context, StringRef name) {
  auto type = LLVM::LLVMStructType::getIdentified(context, name);
  if (type.isInitialized())
    return type;
  const AbiStruct *layout = llvm::find_if(kStructs, [&](const AbiStruct &s) { return s.name == name; });
  SmallVector<Type> members;
  for (char letter : layout->members)
    members.push_back(getMember(context, letter));
  (void)type.setBody(members, /*isPacked=*/false);
  return type;
}

ArrayRef<StringRef> getAbiStructNames() {
  static const SmallVector<StringRef> names = llvm::map_to_vector(kStructs, [](const AbiStruct &s) { return s.name; });
  return names;
}

ImageBuilder::ImageBuilder(ModuleOp module, Location loc, StringRef prefix)
    : builder(OpBuilder::atBlockEnd(module.getBody())), loc(loc),
      pointer(LLVM::LLVMPointerType::get(module.getContext())), prefix(prefix) {}

Datum ImageBuilder::integer(int64_t value, unsigned bits) {
  Type type = builder.getIntegerType(bits);
  return {type, builder.getIntegerAttr(type, value), {}, {}};
}
Datum ImageBuilder::real(float value) { return {builder.getF32Type(), builder.getF32FloatAttr(value), {}, {}}; }
Datum ImageBuilder::null() { return {pointer, {}, {}, {}}; }
Datum ImageBuilder::address(StringRef symbol) { return {pointer, {}, symbol.str(), {}}; }

Datum ImageBuilder::array(ArrayRef<int32_t> values, size_t size) {
  SmallVector<int32_t> padded(values);
  padded.resize(size);
  return {LLVM::LLVMArrayType::get(builder.getI32Type(), size), builder.getI32TensorAttr(padded), {}, {}};
}

Datum ImageBuilder::record(StringRef structName, std::vector<Datum> parts) {
  auto type = getAbiStruct(builder.getContext(), structName);
  assert(type.getBody().size() == parts.size() && "one constant per member");
  return {type, {}, {}, std::move(parts)};
}

Datum ImageBuilder::string(StringRef text) {
  auto [it, isNew] = strings.try_emplace(text.str());
  if (isNew) {
    it->second = fresh("text");
    std::string terminated = text.str() + '\0';
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), terminated.size());
    LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true, LLVM::Linkage::Internal, it->second,
                           builder.getStringAttr(terminated));
  }
  return address(it->second);
}

Datum ImageBuilder::numbers(ArrayRef<int32_t> values) {
  if (values.empty())
    return null();
  auto [it, isNew] = numberSets.try_emplace(values.vec());
  if (isNew) {
    it->second = fresh("numbers");
    LLVM::GlobalOp::create(builder, loc, LLVM::LLVMArrayType::get(builder.getI32Type(), values.size()),
                           /*isConstant=*/true, LLVM::Linkage::Internal, it->second, builder.getI32TensorAttr(values));
  }
  return address(it->second);
}

Datum ImageBuilder::aggregate(Type elementType, std::vector<Datum> elements, StringRef kind) {
  if (elements.empty())
    return null();
  std::string name = fresh(kind);
  Type type = LLVM::LLVMArrayType::get(elementType, elements.size());
  global(name, {type, {}, {}, std::move(elements)});
  return address(name);
}
Datum ImageBuilder::records(StringRef structName, std::vector<Datum> elements) {
  return aggregate(getAbiStruct(builder.getContext(), structName), std::move(elements), "records");
}
Datum ImageBuilder::addresses(std::vector<Datum> elements) {
  return aggregate(pointer, std::move(elements), "addresses");
}

LLVM::GlobalOp ImageBuilder::global(StringRef name, const Datum &datum) {
  auto global =
      LLVM::GlobalOp::create(builder, loc, datum.type, /*isConstant=*/true, LLVM::Linkage::Internal, name, Attribute());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&global.getInitializerRegion());
  LLVM::ReturnOp::create(builder, loc, emit(datum));
  return global;
}

Value ImageBuilder::emit(const Datum &datum) {
  if (datum.value)
    return LLVM::ConstantOp::create(builder, loc, datum.type, datum.value);
  if (!datum.symbol.empty())
    return LLVM::AddressOfOp::create(builder, loc, pointer, datum.symbol);
  if (datum.type == pointer)
    return LLVM::ZeroOp::create(builder, loc, pointer);
  Value result = LLVM::UndefOp::create(builder, loc, datum.type);
  for (auto [i, part] : llvm::enumerate(datum.parts))
    result = LLVM::InsertValueOp::create(builder, loc, result, emit(part), static_cast<int64_t>(i));
  return result;
}

} // namespace tao
