// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Symbols that can have one value only. Before: an assumption of the model says that a symbol equals a number, as where
// an input with an open extent is added to a constant. After: the number stands in its place everywhere, inputs
// included, so that the model is compiled as what it is; the run compares the input's extents with it.
#include "dialects/Tao/TaoDialect.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "passes/simplify/Passes.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_SETTLESIZES
#include "passes/simplify/Passes.h.inc"

namespace {
struct SettleSizesPass : impl::SettleSizesBase<SettleSizesPass> {
  void runOnOperation() override {
    // One number may settle another: d = 8 and d * e = 24.
    while (findValues()) {
      AttrTypeReplacer replacer;
      replacer.addReplacement([&](RankedTensorType type) -> Type {
        SmallVector<SymExpr> dims;
        for (const SymExpr &dim : getDims(type))
          dims.push_back(settle(dim));
        return getTensorType(dims, type.getElementType());
      });
      replacer.recursivelyReplaceElementsIn(getOperation(), /*replaceAttrs=*/true, /*replaceLocs=*/false,
                                            /*replaceTypes=*/true);
      getOperation().walk([&](Operation *op) { settleExpressions(op); });
      numSettled += values.size();
    }
  }

private:
  /// Only what the model as a whole assumes: a body may never run.
  bool findValues() {
    values.clear();
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      for (auto assume : function.front().getOps<AssumeOp>()) {
        if (assume.getAtLeast())
          continue;
        std::optional<SymExpr> a = SymExpr::parse(assume.getLhs()), b = SymExpr::parse(assume.getRhs());
        if (a && b && b->isConstant())
          std::swap(a, b);
        if (!a || !b || !a->constant() || *a->constant() < 0 || !SymExpr::isValidSymbol(b->str()))
          continue;
        // Of two numbers for one symbol the later assumption fails in every run, and says so.
        values.try_emplace(b->str(), *a->constant());
      }
    }
    return !values.empty();
  }

  SymExpr settle(const SymExpr &expr) const {
    return expr.substitute([&](StringRef symbol) -> std::optional<SymExpr> {
      auto it = values.find(symbol);
      return it == values.end() ? std::nullopt : std::optional(SymExpr(it->second));
    });
  }
  StringAttr settle(StringAttr text) const {
    std::optional<SymExpr> expr = SymExpr::parse(text.getValue());
    return expr ? StringAttr::get(text.getContext(), settle(*expr).str()) : text;
  }

  /// Expressions that are attributes.
  void settleExpressions(Operation *op) {
    if (auto size = dyn_cast<SizeOp>(op)) {
      size.setExprAttr(settle(size.getExprAttr()));
    } else if (auto slice = dyn_cast<SliceOp>(op)) {
      SmallVector<Attribute> starts;
      for (auto start : slice.getStarts().getAsRange<StringAttr>())
        starts.push_back(settle(start));
      slice.setStartsAttr(ArrayAttr::get(op->getContext(), starts));
    } else if (auto loop = dyn_cast<LoopOp>(op); loop && loop.getTripsAttr()) {
      loop.setTripsAttr(settle(loop.getTripsAttr()));
    } else if (auto assume = dyn_cast<AssumeOp>(op)) {
      assume.setLhsAttr(settle(assume.getLhsAttr()));
      assume.setRhsAttr(settle(assume.getRhsAttr()));
      // What holds in every run says nothing any more; what holds in none stays, for its message.
      auto number = SymExpr::parse(assume.getLhs());
      if (!assume.getAtLeast() && number && number->isConstant() && assume.getLhs() == assume.getRhs())
        assume.erase();
    }
  }

  llvm::StringMap<int64_t> values;
};
} // namespace
} // namespace tao
