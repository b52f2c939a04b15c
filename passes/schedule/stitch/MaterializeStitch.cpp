// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From groups with a stitching plan to kernels (docs/stitch-code.md). Before: memory groups of any planner. After:
// those with such a plan are a stitch.call of a stitch.kernel; where blocks left partial results a group without a plan
// of its own, which adds them up, stands behind it.
#include "passes/schedule/Passes.h"
#include "passes/schedule/stitch/PartEmitter.h"
#include "passes/schedule/stitch/PlanKernel.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {
#define GEN_PASS_DEF_MATERIALIZESTITCH
#include "passes/schedule/Passes.h.inc"

namespace {

class CpuKernel : public PlanKernel {
public:
  CpuKernel(GroupOp group, const Plan &plan, int64_t vectorBytes) : PlanKernel(group, plan), vectorBytes(vectorBytes) {}
  SmallVector<int64_t> findInPlace(KernelOp kernel);

private:
  LogicalResult preparePart(size_t variant, int64_t part) override {
    layouts.resize(variants.size());
    layouts[variant].push_back(std::make_unique<PartLayout>(*variants[variant].view, part, vectorBytes, memory));
    return success();
  }
  void finishPreparation() override { flatten(); }
  void emitPart(OpBuilder b, Emitter &emitter, size_t variant, int64_t part, Value block) override {
    PartEmitter(*layouts[variant][part], signature, emitter, group.getLoc()).emit(b, block);
  }
  void flatten();

  int64_t vectorBytes;
  std::vector<std::vector<std::unique_ptr<PartLayout>>> layouts; // of each variant's parts
};

/// Elementwise parts take their tensors as vectors, unless another part reads one of these in another way.
void CpuKernel::flatten() {
  if (variants.size() > 1)
    return;
  const PlanView &view = *variants.front().view;
  std::vector<SmallVector<size_t, 2>> partsOf(view.ops.size()); // that compute an op
  for (const PlanRegion &region : view.variant.regions)
    for (int64_t op : region.ops)
      if (!llvm::is_contained(partsOf[op], static_cast<size_t>(region.part)))
        partsOf[op].push_back(region.part);
  for (auto &part : layouts.front())
    part->isFlat = part->isElementwiseOnly();
  // Readers of an operand that is a vector for one of them are flat all together, or none is.
  SmallVector<BlockArgument> vectors;
  for (bool hasChanged = true; hasChanged;) {
    hasChanged = false;
    vectors.clear();
    for (BlockArgument argument : group.getBody().getArguments()) {
      SmallVector<PartLayout *> readers;
      bool isVector = !getDims(argument).empty();
      for (Operation *user : argument.getUsers())
        for (size_t p : user->getNumResults() ? partsOf[view.numberOf(user->getResult(0))] : SmallVector<size_t, 2>()) {
          readers.push_back(layouts.front()[p].get());
          isVector &= layouts.front()[p]->isFlat;
        }
      if (isVector && !readers.empty())
        vectors.push_back(argument);
      for (PartLayout *reader : readers)
        if (reader->isFlat && !isVector && !getDims(argument).empty()) {
          reader->isFlat = false;
          hasChanged = true;
        }
    }
  }
  for (BlockArgument argument : vectors)
    signature.flatten(argument);
  for (size_t op = 0; op < view.ops.size(); ++op)
    for (size_t p : partsOf[op])
      if (layouts.front()[p]->isFlat && view.isStoredBy(op, p))
        for (size_t result : view.resultsOf[op]) {
          RankedTensorType &type = memory.results[memory.outputOf[result]];
          type = getTensorType(getNumElements(getDims(type)), type.getElementType());
        }
}

/// For each result of the kernel the operand that it may overwrite, or -1: one of its type that is read only where the
/// result is written.
SmallVector<int64_t> CpuKernel::findInPlace(KernelOp kernel) {
  SmallVector<int64_t> inPlace(memory.results.size(), -1);
  llvm::SmallDenseSet<int64_t> taken;
  for (size_t result = 0; result < memory.results.size(); ++result) {
    Value output = signature.getOutputs()[result];
    auto only = output.hasOneUse() ? dyn_cast<stitch::StoreOp>(*output.user_begin()) : stitch::StoreOp();
    if (!only)
      continue;
    for (auto [i, operand] : llvm::enumerate(signature.getReads())) {
      Value buffer = kernel.getBody().getArgument(i);
      bool isSame = operand.getType() == memory.results[result] && !taken.contains(i) &&
                    llvm::all_of(buffer.getUsers(), [&](Operation *user) {
                      auto load = dyn_cast<stitch::LoadOp>(user);
                      return load && load->getBlock() == only->getBlock() && load.getIndices() == only.getIndices() &&
                             load->isBeforeInBlock(only);
                    });
      if (!isSame)
        continue;
      inPlace[result] = i;
      taken.insert(i);
      break;
    }
  }
  if (llvm::all_of(inPlace, [](int64_t i) { return i < 0; }))
    inPlace.clear();
  return inPlace;
}

struct MaterializeStitch : impl::MaterializeStitchBase<MaterializeStitch> {
  using MaterializeStitchBase::MaterializeStitchBase;
  void runOnOperation() override {
    KernelTable kernels(getOperation());
    std::vector<std::pair<GroupOp, Plan>> groups;
    getOperation().walk([&](GroupOp group) {
      if (std::optional<Plan> plan = Plan::fromAttr(group.getPlan()); plan && plan->stitch)
        groups.push_back({group, std::move(*plan)});
    });
    for (auto &[group, plan] : groups) {
      CpuKernel materializer(group, plan, vectorBytes);
      if (failed(materializer.prepare()))
        return signalPassFailure();
      KernelOp kernel = materializer.build();
      SmallVector<int64_t> inPlace = materializer.findInPlace(kernel);
      // Code generation must know, too, that these buffers may be one.
      if (!inPlace.empty())
        kernel->setAttr("in_place", DenseI64ArrayAttr::get(&getContext(), inPlace));
      materializer.call(kernels.add(kernel, group), inPlace);
      ++numCalls;
    }
    numKernels = kernels.getNumKernels();
  }
};
} // namespace
} // namespace tao
