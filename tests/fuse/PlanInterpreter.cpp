// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PlanInterpreter.h.
#include "PlanInterpreter.h"
#include "GroupRun.h"
#include "PlanMemory.h"
#include "passes/interp/Evaluate.h"

using namespace mlir;

namespace tao {

using stitch::ClassPlacement, stitch::GroupOp, stitch::GuardCondition, stitch::MemoryLevel, stitch::PlanBarrier;
using stitch::PlanBuffer, stitch::PlanEdge, stitch::PlanPart, stitch::PlanRegion, stitch::PlanVariant;
using stitch::Scope, stitch::StitchPlan;

namespace {

/// A placement with the sizes of this run.
struct Factors {
  int64_t classNumber = 0, extent = 0, grid = 1, warp = 1, lane = 1, seq = 1, vec = 1;
  int64_t warpStride = 1, laneStride = 1;
  bool isOuter = false;
};
struct Digits {
  int64_t grid = 0, seq = 0; // of an outer class
};

class PlanMachine : GroupRun {
public:
  PlanMachine(GroupOp group, const StitchPlan &plan, ArrayRef<HostTensor> inputs, int64_t warp, int64_t prime)
      : GroupRun(group, inputs, prime), plan(plan), variant(choose()), warp(warp),
        workspace(evaluate(variant.workspace)) {
    for (const SymExpr &extent : plan.classes)
      extents.push_back(evaluate(extent));
    for (size_t r = 0; r < variant.regions.size(); ++r)
      addFactors(r);
    findStores();
  }

  std::vector<HostTensor> run() {
    for (part = 0; part < static_cast<int64_t>(variant.parts.size()); ++part)
      runPart();
    std::vector<HostTensor> outputs;
    for (Value value : body.getTerminator()->getOperands())
      outputs.push_back(toTensor(numbers.lookup(value.getDefiningOp()), stored[numbers.lookup(value.getDefiningOp())]));
    return outputs;
  }

private:
  const PlanVariant &choose() const {
    for (const PlanVariant &variant : plan.variants)
      if (llvm::all_of(variant.guard, [&](const GuardCondition &c) { return evaluate(c.expr) <= c.max; }))
        return variant;
    fault("no variant runs");
  }
  void addFactors(int64_t r) {
    const PlanRegion &region = variant.regions[r];
    std::vector<Factors> list;
    for (const ClassPlacement &p : region.placement)
      list.push_back({p.classNumber, extents[p.classNumber], evaluate(p.grid), p.warp, p.lane, evaluate(p.seq), p.vec,
                      1, 1, llvm::is_contained(variant.parts[region.part].outer, p.classNumber)});
    for (size_t i = list.size(); i-- > 1;) {
      list[i - 1].warpStride = list[i].warpStride * list[i].warp;
      list[i - 1].laneStride = list[i].laneStride * list[i].lane;
    }
    factors.push_back(std::move(list));
  }
  void findStores() {
    DenseSet<int64_t> seen;
    storedBy.assign(ops.size(), -1);
    for (Value value : body.getTerminator()->getOperands()) {
      int64_t op = numbers.lookup(value.getDefiningOp());
      for (int64_t p = 0; p < static_cast<int64_t>(variant.parts.size()) && storedBy[op] < 0; ++p)
        if (homeOf(op, p) >= 0)
          storedBy[op] = p;
    }
  }
  int64_t homeOf(int64_t op, int64_t inPart) const {
    for (auto [r, region] : llvm::enumerate(variant.regions))
      if (region.part == inPart && llvm::is_contained(region.dominants, op))
        return r;
    return -1;
  }
  const Factors *find(int64_t r, int64_t c) const {
    for (const Factors &f : factors[r])
      if (f.classNumber == c)
        return &f;
    return nullptr;
  }
  const Factors *findOuter(int64_t c) const {
    for (size_t r = 0; r < variant.regions.size(); ++r)
      if (const Factors *f = variant.regions[r].part == part ? find(r, c) : nullptr)
        return f;
    return nullptr;
  }

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

  int64_t digitOf(const Factors &f, int64_t t, bool ofWarp) const {
    return ofWarp ? t / warp / f.warpStride % f.warp : t % warp / f.laneStride % f.lane;
  }
  int64_t indexOf(const Factors &f, int64_t t, int64_t seq, int64_t vec) const {
    int64_t grid = 0;
    if (f.isOuter) {
      grid = digits.at(f.classNumber).grid;
      seq = digits.at(f.classNumber).seq;
    }
    return (((grid * f.warp + digitOf(f, t, true)) * f.seq + seq) * f.lane + digitOf(f, t, false)) * f.vec + vec;
  }
  /// Calls visit with the index of each class for each point of the thread, over the classes that `takes` says.
  void forEachPoint(int64_t t, llvm::function_ref<bool(int64_t)> takes, llvm::function_ref<void()> visit) {
    std::function<void(size_t)> loop = [&](size_t i) {
      if (i == factors[region].size())
        return visit();
      const Factors &f = factors[region][i];
      if (!takes(f.classNumber))
        return loop(i + 1);
      for (int64_t seq = 0; seq < (f.isOuter ? 1 : f.seq); ++seq)
        for (int64_t vec = 0; vec < f.vec; ++vec)
          if (int64_t index = indexOf(f, t, seq, vec); index < f.extent) {
            coordinates[f.classNumber] = index;
            loop(i + 1);
          }
    };
    coordinates.clear();
    loop(0);
  }
  /// Index along the dims of the op's space at the point.
  Index loopIndex(int64_t op, size_t dims) const {
    Index index;
    for (const auto &classes : ArrayRef(plan.spaces[op]).take_front(dims)) {
      int64_t i = 0;
      for (int64_t c : classes)
        i = i * extents[c] + coordinates.at(c);
      index.push_back(i);
    }
    return index;
  }
  /// Of blocks and iterations that repeat a region, the first counts.
  bool isFirst() const {
    for (const auto &[c, digit] : digits)
      if (!find(region, c) && (digit.grid || digit.seq))
        return false;
    return true;
  }
  bool addsUpOutside(int64_t op) const {
    for (const auto &classes : ArrayRef(plan.spaces[op]).drop_front(shapes[op].size()))
      for (int64_t c : classes)
        if (llvm::is_contained(variant.parts[part].outer, c))
          return true;
    return false;
  }
  /// Threads beyond the products of factors repeat others; these do not.
  bool isFirstLane(int64_t t) const {
    int64_t lanes = 1;
    for (const Factors &f : factors[region])
      lanes *= f.lane;
    return t % warp < lanes;
  }
  bool isWorker(int64_t t) const {
    int64_t warps = 1;
    for (const Factors &f : factors[region])
      warps *= f.warp;
    return isFirstLane(t) && t / warp < warps;
  }

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
    ClassNumbers kept;
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
  /// Warps that reduce into the same result are told apart by their digits of the reduced classes.
  std::pair<int64_t, int64_t> reducedWarp(int64_t op, int64_t t) const {
    int64_t number = 0, count = 1;
    for (const auto &classes : ArrayRef(plan.spaces[op]).drop_front(shapes[op].size()))
      for (int64_t c : classes) {
        const Factors *f = find(region, c);
        number = number * f->warp + digitOf(*f, t, true);
        count *= f->warp;
      }
    return {number, count};
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

  int64_t elementBytes(int64_t op) const {
    auto type = cast<RankedTensorType>(ops[op]->getResult(0).getType()).getElementType();
    return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
  }
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

  /// Row-major number of an element within what a block has of the value.
  int64_t placeOf(int64_t op, int64_t at) const {
    Index index(shapes[op].size());
    for (size_t d = index.size(); d-- > 0; at /= shapes[op][d])
      index[d] = at % shapes[op][d];
    int64_t home = homeOf(op, part), place = 0;
    for (auto [d, classes] : llvm::enumerate(ArrayRef(plan.spaces[op]).take_front(index.size()))) {
      int64_t stride = shapes[op][d];
      for (int64_t c : classes) {
        stride /= extents[c];
        int64_t i = index[d] / stride % extents[c], extent = extents[c];
        const Factors *f = find(home, c);
        if (f && f->isOuter && f->grid * f->seq > 1) {
          int64_t vec = i % f->vec, lane = i / f->vec % f->lane, seq = i / f->vec / f->lane % f->seq,
                  w = i / f->vec / f->lane / f->seq % f->warp, grid = i / f->vec / f->lane / f->seq / f->warp;
          if (grid != digits.at(c).grid || seq != digits.at(c).seq)
            fault("op " + Twine(op) + " is wanted at an index that this block does not have now");
          i = (w * f->lane + lane) * f->vec + vec;
          extent = std::min(extent, f->warp * f->lane * f->vec);
        }
        place = place * extent + i;
      }
    }
    return place;
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

  using ClassNumbers = llvm::SmallDenseSet<int64_t>;
  const StitchPlan &plan;
  const PlanVariant &variant;
  int64_t warp;
  std::vector<int64_t> extents, storedBy;
  std::vector<std::vector<Factors>> factors; // of each region

  int64_t part = 0, block = 0, blocks = 1, region = 0;
  std::map<int64_t, Digits> digits; // of outer classes
  std::map<int64_t, int64_t> coordinates;
  std::map<std::pair<int64_t, int64_t>, Number> memo;
  PlanMemory workspace, *shared = nullptr;
  std::map<std::pair<size_t, int64_t>, Elements> registers;
  std::map<std::pair<size_t, int64_t>, std::vector<int64_t>> registerStamp;
  std::map<int64_t, Threads> partials, results, sums;
  std::map<int64_t, std::map<int64_t, int64_t>> slots;
  std::map<int64_t, Elements> blockSums, stored;
};

class UnfusedRun : GroupRun {
public:
  using GroupRun::GroupRun;
  std::vector<HostTensor> run() {
    for (size_t op = 0; op < ops.size(); ++op)
      runOp(op);
    std::vector<HostTensor> outputs;
    for (Value value : body.getTerminator()->getOperands())
      outputs.push_back(toTensor(numbers.lookup(value.getDefiningOp()), values[numbers.lookup(value.getDefiningOp())]));
    return outputs;
  }

private:
  Number read(int64_t op, unsigned k, ArrayRef<int64_t> index) {
    Value value = ops[op]->getOperand(k);
    if (std::optional<Number> number = readOutside(value, index))
      return *number;
    int64_t producer = numbers.lookup(value.getDefiningOp());
    return values[producer].at(linearize(index, shapes[producer]));
  }
  void runOp(int64_t op) {
    Index shape = shapes[op];
    if (auto reduce = dyn_cast<ReduceOp>(ops[op])) {
      for (int64_t d : reduce.getDims())
        shape.push_back(eval.shapeOf(reduce.getInput())[d]);
    } else if (auto reduce = dyn_cast<ArgReduceOp>(ops[op])) {
      shape.push_back(eval.shapeOf(reduce.getInput())[reduce.getDim()]);
    }
    if (isReduction(op) && !isa<ArgReduceOp>(ops[op]))
      for (int64_t at = 0; at < countOf(shapes[op]); ++at)
        values[op][at] = eval.identity(ops[op]);
    if (countOf(shape) == 0)
      return;
    Index index(shape.size(), 0);
    do {
      int64_t at = linearize(ArrayRef(index).take_front(shapes[op].size()), shapes[op]);
      if (!isReduction(op)) {
        values[op][at] =
            eval.evaluate(ops[op], index, [&](unsigned k, ArrayRef<int64_t> from) { return read(op, k, from); });
        continue;
      }
      auto it = values[op].find(at);
      values[op][at] = accumulate(ops[op], it == values[op].end() ? nullptr : &it->second,
                                  read(op, 0, operandIndex(ops[op], index)), index.back());
    } while (interp::nextIndex(index, shape));
    if (isa<ArgReduceOp>(ops[op]))
      for (auto &[at, number] : values[op])
        number.real = 0;
  }
  std::map<int64_t, Elements> values;
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
