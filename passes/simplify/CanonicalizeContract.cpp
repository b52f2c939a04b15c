// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Merges the loop dims of contractions. Before: any maps. After: no loop dim of extent 1 that another loop of its kind
// could stand for, no two loops that are neighbours everywhere, and at most one summed loop. Loops of lhs and result
// (or rhs and result) that stay apart are for the library to treat as batch dims that the other operand lacks.
//
//   contract x[b, s, k], w[k, n] -> [b, s, n]   =>   reshape(contract (reshape x)[m, k], w[k, n] -> [m, n])
#include "passes/simplify/Passes.h"
#include "passes/simplify/Patterns.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_CANONICALIZECONTRACT
#include "passes/simplify/Passes.h.inc"

namespace {
using namespace simplify;

/// A contraction taken apart: for lhs, rhs and the result, the loops in the order of the tensor's dims.
struct Loops {
  SmallVector<unsigned> of[3];
  SmallVector<SymExpr> extents;
  SmallVector<unsigned> uses; // bit i: tensor i has the loop

  explicit Loops(ContractOp op) {
    SmallVector<AffineMap> maps = llvm::to_vector(op.getMaps().getAsValueRange<AffineMapAttr>());
    Value values[] = {op.getLhs(), op.getRhs(), op.getResult()};
    extents.resize(maps[0].getNumDims());
    uses.assign(maps[0].getNumDims(), 0);
    for (unsigned i = 0; i < 3; ++i)
      for (auto [expr, extent] : llvm::zip(maps[i].getResults(), getDims(values[i]))) {
        unsigned loop = cast<AffineDimExpr>(expr).getPosition();
        of[i].push_back(loop);
        extents[loop] = extent;
        uses[loop] |= 1u << i;
      }
  }

  void remove(unsigned loop) {
    for (auto &order : of)
      llvm::erase(order, loop);
  }

  /// True when each tensor that has one of the two loops has `second` right after `first`.
  bool areNeighbours(unsigned first, unsigned second) const {
    if (uses[first] != uses[second])
      return false;
    return llvm::all_of(of, [&](const SmallVector<unsigned> &order) {
      auto it = llvm::find(order, first);
      return it == order.end() || (std::next(it) != order.end() && *std::next(it) == second);
    });
  }
};

constexpr unsigned kSummed = 0b011, kBatch = 0b111;

struct CanonicalizeContractPass : impl::CanonicalizeContractBase<CanonicalizeContractPass> {
  void runOnOperation() override {
    SmallVector<ContractOp> ops;
    getOperation().walk([&](ContractOp op) { ops.push_back(op); });
    for (ContractOp op : ops)
      canonicalize(op);
  }

private:
  void canonicalize(ContractOp op) {
    Loops loops(op);
    OpBuilder builder(op);
    Value operands[2] = {op.getLhs(), op.getRhs()};
    bool changed = dropUnitLoops(loops);
    bool transposed = gatherSummedLoops(loops, builder, op.getLoc(), operands);
    changed |= mergeNeighbours(loops);
    if (!changed && !transposed)
      return;
    numMerged += changed;
    auto dimsOf = [&](unsigned i) {
      return llvm::map_to_vector(loops.of[i], [&](unsigned loop) { return loops.extents[loop]; });
    };
    for (unsigned i : {0u, 1u})
      operands[i] = makeReshape(builder, op.getLoc(), operands[i], dimsOf(i));
    auto result = ContractOp::create(builder, op.getLoc(), getTensorType(dimsOf(2), elementOf(op)), operands[0],
                                     operands[1], builder.getAffineMapArrayAttr(makeMaps(loops)));
    op.replaceAllUsesWith(makeReshape(builder, op.getLoc(), result, getDims(op.getResult())));
    op.erase();
  }

  /// Batch loops of extent 1 go; others when a loop of the same kind remains, so that every matrix keeps its two dims.
  static bool dropUnitLoops(Loops &loops) {
    bool changed = false;
    for (unsigned loop = 0; loop < loops.extents.size(); ++loop) {
      if (!loops.extents[loop].isConstant(1))
        continue;
      unsigned alike = 0;
      for (unsigned other = 0; other < loops.extents.size(); ++other)
        alike += loops.uses[other] == loops.uses[loop] &&
                 llvm::any_of(loops.of,
                              [&](const SmallVector<unsigned> &order) { return llvm::is_contained(order, other); });
      if (loops.uses[loop] != kBatch && alike < 2)
        continue;
      loops.remove(loop);
      changed = true;
    }
    return changed;
  }

  /// Makes the summed loops neighbours in one order, that of lhs, by transposing operands where they are not.
  bool gatherSummedLoops(Loops &loops, OpBuilder &builder, Location loc, Value (&operands)[2]) {
    SmallVector<unsigned> summed =
        llvm::filter_to_vector(loops.of[0], [&](unsigned loop) { return loops.uses[loop] == kSummed; });
    bool transposed = false;
    for (unsigned i : {0u, 1u}) {
      auto isSummed = [&](unsigned loop) { return loops.uses[loop] == kSummed; };
      auto first = llvm::find_if(loops.of[i], isSummed);
      if (first == loops.of[i].end() ||
          llvm::equal(ArrayRef(first, std::min<size_t>(summed.size(), loops.of[i].end() - first)), summed))
        continue;
      SmallVector<unsigned> order = llvm::filter_to_vector(loops.of[i], [&](unsigned loop) { return !isSummed(loop); });
      order.append(summed);
      SmallVector<int64_t> perm;
      for (unsigned loop : order)
        perm.push_back(llvm::find(loops.of[i], loop) - loops.of[i].begin());
      // Dropped unit loops are no longer counted among the operand's dims.
      SmallVector<SymExpr> dims = llvm::map_to_vector(loops.of[i], [&](unsigned loop) { return loops.extents[loop]; });
      operands[i] = makeTranspose(builder, loc, makeReshape(builder, loc, operands[i], dims), perm);
      loops.of[i] = order;
      transposed = true;
      ++numTransposed;
    }
    return transposed;
  }

  static bool mergeNeighbours(Loops &loops) {
    bool changed = false;
    for (unsigned i = 0; i < 3; ++i)
      for (size_t at = 0; at + 1 < loops.of[i].size();) {
        unsigned first = loops.of[i][at], second = loops.of[i][at + 1];
        if (!loops.areNeighbours(first, second)) {
          ++at;
          continue;
        }
        loops.extents[first] = loops.extents[first] * loops.extents[second];
        loops.remove(second);
        changed = true;
      }
    return changed;
  }

  /// Maps over the loops that are left, numbered result first, then summed.
  SmallVector<AffineMap> makeMaps(const Loops &loops) {
    SmallVector<unsigned> order(loops.of[2]);
    for (unsigned loop : loops.of[0])
      if (!llvm::is_contained(order, loop))
        order.push_back(loop);
    SmallVector<AffineMap> maps;
    for (const auto &tensor : loops.of) {
      SmallVector<AffineExpr> results;
      for (unsigned loop : tensor)
        results.push_back(getAffineDimExpr(llvm::find(order, loop) - order.begin(), &getContext()));
      maps.push_back(AffineMap::get(order.size(), 0, results, &getContext()));
    }
    return maps;
  }
};

} // namespace
} // namespace tao
