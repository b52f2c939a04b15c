// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builds the memory groups a planner asks for. Before: canonical order, library groups formed. After: every tao op is
// in a group, except constants, views and assumptions; the order is again canonical, now of groups.
#include "passes/fuse/CheckLimits.h"
#include "passes/fuse/GraphHash.h"
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/KernelGraph.h"
#include "passes/fuse/Passes.h"
#include "passes/fuse/PlanFile.h"
#include "passes/fuse/RefusedPlans.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_GROUPMEMORY
#include "passes/fuse/Passes.h.inc"

namespace {

/// What moves as one when the block is put in order: a planned group or a single op.
struct Unit {
  Operation *op = nullptr; // null for a group
  const PlannedGroup *group = nullptr;
};

struct GroupMemoryPass : impl::GroupMemoryBase<GroupMemoryPass> {
  using GroupMemoryBase::GroupMemoryBase;
  GroupMemoryPass(const GroupMemoryOptions &options, const PlanFile &file, ErrorList &errors)
      : GroupMemoryBase(options), file(&file), errors(&errors) {}

  void runOnOperation() override {
    const PlannerInfo *info = findPlanner(planner);
    if (!info) {
      getOperation().emitError() << "unknown planner '" << planner << "'";
      return signalPassFailure();
    }
    const Arch *machine = findArch(arch);
    if (!machine) {
      getOperation().emitError() << "unknown architecture '" << arch << "'";
      return signalPassFailure();
    }
    if (getOperation().isExternal())
      return;
    Partition partition;
    if (file) {
      std::optional<Partition> given = applyPlanFile(*file, getOperation(), *machine, *errors);
      if (!given)
        return signalPassFailure();
      partition = std::move(*given);
    } else {
      partition = info->create()->plan(getOperation(), *machine);
      if (!strict)
        fallBack(partition, *machine);
    }
    if (!verify(partition))
      return signalPassFailure();
    if (info->stitches)
      describe(partition);
    countCopies(partition);

    Block &block = getOperation().getBody().front();
    std::vector<Unit> units;
    unitOf.clear();
    madeFrom.clear();
    for (const PlannedGroup &group : partition) {
      for (Operation *root : group.roots)
        unitOf[root] = units.size();
      units.push_back({nullptr, &group});
    }
    SmallVector<Operation *> originals;
    for (Operation &op : block) {
      originals.push_back(&op);
      if (!unitOf.contains(&op)) {
        unitOf[&op] = units.size();
        units.push_back({&op, nullptr});
      }
    }
    SmallVector<size_t> order;
    if (!sort(units, block, order)) {
      getOperation().emitError() << "planner '" << planner << "' made groups that depend on one another in a cycle";
      return signalPassFailure();
    }

    Operation *terminator = block.getTerminator();
    llvm::SmallPtrSet<Operation *, 16> kept;
    OpBuilder builder(terminator);
    for (size_t u : order) {
      if (units[u].op) {
        kept.insert(units[u].op);
        if (units[u].op != terminator)
          units[u].op->moveBefore(terminator);
        continue;
      }
      const PlannedGroup &group = *units[u].group;
      auto results = llvm::map_to_vector(group.roots, [](Operation *root) { return Value(root->getResult(0)); });
      // What is left of a refused group follows the rules of that planner.
      StringRef planned = group.refused.empty() ? StringRef(planner) : "xla-like";
      stitch::Plan plan{planned.str(), stitch::PlanKind::Memory, {}, group.plan, group.numbers, group.key, {}};
      stitch::GroupOp groupOp = createGroup(builder, group.ops, results, plan);
      noteApart(groupOp, group);
      if (!group.refused.empty())
        groupOp->setAttr(kRefusedAttr, builder.getStringAttr(group.refused));
      madeFrom[groupOp] = &group;
      ++numGroups;
      for (auto [root, result] : llvm::zip(group.roots, groupOp.getResults()))
        root->getResult(0).replaceAllUsesWith(result);
    }
    for (Operation *op : llvm::reverse(originals))
      if (!kept.contains(op))
        op->erase();
  }

  void fallBack(Partition &partition, const Arch &machine) {
    SmallVector<stitch::GuardCondition> known = findKnownSizes(getOperation());
    numRefused += replaceRefused(partition, [&](const PlannedGroup &group) -> std::string {
      if (refuse)
        return "as asked for";
      auto violations = check::checkPlan({group.ops, group.roots}, *group.plan, limitsOf(machine), known);
      return violations.empty() ? "" : violations.front().str();
    });
  }

  /// Whatever the planner: no op is lost, and none computed for nothing.
  bool verify(const Partition &partition) {
    std::vector<check::GroupMembers> groups;
    for (const PlannedGroup &group : partition)
      groups.push_back({group.ops, group.roots});
    std::vector<check::Violation> violations = check::checkPartition(getOperation(), groups);
    for (const check::Violation &violation : violations)
      if (errors)
        errors->add(ErrorCode::BrokenPlan, "the plan violates " + violation.str());
      else
        getOperation().emitError() << "planner '" << planner << "' violates " << violation.str();
    return violations.empty();
  }

  /// Keeps what the planner knows about why the group reads others.
  void noteApart(stitch::GroupOp groupOp, const PlannedGroup &group) {
    if (group.apart.empty())
      return;
    OpBuilder builder(groupOp);
    SmallVector<Attribute> reasons;
    for (Value operand : groupOp.getInputs()) {
      auto result = dyn_cast<OpResult>(getStorage(operand));
      auto producer = result ? madeFrom.find(result.getOwner()) : madeFrom.end();
      StringRef name;
      if (producer != madeFrom.end())
        if (auto it = group.apart.find(producer->second->roots[result.getResultNumber()]); it != group.apart.end())
          name = tao::getName(it->second);
      reasons.push_back(builder.getStringAttr(name));
    }
    groupOp->setAttr(kApartAttr, builder.getArrayAttr(reasons));
  }

  /// Units in the order in which a depth-first walk from the results needs them; false when they form a cycle.
  bool sort(ArrayRef<Unit> units, Block &block, SmallVectorImpl<size_t> &order) {
    auto inputs = [&](const Unit &unit) {
      SmallVector<Value> values;
      if (unit.op)
        return SmallVector<Value>(unit.op->getOperands());
      llvm::SmallPtrSet<Operation *, 16> inside(unit.group->ops.begin(), unit.group->ops.end());
      for (Operation *op : unit.group->ops)
        for (Value operand : op->getOperands())
          if (!inside.contains(operand.getDefiningOp()) && !isSplatConstant(operand))
            values.push_back(operand);
      return values;
    };
    enum class Mark : char { New, Open, Done };
    std::vector<Mark> marks(units.size(), Mark::New);
    struct Frame {
      size_t unit;
      SmallVector<Value> inputs;
      size_t next = 0;
    };
    auto visit = [&](Operation *root) {
      std::vector<Frame> stack;
      auto open = [&](size_t unit) {
        marks[unit] = Mark::Open;
        stack.push_back({unit, inputs(units[unit])});
      };
      if (marks[unitOf[root]] == Mark::New)
        open(unitOf[root]);
      while (!stack.empty()) {
        Frame &frame = stack.back();
        if (frame.next == frame.inputs.size()) {
          marks[frame.unit] = Mark::Done;
          order.push_back(frame.unit);
          stack.pop_back();
          continue;
        }
        Operation *producer = frame.inputs[frame.next++].getDefiningOp();
        if (!producer)
          continue;
        size_t unit = unitOf[producer];
        if (marks[unit] == Mark::Open)
          return false;
        if (marks[unit] == Mark::New)
          open(unit);
      }
      return true;
    };
    for (Operation &op : block)
      if (!isPure(&op) && !op.hasTrait<OpTrait::IsTerminator>() && !visit(&op))
        return false;
    return visit(block.getTerminator());
  }

  /// What plan files and tuning records call the function, its ops, its sizes and its groups.
  void describe(Partition &partition) {
    FunctionGraph graph(getOperation());
    Builder builder(&getContext());
    getOperation()->setAttr("tao.graph", builder.getStringAttr(graph.hash));
    auto symbols =
        llvm::map_to_vector(graph.symbols.getNames(), [](const std::string &name) { return StringRef(name); });
    getOperation()->setAttr("tao.symbols", builder.getStrArrayAttr(symbols));
    for (PlannedGroup &group : partition) {
      SymbolNames names;
      group.numbers = llvm::map_to_vector(group.ops, [&](Operation *op) { return graph.numbers.lookup(op); });
      group.key = hashGroup(group.ops, [&](Operation *op) { return llvm::is_contained(group.roots, op); }, names);
    }
  }

  void countCopies(const Partition &partition) {
    llvm::DenseSet<Operation *> seen;
    for (const PlannedGroup &group : partition)
      for (Operation *op : group.ops)
        if (!seen.insert(op).second)
          ++numCopies;
  }

  DenseMap<Operation *, size_t> unitOf;
  const PlanFile *file = nullptr;
  ErrorList *errors = nullptr;
  DenseMap<Operation *, const PlannedGroup *> madeFrom; // of each group
};
} // namespace

std::unique_ptr<Pass> createGroupMemory(const GroupMemoryOptions &options, const PlanFile &file, ErrorList &errors) {
  return std::make_unique<GroupMemoryPass>(options, file, errors);
}

} // namespace tao
