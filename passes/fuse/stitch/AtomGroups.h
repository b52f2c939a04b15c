// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Atoms in groups that merge: which group an atom is in, which groups read which, and whether two may become one.
#ifndef TAO_PASSES_FUSE_STITCH_ATOMGROUPS_H
#define TAO_PASSES_FUSE_STITCH_ATOMGROUPS_H

#include "passes/fuse/stitch/AtomGraph.h"
#include "llvm/ADT/SetVector.h"

namespace tao {

class AtomGroups {
public:
  /// `partition` covers all atoms of the graph. Groups are numbered as in it.
  AtomGroups(AtomGraph &graph, const AtomPartition &partition);

  size_t size() const { return groups.size(); }
  /// Empty once the group has merged into another.
  llvm::ArrayRef<Atom> getAtoms(size_t g) const { return groups[g].atoms; }
  size_t getGroupOf(Atom a) const { return groupOf[a]; }
  int64_t getLevel(size_t g) const { return graph.getLevel(groups[g].atoms.front()); }
  /// Groups that read results of `g`, of any level.
  const llvm::SetVector<size_t> &getReaders(size_t g) const { return groups[g].readers; }

  /// True when the two are of one level and no path leads from one through a third group to the other.
  bool canMerge(size_t a, size_t b) const {
    return a != b && getLevel(a) == getLevel(b) && !hasDetour(a, b) && !hasDetour(b, a);
  }
  /// True when a value of one is needed, directly or not, by the other, which has the same level.
  bool depends(size_t a, size_t b) const;
  void merge(size_t into, size_t from);
  /// Moves a group and all its atoms.
  void setLevel(size_t g, int64_t level);

  /// The groups that are left, in order of their first atoms.
  AtomPartition getPartition() const;

private:
  bool hasDetour(size_t a, size_t b) const;
  bool reaches(size_t a, size_t b, bool alsoDirectly) const;

  static constexpr size_t kMaxSearch = 4096;
  struct Group {
    AtomList atoms;
    llvm::SetVector<size_t> readers, producers;
  };
  AtomGraph &graph;
  std::vector<Group> groups;
  std::vector<size_t> groupOf;
};

} // namespace tao
#endif
