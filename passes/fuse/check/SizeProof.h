// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proofs about symbolic sizes: what holds for every value of the symbols that satisfies a few conditions.
#ifndef TAO_PASSES_FUSE_CHECK_SIZEPROOF_H
#define TAO_PASSES_FUSE_CHECK_SIZEPROOF_H

#include "dialects/Stitch/StitchPlan.h"

namespace tao::check {

class SizeProof {
public:
  SizeProof() = default;
  explicit SizeProof(llvm::ArrayRef<stitch::GuardCondition> conditions);

  /// True when `small` <= `large` follows from the conditions and from symbols being sizes, hence at least 0. False
  /// says only that no proof was found.
  bool isAtMost(const SymExpr &small, const SymExpr &large) const;

private:
  std::vector<SymExpr> nonPositive; // polynomials that the conditions keep at 0 or below
};

/// a * b, or nullopt where a number of the product does not fit a size.
std::optional<SymExpr> multiply(const SymExpr &a, const SymExpr &b);
/// The product of all.
std::optional<SymExpr> multiply(llvm::ArrayRef<SymExpr> factors);

} // namespace tao::check
#endif
