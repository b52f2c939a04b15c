// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See GroupCost.h. The form of the model is that of the analytic one in XLA and of roofline models before it: memory
// and arithmetic overlap, but for a little; what one block draws from memory is limited.
#include "passes/fuse/stitch/GroupCost.h"
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/stitch/Repetition.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace tao {

using namespace stitch;

namespace {
constexpr int64_t kDefaultSize = 16;
/// What an element of a sliding window costs on a CPU, in light operations, where the group computes it: two clamped
/// indices, a comparison, a selection, and neighbours that lie a block's row apart instead of side by side. Pools and
/// response normalisations of Inception took that much longer in one kernel than in kernels of their own.
constexpr double kTapCost = 64;
/// Of the shorter of memory and arithmetic, what does not overlap with the longer.
constexpr double kNotOverlapped = 0.05;
/// Threads that draw all that one multiprocessor can.
constexpr double kThreadsForBandwidth = 512;
/// Bytes that a CPU fetches together: two cache lines. Shorter runs waste the rest.
constexpr double kRunBytes = 128;
/// Gigabytes per second to bytes per microsecond.
constexpr double kPerMicrosecond = 1000;

/// What a part of a plan moves and computes.
class PartCost {
public:
  PartCost(const StitchPlan &plan, const PlanVariant &variant, unsigned part, const Arch &arch,
           const LikelySizes &sizes)
      : plan(plan), variant(variant), arch(arch), sizes(sizes), blocks(sizes(variant.parts[part].blocks)) {
    const auto &outer = variant.parts[part].outer;
    llvm::SmallDenseSet<int64_t, 4> seen;
    for (const PlanRegion &region : variant.regions)
      for (const ClassPlacement &p : region.placement)
        if (region.part == part && llvm::is_contained(outer, p.classNumber) && seen.insert(p.classNumber).second)
          rounds *= sizes(p.grid) * sizes(p.seq);
  }

  /// How many blocks do the same work of a region: those along grid classes that it lacks.
  double countRepeats(const PlanRegion &region) const {
    double own = 1;
    for (const ClassPlacement &placement : region.placement)
      own *= sizes(placement.grid);
    return std::max(blocks / own, 1.0);
  }

  void read(Operation *op, int64_t number, unsigned region, double repeats, llvm::function_ref<bool(Value)> isOutside) {
    for (Value operand : op->getOperands()) {
      if (!isOutside(operand))
        continue;
      // Of what is sliced or gathered no more is read than comes out.
      double bytes = getBytes(operand);
      if (isa<SliceOp, GatherOp, GatherElementsOp, GatherNdOp>(op) && operand == op->getOperand(0))
        bytes = std::min(bytes, getBytes(op->getResult(0)));
      bytes *= getWaste(op, operand, number, region);
      auto &[most, regions] = reads[operand];
      most = std::max(most, bytes);
      if (llvm::is_contained(regions, region))
        continue;
      regions.push_back(region);
      // What a block reads anew is in its cache, if all that it reads between has room there.
      bool isFar = !arch.isGpu() && bytes > static_cast<double>(arch.shared_per_block) * rounds;
      (isFar ? moved : again) += bytes * (repeats - (regions.size() == 1));
    }
  }
  void write(Operation *op, int64_t number, unsigned region) {
    moved += getBytes(op->getResult(0)) * getWaste(op, op->getResult(0), number, region);
  }

  /// `repetition`: how often each of its elements is computed.
  void compute(Operation *op, int64_t number, double repetition, llvm::function_ref<bool(Value)> isOutside) {
    SmallVector<int64_t, 8> own;
    double points = repetition * static_cast<double>(countTaps(op));
    for (const auto &dim : plan.spaces[number])
      for (int64_t c : dim) {
        own.push_back(c);
        points *= sizes(plan.classes[c]);
      }
    // What is one number for all of a block fills no lanes.
    if (own.empty() && !arch.isGpu())
      points *= static_cast<double>(arch.lanes);
    double perPoint = arch.light_cycles;
    if (isa<DivOp, RemOp, SqrtOp, RsqrtOp, ReciprocalOp>(op))
      perPoint = arch.divide_cycles;
    else if (getElementwiseClass(op) == OpClass::Heavy)
      perPoint = arch.curve_cycles;
    else if (isa<BroadcastOp, ReshapeOp, TransposeOp, SliceOp, SizeOp>(op))
      perPoint = 0;
    if (countTaps(op) > 1 && !arch.isGpu() && !isOutside(op->getOperand(0)))
      perPoint *= kTapCost;
    cycles += points * perPoint;
  }

  void addTo(llvm::MapVector<Value, double> &firstReads, double &totalAgain, double &totalMoved,
             double &totalCycles) const {
    for (const auto &[value, entry] : reads) {
      double &most = firstReads[value];
      most = std::max(most, entry.first);
    }
    totalAgain += again;
    totalMoved += moved;
    totalCycles += cycles;
  }

  /// Bytes per microsecond that its blocks draw at most.
  double bandwidth() const {
    double threads = arch.isGpu() ? std::min(1.0, static_cast<double>(variant.threads) / kThreadsForBandwidth) : 1;
    // Several small blocks share a unit.
    double units = std::min(blocks * threads, static_cast<double>(arch.units));
    return std::min(arch.dram_gbps, std::max(units, threads) * arch.unit_gbps) * kPerMicrosecond;
  }
  double memoryTime() const {
    double bytes = moved;
    for (const auto &[value, entry] : reads)
      bytes += entry.first;
    return bytes / bandwidth();
  }
  double computeTime() const {
    double lanes = static_cast<double>(arch.lanes);
    double busy = arch.isGpu() ? std::min(lanes, static_cast<double>(variant.threads)) : lanes;
    double units = std::min(blocks, static_cast<double>(arch.units));
    return cycles / (std::max(units, 1.0) * busy * arch.clock_mhz);
  }

private:
  double getBytes(Value value) const {
    auto type = cast<RankedTensorType>(value.getType());
    return sizes(getNumElements(getDims(value))) * static_cast<double>(getElementBytes(type.getElementType()));
  }

  /// The class along which an op walks through an operand, or its result, in memory order; -1 when that is not known.
  int64_t getInnermost(Operation *op, Value value, int64_t number) const {
    const OpSpace &space = plan.spaces[number];
    int64_t rank = getDims(value).size(), dim = rank - 1;
    while (dim >= 0 && getDims(value)[dim].isConstant(1))
      --dim;
    if (dim < 0)
      return -1;
    size_t position = dim;
    bool isOperand = value.getDefiningOp() != op;
    auto transpose = dyn_cast<TransposeOp>(op);
    SmallVector<int64_t> reduced;
    if (auto reduce = dyn_cast<tao::ReduceOp>(op))
      reduced = llvm::to_vector(reduce.getDims());
    else if (auto arg = dyn_cast<ArgReduceOp>(op))
      reduced = {static_cast<int64_t>(arg.getDim())};
    llvm::sort(reduced);
    if (isOperand && transpose) {
      position = llvm::find(transpose.getPerm(), dim) - transpose.getPerm().begin();
    } else if (isOperand && !reduced.empty()) {
      size_t kept = getDims(op->getResult(0)).size();
      auto *it = llvm::find(reduced, dim);
      position = it != reduced.end() ? kept + (it - reduced.begin())
                                     : dim - llvm::count_if(reduced, [&](int64_t d) { return d < dim; });
    } else if (isOperand && isa<ReshapeOp>(op)) {
      position = getDims(op->getResult(0)).size() - 1;
    } else if (isOperand && getDims(value) != getDims(op->getResult(0))) {
      return -1;
    }
    return position < space.size() && !space[position].empty() ? space[position].back() : -1;
  }

  /// Bytes fetched for each one that is used, on a CPU whose blocks share the rows of a tensor.
  double getWaste(Operation *op, Value value, int64_t number, unsigned region) const {
    int64_t innermost = arch.isGpu() ? -1 : getInnermost(op, value, number);
    for (const ClassPlacement &p : variant.regions[region].placement)
      if (p.classNumber == innermost && !p.grid.isConstant(1)) {
        auto type = cast<RankedTensorType>(value.getType());
        int64_t bytes = p.warp * p.lane * p.vec * getElementBytes(type.getElementType());
        return std::max(kRunBytes / (sizes(p.seq) * static_cast<double>(bytes)), 1.0);
      }
    return 1;
  }

  const StitchPlan &plan;
  const PlanVariant &variant;
  const Arch &arch;
  const LikelySizes &sizes;
  double blocks, cycles = 0;
  double rounds = 1;           // of the outer loops of all blocks
  double moved = 0, again = 0; // bytes that come from and go to memory, beside first reads, and from the cache
  llvm::MapVector<Value, std::pair<double, SmallVector<unsigned, 2>>> reads; // bytes, and the regions that read them
};
} // namespace

LikelySizes::LikelySizes(func::FuncOp func) {
  auto module = func->getParentOfType<ModuleOp>();
  if (auto table = module ? module->getAttrOfType<DictionaryAttr>("tao.likely") : DictionaryAttr())
    for (NamedAttribute entry : table)
      if (auto value = dyn_cast<IntegerAttr>(entry.getValue()))
        likely[entry.getName()] = value.getInt();
}

double LikelySizes::operator()(const SymExpr &extent) const {
  auto value = extent.evaluate([&](StringRef symbol) -> std::optional<int64_t> {
    auto it = likely.find(symbol);
    return it == likely.end() ? kDefaultSize : it->second;
  });
  return static_cast<double>(std::max<int64_t>(value.value_or(kDefaultSize), 1));
}

std::optional<StitchPlan> GroupCost::place(ArrayRef<Operation *> ops, IsStored isStored, bool mustFit,
                                           std::string *reason) const {
  std::string why;
  std::optional<StitchPlan> plan;
  if (auto exceeded = mustFit ? std::nullopt : getExceeded(ops, isStored))
    why = *exceeded == WhyNot::too_many_ops ? "has too many ops" : "has too many buffers";
  if (why.empty())
    plan = placeGroup(ops, isStored, arch, sizes, mustFit, why);
  if (reason)
    *reason = why;
  return plan;
}

/// Ops that only say where to read are no work.
static size_t countWork(ArrayRef<Operation *> ops) {
  return llvm::count_if(
      ops, [](Operation *op) { return !isa<BroadcastOp, ReshapeOp, TransposeOp, SliceOp, SizeOp, IotaOp>(op); });
}

std::optional<WhyNot> GroupCost::getExceeded(ArrayRef<Operation *> ops, IsStored isStored) const {
  if (countWork(ops) > limits.maxPackedOps)
    return WhyNot::too_many_ops;
  llvm::SmallPtrSet<Operation *, 32> inside(ops.begin(), ops.end());
  llvm::SmallPtrSet<Value, 32> all;
  for (const OpPart &part : splitIntoParts(ops, isStored, /*joinsReaders=*/false)) {
    llvm::SmallPtrSet<Value, 32> buffers;
    for (Operation *op : part.ops) {
      for (Value operand : op->getOperands())
        if (!inside.contains(operand.getDefiningOp()) && !isSplatConstant(operand))
          buffers.insert(operand);
      if (part.stored.contains(op))
        buffers.insert(op->getResult(0));
    }
    if (countWork(part.ops) > limits.maxOps)
      return WhyNot::too_many_ops;
    if (buffers.size() > limits.maxBuffers)
      return WhyNot::too_many_buffers;
    all.insert(buffers.begin(), buffers.end());
  }
  return all.size() > limits.maxPackedBuffers ? std::optional(WhyNot::too_many_buffers) : std::nullopt;
}

std::optional<double> GroupCost::estimate(ArrayRef<Operation *> ops, IsStored isStored, std::string *reason) const {
  std::optional<StitchPlan> plan = place(ops, isStored, /*mustFit=*/false, reason);
  if (!plan)
    return std::nullopt;
  return estimatePlan(ops, isStored, *plan);
}

double GroupCost::estimatePlan(ArrayRef<Operation *> ops, IsStored isStored, const StitchPlan &plan) const {
  const PlanVariant *variant = &plan.variants.back();
  for (const PlanVariant &candidate : llvm::reverse(plan.variants))
    if (llvm::all_of(candidate.guard, [&](const GuardCondition &c) { return sizes(c.expr) <= double(c.max); }))
      variant = &candidate;

  llvm::SmallPtrSet<Operation *, 32> inside(ops.begin(), ops.end());
  auto isOutside = [&](Value value) { return !inside.contains(value.getDefiningOp()) && !isSplatConstant(value); };
  std::vector<PartCost> parts;
  for (unsigned p = 0; p < variant->parts.size(); ++p)
    parts.emplace_back(plan, *variant, p, arch, sizes);
  for (auto [r, region] : llvm::enumerate(variant->regions)) {
    PartCost &part = parts[region.part];
    double repeats = part.countRepeats(region);
    for (auto [i, repetition] : llvm::zip(region.ops, countRepetitions(ops, region, sizes))) {
      part.read(ops[i], i, r, repeats, isOutside);
      part.compute(ops[i], i, repetition * repeats, isOutside);
    }
    for (int64_t i : region.dominants)
      if (isStored(ops[i]))
        part.write(ops[i], i, r);
  }

  // Parts run side by side: together they are limited by the machine, each by its own blocks.
  llvm::MapVector<Value, double> firstReads;
  double again = 0, bytes = 0, cycles = 0, slowest = 0, compute = 0;
  for (const PartCost &part : parts) {
    part.addTo(firstReads, again, bytes, cycles);
    slowest = std::max(slowest, part.memoryTime());
    compute = std::max(compute, part.computeTime());
  }
  for (const auto &[value, most] : firstReads)
    bytes += most;
  compute = std::max(compute, cycles / (static_cast<double>(arch.units * arch.lanes) * arch.clock_mhz));
  // Partial results and values that did not fit on the chip are written and read once.
  if (!variant->workspace.isConstant(0))
    again += 2 * sizes(variant->workspace);
  double memory =
      std::max(bytes / (arch.dram_gbps * kPerMicrosecond), slowest) + again / (arch.l2_gbps * kPerMicrosecond);
  double barriers = static_cast<double>(variant->barriers.size()) * arch.block_barrier_us;
  return arch.launch_us + std::max(memory, compute) + kNotOverlapped * std::min(memory, compute) + barriers;
}

} // namespace tao
