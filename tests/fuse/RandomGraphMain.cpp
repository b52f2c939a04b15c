// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tao_random_graph SEED OPS EXTENTS: writes the random graph of a seed, as the tests of phase fuse have it. EXTENTS is
// one of small, prime, one, empty, large.
#include "RandomGraph.h"
#include "dialects/Stitch/StitchDialect.h"
#include "llvm/ADT/StringSwitch.h"

using namespace tao;

int main(int argc, char **argv) {
  using Extents = RandomGraph::Extents;
  std::optional<Extents> extents;
  if (argc == 4)
    extents = llvm::StringSwitch<std::optional<Extents>>(argv[3])
                  .Case("small", Extents::Small)
                  .Case("prime", Extents::Prime)
                  .Case("one", Extents::One)
                  .Case("empty", Extents::Empty)
                  .Case("large", Extents::Large)
                  .Default(std::nullopt);
  if (!extents) {
    llvm::errs() << "usage: tao_random_graph SEED OPS small|prime|one|empty|large\n";
    return 2;
  }
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<TaoDialect, stitch::StitchDialect, mlir::func::FuncDialect>();
  uint32_t seed = std::strtoul(argv[1], nullptr, 10);
  llvm::outs() << *RandomGraph(context, seed, *extents).build(std::atoi(argv[2])) << "\n";
}
