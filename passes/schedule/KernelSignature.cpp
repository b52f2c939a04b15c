// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See KernelSignature.h.
#include "passes/schedule/KernelSignature.h"
#include "mlir/IR/Matchers.h"
#include "passes/fuse/KernelName.h"

using namespace mlir;
using namespace tao::stitch;

namespace tao {

KernelSignature::KernelSignature(GroupOp group) : group(group) {
  for (auto [argument, operand] : llvm::zip(group.getBody().getArguments(), group.getInputs())) {
    if (argument.use_empty())
      continue;
    SplatElementsAttr splat;
    if (matchPattern(operand, m_Constant(&splat))) {
      leaves[argument] = {{}, splat.getSplatValue<Attribute>()};
      continue;
    }
    reads.push_back(operand);
    readArguments.push_back(argument);
  }
  auto noteType = [&](Type type) {
    for (const SymExpr &dim : getDims(cast<RankedTensorType>(type)))
      note(dim);
  };
  for (Value input : reads)
    noteType(input.getType());
  for (Operation &op : group.getBody().front().without_terminator()) {
    llvm::for_each(op.getResultTypes(), noteType);
    if (auto slice = dyn_cast<SliceOp>(op))
      for (StringRef start : slice.getStarts().getAsValueRange<StringAttr>())
        note(*SymExpr::parse(start));
    if (auto size = dyn_cast<SizeOp>(op))
      note(*SymExpr::parse(size.getExpr()));
  }
  llvm::for_each(group.getResultTypes(), noteType);
}

void KernelSignature::note(const SymExpr &expr) {
  expr.forEachSymbol([&](StringRef name) {
    if (localNames.try_emplace(name, "s" + std::to_string(symbols.size())).second)
      symbols.push_back(name.str());
  });
}

void KernelSignature::flatten(BlockArgument argument) {
  auto *it = llvm::find(readArguments, argument);
  if (it == readArguments.end())
    return;
  Value &operand = reads[it - readArguments.begin()];
  OpBuilder b(group);
  auto type = cast<RankedTensorType>(operand.getType());
  operand = ReshapeOp::create(b, operand.getLoc(),
                              getTensorType(getNumElements(getDims(operand)), type.getElementType()), operand);
}

SymExpr KernelSignature::toLocal(const SymExpr &expr) const {
  return expr.substitute([&](StringRef symbol) { return std::optional(SymExpr::symbol(localNames.lookup(symbol))); });
}

BufType KernelSignature::bufferOf(Type type) const {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<SymExpr> dims;
  for (const SymExpr &dim : getDims(tensor))
    dims.push_back(toLocal(dim));
  return BufType::get(type.getContext(), getTensorType(dims, tensor.getElementType()));
}

KernelOp KernelSignature::create(StringRef name, PlanAttr plan, TypeRange results) {
  OpBuilder b(group.getContext());
  Location loc = group.getLoc();
  SmallVector<StringRef> sizeNames;
  for (const std::string &symbol : symbols)
    sizeNames.push_back(localNames[symbol]);
  auto kernel = KernelOp::create(b, loc, name, plan, b.getStrArrayAttr(sizeNames), static_cast<int64_t>(reads.size()),
                                 b.getStrArrayAttr({}), 0, IntegerAttr());
  body = b.createBlock(&kernel.getBody());
  for (auto [argument, operand] : llvm::zip(readArguments, reads))
    leaves[argument] = {body->addArgument(bufferOf(operand.getType()), loc), {}};
  for (Type type : results)
    outputs.push_back(body->addArgument(bufferOf(type), loc));
  for (const std::string &symbol : symbols)
    sizes[symbol] = body->addArgument(b.getIndexType(), loc);
  OpBuilder end = OpBuilder::atBlockEnd(body);
  stitch::YieldOp::create(end, loc);
  return kernel;
}

Emitter KernelSignature::makeEmitter() {
  Emitter emitter(body, std::move(sizes));
  for (auto &[argument, leaf] : leaves)
    emitter.bindLeaf(argument, leaf);
  return emitter;
}

void KernelSignature::buildTasks(KernelOp kernel, Emitter &emitter, const SymExpr &tasks,
                                 llvm::function_ref<void(OpBuilder, Value)> emit) {
  OpBuilder end(kernel.getBody().front().getTerminator());
  auto grid = ForeachOp::create(end, kernel.getLoc(), Level::Grid, emitter.index(0), emitter.size(tasks));
  emit(grid.getBodyBuilder(), grid.getInductionVar());
  failingOps = llvm::to_vector(emitter.getFailingOps());
  SmallVector<StringRef> failures(emitter.getFailures().begin(), emitter.getFailures().end());
  kernel.setFailuresAttr(end.getStrArrayAttr(failures));
}

/// The messages of checks of these ops, with the nodes that they are of.
static SmallVector<std::string> describeFailures(ArrayRef<Operation *> ops) {
  SmallVector<std::string> messages;
  for (Operation *op : ops) {
    SmallVector<StringRef> nodes = sourceNodes(op);
    messages.push_back("index out of range in node '" + (nodes.empty() ? "" : nodes.front().str()) + "'");
  }
  return messages;
}

CallOp KernelSignature::call(StringRef kernel, TypeRange results, ArrayRef<int64_t> inPlace, const CallCost &cost) {
  OpBuilder b(group);
  auto call = CallOp::create(b, group.getLoc(), results, kernel, reads, inPlace);
  SmallVector<StringRef> sizeRefs(symbols.begin(), symbols.end());
  SmallVector<std::string> failures = describeFailures(failingOps);
  SmallVector<StringRef> failureRefs(failures.begin(), failures.end());
  call->setAttr("sizes", b.getStrArrayAttr(sizeRefs));
  call->setAttr("tasks", b.getStringAttr(cost.tasks.str()));
  call->setAttr("cost", b.getStringAttr(cost.cost.str()));
  call->setAttr("failures", b.getStrArrayAttr(failureRefs));
  call->setAttr("display_name", b.getStringAttr(kernelName(group)));
  if (cost.scratch)
    call->setAttr("scratch", b.getI64IntegerAttr(cost.scratch));
  return call;
}

std::string KernelTable::add(KernelOp kernel, GroupOp group) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  kernel->print(stream, OpPrintingFlags().useLocalScope().enableDebugInfo(false));
  auto [it, inserted] = byText.try_emplace(text);
  if (!inserted) {
    kernel->erase();
    return it->second;
  }
  // The prefix keeps a kernel named after its op apart from the C library's function of that name.
  kernel.setSymName("kernel." + kernelName(group));
  return it->second = symbols.insert(kernel, module.getBody()->end()).str();
}

} // namespace tao
