// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checks for --sanitize=undefined. Before: kernels as the schedule phase leaves them. After: each access of a buffer or
// a stage first compares its indices with the extents, and a stage its end with the scratch memory. What is outside
// makes the run fail with a message that names the access and the node, and is moved to index 0, so that the run lives
// to say so.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/fuse/KernelName.h"
#include "passes/schedule/Emitter.h"
#include "passes/schedule/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {
#define GEN_PASS_DEF_CHECKBOUNDS
#include "passes/schedule/Passes.h.inc"

namespace {

class BoundsChecker {
public:
  explicit BoundsChecker(KernelOp kernel) : kernel(kernel), emitter(&kernel.getBody().front(), sizesOf(kernel)) {
    for (StringRef message : kernel.getFailures().getAsValueRange<StringAttr>())
      messages.push_back(message.str());
    numOld = messages.size();
  }

  void run() {
    Emitter::Scope scope(emitter);
    SmallVector<Operation *> accesses;
    kernel.walk([&](Operation *op) {
      if (isa<LoadOp, StoreOp, GetOp, PutOp, StageOp, DotOp, PanelOp>(op))
        accesses.push_back(op);
    });
    for (Operation *op : accesses)
      if (auto stage = dyn_cast<StageOp>(op))
        checkStage(stage);
    for (Operation *op : accesses)
      llvm::TypeSwitch<Operation *>(op)
          .Case<LoadOp>([&](auto o) { check(o, o.getIndicesMutable(), "reads"); })
          .Case<GetOp>([&](auto o) { check(o, o.getIndicesMutable(), "gets"); })
          .Case<StoreOp>([&](auto o) { check(o, o.getIndicesMutable(), "writes"); })
          .Case<PutOp>([&](auto o) { check(o, o.getIndicesMutable(), "puts"); })
          .Case<DotOp>([&](auto o) { checkDot(o); })
          .Case<PanelOp>([&](auto o) { checkPanel(o); });
    SmallVector<StringRef> all(messages.begin(), messages.end());
    kernel.setFailuresAttr(Builder(kernel).getStrArrayAttr(all));
  }

  /// Messages of the checks that were added.
  ArrayRef<std::string> getAdded() const { return ArrayRef<std::string>(messages).drop_front(numOld); }

private:
  static llvm::StringMap<Value> sizesOf(KernelOp kernel) {
    llvm::StringMap<Value> sizes;
    Block &body = kernel.getBody().front();
    size_t first = body.getNumArguments() - kernel.getSizes().size();
    for (auto [i, name] : llvm::enumerate(kernel.getSizes().getAsValueRange<StringAttr>()))
      sizes[name] = body.getArgument(first + i);
    return sizes;
  }

  static std::string describe(Value memory) {
    if (auto argument = dyn_cast<BlockArgument>(memory))
      return "buffer " + std::to_string(argument.getArgNumber());
    return ("the stage at '" + memory.getDefiningOp<StageOp>().getOffset() + "'").str();
  }

  void addCheck(OpBuilder &b, Operation *op, Value holds, const std::string &text) {
    SmallVector<StringRef> nodes = sourceNodes(op);
    stitch::CheckOp::create(b, op->getLoc(), holds, messages.size());
    messages.push_back(text + (nodes.empty() ? "" : " in node '" + nodes.front().str() + "'"));
  }

  void checkStage(StageOp stage) {
    OpBuilder b(stage->getContext());
    b.setInsertionPointAfter(stage);
    auto type = cast<BufType>(stage.getResult().getType()).getTensor();
    SymExpr end = *SymExpr::parse(stage.getOffset()) +
                  getNumElements(getDims(type)) * SymExpr(getElementBytes(type.getElementType()));
    Value fits = arith::CmpIOp::create(b, stage.getLoc(), arith::CmpIPredicate::sle, emitter.size(end),
                                       emitter.index(kernel.getScratch()));
    stageFits[stage] = fits;
    addCheck(b, stage, fits, describe(stage) + " ends outside of the scratch memory");
  }

  template <typename Op> void check(Op op, MutableOperandRange indices, StringRef verb) {
    OpBuilder b(op);
    Location loc = op.getLoc();
    Value memory = op.getBuffer(), inside = stageFits.lookup(memory.getDefiningOp());
    // Of nothing an element may be asked for where a padding or concatenation drops it.
    SymExpr count = getNumElements(getDims(cast<BufType>(memory.getType()).getTensor()));
    bool mayBeNothing = isa<LoadOp, GetOp>(op.getOperation()) && !count.isAtLeast(1);
    Value all;
    SmallVector<SymExpr> extents = llvm::to_vector(getDims(cast<BufType>(memory.getType()).getTensor()));
    for (auto [index, extent] : llvm::zip(op.getIndices(), extents)) {
      Value one = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, index, emitter.size(extent));
      all = all ? Value(arith::AndIOp::create(b, loc, all, one)) : one;
    }
    if (all && mayBeNothing) {
      Value none = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, emitter.size(count), emitter.index(0));
      all = arith::OrIOp::create(b, loc, all, none);
    }
    if (!all)
      return; // a single element
    addCheck(b, op, all, (verb + " outside of " + describe(memory)).str());
    if (inside)
      all = arith::AndIOp::create(b, loc, all, inside);
    for (OpOperand &index : indices)
      index.set(arith::SelectOp::create(b, loc, all, index.get(), emitter.index(0)));
  }

  /// What a product covers, which rounds up to full tiles within its stages; one that is too large covers nothing.
  void checkDot(DotOp op) {
    OpBuilder b(op);
    Location loc = op.getLoc();
    ArrayRef<int64_t> shape = cast<BufType>(op.getC().getType()).getTensor().getShape();
    int64_t depth = cast<BufType>(op.getA().getType()).getTensor().getDimSize(1);
    Value all = stagesFit(b, loc, {op.getA(), op.getB(), op.getC()});
    for (auto [range, extent] : {std::pair(op.getRows(), shape[0]), {op.getCols(), shape[1]}, {op.getDepth(), depth}}) {
      Value one = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule, range, emitter.index(extent));
      all = arith::AndIOp::create(b, loc, all, one);
    }
    addCheck(b, op, all, "multiplies outside of " + describe(op.getC()) + " or of what it reads");
    op.getRowsMutable().set(arith::SelectOp::create(b, loc, all, op.getRows(), emitter.index(0)));
  }

  void checkPanel(PanelOp op) {
    OpBuilder b(op);
    Location loc = op.getLoc();
    int64_t panels = cast<BufType>(op.getTarget().getType()).getTensor().getDimSize(0);
    Value all = stagesFit(b, loc, {op.getSource(), op.getTarget()});
    Value one = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, op.getPanel(), emitter.index(panels));
    all = arith::AndIOp::create(b, loc, all, one);
    addCheck(b, op, all, "packs outside of " + describe(op.getTarget()));
    op.getPanelMutable().set(arith::SelectOp::create(b, loc, all, op.getPanel(), emitter.index(0)));
  }

  /// What checkStage found of these.
  Value stagesFit(OpBuilder &b, Location loc, ArrayRef<Value> stages) {
    Value all;
    for (Value stage : stages) {
      Value one = stageFits.lookup(stage.getDefiningOp());
      all = all ? Value(arith::AndIOp::create(b, loc, all, one)) : one;
    }
    return all;
  }

  KernelOp kernel;
  Emitter emitter;
  DenseMap<Operation *, Value> stageFits;
  std::vector<std::string> messages;
  size_t numOld = 0;
};

struct CheckBounds : impl::CheckBoundsBase<CheckBounds> {
  using CheckBoundsBase::CheckBoundsBase;
  void runOnOperation() override {
    llvm::StringMap<std::vector<std::string>> added; // by kernel
    getOperation().walk([&](KernelOp kernel) {
      BoundsChecker checker(kernel);
      checker.run();
      added[kernel.getSymName()] = checker.getAdded().vec();
      numChecks += checker.getAdded().size();
    });
    // The messages stand with the calls, whose nodes the others name.
    getOperation().walk([&](stitch::CallOp call) {
      SmallVector<StringRef> all;
      if (auto known = call->getAttrOfType<ArrayAttr>("failures"))
        all = llvm::to_vector(known.getAsValueRange<StringAttr>());
      for (const std::string &message : added[call.getKernel()])
        all.push_back(message);
      call->setAttr("failures", Builder(call).getStrArrayAttr(all));
    });
  }
};
} // namespace
} // namespace tao
