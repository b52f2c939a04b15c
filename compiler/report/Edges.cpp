// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Why groups are not one kernel, for each pair of which one reads the other: what the order of things decides, then
// what the planner has noted with its groups. See passes/fuse/WhyNot.def.
#include "compiler/report/Flow.h"
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/KernelGraph.h"
#include "passes/fuse/Planner.h"

using namespace mlir;

namespace tao {

namespace {
/// What the planner noted for the operands of `reader` that are results of `producer`.
std::optional<WhyNot> getNoted(stitch::GroupOp producer, stitch::GroupOp reader) {
  auto reasons = reader->getAttrOfType<ArrayAttr>(kApartAttr);
  if (!reasons || reasons.size() != reader.getInputs().size())
    return std::nullopt;
  for (auto [operand, reason] : llvm::zip(reader.getInputs(), reasons.getAsValueRange<StringAttr>()))
    if (getStorage(operand).getDefiningOp() == producer)
      if (auto why = parseWhyNot(reason))
        return why;
  return std::nullopt;
}

WhyNot explain(stitch::GroupOp producer, stitch::GroupOp reader, bool hasContractionBetween) {
  if (getRoutine(producer) || getRoutine(reader))
    return WhyNot::routine;
  if (isMathGroup(reader))
    return WhyNot::operand_of_product;
  if (isMathGroup(producer))
    return WhyNot::no_epilogue;
  if (hasContractionBetween)
    return WhyNot::contraction_between;
  if (auto noted = getNoted(producer, reader))
    return *noted;
  const PlannerInfo *planner = findPlanner(stitch::Plan::fromAttr(reader.getPlan())->planner);
  return planner && !planner->stitches ? WhyNot::planner : WhyNot::plan_file;
}
} // namespace

std::vector<Edge> findEdges(Flow &flow) {
  struct Entry {
    int64_t bytes = 0;
    bool hasContractionBetween = false;
  };
  llvm::MapVector<std::pair<Operation *, Operation *>, Entry> entries; // producer, reader
  llvm::DenseMap<std::pair<Operation *, Value>, int64_t> read;         // parts of one group read a tensor once
  for (auto [n, node] : llvm::enumerate(flow.getNodes()))
    for (auto &[storage, bytes] : node.reads) {
      int64_t producer = flow.getProducer(storage);
      Operation *op = producer < 0 ? nullptr : flow.getNodes()[producer].op;
      if (!isa_and_nonnull<stitch::GroupOp>(op) || !isa<stitch::GroupOp>(node.op))
        continue;
      Entry &entry = entries[{op, node.op}];
      int64_t &known = read[{node.op, storage}];
      entry.bytes = addSaturated(entry.bytes, std::max<int64_t>(bytes - known, 0));
      known = std::max(known, bytes);
      entry.hasContractionBetween |= flow.hasContractionBetween(producer, n);
    }
  std::vector<Edge> edges;
  for (auto &[pair, entry] : entries)
    edges.push_back(
        {pair.first, pair.second, entry.bytes,
         explain(cast<stitch::GroupOp>(pair.first), cast<stitch::GroupOp>(pair.second), entry.hasContractionBetween)});
  return edges;
}

} // namespace tao
