// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Movement next to a contraction that its maps can do themselves.
//
//   contract(transpose a, b)          => contract(a, b) with the map of a permuted; likewise b
//   transpose(contract(a, b))         => contract(a, b) with the result's map permuted
//   contract(broadcast a, b)          => contract(a, b) without the repeated dims, where the other tensors have them
#include "passes/simplify/Patterns.h"

using namespace mlir;

namespace tao::simplify {

namespace {

SmallVector<AffineMap> getMaps(ContractOp op) { return llvm::to_vector(op.getMaps().getAsValueRange<AffineMapAttr>()); }

AffineMap withResults(AffineMap map, ArrayRef<AffineExpr> results) {
  return AffineMap::get(map.getNumDims(), 0, results, map.getContext());
}

struct ContractOfTranspose : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ContractOp op, PatternRewriter &rewriter) const override {
    SmallVector<AffineMap> maps = getMaps(op);
    for (unsigned i : {0u, 1u}) {
      auto transpose = op->getOperand(i).getDefiningOp<TransposeOp>();
      if (!transpose)
        continue;
      maps[i] = withResults(maps[i], permute<AffineExpr>(maps[i].getResults(), invertPermutation(transpose.getPerm())));
      rewriter.modifyOpInPlace(op, [&] {
        op->setOperand(i, transpose.getInput());
        op.setMapsAttr(rewriter.getAffineMapArrayAttr(maps));
      });
      return success();
    }
    return failure();
  }
};

struct TransposeOfContract : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto contract = op.getInput().getDefiningOp<ContractOp>();
    if (!contract || !contract->hasOneUse())
      return failure();
    SmallVector<AffineMap> maps = getMaps(contract);
    maps[2] = withResults(maps[2], permute<AffineExpr>(maps[2].getResults(), op.getPerm()));
    auto result = ContractOp::create(rewriter, contract.getLoc(), op.getType(), contract.getLhs(), contract.getRhs(),
                                     rewriter.getAffineMapArrayAttr(maps));
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct ContractOfBroadcast : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ContractOp op, PatternRewriter &rewriter) const override {
    for (unsigned i : {0u, 1u})
      if (auto broadcast = op->getOperand(i).getDefiningOp<BroadcastOp>();
          broadcast && dropRepeats(op, i, broadcast, rewriter))
        return success();
    return failure();
  }

private:
  /// A repeated dim can go when both other tensors have its loop: it is then still in two maps.
  static bool dropRepeats(ContractOp op, unsigned i, BroadcastOp broadcast, PatternRewriter &rewriter) {
    SmallVector<AffineMap> maps = getMaps(op);
    SmallVector<SymExpr> dims = getDims(broadcast.getResult()), kept;
    SmallVector<AffineExpr> results;
    SmallVector<int64_t> newIndex;
    for (auto [dim, expr] : llvm::enumerate(maps[i].getResults())) {
      unsigned loop = cast<AffineDimExpr>(expr).getPosition();
      newIndex.push_back(kept.size());
      if (!llvm::is_contained(broadcast.getDims(), static_cast<int64_t>(dim)) && maps[1 - i].isFunctionOfDim(loop) &&
          maps[2].isFunctionOfDim(loop))
        continue;
      kept.push_back(dims[dim]);
      results.push_back(expr);
    }
    if (kept.size() == dims.size())
      return false;
    maps[i] = withResults(maps[i], results);
    Value operand = makeBroadcast(rewriter, broadcast.getLoc(), broadcast.getInput(), kept,
                                  permute<int64_t>(newIndex, broadcast.getDims()));
    rewriter.modifyOpInPlace(op, [&] {
      op->setOperand(i, operand);
      op.setMapsAttr(rewriter.getAffineMapArrayAttr(maps));
    });
    return true;
  }
};

} // namespace

void populateContractPatterns(RewritePatternSet &patterns) {
  patterns.add<ContractOfTranspose, TransposeOfContract, ContractOfBroadcast>(patterns.getContext());
}

} // namespace tao::simplify
