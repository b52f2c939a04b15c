// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From functions of calls to the host program. Before: func.func @main with stitch.call, library groups, tao.constant,
// tao.reshape, tao.assume and control flow, whose bodies are functions of the same. After: rt.program @main; no tensor
// is left, and every tensor that was has a storage.
#include "passes/host/FunctionLowering.h"
#include "passes/host/Passes.h"

using namespace mlir;

namespace tao {
#define GEN_PASS_DEF_LOWERTORT
#include "passes/host/Passes.h.inc"

namespace {
/// @main: what is special about it is that its results are the program's outputs, which may share memory with inputs.
class MainLowering {
public:
  MainLowering(ProgramBuilder &program, func::FuncOp func)
      : program(program), func(func),
        lowering(program, func, OpBuilder::atBlockEnd(&program.program.getBody().front())) {}

  LogicalResult run();

private:
  bool mayWriteAliased(Value root, int64_t input);

  ProgramBuilder &program;
  func::FuncOp func;
  FunctionLowering lowering;
};

/// True when a result in `root` may land in memory that `input` occupies: nobody reads the input later, and the step
/// itself reads it, if at all, just where it writes.
bool MainLowering::mayWriteAliased(Value root, int64_t input) {
  Value source = func.getArgument(input);
  int64_t step = lowering.getStep(root.getDefiningOp()), read = lowering.getLastRead(source);
  if (read < step)
    return true;
  auto call = dyn_cast<stitch::CallOp>(root.getDefiningOp());
  if (read > step || !call || call.getInPlace().empty())
    return false;
  int64_t operand = call.getInPlace()[cast<OpResult>(root).getResultNumber()];
  auto isSource = [&](Value value) { return FunctionLowering::getRoot(value) == source; };
  return operand >= 0 && isSource(call.getInputs()[operand]) && lowering.countReads(step, isSource) == 1;
}

LogicalResult MainLowering::run() {
  Location loc = func.getLoc();
  for (BlockArgument argument : func.getArguments())
    lowering.bind(argument, {program.createInput(loc, argument.getArgNumber()), kForever});
  bool anyAlias = false;
  for (unsigned i = 0; i < func.getNumResults(); ++i)
    anyAlias |= static_cast<bool>(func.getResultAttr(i, "tao.alias"));
  struct Saved {
    Value value, aside, output;
  };
  SmallVector<Saved> saved;
  for (unsigned i = 0; i < func.getNumResults(); ++i) {
    Value output = program.createOutput(loc, i), value = lowering.getReturned(i);
    // An output that is an input: where some other output may overwrite inputs, the value is put aside first.
    if (anyAlias && isa<BlockArgument>(FunctionLowering::getRoot(value))) {
      Value aside = program.createArena(value);
      lowering.createCopy(lowering.storageOf(value).buffer, aside, value, loc, "save_input");
      saved.push_back({value, aside, output});
      continue;
    }
    auto alias = func.getResultAttrOfType<IntegerAttr>(i, "tao.alias");
    bool mayBeDirect =
        lowering.isDirect(i) && (!alias || mayWriteAliased(FunctionLowering::getRoot(value), alias.getInt()));
    lowering.setTarget(i, output, mayBeDirect, "copy_output");
  }
  if (failed(lowering.run()))
    return failure();
  for (const Saved &each : saved)
    lowering.createCopy(each.aside, each.output, each.value, loc, "copy_output");
  return success();
}

/// Dims of inputs that are a plain symbol give the symbol its value; the first one does.
SmallVector<Attribute> bindSymbols(func::FuncOp func) {
  SmallVector<Attribute> symbols;
  llvm::StringMap<bool> bound;
  for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
    for (auto [d, dim] : llvm::enumerate(getDims(cast<RankedTensorType>(type)))) {
      std::string text = dim.str();
      if (SymExpr::isValidSymbol(text) && bound.try_emplace(text, true).second)
        symbols.push_back(rt::SymbolAttr::get(func.getContext(), StringAttr::get(func.getContext(), text), i, d));
    }
  return symbols;
}

struct LowerToRt : impl::LowerToRtBase<LowerToRt> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto func = module.lookupSymbol<func::FuncOp>("main");
    if (!func || !func.getBody().hasOneBlock()) {
      module.emitError("the module has no function @main of one block");
      return signalPassFailure();
    }
    Builder b(&getContext());
    auto valueAttr = [&](Attribute name, Type type, Attribute alias, const Twine &fallback) -> Attribute {
      StringAttr text = name ? cast<StringAttr>(name) : b.getStringAttr(fallback);
      return rt::ValueAttr::get(&getContext(), text, cast<RankedTensorType>(type),
                                alias ? cast<IntegerAttr>(alias).getInt() : -1);
    };
    SmallVector<Attribute> inputs, outputs, checks;
    for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
      inputs.push_back(valueAttr(func.getArgAttr(i, "tao.name"), type, {}, "input" + Twine(i)));
    for (auto [i, type] : llvm::enumerate(func.getResultTypes()))
      outputs.push_back(
          valueAttr(func.getResultAttr(i, "tao.name"), type, func.getResultAttr(i, "tao.alias"), "output" + Twine(i)));
    for (auto assume : func.front().getOps<AssumeOp>())
      checks.push_back(rt::CheckAttr::get(&getContext(), assume.getAtLeast() ? rt::CheckKind::Ge : rt::CheckKind::Eq,
                                          assume.getLhsAttr(), assume.getRhsAttr(), assume.getMessageAttr()));
    OpBuilder builder(func);
    auto program =
        rt::ProgramOp::create(builder, func.getLoc(), "main", b.getArrayAttr(inputs), b.getArrayAttr(outputs),
                              b.getArrayAttr(bindSymbols(func)), b.getArrayAttr(checks), IntegerAttr());
    program.getBody().emplaceBlock();
    ProgramBuilder storages(program);
    if (failed(MainLowering(storages, func).run()))
      return signalPassFailure();
    numInPlace = storages.numInPlace;
    numCopies = storages.numCopies;
    // The bodies of control flow are in the program now.
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      function.erase();
  }
};
} // namespace
} // namespace tao
