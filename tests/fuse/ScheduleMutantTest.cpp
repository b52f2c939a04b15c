// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How many mistakes in schedule IR are seen? Kernels of several groups are given one mistake each. The verifier refuses
// a mutant, or it runs, with its accesses checked, and fails or gives other values than the interpreter; else it
// computes the same. None may crash, for that would be an access that the checks have missed, and no order of lanes
// that only a barrier makes may be left to the run, where it goes well by luck.
#include "CompiledGraph.h"
#include "ScheduleMutants.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/fuse/Passes.h"
#include "passes/interp/Interpreter.h"
#include "passes/schedule/Passes.h"
#include "gtest/gtest.h"
#include <map>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;

namespace tao {
namespace {

constexpr unsigned kTimeout = 60; // seconds

/// Rows that are kept, columns and rows at once, neighbours, and a row that blocks add up together.
constexpr const char *kGroups[] = {R"(
func.func @main(%x: tensor<6x700xf32>) -> tensor<6x700xf32> {
  %m = tao.reduce max %x dims [1] : tensor<6x700xf32> -> tensor<6xf32>
  %mb = tao.broadcast %m dims [0] : tensor<6xf32> -> tensor<6x700xf32>
  %d = tao.sub %x, %mb : tensor<6x700xf32>
  %e = tao.exp %d : tensor<6x700xf32>
  %s = tao.reduce sum %e dims [1] : tensor<6x700xf32> -> tensor<6xf32>
  %sb = tao.broadcast %s dims [0] : tensor<6xf32> -> tensor<6x700xf32>
  %r = tao.div %e, %sb : tensor<6x700xf32>
  return %r : tensor<6x700xf32>
})",
                                   R"(
func.func @main(%g: tensor<480x64xf32>, %x: tensor<480x64xf32>) -> (tensor<480x64xf32>, tensor<64xf32>, tensor<64xf32>) {
  %p = tao.mul %g, %x : tensor<480x64xf32>
  %a = tao.reduce sum %p dims [1] : tensor<480x64xf32> -> tensor<480xf32>
  %ab = tao.broadcast %a dims [0] : tensor<480xf32> -> tensor<480x64xf32>
  %ax = tao.mul %ab, %x : tensor<480x64xf32>
  %dx = tao.sub %g, %ax : tensor<480x64xf32>
  %dg = tao.reduce sum %p dims [0] : tensor<480x64xf32> -> tensor<64xf32>
  %db = tao.reduce sum %g dims [0] : tensor<480x64xf32> -> tensor<64xf32>
  return %dx, %dg, %db : tensor<480x64xf32>, tensor<64xf32>, tensor<64xf32>
})",
                                   R"(
func.func @main(%x: tensor<16x64xf32>) -> tensor<16x63xf32> {
  %e = tao.exp %x : tensor<16x64xf32>
  %a = tao.slice %e from ["0", "0"] by [1, 1] : tensor<16x64xf32> -> tensor<16x63xf32>
  %b = tao.slice %e from ["0", "1"] by [1, 1] : tensor<16x64xf32> -> tensor<16x63xf32>
  %s = tao.reduce sum %e dims [1] : tensor<16x64xf32> -> tensor<16xf32>
  %sb = tao.broadcast %s dims [0] : tensor<16xf32> -> tensor<16x63xf32>
  %d = tao.sub %a, %b : tensor<16x63xf32>
  %r = tao.div %d, %sb : tensor<16x63xf32>
  return %r : tensor<16x63xf32>
})",
                                   R"(
func.func @main(%x: tensor<1x90001xf32>) -> tensor<1x90001xf32> {
  %e = tao.exp %x : tensor<1x90001xf32>
  %s = tao.reduce sum %e dims [1] : tensor<1x90001xf32> -> tensor<1xf32>
  %sb = tao.broadcast %s dims [0] : tensor<1xf32> -> tensor<1x90001xf32>
  %r = tao.div %e, %sb : tensor<1x90001xf32>
  return %r : tensor<1x90001xf32>
})"};

/// What a child process that makes it says; or "signal N".
std::string askApart(llvm::function_ref<std::string()> ask) {
  int ends[2];
  if (pipe(ends))
    return "no pipe";
  pid_t pid = fork();
  if (pid == 0) {
    alarm(kTimeout);
    std::string text = ask().substr(0, 4000);
    _exit(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string text(4096, '\0');
  ssize_t length = read(ends[0], text.data(), text.size());
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  text.resize(length > 0 ? length : 0);
  return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) : text;
}

class Case {
public:
  Case(MLIRContext &context, const char *text) : module(parseSourceString<ModuleOp>(text, &context)) {
    auto func = module->lookupSymbol<func::FuncOp>("main");
    std::mt19937 random(1);
    for (Type type : func.getArgumentTypes()) {
      auto tensor = cast<RankedTensorType>(type);
      for (double &element : inputs.emplace_back(tensor.getElementType(), tensor.getShape()).reals)
        element = static_cast<float>(random() / 0x1p31 - 1.0);
    }
    std::string error;
    EXPECT_TRUE(succeeded(interpret(func, inputs, expected, error))) << error;
    PassManager passes(&context);
    FuseOptions options{"stitch"};
    buildFusePipeline(passes, options);
    buildSchedulePipeline(passes, ScheduleOptions());
    EXPECT_TRUE(succeeded(passes.run(*module)));
  }

  /// Empty when it gives the right values, else what is wrong.
  std::string run(ModuleOp kernels) const {
    return askApart([&]() -> std::string {
      try {
        Outputs outputs = CompiledGraph(kernels, {"--compile-from=kernel", "--sanitize=undefined"}).run(inputs, 2);
        for (auto [actual, reference] : llvm::zip_equal(outputs, expected))
          if (double error = errorOf(actual, reference.reals); !(error <= 1e-5))
            return "off by " + std::to_string(error);
      } catch (const RunFault &fault) {
        return fault.text;
      }
      return "";
    });
  }

  OwningOpRef<ModuleOp> module;
  SmallVector<HostTensor> inputs, expected;
};

TEST(ScheduleMutants, AreCaught) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<TaoDialect, stitch::StitchDialect, func::FuncDialect>();
  struct Count {
    int refused = 0, found = 0, same = 0, crashed = 0;
  };
  std::map<std::string, Count> counts;
  Count all;
  for (const char *text : kGroups) {
    Case group(context, text);
    ASSERT_EQ(group.run(*group.module), "");
    forEachScheduleMutant(*group.module, [&](ScheduleMutant &mutant) {
      auto count = [&](int Count::*field) { ++(counts[mutant.mistake.str()].*field), ++(all.*field); };
      ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
      if (failed(verify(*mutant.module)))
        return count(&Count::refused);
      std::string wrong = group.run(*mutant.module);
      bool crashed = StringRef(wrong).starts_with("signal") || StringRef(wrong).starts_with("exit code 3");
      if (crashed)
        llvm::errs() << mutant.mistake << " " << mutant.where << ": " << wrong << "\n" << *mutant.module << "\n";
      count(crashed ? &Count::crashed : wrong.empty() ? &Count::same : &Count::found);
    });
  }
  for (const auto &[mistake, count] : counts)
    llvm::outs() << llvm::format("%-28s refused %4d, found by running %4d, the same %4d, crashed %3d\n",
                                 mistake.c_str(), count.refused, count.found, count.same, count.crashed);
  llvm::outs() << "refused " << all.refused << ", found by running " << all.found << ", the same " << all.same
               << ", crashed " << all.crashed << "\n";
  EXPECT_GT(all.refused + all.found, 100);
  EXPECT_EQ(all.crashed, 0);
  // What depends on the order of lanes goes well on a CPU, so the verifier has to see it.
  EXPECT_EQ(counts["drop a barrier"].found, 0);
}

} // namespace
} // namespace tao
