// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Mutants.h.
#include "Mutants.h"
#include "llvm/ADT/STLExtras.h"

namespace tao {

using namespace stitch;

namespace {

class Mutator {
public:
  explicit Mutator(const StitchPlan &plan) : plan(plan) {}

  std::vector<Mutant> run() {
    for (variant = 0; variant < plan.variants.size(); ++variant) {
      const PlanVariant &v = plan.variants[variant];
      for (size_t i = 0; i < v.barriers.size(); ++i)
        add("drop a barrier", i, [&](PlanVariant &m) { m.barriers.erase(m.barriers.begin() + i); });
      mutateBuffers(v);
      mutateEdges(v);
      mutateRegions(v);
      mutatePlacements(v);
      if (!v.guard.empty())
        add("remove the guard", 0, [](PlanVariant &m) { m.guard.clear(); });
    }
    for (size_t op = 0; op < plan.spaces.size(); ++op)
      for (size_t dim = 0; dim + 1 < plan.spaces[op].size(); ++dim) {
        Mutant mutant{"swap the dims of a space", std::to_string(op), plan};
        std::swap(mutant.plan.spaces[op][dim], mutant.plan.spaces[op][dim + 1]);
        result.push_back(std::move(mutant));
      }
    return std::move(result);
  }

private:
  template <typename Change> void add(llvm::StringRef mistake, size_t where, Change change) {
    Mutant mutant{mistake, std::to_string(where), plan};
    change(mutant.plan.variants[variant]);
    result.push_back(std::move(mutant));
  }

  void mutateBuffers(const PlanVariant &v) {
    for (size_t i = 0; i < v.buffers.size(); ++i) {
      add("drop a buffer", i, [&](PlanVariant &m) { m.buffers.erase(m.buffers.begin() + i); });
      // Beyond what is there for alignment alone.
      add("shrink a buffer", i, [&](PlanVariant &m) { m.buffers[i].bytes = m.buffers[i].bytes - SymExpr(16); });
      if (v.buffers[i].last > v.buffers[i].first)
        add("end a buffer's life early", i, [&](PlanVariant &m) { --m.buffers[i].last; });
      for (size_t j = 0; j < v.buffers.size(); ++j)
        if (i != j && v.buffers[i].level == v.buffers[j].level && v.buffers[i].level != MemoryLevel::Register)
          add("shift a buffer onto another", i, [&](PlanVariant &m) { m.buffers[i].offset = m.buffers[j].offset; });
    }
  }
  void mutateEdges(const PlanVariant &v) {
    for (size_t i = 0; i < v.edges.size(); ++i) {
      add("drop an edge", i, [&](PlanVariant &m) { m.edges.erase(m.edges.begin() + i); });
      if (v.edges[i].scope != Scope::Thread)
        add("lower a scope", i,
            [&](PlanVariant &m) { m.edges[i].scope = static_cast<Scope>(static_cast<int>(m.edges[i].scope) - 1); });
    }
  }
  void mutateRegions(const PlanVariant &v) {
    for (size_t r = 0; r < v.regions.size(); ++r) {
      for (int64_t op : v.regions[r].ops)
        add("drop an op from a region", r, [&](PlanVariant &m) {
          llvm::erase(m.regions[r].ops, op);
          llvm::erase(m.regions[r].dominants, op);
        });
      if (r + 1 < v.regions.size())
        add("swap two regions", r, [&](PlanVariant &m) { std::swap(m.regions[r], m.regions[r + 1]); });
      if (v.regions[r].lastBlockFinishes)
        add("drop the finish", r, [&](PlanVariant &m) { m.regions[r].lastBlockFinishes = false; });
    }
    for (size_t p = 0; p < v.parts.size(); ++p)
      add("widen the grid", p, [&](PlanVariant &m) { m.parts[p].blocks = m.parts[p].blocks + SymExpr(1); });
  }
  void mutatePlacements(const PlanVariant &v) {
    constexpr int kLevels = 5;
    auto get = [](const ClassPlacement &p, int level) {
      const SymExpr factors[] = {p.grid, p.warp, p.lane, p.seq, p.vec};
      return factors[level];
    };
    auto set = [](ClassPlacement &p, int level, const SymExpr &value) {
      if (level == 0)
        p.grid = value;
      else if (level == 3)
        p.seq = value;
      else
        (level == 1 ? p.warp : level == 2 ? p.lane : p.vec) = value.constant().value_or(1);
    };
    for (size_t r = 0; r < v.regions.size(); ++r)
      for (size_t i = 0; i < v.regions[r].placement.size(); ++i) {
        const ClassPlacement &p = v.regions[r].placement[i];
        for (int a = 0; a < kLevels; ++a)
          for (int b = a + 1; b < kLevels; ++b)
            if (get(p, a) != get(p, b))
              add("swap a factor between levels", r, [&](PlanVariant &m) {
                set(m.regions[r].placement[i], a, get(p, b));
                set(m.regions[r].placement[i], b, get(p, a));
              });
        add("leave iterations out", r, [&](PlanVariant &m) {
          ClassPlacement &q = m.regions[r].placement[i];
          if (q.vec > 1)
            q.vec /= 2;
          else if (q.lane > 1)
            q.lane /= 2;
          else
            q.seq = q.seq.floorDiv(2);
        });
      }
  }

  const StitchPlan &plan;
  size_t variant = 0;
  std::vector<Mutant> result;
};

} // namespace

std::vector<Mutant> mutate(const StitchPlan &plan) { return Mutator(plan).run(); }

} // namespace tao
