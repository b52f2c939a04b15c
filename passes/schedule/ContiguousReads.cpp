// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Composition of index maps from a group's result down to its operands; see ContiguousReads.h.
#include "passes/schedule/ContiguousReads.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/AffineMap.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tao {

namespace {
/// The dim that moves `expr` by one when it moves by one: d, d + c, and d mod c within one period; -1 when there is
/// none.
int64_t unitDim(AffineExpr expr) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dim.getPosition();
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return -1;
  bool keepsUnit = (expr.getKind() == AffineExprKind::Add || expr.getKind() == AffineExprKind::Mod) &&
                   isa<AffineConstantExpr>(binary.getRHS());
  return keepsUnit ? unitDim(binary.getLHS()) : -1;
}
} // namespace

SmallVector<ContiguousRead> getContiguousReads(stitch::GroupOp group, size_t result) {
  SmallVector<ContiguousRead> reads;
  Value root = group.getBody().front().getTerminator()->getOperand(result);
  int64_t rank = cast<RankedTensorType>(root.getType()).getRank();
  // A value may be read under several maps; each pair is visited once.
  llvm::SetVector<std::pair<Value, AffineMap>> worklist;
  worklist.insert({root, AffineMap::getMultiDimIdentityMap(rank, group.getContext())});
  for (size_t next = 0; next < worklist.size(); ++next) {
    auto [value, map] = worklist[next];
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      int64_t dim = map.getNumResults() ? unitDim(map.getResults().back()) : -1;
      if (dim >= 0)
        reads.push_back({group.getInputs()[argument.getArgNumber()], dim});
      continue;
    }
    auto op = dyn_cast<IndexMapOpInterface>(value.getDefiningOp());
    if (!op || op.getOpClass() == OpClass::Reduction)
      continue;
    SmallVector<AffineMap> maps = op.getIndexMaps();
    for (auto [operand, inner] : llvm::zip_first(op->getOperands(), maps))
      if (inner && inner.getNumDims() == map.getNumResults())
        worklist.insert({operand, simplifyAffineMap(inner.compose(map))});
  }
  return reads;
}

} // namespace tao
