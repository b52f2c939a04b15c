// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels of a KernelSet as a graph that shrinks as they merge: who reads whom, and how many contractions come
// before each.
#ifndef TAO_PASSES_FUSE_KERNELGRAPH_H
#define TAO_PASSES_FUSE_KERNELGRAPH_H

#include "passes/fuse/KernelSet.h"

namespace tao {

/// What a value is a view of.
mlir::Value getStorage(mlir::Value value);

class KernelGraph {
public:
  /// Takes the kernels as they are; those that merged into others already are left out.
  explicit KernelGraph(KernelSet &set);

  /// The kernels in canonical order, as they were at the start.
  llvm::ArrayRef<size_t> getOrder() const { return order; }
  /// Largest number of contractions on a path from the inputs. Only kernels of equal depth can lie between two of that
  /// depth.
  int64_t getDepth(size_t k) const { return depth[k]; }
  const llvm::SetVector<size_t> &getReaders(size_t k) const { return readers[k]; }
  /// The kernel that `k` has become part of.
  size_t resolve(size_t k) const;

  /// True when results of `a` reach `b` through some other kernel, so that merging the two would close a cycle. Both
  /// have the same depth.
  bool hasDetour(size_t a, size_t b) const;
  /// Notes that `from` became part of `into`.
  void merge(size_t into, size_t from);

private:
  static constexpr size_t kMaxSearch = 4096;
  llvm::SmallVector<size_t> order;
  llvm::SmallVector<int64_t> depth;
  llvm::SmallVector<llvm::SetVector<size_t>> readers, producers;
  llvm::DenseMap<size_t, size_t> mergedInto;
};

} // namespace tao
#endif
