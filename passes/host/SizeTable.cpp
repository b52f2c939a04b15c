// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See SizeTable.h.
#include "passes/host/SizeTable.h"
#include "dialects/Rt/RtDialect.h"

using namespace mlir;

namespace tao {

int32_t SizeTable::number(const SymExpr &size) {
  auto [it, isNew] = indices.try_emplace(size.str(), static_cast<int32_t>(sizes.size()));
  if (isNew)
    sizes.push_back(size);
  return it->second;
}
int32_t SizeTable::number(StringRef text) { return number(rt::getSize(text)); }
std::vector<int32_t> SizeTable::numbers(ArrayAttr texts) {
  std::vector<int32_t> result;
  for (StringRef text : texts.getAsValueRange<StringAttr>())
    result.push_back(number(text));
  return result;
}

namespace {
/// Turns the structure of a SymExpr into LLVM values.
struct SizeEmitter {
  OpBuilder &b;
  Location loc;
  llvm::StringMap<Value> symbols;
  std::map<int64_t, Value> constants;

  Value constant(int64_t value) {
    Value &known = constants[value];
    if (!known)
      known = LLVM::ConstantOp::create(b, loc, b.getI64Type(), b.getI64IntegerAttr(value));
    return known;
  }
  Value symbol(StringRef name) { return symbols.lookup(name); }
  Value add(Value a, Value c) { return LLVM::SAddSat::create(b, loc, a, c); }
  Value mul(Value a, Value c) {
    auto pair = LLVM::LLVMStructType::getLiteral(b.getContext(), {b.getI64Type(), b.getI1Type()});
    Value both = LLVM::SMulWithOverflowOp::create(b, loc, pair, a, c);
    Value product = LLVM::ExtractValueOp::create(b, loc, both, 0),
          overflow = LLVM::ExtractValueOp::create(b, loc, both, 1);
    Value negative = isNegative(LLVM::XOrOp::create(b, loc, a, c));
    Value limit =
        select(negative, constant(std::numeric_limits<int64_t>::min()), constant(std::numeric_limits<int64_t>::max()));
    return select(overflow, limit, product);
  }
  Value call(StringRef function, Value a, Value c) {
    if (function == "max" || function == "min") {
      auto predicate = function == "max" ? LLVM::ICmpPredicate::sgt : LLVM::ICmpPredicate::slt;
      return select(compare(predicate, a, c), a, c);
    }
    // Divisors 0 and -1 can trap; neither is a size, and both get the result 0.
    Value unsafe = LLVM::OrOp::create(b, loc, compare(LLVM::ICmpPredicate::eq, c, constant(0)),
                                      compare(LLVM::ICmpPredicate::eq, c, constant(-1)));
    Value divisor = select(unsafe, constant(1), c);
    Value quotient = LLVM::SDivOp::create(b, loc, a, divisor), rest = LLVM::SRemOp::create(b, loc, a, divisor);
    Value inexact = compare(LLVM::ICmpPredicate::ne, rest, constant(0));
    Value differ = isNegative(LLVM::XOrOp::create(b, loc, rest, divisor));
    Value result;
    if (function == "ceildiv") {
      Value same = LLVM::XOrOp::create(b, loc, differ, LLVM::ConstantOp::create(b, loc, b.getBoolAttr(true)));
      Value up = LLVM::AndOp::create(b, loc, inexact, same);
      result = select(up, LLVM::AddOp::create(b, loc, quotient, constant(1)), quotient);
    } else {
      Value down = LLVM::AndOp::create(b, loc, inexact, differ);
      result = function == "mod" ? select(down, LLVM::AddOp::create(b, loc, rest, divisor), rest)
                                 : select(down, LLVM::SubOp::create(b, loc, quotient, constant(1)), quotient);
    }
    return select(unsafe, constant(0), result);
  }

private:
  Value compare(LLVM::ICmpPredicate predicate, Value a, Value c) {
    return LLVM::ICmpOp::create(b, loc, predicate, a, c);
  }
  Value isNegative(Value a) { return compare(LLVM::ICmpPredicate::slt, a, constant(0)); }
  Value select(Value condition, Value a, Value c) { return LLVM::SelectOp::create(b, loc, condition, a, c); }
};
} // namespace

void SizeTable::emitEval(OpBuilder &builder, Location loc, StringRef name, ArrayRef<StringRef> symbols) const {
  MLIRContext *context = builder.getContext();
  Type pointer = LLVM::LLVMPointerType::get(context), i64 = builder.getI64Type();
  auto func = LLVM::LLVMFuncOp::create(
      builder, loc, name, LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {pointer, pointer}),
      LLVM::Linkage::Internal);
  OpBuilder::InsertionGuard guard(builder);
  Block *entry = func.addEntryBlock(builder);
  builder.setInsertionPointToStart(entry);
  auto element = [&](Value base, size_t i) -> Value {
    return LLVM::GEPOp::create(builder, loc, pointer, i64, base, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
  };
  SizeEmitter emitter{builder, loc, {}, {}};
  for (auto [i, symbol] : llvm::enumerate(symbols))
    emitter.symbols[symbol] = LLVM::LoadOp::create(builder, loc, i64, element(entry->getArgument(0), i));
  for (auto [i, size] : llvm::enumerate(sizes))
    LLVM::StoreOp::create(builder, loc, size.build<Value>(emitter), element(entry->getArgument(1), i));
  LLVM::ReturnOp::create(builder, loc, ValueRange());
}

} // namespace tao
