// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluates ops that depend on constants only, through the reference interpreter. After: such ops remain only where
// their results are much larger than the constants they are made of, or the byte limit is spent.
//
//   %0 = tao.mul %constant, (broadcast of %other)   =>   %0 = tao.constant
#include "passes/interp/Interpreter.h"
#include "passes/simplify/Passes.h"
#include "passes/simplify/Patterns.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "passes/simplify/Passes.h.inc"

namespace {

/// Results up to this size are always worth a constant.
constexpr int64_t kSmallBytes = 64 << 10;

std::optional<int64_t> getBytes(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!type.hasStaticShape())
    return std::nullopt;
  int64_t bytes = getElementBytes(type.getElementType());
  for (int64_t extent : type.getShape())
    if (llvm::MulOverflow(bytes, extent, bytes))
      return std::nullopt;
  return bytes;
}

/// Repetition and counting are cheaper computed than read.
bool isGenerator(Operation *op) { return isa<BroadcastOp, IotaOp>(op); }

struct FoldConstantsPass : impl::FoldConstantsBase<FoldConstantsPass> {
  using FoldConstantsBase::FoldConstantsBase;

  void runOnOperation() override {
    budget = limitBytes;
    for (Block &block : getOperation().getBody()) {
      collect(block);
      foldNeeded();
    }
  }

private:
  /// Finds the ops that depend on constants only, and for each the bytes of those constants (an overestimate where they
  /// are shared).
  void collect(Block &block) {
    leafBytes.clear();
    splats.clear();
    order.clear();
    constants.clear();
    for (Operation &op : block) {
      if (auto constant = dyn_cast<ConstantOp>(op)) {
        leafBytes[&op] = getBytes(op.getResult(0)).value_or(std::numeric_limits<int64_t>::max());
        if (isa<SplatElementsAttr>(constant.getValue()))
          splats.insert(&op);
        constants.push_back(&op);
        continue;
      }
      if (!isa<TaoDialect>(op.getDialect()) || !isPure(&op) || isa<SizeOp>(op) || isControlFlow(&op) ||
          !getBytes(op.getResult(0)))
        continue;
      int64_t bytes = 0;
      bool isConstant = llvm::all_of(op.getOperands(), [&](Value operand) {
        auto it = leafBytes.find(operand.getDefiningOp());
        if (it == leafBytes.end())
          return false;
        if (llvm::AddOverflow(bytes, it->second, bytes))
          bytes = std::numeric_limits<int64_t>::max();
        return true;
      });
      if (!isConstant)
        continue;
      leafBytes[&op] = bytes;
      order.push_back(&op);
      if (isElementwise(&op) &&
          llvm::all_of(op.getOperands(), [&](Value v) { return splats.contains(v.getDefiningOp()); }))
        splats.insert(&op);
    }
  }

  /// An op is needed when something reads it that is not itself folded away. Which ones become constants is decided
  /// readers first; they are then evaluated in order, so that each starts from the constants made before it. Splats are
  /// made one by one: they take no memory, and must never be spelled out.
  void foldNeeded() {
    SmallVector<Operation *> needed;
    for (Operation *op : llvm::reverse(order)) {
      bool isRead = llvm::any_of(op->getUsers(), [&](Operation *user) { return !leafBytes.contains(user); });
      if (!isRead && !splats.contains(op))
        continue;
      if (isWorthIt(op))
        needed.push_back(op);
      else
        leafBytes.erase(op); // it stays, so what it reads is needed
    }
    for (Operation *op : llvm::reverse(needed))
      fold(op);
    for (Operation *op : llvm::reverse(order))
      if (op->use_empty())
        op->erase();
    for (Operation *op : constants)
      if (op->use_empty())
        op->erase();
  }

  bool isWorthIt(Operation *op) {
    int64_t bytes = *getBytes(op->getResult(0));
    if (splats.contains(op))
      return true;
    if (isGenerator(op))
      return false;
    if (bytes <= budget && (bytes <= kSmallBytes || bytes / 2 <= leafBytes[op])) {
      budget -= bytes;
      return true;
    }
    ++numDeclined;
    return false;
  }

  void fold(Operation *op) {
    OpBuilder builder(op);
    ElementsAttr value = splats.contains(op) ? evaluateSplat(op) : ElementsAttr();
    if (!value) {
      InterpretOptions options;
      options.roundResults = true;
      options.maxElements = std::max<int64_t>(limitBytes / 4, kSmallBytes); // of intermediate values
      std::string error;
      FailureOr<HostTensor> result = evaluateConstant(op->getResult(0), error, options);
      if (failed(result))
        return; // such as an index out of range, which then fails when the model runs
      value = result->toAttribute();
      numBytes += *getBytes(op->getResult(0));
    }
    ++numFolded;
    auto constant = ConstantOp::create(builder, op->getLoc(), value);
    op->getResult(0).replaceAllUsesWith(constant.getResult());
  }

  /// An elementwise op on splats is evaluated once.
  ElementsAttr evaluateSplat(Operation *op) {
    Block scratch;
    OpBuilder builder(&getContext());
    builder.setInsertionPointToEnd(&scratch);
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      auto splat = cast<SplatElementsAttr>(operand.getDefiningOp<ConstantOp>().getValue());
      auto scalar = RankedTensorType::get({}, splat.getElementType());
      Attribute element = splat.getSplatValue<Attribute>();
      operands.push_back(
          ConstantOp::create(builder, op->getLoc(), cast<ElementsAttr>(DenseElementsAttr::get(scalar, element))));
    }
    Value result = simplify::cloneElementwise(builder, op, operands);
    InterpretOptions options;
    options.roundResults = true;
    std::string error;
    FailureOr<HostTensor> value = evaluateConstant(result, error, options);
    assert(succeeded(value) && "elementwise ops have values everywhere");
    auto single = cast<DenseElementsAttr>(value->toAttribute());
    return cast<ElementsAttr>(
        DenseElementsAttr::get(cast<RankedTensorType>(op->getResult(0).getType()), single.getSplatValue<Attribute>()));
  }

  int64_t budget = 0;
  llvm::DenseMap<Operation *, int64_t> leafBytes; // of the ops that depend on constants only
  llvm::DenseSet<Operation *> splats;             // those whose elements are all one number
  SmallVector<Operation *> order, constants;
};

} // namespace
} // namespace tao
