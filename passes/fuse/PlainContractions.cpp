// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For --gemm-fusion without strides. Before: contractions read and write in any order of dims, since transposes have
// folded into their maps. After: as plain matrix products have it, batch dims first, in one order for all three
// tensors, then rows and columns, or the other way round; transposes around do the rest.
//
//   contract q[b, s, h, d], k[b, t, h, d] -> [b, h, s, t]
//     => contract (transpose q)[b, h, s, d], (transpose k)[b, h, t, d] -> [b, h, s, t]
#include "dialects/Tao/TaoDialect.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "passes/fuse/Passes.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_PLAINCONTRACTIONS
#include "passes/fuse/Passes.h.inc"

namespace {
using Loops = SmallVector<unsigned>;

/// The loops of each tensor, in the order of its dims.
struct Contraction {
  Loops lhs, rhs, result;

  explicit Contraction(ContractOp op) {
    SmallVector<AffineMap> maps = llvm::to_vector(op.getMaps().getAsValueRange<AffineMapAttr>());
    Loops *all[] = {&lhs, &rhs, &result};
    for (auto [loops, map] : llvm::zip(all, maps))
      for (AffineExpr expr : map.getResults())
        loops->push_back(cast<AffineDimExpr>(expr).getPosition());
  }

  /// The result's loops that satisfy `inLhs` and `inRhs`, in the result's order; those that are summed in the lhs's.
  Loops select(bool inLhs, bool inRhs, bool inResult) const {
    return llvm::filter_to_vector(inResult ? result : lhs, [&](unsigned loop) {
      return llvm::is_contained(lhs, loop) == inLhs && llvm::is_contained(rhs, loop) == inRhs &&
             llvm::is_contained(result, loop) == inResult;
    });
  }
};

Loops join(const Loops &a, const Loops &b, const Loops &c) {
  Loops all(a);
  all.append(b);
  all.append(c);
  return all;
}

/// One of the two plain orders when the tensor has it, else the first.
Loops choose(const Loops &now, const Loops &batch, const Loops &first, const Loops &second) {
  Loops turned = join(batch, second, first);
  return now == turned ? turned : join(batch, first, second);
}

struct PlainContractionsPass : impl::PlainContractionsBase<PlainContractionsPass> {
  void runOnOperation() override {
    for (ContractOp op : llvm::to_vector(getOperation().getOps<ContractOp>()))
      makePlain(op);
  }

  void makePlain(ContractOp op) {
    Contraction loops(op);
    Loops batch = loops.select(true, true, true), rows = loops.select(true, false, true);
    Loops columns = loops.select(false, true, true), summed = loops.select(true, true, false);
    Loops lhs = choose(loops.lhs, batch, rows, summed), rhs = choose(loops.rhs, batch, summed, columns);
    Loops result = choose(loops.result, batch, rows, columns);
    if (lhs == loops.lhs && rhs == loops.rhs && result == loops.result)
      return;

    OpBuilder builder(op);
    Value left = transpose(builder, op.getLhs(), loops.lhs, lhs),
          right = transpose(builder, op.getRhs(), loops.rhs, rhs);
    unsigned count = cast<AffineMap>(*op.getMaps().getAsValueRange<AffineMapAttr>().begin()).getNumDims();
    auto map = [&](const Loops &order) { return AffineMap::getMultiDimMapWithTargets(count, order, &getContext()); };
    Value plain = ContractOp::create(builder, op.getLoc(), permuted(op.getResult(), loops.result, result), left, right,
                                     builder.getAffineMapArrayAttr({map(lhs), map(rhs), map(result)}));
    op.replaceAllUsesWith(transpose(builder, plain, result, loops.result));
    op.erase();
  }

  static RankedTensorType permuted(Value value, const Loops &from, const Loops &to) {
    SmallVector<SymExpr> dims = getDims(value), order;
    for (unsigned loop : to)
      order.push_back(dims[llvm::find(from, loop) - from.begin()]);
    return getTensorType(order, cast<RankedTensorType>(value.getType()).getElementType());
  }

  Value transpose(OpBuilder &builder, Value value, const Loops &from, const Loops &to) {
    if (from == to)
      return value;
    SmallVector<int64_t> perm;
    for (unsigned loop : to)
      perm.push_back(llvm::find(from, loop) - from.begin());
    ++numTransposes;
    return TransposeOp::create(builder, value.getLoc(), permuted(value, from, to), value, perm);
  }
};
} // namespace
} // namespace tao
