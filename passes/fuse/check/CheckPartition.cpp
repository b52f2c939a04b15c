// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether groups partition a function: invariants covered and acyclic.
#include "dialects/Stitch/StitchDialect.h"
#include "dialects/Tao/TaoDialect.h"
#include "passes/fuse/check/PlanChecker.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;

namespace tao::check {

namespace {

class PartitionCheck {
public:
  PartitionCheck(func::FuncOp function, ArrayRef<GroupMembers> groups)
      : body(function.getBody().front()), groups(groups), inside(groups.size()) {
    for (auto [g, group] : llvm::enumerate(groups)) {
      inside[g].insert(group.ops.begin(), group.ops.end());
      for (Operation *op : group.ops)
        groupsOf[op].push_back(g);
      for (Operation *op : group.stores)
        storesOf[op].push_back(g);
    }
  }

  std::vector<Violation> run() {
    for (auto [g, group] : llvm::enumerate(groups))
      checkGroup(g, group);
    for (Operation &op : body.without_terminator())
      if (isMemoryOp(&op))
        checkCovered(&op);
    if (violations.empty())
      checkAcyclic();
    return std::move(violations);
  }

private:
  /// What has to be in a group. Views may be, and are computed from what is stored otherwise.
  static bool isMemoryOp(Operation *op) {
    return isa<IndexMapOpInterface>(op) && !isa<ReshapeOp>(op) &&
           cast<IndexMapOpInterface>(op).getOpClass() != OpClass::Contraction;
  }
  static std::string describe(Operation *op) {
    std::string text = op->getName().getStringRef().str();
    if (auto name = op->getLoc()->findInstanceOf<NameLoc>())
      text += " '" + name.getName().str() + "'";
    return text;
  }
  void report(StringRef invariant, const Twine &text) { violations.push_back({invariant, text.str()}); }

  void checkGroup(size_t g, const GroupMembers &group) {
    llvm::SmallPtrSet<Operation *, 8> stores(group.stores.begin(), group.stores.end());
    if (stores.empty())
      report("covered", "group " + Twine(g) + " stores nothing");
    for (Operation *op : group.stores)
      if (!inside[g].contains(op))
        report("covered", "group " + Twine(g) + " stores " + describe(op) + ", which it does not compute");
    for (Operation *op : group.ops)
      if (!stores.contains(op) && llvm::none_of(op->getUsers(), [&](Operation *u) { return inside[g].contains(u); }))
        report("covered", "group " + Twine(g) + " computes " + describe(op) + " for nothing");
  }

  void checkCovered(Operation *op) {
    if (!groupsOf.contains(op)) {
      report("covered", describe(op) + " is in no group");
      return;
    }
    size_t stores = storesOf.lookup(op).size();
    if (stores > 1)
      report("covered", describe(op) + " is stored by " + Twine(stores) + " groups");
    if (stores >= 1)
      return;
    for (Operation *user : op->getUsers()) {
      auto it = groupsOf.find(user);
      if (it == groupsOf.end())
        report("covered", describe(op) + " is stored by no group, but read by " + describe(user));
      else
        for (size_t g : it->second)
          if (!inside[g].contains(op))
            report("covered", describe(op) + " is stored by no group, but read by group " + Twine(g));
    }
  }

  /// Units are groups and the ops that no group stores. A unit needs the units that store what it reads from outside.
  void checkAcyclic() {
    llvm::DenseMap<Operation *, size_t> unitOf;
    std::vector<SmallVector<Operation *>> members;
    for (const GroupMembers &group : groups) {
      for (Operation *op : group.stores)
        unitOf[op] = members.size();
      members.emplace_back(group.ops);
    }
    for (Operation &op : body)
      if (!unitOf.contains(&op) && !(groupsOf.contains(&op) && isMemoryOp(&op))) {
        unitOf[&op] = members.size();
        members.push_back({&op});
      }
    std::vector<SmallVector<size_t>> needs(members.size()), neededBy(members.size());
    std::vector<size_t> missing(members.size());
    for (size_t unit = 0; unit < members.size(); ++unit) {
      for (Operation *op : members[unit])
        for (Value operand : op->getOperands()) {
          Operation *producer = operand.getDefiningOp();
          bool isOutside = producer && !(unit < groups.size() && inside[unit].contains(producer));
          if (auto it = isOutside ? unitOf.find(producer) : unitOf.end(); it != unitOf.end())
            needs[unit].push_back(it->second);
        }
      llvm::sort(needs[unit]);
      needs[unit].erase(llvm::unique(needs[unit]), needs[unit].end());
      missing[unit] = needs[unit].size();
      for (size_t need : needs[unit])
        neededBy[need].push_back(unit);
    }
    std::vector<size_t> ready;
    for (size_t unit = 0; unit < members.size(); ++unit)
      if (missing[unit] == 0)
        ready.push_back(unit);
    size_t done = 0;
    for (; !ready.empty(); ++done) {
      size_t unit = ready.back();
      ready.pop_back();
      for (size_t other : neededBy[unit])
        if (--missing[other] == 0)
          ready.push_back(other);
    }
    for (size_t unit = 0; done != members.size() && unit < groups.size(); ++unit)
      if (missing[unit] != 0)
        return report("acyclic", "group " + Twine(unit) + ", which computes " + describe(members[unit].front()) +
                                     ", needs what is computed from its own results");
  }

  Block &body;
  ArrayRef<GroupMembers> groups;
  std::vector<llvm::SmallPtrSet<Operation *, 16>> inside;
  llvm::DenseMap<Operation *, SmallVector<size_t, 2>> groupsOf, storesOf;
  std::vector<Violation> violations;
};

} // namespace

std::vector<Violation> checkPartition(func::FuncOp function, ArrayRef<GroupMembers> groups) {
  return PartitionCheck(function, groups).run();
}

} // namespace tao::check
