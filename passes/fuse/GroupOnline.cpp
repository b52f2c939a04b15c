// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Online groups. Before: tao ops. After: where two contractions have a softmax between (OnlineProduct.h), and a kernel
// of its own wins, all of it is one group of kind online, whose plan has the sizes of the blocks that a task works on.
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/OnlineProduct.h"
#include "passes/fuse/Passes.h"
#include "passes/fuse/stitch/Arch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_GROUPONLINE
#include "passes/fuse/Passes.h.inc"

namespace {
/// Rows that a task computes, at most, which is how often it uses what it packs; and columns that it has at a time.
/// Measured with 64 and 128 columns of operands: 96 rows take 3% more, 384 nothing less; 256 columns 2 to 5% more, for
/// the other operands of the logits are then read in short pieces.
constexpr int64_t kRows = 192, kCols = 512;
/// Depth and width together from which on the products alone take the time, which the library computes as fast.
constexpr int64_t kWidest = 1024;
/// Elements of both right operands that a block packs, at most.
constexpr int64_t kPacked = 1 << 17;
/// Fewer rows do not pay for packing.
constexpr int64_t kLeastRows = 16;

struct GroupOnlinePass : impl::GroupOnlineBase<GroupOnlinePass> {
  using GroupOnlineBase::GroupOnlineBase;

  void runOnOperation() override {
    const Arch *table = findArch(arch);
    if (!table || table->isGpu())
      return;
    for (ContractOp op : llvm::to_vector(getOperation().getOps<ContractOp>())) {
      std::optional<OnlineProduct> product = matchOnlineProduct(op);
      std::optional<stitch::OnlinePlan> blocks = product ? plan(*product) : std::nullopt;
      if (!blocks)
        continue;
      OpBuilder builder(op);
      stitch::Plan plan;
      plan.planner = planner;
      plan.kind = stitch::PlanKind::Online;
      plan.online = *blocks;
      stitch::GroupOp group = createGroup(builder, product->ops, op.getResult(), plan);
      op.getResult().replaceAllUsesWith(group.getResult(0));
      for (Operation *inside : llvm::reverse(product->ops))
        if (inside->use_empty())
          inside->erase();
      ++numGroups;
    }
  }

  /// Block sizes, or nothing when the products are better left to the library.
  std::optional<stitch::OnlinePlan> plan(OnlineProduct &product) {
    std::optional<int64_t> depth = product.first.getExtent(product.first.depth).constant();
    std::optional<int64_t> width = product.second.getExtent(product.second.cols).constant();
    if (!depth || !width || *depth + *width > kWidest)
      return std::nullopt;
    std::optional<int64_t> rows = product.first.getExtent(product.first.rows).constant();
    std::optional<int64_t> cols = product.first.getExtent(product.first.cols).constant();
    if (rows && *rows < kLeastRows)
      return std::nullopt;
    // Blocks of about the same size, so that no task is much shorter than the others.
    stitch::OnlinePlan blocks;
    blocks.rows = rows ? llvm::divideCeil(*rows, llvm::divideCeil(*rows, kRows)) : kRows;
    blocks.cols = std::min(kCols, kPacked / (*depth + *width));
    if (cols)
      blocks.cols = std::min(blocks.cols, *cols);
    return blocks.cols < 1 ? std::nullopt : std::optional(blocks);
  }
};
} // namespace
} // namespace tao
