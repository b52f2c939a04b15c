// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiled evaluation of size expressions agrees with SymExpr::evaluate, and never traps.
#include "passes/host/SizeTable.h"
#include "compiler/include/tao/Registration.h"
#include "compiler/target/cpu/EmitObject.h"
#include "compiler/target/cpu/Jit.h"
#include "mlir/IR/BuiltinOps.h"
#include "gtest/gtest.h"

using namespace tao;

namespace {

/// `eval` of these expressions over symbols a and b, compiled.
class CompiledSizes {
public:
  explicit CompiledSizes(llvm::ArrayRef<std::string> texts) {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    mlir::MLIRContext context(registry);
    context.loadAllAvailableDialects();
    mlir::Location loc = mlir::UnknownLoc::get(&context);
    mlir::OwningOpRef<mlir::ModuleOp> module(mlir::ModuleOp::create(loc));
    SizeTable table;
    for (const std::string &text : texts)
      numbers.push_back(table.number(text));
    count = table.size();
    mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(module->getBody());
    // The in-memory linker hands out this symbol.
    table.emitEval(builder, loc, "tao_image_data", {"a", "b"});
    module->walk([](mlir::LLVM::LLVMFuncOp func) { func.setLinkage(mlir::LLVM::Linkage::External); });
    CpuTarget target = *CpuTarget::resolve("native");
    ErrorList errors;
    image = JitImage::create(emitObjects(translateToLlvm(*module, target), target), {}, {}, errors);
  }
  std::vector<int64_t> eval(int64_t a, int64_t b) {
    int64_t symbols[] = {a, b};
    std::vector<int64_t> all(count), result;
    reinterpret_cast<void (*)(const int64_t *, int64_t *)>(const_cast<tao_image *>(image->get()))(symbols, all.data());
    for (int32_t number : numbers)
      result.push_back(all[number]);
    return result;
  }

private:
  std::unique_ptr<JitImage> image;
  std::vector<int32_t> numbers;
  size_t count;
};

TEST(SizeTable, EqualExpressionsHaveOneNumber) {
  SizeTable table;
  EXPECT_EQ(table.number("a*b + 1"), table.number("1 + b*a"));
  EXPECT_NE(table.number("a"), table.number("b"));
  EXPECT_EQ(table.size(), 3u);
}

TEST(SizeTable, AgreesWithSymExpr) {
  std::vector<std::string> texts = {
      "7",         "a",         "a*b + 3",   "2*a*a - b",          "floordiv(a, 3)",    "ceildiv(a, b)",
      "mod(a, b)", "max(a, b)", "min(a, b)", "floordiv(a - b, 4)", "ceildiv(a - b, 4)", "mod(a - b, 4)"};
  CompiledSizes compiled(texts);
  for (int64_t a : {0, 1, 2, 5, 17, 1000})
    for (int64_t b : {1, 2, 3, 8, 999}) {
      std::vector<int64_t> values = compiled.eval(a, b);
      for (size_t i = 0; i < texts.size(); ++i) {
        auto expected = SymExpr::parse(texts[i])->evaluate(
            [&](llvm::StringRef name) -> std::optional<int64_t> { return name == "a" ? a : b; });
        EXPECT_EQ(values[i], expected.value()) << texts[i] << " at a=" << a << " b=" << b;
      }
    }
}

TEST(SizeTable, NeitherTrapsNorWraps) {
  constexpr int64_t most = std::numeric_limits<int64_t>::max(), least = std::numeric_limits<int64_t>::min();
  CompiledSizes compiled({"floordiv(a, b)", "mod(a, b)", "ceildiv(a, b)", "a*b", "a + b", "4*a*b"});
  EXPECT_EQ(compiled.eval(5, 0), (std::vector<int64_t>{0, 0, 0, 0, 5, 0}));
  EXPECT_EQ(compiled.eval(least, -1)[0], 0);
  EXPECT_EQ(compiled.eval(most, 4)[3], most);
  EXPECT_EQ(compiled.eval(most, 4)[4], most);
  EXPECT_EQ(compiled.eval(int64_t(1) << 40, int64_t(1) << 40)[5], most);
}

} // namespace
