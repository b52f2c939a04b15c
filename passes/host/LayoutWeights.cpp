// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Offsets in the weight blob. Before: rt.weight without offset. After: each has one, equal bytes share one, and the
// module carries the WeightPlan.
#include "dialects/Tao/ConstantData.h"
#include "passes/host/Passes.h"
#include "passes/host/WeightPlan.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_LAYOUTWEIGHTS
#include "passes/host/Passes.h.inc"

namespace {
struct LayoutWeights : impl::LayoutWeightsBase<LayoutWeights> {
  void runOnOperation() override {
    WeightPlan plan;
    DenseMap<Attribute, int64_t> offsets;                              // by attribute
    DenseMap<std::pair<uint64_t, uint64_t>, SmallVector<size_t>> seen; // by size and hash: entries of the plan
    Builder builder(&getContext());
    SmallVector<rt::WeightOp> ops;
    getOperation().walk([&](rt::WeightOp op) { ops.push_back(op); });
    for (rt::WeightOp op : ops) {
      if (op->use_empty()) {
        op.erase();
        continue;
      }
      auto [it, isNew] = offsets.try_emplace(op.getValue(), 0);
      if (isNew)
        it->second = place(op.getValue(), plan, seen);
      else
        ++numShared;
      op.setOffsetAttr(builder.getI64IntegerAttr(it->second));
    }
    weightBytes = plan.bytes;
    plan.set(getOperation());
  }

private:
  int64_t place(ElementsAttr value, WeightPlan &plan,
                DenseMap<std::pair<uint64_t, uint64_t>, SmallVector<size_t>> &seen) {
    ConstantBytes bytes = getConstantBytes(value);
    ArrayRef<char> view = bytes.get();
    uint64_t hash = llvm::xxh3_64bits(ArrayRef(reinterpret_cast<const uint8_t *>(view.data()), view.size()));
    SmallVector<size_t> &candidates = seen[{view.size(), hash}];
    for (size_t entry : candidates)
      if (getConstantBytes(plan.entries[entry].value).get() == view) {
        ++numShared;
        return plan.entries[entry].offset;
      }
    int64_t offset = llvm::alignTo(plan.bytes, kWeightAlignment);
    candidates.push_back(plan.entries.size());
    plan.entries.push_back({value, offset});
    plan.bytes = offset + static_cast<int64_t>(view.size());
    return offset;
  }
};
} // namespace
} // namespace tao
