// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See GroupGrid.h.
#include "passes/fuse/stitch/GroupGrid.h"
#include "passes/fuse/GroupBuilder.h"

using namespace mlir;

namespace tao {

namespace {
/// What every block repeats may take this part of the group's work: for a heavy op as much as if it were computed where
/// it is read, since kernels wait for memory; less for a reduction, which moves data besides.
constexpr double kRepeatedReductions = 0.25, kRepeatedHeavyOps = 1;

bool isReduction(Operation *op) { return cast<IndexMapOpInterface>(op).getOpClass() == OpClass::Reduction; }
} // namespace

GroupGrid chooseGrid(const DimClasses &classes, ArrayRef<Operation *> ops,
                     const llvm::DenseSet<DimClasses::Class> &inBlock, llvm::function_ref<bool(Operation *)> isCostly,
                     SizeEstimate estimate) {
  using Class = DimClasses::Class;
  auto product = [&](ArrayRef<Class> list) {
    double points = 1;
    for (Class c : list)
      points *= estimate(classes.getExtent(c));
    return points;
  };
  GroupGrid grid;
  SmallVector<std::pair<Operation *, DimClasses::Factors>> spaces;
  for (Operation *op : ops) {
    spaces.emplace_back(op, classes.getIterationSpace(op));
    grid.points = std::max(grid.points, product(spaces.back().second));
  }
  for (Class c : classes.getClasses())
    if (!inBlock.contains(c) && llvm::any_of(spaces, [&](auto &space) { return llvm::is_contained(space.second, c); }))
      grid.classes.push_back(c);

  // Reductions and heavy ops that lack a grid class are repeated along it. Where that is more than a small part of the
  // work, the class cannot be in the grid. Light ops are computed where they are read.
  for (auto &[op, space] : spaces) {
    if (!isCostly(op))
      continue;
    double points = product(space), times = 1;
    DimClasses::Factors missing;
    for (Class c : grid.classes)
      if (!llvm::is_contained(space, c)) {
        missing.push_back(c);
        times *= estimate(classes.getExtent(c));
      }
    if (!missing.empty() && points * times > (isReduction(op) ? kRepeatedReductions : kRepeatedHeavyOps) * grid.points)
      llvm::erase_if(grid.classes, [&](Class c) { return llvm::is_contained(missing, c); });
  }
  grid.blocks = product(grid.classes);
  return grid;
}

} // namespace tao
