// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How long the planner stitch takes as graphs grow: networks of 1,000 to 30,000 ops, with layers that contractions
// separate, an optimizer update for each weight, and stretches of elementwise ops and reductions between them that are
// scopes of hundreds of kernels. Each prints a line with its ops, kernels and seconds. What is checked is exact: all plans
// hold, and a kernel covers 20 ops and more, however large the graph.
#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "passes/fuse/Passes.h"
#include "gtest/gtest.h"
#include <chrono>
#include <random>

using namespace mlir;

namespace tao {
namespace {

class Network {
public:
  explicit Network(MLIRContext &context) : builder(&context), random(1) {}

  /// `stretch` ops without a contraction after every eighth layer.
  OwningOpRef<ModuleOp> build(int ops, int stretch) {
    Location loc = builder.getUnknownLoc();
    OwningOpRef<ModuleOp> module = ModuleOp::create(builder, loc);
    builder.setInsertionPointToEnd(module->getBody());
    auto func = func::FuncOp::create(builder, loc, "main", builder.getFunctionType({}, {}));
    body = func.addEntryBlock();
    builder.setInsertionPointToEnd(body);
    Value x = argument({kRows, kColumns});
    for (int layer = 0; static_cast<int>(body->getOperations().size()) < ops; ++layer) {
      x = addLayer(x);
      if (layer % 8 == 7)
        x = addStretch(x, stretch);
    }
    results.push_back(x);
    func::ReturnOp::create(builder, loc, results);
    func.setFunctionType(builder.getFunctionType(body->getArgumentTypes(), ValueRange(results).getTypes()));
    return module;
  }

private:
  static constexpr int64_t kRows = 512, kColumns = 256;

  RankedTensorType type(ArrayRef<int64_t> shape) { return RankedTensorType::get(shape, builder.getF32Type()); }
  Value argument(ArrayRef<int64_t> shape) { return body->addArgument(type(shape), builder.getUnknownLoc()); }
  template <typename Op> Value unary(Value x) { return Op::create(builder, x.getLoc(), x.getType(), x); }
  template <typename Op> Value binary(Value x, Value y) { return Op::create(builder, x.getLoc(), x.getType(), x, y); }

  /// A reduction over rows or columns, repeated in the shape of its operand.
  Value reduceAndRepeat(Value x, int64_t dim, ReduceKind kind) {
    int64_t kept = 1 - dim, extent = cast<RankedTensorType>(x.getType()).getDimSize(kept);
    Value reduced = ReduceOp::create(builder, x.getLoc(), type({extent}), kind, x, ArrayRef<int64_t>{dim});
    return BroadcastOp::create(builder, x.getLoc(), cast<RankedTensorType>(x.getType()), reduced,
                               ArrayRef<int64_t>{kept});
  }

  Value normalise(Value x) {
    Value centred = binary<SubOp>(x, reduceAndRepeat(x, 1, ReduceKind::Sum));
    return binary<MulOp>(centred, unary<RsqrtOp>(reduceAndRepeat(binary<MulOp>(centred, centred), 1, ReduceKind::Sum)));
  }
  Value multiply(Value x, Value w) {
    AffineExpr m, n, k;
    bindDims(builder.getContext(), m, n, k);
    auto map = [&](ArrayRef<AffineExpr> dims) { return AffineMap::get(3, 0, dims, builder.getContext()); };
    return ContractOp::create(builder, x.getLoc(), type({kRows, kColumns}), x, w,
                              builder.getAffineMapArrayAttr({map({m, k}), map({k, n}), map({m, n})}));
  }
  /// A step of momentum.
  void update(Value w, Value gradient) {
    Value moment = argument({kColumns, kColumns});
    Value next = binary<AddOp>(binary<MulOp>(moment, moment), gradient);
    results.push_back(next);
    results.push_back(binary<SubOp>(w, unary<TanhOp>(next)));
  }
  Value addLayer(Value x) {
    Value w = argument({kColumns, kColumns}), gradient = argument({kColumns, kColumns});
    update(w, gradient);
    Value y = multiply(normalise(x), w);
    Value softmax = unary<ExpOp>(binary<SubOp>(y, reduceAndRepeat(y, 1, ReduceKind::Max)));
    return binary<AddOp>(x, binary<DivOp>(softmax, reduceAndRepeat(softmax, 1, ReduceKind::Sum)));
  }
  /// Ops that read one of the last few values, all of one depth.
  Value addStretch(Value x, int ops) {
    SmallVector<Value> recent(4, x);
    for (int i = 0; i < ops; ++i) {
      Value a = recent[random() % 4], b = recent[random() % 4];
      switch (random() % 6) {
      case 0:
        a = reduceAndRepeat(a, 1, ReduceKind::Max);
        break;
      case 1:
        a = binary<SubOp>(a, reduceAndRepeat(a, 0, ReduceKind::Sum));
        break;
      case 2:
        a = unary<TanhOp>(a);
        break;
      default:
        a = random() % 2 ? binary<AddOp>(a, b) : binary<MulOp>(a, b);
      }
      recent[i % 4] = a;
    }
    return binary<AddOp>(binary<AddOp>(recent[0], recent[1]), binary<AddOp>(recent[2], recent[3]));
  }

  OpBuilder builder;
  std::mt19937 random;
  Block *body = nullptr;
  SmallVector<Value> results;
};

/// Ops, and ops of a stretch.
class PlannerScale : public testing::TestWithParam<std::pair<int, int>> {};

TEST_P(PlannerScale, PlansLargeGraphs) {
  auto [size, stretch] = GetParam();
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<TaoDialect, stitch::StitchDialect, func::FuncDialect>();
  OwningOpRef<ModuleOp> module = Network(context).build(size, stretch);
  ASSERT_TRUE(succeeded(verify(*module)));
  auto count = [&](auto wanted) {
    int64_t number = 0;
    module->walk([&](Operation *op) { number += wanted(op); });
    return number;
  };
  int64_t ops = count([](Operation *op) { return isa<IndexMapOpInterface>(op); });
  PassManager passes(&context);
  FuseOptions options{"stitch"};
  options.arch = "sm_90";
  buildFusePipeline(passes, options);
  auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(succeeded(passes.run(*module)));
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  int64_t kernels = count([](Operation *op) {
    return isa<stitch::GroupOp>(op) && stitch::getPlanKind(cast<stitch::GroupOp>(op)) == stitch::PlanKind::Memory;
  });
  llvm::outs() << ops << " ops, " << kernels << " memory kernels, " << llvm::format("%.2f s\n", seconds);
  llvm::outs().flush();
  EXPECT_LE(kernels * 20, ops);
}

INSTANTIATE_TEST_SUITE_P(Sizes, PlannerScale,
                         testing::Values(std::pair(1000, 400), std::pair(3000, 400), std::pair(10000, 400),
                                         std::pair(30000, 400), std::pair(10000, 10000)));

} // namespace
} // namespace tao
