// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels of a partition while it is made. Greedy inlining decides for each memory op, readers first: it is either
// computed inside every kernel that reads it, or stored by a kernel of its own. The rules, and where they come from,
// are written down in docs/fusion-xla-like.md; in short:
//
//   - what a contraction, a view or the function's end reads is stored; so is every reduction
//   - a heavy op is stored when several kernels would compute it, or when a broadcast would repeat it
//   - any other op may be computed by up to maxCopies kernels; broadcasts, slices, iotas and sizes by any number
//   - no kernel passes maxOps ops or maxBuffers buffers, and no op is computed at more than maxEvaluations different
//   places
//     of one kernel
#ifndef TAO_PASSES_FUSE_KERNELSET_H
#define TAO_PASSES_FUSE_KERNELSET_H

#include "passes/fuse/IterationSpace.h"
#include "passes/fuse/Planner.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include <functional>

namespace tao {

struct InlineRule {
  size_t maxCopies = 4;
  size_t maxOps = 128;
  size_t maxBuffers = 64;
  size_t maxEvaluations = 16;
  /// A further condition; empty allows all.
  std::function<bool(mlir::Operation *)> mayInline;
};

struct Kernel {
  llvm::SmallVector<mlir::Operation *> roots; // in block order; empty once merged into another kernel
  llvm::SetVector<mlir::Operation *> ops;
  llvm::SetVector<mlir::Value> inputs; // values read from memory, without splat constants
  IterationSpace space;
};

class KernelSet {
public:
  KernelSet(mlir::func::FuncOp func, InlineRule rule);

  llvm::MutableArrayRef<Kernel> getKernels() { return kernels; }
  /// The kernel that stores this value, or -1. Views are not looked through.
  int64_t getKernelOf(mlir::Value value) const;
  const InlineRule &getRule() const { return rule; }
  mlir::func::FuncOp getFunc() const { return func; }

  /// Merges `from` into `into`: their ops and outputs. Legality is the caller's business.
  void merge(size_t into, size_t from);

  Partition getPartition();

private:
  /// Where in a kernel an op is computed: 0 is the kernel's own index; other numbers stand for paths through movement
  /// ops.
  using Places = llvm::SmallVector<int64_t, 2>;
  struct State {
    llvm::SmallVector<int64_t> kernels; // sorted; those that compute the op
    llvm::DenseMap<int64_t, Places> places;
    bool repeats = false; // some reader computes one element several times
    bool isView = false;
  };
  State collectReaders(mlir::Operation *op, bool &mustStore);
  bool fits(mlir::Operation *op, const State &state);
  void addKernel(mlir::Operation *root);
  int64_t placeBelow(mlir::OpOperand &operand, int64_t place);
  void peelViews();

  mlir::func::FuncOp func;
  InlineRule rule;
  std::vector<Kernel> kernels;
  llvm::DenseMap<mlir::Operation *, State> states;
  llvm::DenseMap<mlir::Operation *, int64_t> storedBy;
  llvm::DenseMap<std::pair<mlir::OpOperand *, int64_t>, int64_t> placeNumbers;
};

} // namespace tao
#endif
