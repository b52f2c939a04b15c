// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlanInterpreter.h.
#include "PlanInterpreter.h"
#include "PlanLayout.h"
#include "PlanMemory.h"
#include "UnfusedRun.h"
#include "passes/interp/Evaluate.h"

using namespace mlir;

namespace tao {

using stitch::GroupOp, stitch::MemoryLevel, stitch::PlanBarrier;
using stitch::PlanBuffer, stitch::PlanEdge, stitch::PlanPart, stitch::PlanRegion, stitch::PlanVariant;
using stitch::Scope, stitch::StitchPlan;

namespace {

class PlanMachine : PlanLayout {
public:
  PlanMachine(GroupOp group, const StitchPlan &plan, ArrayRef<HostTensor> inputs, int64_t warp, int64_t prime)
      : PlanLayout(group, plan, inputs, warp, prime), workspace(evaluate(variant.workspace)) {}

  std::vector<HostTensor> run() {
    for (part = 0; part < static_cast<int64_t>(variant.parts.size()); ++part)
      runPart();
    std::vector<HostTensor> outputs;
    for (Value value : body.getTerminator()->getOperands())
      outputs.push_back(toTensor(numbers.lookup(value.getDefiningOp()), stored[numbers.lookup(value.getDefiningOp())]));
    return outputs;
  }

private:
  //===-- Blocks and iterations

  void runPart() {
    const PlanPart &p = variant.parts[part];
    blocks = evaluate(p.blocks);
    SmallVector<Factors> outer;
    for (int64_t c : p.outer)
      if (const Factors *f = findOuter(c))
        outer.push_back(*f);
    blockSums.clear();
    for (block = 0; block < blocks; ++block) {
      PlanMemory fresh(evaluate(variant.shared));
      shared = &fresh;
      sums.clear();
      digits.clear();
      int64_t rest = block;
      Index seqs, at;
      for (const Factors &f : llvm::reverse(outer)) {
        digits[f.classNumber].grid = rest % f.grid;
        rest /= f.grid;
      }
      if (rest)
        fault("block " + Twine(block) + " has no place in the grid");
      for (const Factors &f : outer) {
        seqs.push_back(f.seq);
        at.push_back(0);
      }
      if (countOf(seqs) == 0)
        continue;
      do {
        for (auto [f, i] : llvm::zip(outer, at))
          digits[f.classNumber].seq = i;
        runIteration();
      } while (interp::nextIndex(at, seqs));
      finishSums();
    }
    for (auto &[op, elements] : blockSums)
      for (auto &[at, number] : elements)
        store(op, at, number);
  }

  void runIteration() {
    for (region = 0; region < static_cast<int64_t>(variant.regions.size()); ++region) {
      if (variant.regions[region].part != part)
        continue;
      for (const PlanBarrier &barrier : variant.barriers)
        if (barrier.region == region && !barrier.isInside)
          wait();
      runRegion();
    }
  }
  void wait() {
    shared->barrier();
    workspace.barrier();
  }

  /// Dominants by the number of sums of the region that must be complete before them.
  void runRegion() {
    const PlanRegion &r = variant.regions[region];
    results.clear();
    std::map<int64_t, int64_t> level;
    int64_t deepest = 0;
    for (int64_t op : r.ops) {
      int64_t own = 0;
      for (Value operand : ops[op]->getOperands()) {
        auto it = numbers.find(operand.getDefiningOp());
        if (it != numbers.end() && level.count(it->second))
          own = std::max(own, level[it->second] + isReduction(it->second));
      }
      level[op] = own;
      deepest = std::max(deepest, own);
    }
    bool hasWaited = false;
    for (int64_t now = 0; now <= deepest; ++now) {
      partials.clear();
      for (int64_t t = 0; t < variant.threads; ++t) {
        memo.clear();
        for (int64_t op : r.dominants)
          if (level[op] == now)
            runDominant(op, t);
      }
      // All warps leave their results before any thread takes them up.
      for (auto &[op, threads] : partials)
        combine(op, threads);
      bool waits = llvm::any_of(variant.barriers, [&](auto &b) { return b.region == region && b.isInside; });
      if (waits && !partials.empty() && !hasWaited) {
        wait();
        hasWaited = true;
      }
      for (auto &[op, threads] : partials)
        publish(op, threads);
    }
  }

  //===-- Threads

  void runDominant(int64_t op, int64_t t) {
    size_t rank = shapes[op].size();
    if (!isReduction(op)) {
      forEachPoint(
          t, [](int64_t) { return true; },
          [&] {
            Index index = loopIndex(op, rank);
            int64_t at = linearize(index, shapes[op]);
            keep(op, at, evaluateAt(op, index, t), t);
          });
      return;
    }
    llvm::SmallDenseSet<int64_t> kept;
    for (const auto &classes : ArrayRef(plan.spaces[op]).take_front(rank))
      kept.insert(classes.begin(), classes.end());
    Elements &sum = partials[op][t];
    forEachPoint(
        t, [&](int64_t c) { return kept.count(c) > 0; },
        [&] {
          if (!isa<ArgReduceOp>(ops[op]))
            sum.try_emplace(linearize(loopIndex(op, rank), shapes[op]), eval.identity(ops[op]));
        });
    forEachPoint(
        t, [](int64_t) { return true; },
        [&] {
          Index loop = loopIndex(op, plan.spaces[op].size());
          Number element = read(op, 0, operandIndex(ops[op], loop), t);
          int64_t at = linearize(ArrayRef(loop).take_front(rank), shapes[op]);
          auto it = sum.find(at);
          sum[at] = accumulate(ops[op], it == sum.end() ? nullptr : &it->second, element, loop.back());
        });
  }

  Number evaluateAt(int64_t op, ArrayRef<int64_t> index, int64_t t) {
    auto key = std::make_pair(op, linearize(index, shapes[op]));
    if (auto it = memo.find(key); it != memo.end())
      return it->second;
    Index copy(index);
    Number number =
        eval.evaluate(ops[op], copy, [&](unsigned k, ArrayRef<int64_t> from) { return read(op, k, from, t); });
    return memo[key] = number;
  }

  Number read(int64_t op, unsigned k, ArrayRef<int64_t> index, int64_t t) {
    Value value = ops[op]->getOperand(k);
    if (std::optional<Number> number = readOutside(value, index))
      return *number;
    int64_t producer = numbers.lookup(value.getDefiningOp());
    if (!llvm::is_contained(variant.regions[region].ops, producer))
      return readBuffer(producer, index, t);
    if (!isReduction(producer))
      return evaluateAt(producer, index, t);
    const Elements &own = results[producer][t];
    auto it = own.find(linearize(index, shapes[producer]));
    if (it == own.end())
      fault("thread " + Twine(t) + " has no result of op " + Twine(producer) + " for this index");
    return it->second;
  }

  //===-- Sums

  Scope scopeOf(int64_t value) const {
    for (const PlanEdge &edge : variant.edges)
      if (edge.value == value && edge.region == region)
        return edge.scope;
    fault("op " + Twine(value) + " has no edge to region " + Twine(region));
  }
  const PlanBuffer *findPartials(int64_t op, MemoryLevel level) const {
    for (const PlanBuffer &buffer : variant.buffers)
      if (buffer.value == op && buffer.isPartials && buffer.level == level &&
          variant.regions[buffer.first].part == part)
        return &buffer;
    return nullptr;
  }
  static int64_t partialBytes(Operation *op) {
    auto type = cast<RankedTensorType>(op->getOperand(0).getType()).getElementType();
    int64_t bytes = llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
    if (isa<FloatType>(type))
      bytes = std::max<int64_t>(bytes, 4);
    return isa<ArgReduceOp>(op) ? bytes + 8 : bytes;
  }

  using Threads = std::map<int64_t, Elements>;

  /// Makes the partial results of threads those of warps, and leaves these for other warps.
  void combine(int64_t op, Threads &threads) {
    if (addsUpOutside(op)) {
      if (isFirst())
        for (auto &[t, elements] : threads)
          for (auto &[at, number] : elements) {
            auto [it, inserted] = sums[op][t].try_emplace(at, number);
            if (!inserted)
              it->second = join(ops[op], it->second, number);
          }
      threads.clear();
      return;
    }
    Scope scope = scopeOf(op);
    if (scope == Scope::Thread)
      return;
    overLanes(op, threads);
    if (scope == Scope::Lane)
      return;
    const PlanBuffer *buffer = findPartials(op, MemoryLevel::Shared);
    if (!buffer)
      fault("op " + Twine(op) + " has no memory for partial results");
    // Room for what the block has of the result, in the order of its first appearance.
    slots[op].clear();
    for (auto &[t, elements] : threads)
      for (auto &[at, number] : elements)
        slots[op].try_emplace(at, slots[op].size());
    for (auto &[t, elements] : threads) {
      if (!isWorker(t))
        continue;
      for (auto &[at, number] : elements)
        access(*buffer, *shared, slots[op][at] * reducedWarp(op, t).second + reducedWarp(op, t).first,
               partialBytes(ops[op]), &number, nullptr, t);
    }
  }

  void overLanes(int64_t op, Threads &threads) {
    Threads before = threads;
    for (auto &[t, elements] : threads)
      for (auto &[at, number] : elements) {
        bool isFirst = true;
        for (int64_t other = t / warp * warp; other < t / warp * warp + warp; ++other) {
          if (!isFirstLane(other))
            continue;
          auto own = before.find(other);
          auto it = own == before.end() ? Elements::const_iterator() : own->second.find(at);
          if (own == before.end() || it == own->second.end())
            continue;
          number = isFirst ? it->second : join(ops[op], number, it->second);
          isFirst = false;
        }
      }
    // A lane whose points are all beyond the extent has the results of its warp too.
    for (auto &[t, elements] : threads)
      for (auto &[other, more] : before)
        if (other / warp == t / warp && isa<ArgReduceOp>(ops[op]))
          for (auto &[at, number] : more)
            elements.try_emplace(at, threads[other][at]);
  }

  /// Every thread takes up the results for its own indices, and writes what others read.
  void publish(int64_t op, Threads &threads) {
    if (addsUpOutside(op))
      return;
    if (scopeOf(op) >= Scope::Block) {
      const PlanBuffer *buffer = findPartials(op, MemoryLevel::Shared);
      for (auto &[t, elements] : threads)
        for (auto &[at, number] : elements) {
          int64_t count = reducedWarp(op, t).second;
          for (int64_t w = 0; w < count; ++w) {
            Number part;
            access(*buffer, *shared, slots[op][at] * count + w, partialBytes(ops[op]), nullptr, &part, t);
            number = w ? join(ops[op], number, part) : part;
          }
        }
    }
    for (auto &[t, elements] : threads)
      for (auto &[at, number] : elements)
        keep(op, at, number, t);
    results[op] = threads;
  }

  /// Behind the outer loops: lanes, then warps, then blocks.
  void finishSums() {
    for (auto &[op, threads] : sums) {
      region = homeOf(op, part);
      overLanes(op, threads);
      Elements total;
      std::map<int64_t, std::map<int64_t, Number>> byWarp;
      for (auto &[t, elements] : threads)
        if (isWorker(t))
          for (auto &[at, number] : elements)
            byWarp[at].try_emplace(reducedWarp(op, t).first, number);
      for (auto &[at, warps] : byWarp)
        for (auto &[w, number] : warps) {
          auto [it, inserted] = total.try_emplace(at, number);
          if (!inserted)
            it->second = join(ops[op], it->second, number);
        }
      bool hasFinish = variant.regions[region].lastBlockFinishes;
      for (auto &[at, number] : total) {
        auto [it, inserted] = blockSums[op].try_emplace(at, number);
        if (inserted)
          continue;
        if (!hasFinish)
          fault("op " + Twine(op) + " is summed by several blocks, and nobody adds them");
        it->second = join(ops[op], it->second, number);
      }
    }
  }

  //===-- Memory

  void store(int64_t op, int64_t at, Number number) {
    if (isa<ArgReduceOp>(ops[op]))
      number.real = 0;
    stored[op][at] = number;
  }
  /// Stores a value of a dominant and writes it where later regions read it.
  void keep(int64_t op, int64_t at, Number number, int64_t t) {
    if (storedBy[op] == part && isFirst())
      store(op, at, number);
    for (auto [b, buffer] : llvm::enumerate(variant.buffers)) {
      if (buffer.value != op || buffer.isPartials || buffer.first != region)
        continue;
      if (buffer.level != MemoryLevel::Register) {
        access(buffer, memoryOf(buffer), placeOf(op, at), elementBytes(op), &number, nullptr, t, at);
        continue;
      }
      Elements &own = registers[{b, t}];
      if (registerStamp[{b, t}] != stamp()) {
        own.clear();
        registerStamp[{b, t}] = stamp();
      }
      own[at] = number;
      if (static_cast<int64_t>(own.size()) * elementBytes(op) > evaluate(buffer.bytes))
        fault("registers of op " + Twine(op) + " hold more than " + buffer.bytes.str() + " bytes");
    }
  }
  /// Tells iterations apart.
  std::vector<int64_t> stamp() const {
    std::vector<int64_t> all{part, block};
    for (const auto &[c, digit] : digits)
      all.push_back(digit.seq);
    return all;
  }
  PlanMemory &memoryOf(const PlanBuffer &buffer) { return buffer.level == MemoryLevel::Shared ? *shared : workspace; }

  Number readBuffer(int64_t op, ArrayRef<int64_t> index, int64_t t) {
    Scope scope = scopeOf(op);
    int64_t at = linearize(index, shapes[op]);
    for (auto [b, buffer] : llvm::enumerate(variant.buffers)) {
      if (buffer.value != op || buffer.isPartials || buffer.last < region || variant.regions[buffer.first].part != part)
        continue;
      if (buffer.level == MemoryLevel::Register) {
        if (scope != Scope::Thread)
          continue;
        const Elements &own = registers[{b, t}];
        auto it = own.find(at);
        if (it == own.end() || registerStamp[{b, t}] != stamp())
          fault("thread " + Twine(t) + " does not have op " + Twine(op) + " in registers");
        return it->second;
      }
      Number number;
      access(buffer, memoryOf(buffer), placeOf(op, at), elementBytes(op), nullptr, &number, t, at);
      return number;
    }
    fault("op " + Twine(op) + " reaches region " + Twine(region) + " in no buffer");
  }

  void access(const PlanBuffer &buffer, PlanMemory &memory, int64_t place, int64_t size, Number *write, Number *read,
              int64_t t, int64_t at = -1) {
    int64_t bytes = evaluate(buffer.bytes), offset = evaluate(buffer.offset);
    if (buffer.level == MemoryLevel::Workspace) { // the block's share
      bytes /= blocks;
      offset += block * bytes;
    }
    auto what = [&] { return "thread " + Twine(t).str() + ", op " + Twine(buffer.value).str() + ": "; };
    if ((place + 1) * size > bytes)
      fault(what() + "outside of its buffer");
    PlanMemory::Key key(&buffer - variant.buffers.data(), at < 0 ? place : at);
    std::string error = write ? memory.write(offset + place * size, size, key, *write, t)
                              : memory.read(offset + place * size, size, key, *read, t);
    if (!error.empty())
      fault(what() + error);
  }

  std::map<std::pair<int64_t, int64_t>, Number> memo;
  PlanMemory workspace, *shared = nullptr;
  std::map<std::pair<size_t, int64_t>, Elements> registers;
  std::map<std::pair<size_t, int64_t>, std::vector<int64_t>> registerStamp;
  std::map<int64_t, Threads> partials, results, sums;
  std::map<int64_t, std::map<int64_t, int64_t>> slots;
  std::map<int64_t, Elements> blockSums, stored;
};

template <typename Make> PlanRun guarded(Make make) {
  PlanRun result;
  try {
    result.outputs = make();
  } catch (const Fault &fault) {
    result.error = fault.text;
  }
  return result;
}

} // namespace

PlanRun interpretPlan(GroupOp group, const StitchPlan &plan, ArrayRef<HostTensor> inputs, int64_t warp, int64_t prime) {
  return guarded([&] { return PlanMachine(group, plan, inputs, warp, prime).run(); });
}

PlanRun interpretUnfused(GroupOp group, ArrayRef<HostTensor> inputs, int64_t prime) {
  return guarded([&] { return UnfusedRun(group, inputs, prime).run(); });
}

bool isModular(GroupOp group) {
  return llvm::all_of(group.getBody().front().without_terminator(),
                      [](Operation &op) { return ElementEval::isModular(&op); });
}

} // namespace tao
