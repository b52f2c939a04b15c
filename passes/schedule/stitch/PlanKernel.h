// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One group with a stitching plan on its way to a kernel: what is the same on every machine. A subclass knows how a
// block of a part runs there.
#ifndef TAO_PASSES_SCHEDULE_STITCH_PLANKERNEL_H
#define TAO_PASSES_SCHEDULE_STITCH_PLANKERNEL_H

#include "passes/schedule/KernelSignature.h"
#include "passes/schedule/stitch/KernelMemory.h"
#include "passes/schedule/stitch/PlanView.h"

namespace tao {

class PlanKernel {
public:
  PlanKernel(stitch::GroupOp group, const stitch::Plan &plan) : group(group), plan(plan), signature(group) {}
  virtual ~PlanKernel() = default;

  mlir::LogicalResult prepare();
  stitch::KernelOp build();
  /// Replaces the group by a call of the kernel.
  void call(llvm::StringRef kernel, llvm::ArrayRef<int64_t> inPlace);

protected:
  struct Variant {
    std::unique_ptr<PlanView> view;
    SymExpr tasks;
  };
  /// Plans a part's memory: results of the kernel besides the group's, and scratch memory.
  virtual mlir::LogicalResult preparePart(size_t variant, int64_t part) = 0;
  /// What is left to do once all parts are known.
  virtual void finishPreparation() {}
  /// Code of block number `block` of the part.
  virtual void emitPart(mlir::OpBuilder b, Emitter &emitter, size_t variant, int64_t part, mlir::Value block) = 0;
  /// Bytes of scratch memory of a kernel with stages.
  int64_t getScratch() const;

  stitch::GroupOp group;
  stitch::Plan plan;
  KernelSignature signature;
  KernelMemory memory;
  std::vector<Variant> variants;

private:
  void noteSizes();
  void emitVariant(mlir::OpBuilder b, Emitter &emitter, size_t variant, mlir::Value task);
  void emitParts(mlir::OpBuilder b, Emitter &emitter, size_t variant, size_t first, size_t last, mlir::Value task);
  SymExpr getTasks() const;
  SymExpr getCost();

  int64_t scratch = 0;
};

} // namespace tao
#endif
