// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See RunGraph.h.
#include "RunGraph.h"
#include "CompiledGraph.h"
#include "RandomGraph.h"
#include "dialects/Stitch/StitchDialect.h"
#include "passes/interp/Interpreter.h"
#include <cstring>

using namespace mlir;

namespace tao {

namespace {
/// Of unfused code's error, and of the largest element: sums in another order round differently.
constexpr double kFactor = 2, kFloor = 1e-5;

struct Graph {
  MLIRContext context{MLIRContext::Threading::DISABLED};
  OwningOpRef<ModuleOp> module;

  Graph(uint32_t seed, int ops) {
    using Extents = RandomGraph::Extents;
    constexpr Extents kKinds[] = {Extents::Small, Extents::Prime, Extents::One, Extents::Empty, Extents::Large};
    context.loadDialect<TaoDialect, stitch::StitchDialect, func::FuncDialect>();
    module = RandomGraph(context, seed, kKinds[seed % std::size(kKinds)]).build(ops);
  }
};

std::string compare(uint32_t seed, int ops, const std::string &planner) {
  Graph graph(seed, ops);
  auto func = graph.module->lookupSymbol<func::FuncOp>("main");
  std::mt19937 random(seed);
  SmallVector<HostTensor> inputs, expected;
  for (Type type : func.getArgumentTypes()) {
    auto tensor = cast<RankedTensorType>(type);
    for (double &element : inputs.emplace_back(tensor.getElementType(), tensor.getShape()).reals)
      element = static_cast<float>(random() / 0x1p31 - 1.0);
  }
  std::string error;
  if (failed(interpret(func, inputs, expected, error)))
    return "the interpreter: " + error;
  Outputs plain = CompiledGraph(*graph.module, {"--fusion=none"}).run(inputs, 1);
  CompiledGraph fused(*graph.module, {"--fusion=" + planner, "--check-plans=strict"});
  Outputs first = fused.run(inputs, 1), two = fused.run(inputs, 2), four = fused.run(inputs, 4);
  for (size_t i = 0; i < expected.size(); ++i) {
    double limit = std::max(kFactor * errorOf(plain[i], expected[i].reals), kFloor);
    double found = errorOf(first[i], expected[i].reals);
    if (!(found <= limit))
      return llvm::formatv("output {0} is off by {1}, allowed are {2}", i, found, limit);
    auto isSame = [&](const std::vector<float> &other) {
      return other.size() == first[i].size() && !std::memcmp(other.data(), first[i].data(), 4 * other.size());
    };
    if (!isSame(two[i]) || !isSame(four[i]))
      return llvm::formatv("output {0} depends on the number of threads", i);
  }
  return "";
}
} // namespace

std::string printGraph(uint32_t seed, int ops) {
  std::string text;
  llvm::raw_string_ostream(text) << *Graph(seed, ops).module << "\n";
  return text;
}

std::string findGraphFault(uint32_t seed, int ops, const std::string &planner) {
  try {
    return compare(seed, ops, planner);
  } catch (const RunFault &fault) {
    return fault.text;
  }
}

} // namespace tao
