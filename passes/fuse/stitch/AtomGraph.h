// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stitching planners partition: the kernels of xla-like as atoms, who reads whom, and what a set of atoms costs as
// one kernel. Atoms are numbered in topological order, and equal graphs get equal numbers.
//
// Each atom has a level, a number of contractions that come before it. A value may only be read at its own level or a
// later one, and a contraction lies between any two levels that it joins. So atoms of one level make one kernel unless
// a path within that level leads out of the kernel and back.
#ifndef TAO_PASSES_FUSE_STITCH_ATOMGRAPH_H
#define TAO_PASSES_FUSE_STITCH_ATOMGRAPH_H

#include "passes/fuse/KernelSet.h"
#include "passes/fuse/stitch/GroupCost.h"
#include "llvm/ADT/BitVector.h"
#include <unordered_map>

namespace tao {

using Atom = unsigned;
/// Ascending.
using AtomList = llvm::SmallVector<Atom, 8>;

struct AtomListHash {
  size_t operator()(const AtomList &list) const { return llvm::hash_combine_range(list.begin(), list.end()); }
};

AtomList unite(llvm::ArrayRef<Atom> a, llvm::ArrayRef<Atom> b);

class AtomGraph {
public:
  /// Takes the kernels as they are; `set` must outlive the graph.
  AtomGraph(KernelSet &set, const Arch &arch);

  size_t size() const { return atoms.size(); }
  /// Atoms that read results of `a`, of any level; ascending.
  llvm::ArrayRef<Atom> getReaders(Atom a) const { return atoms[a].readers; }
  llvm::ArrayRef<Atom> getProducers(Atom a) const { return atoms[a].producers; }
  int64_t getLevel(Atom a) const { return atoms[a].level; }
  /// The last level that what reads `a` and is no atom allows.
  int64_t getLastLevelForOthers(Atom a) const { return atoms[a].lastLevel; }
  void setLevel(Atom a, int64_t level) { atoms[a].level = level; }
  int64_t getNumLevels() const { return numLevels; }

  /// What an atom reads from memory, by storage, without constants and single numbers: sharing those saves nothing.
  llvm::ArrayRef<mlir::Value> getSharedInputs(Atom a) const { return atoms[a].shared; }

  /// What counts against the limits on packed kernels; not less than what the kernel has.
  struct Load {
    size_t ops = 0, buffers = 0;
    Load operator+(const Load &other) const { return {ops + other.ops, buffers + other.buffers}; }
  };
  Load getLoad(llvm::ArrayRef<Atom> list) const;
  bool canPack(const Load &load) const {
    return load.ops <= limits.maxPackedOps && load.buffers <= limits.maxPackedBuffers;
  }

  /// Microseconds of these atoms as one kernel; nullopt, with the reason, where they are too many or do not fit. Known
  /// sets are looked up.
  std::optional<double> estimate(llvm::ArrayRef<Atom> list, std::string *reason = nullptr);
  /// The limit that these atoms would pass as one kernel.
  std::optional<WhyNot> getExceeded(llvm::ArrayRef<Atom> list) const;
  /// Blocks of its plan that run at once, at the likely sizes; 0 without a plan.
  double countBlocks(llvm::ArrayRef<Atom> list) const;
  /// A figure that estimate never goes below, at the price of a sum.
  double estimateAtLeast(llvm::ArrayRef<Atom> list) const;
  size_t getNumEstimates() const { return known.size(); }

  PlannedGroup makeGroup(llvm::ArrayRef<Atom> list) const;

private:
  struct Root {
    mlir::Operation *op;
    llvm::SmallVector<Atom, 2> readers; // atoms; ascending, without its own
    bool leaves = false;                // read by something that is no atom
    double bytes = 0;
  };
  struct Info {
    llvm::SmallVector<mlir::Operation *> ops; // in block order
    llvm::SmallVector<Root, 1> roots;
    llvm::SmallVector<std::pair<mlir::Value, double>> inputs; // storage of what it reads, and bytes of it
    llvm::SmallVector<mlir::Value> shared;
    llvm::SmallVector<Atom, 4> readers, producers;
    int64_t level = 0;
    int64_t lastLevel = 0; // what readers that are no atoms allow
  };

  void number(KernelSet &set);
  void connect(KernelSet &set);
  void findLastLevels(KernelSet &set);
  double getBytes(mlir::Value value) const;
  double getBytesRead(const Info &info, mlir::Value input) const;
  static bool isReadOutside(const Root &root, llvm::ArrayRef<Atom> list);
  llvm::SmallVector<mlir::Operation *> collectOps(llvm::ArrayRef<Atom> list) const;
  llvm::SmallPtrSet<mlir::Operation *, 16> collectStored(llvm::ArrayRef<Atom> list) const;

  GroupCost cost;
  LikelySizes sizes;
  GroupLimits limits;
  const Arch &arch;
  std::vector<Info> atoms;
  std::vector<size_t> kernelOf;                   // of each atom
  llvm::DenseMap<mlir::Operation *, Atom> atomOf; // of each root
  int64_t numLevels = 0;
  struct Estimate {
    std::optional<double> cost;
    std::string reason;
  };
  std::unordered_map<AtomList, Estimate, AtomListHash> known;
};

/// A partition of a function's atoms, or of some of them.
using AtomPartition = std::vector<AtomList>;

} // namespace tao
#endif
