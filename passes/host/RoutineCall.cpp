// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See RoutineCall.h; the dims of each routine are described in model_abi.h.
#include "passes/host/RoutineCall.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "runtime/include/tao/model_abi.h"

using namespace mlir;

namespace tao {

namespace {
constexpr StringLiteral kFunction = "tao_rt_routine";

tao_routine_dtype getRoutineDtype(Type type) {
  switch (getElementBytes(type)) {
  case 1:
    return TAO_ROUTINE_BITS8;
  case 2:
    return TAO_ROUTINE_BITS16;
  case 4:
    return type.isF32() ? TAO_ROUTINE_F32 : TAO_ROUTINE_I32;
  default:
    return type.isF64() ? TAO_ROUTINE_F64 : TAO_ROUTINE_I64;
  }
}

/// What a launch needs to know of a routine.
struct Launch {
  tao_routine_kind kind;
  SmallVector<SymExpr> extents;
  SymExpr tasks, cost; // cost in bytes moved or equivalent
};

Launch describe(RoutineOp routine) {
  SmallVector<SymExpr> result = getDims(routine.getResult());
  int64_t bytes = getElementBytes(cast<RankedTensorType>(routine.getInputs()[0].getType()).getElementType());
  switch (routine.getKind()) {
  case RoutineKind::Scatter: {
    SymExpr count = getDims(routine.getInputs()[1])[0];
    bool isNumber = getDims(routine.getInputs()[0]).empty();
    return {TAO_ROUTINE_SCATTER,
            {result[0], result[1], count, isNumber ? 1 : 0},
            TAO_SCATTER_TASKS,
            (result[0] + count) * result[1] * (2 * bytes)};
  }
  case RoutineKind::TopK: {
    SymExpr width = getDims(routine.getInputs()[0])[1];
    return {TAO_ROUTINE_TOP_K, {result[0], width, result[1]}, result[0], result[0] * (width + result[1]) * (8 * bytes)};
  }
  case RoutineKind::CumSum:
    return {TAO_ROUTINE_CUM_SUM, {result[0], result[1]}, result[0], result[0] * result[1] * (4 * bytes)};
  }
  llvm_unreachable("all kinds are handled");
}

/// Declares the function in the module around `op`, if it is not there.
void declare(Operation *op) {
  auto module = op->getParentOfType<ModuleOp>();
  if (module.lookupSymbol(kFunction))
    return;
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext()), i64 = builder.getI64Type();
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(builder.getContext()), {pointer, pointer, i64, i64, pointer});
  LLVM::LLVMFuncOp::create(builder, op->getLoc(), kFunction, type);
}
} // namespace

void createRoutineCall(OpBuilder &builder, stitch::GroupOp group, RoutineOp routine,
                       function_ref<Value(Value)> bufferOf, const StepLabels &labels) {
  declare(group);
  Launch launch = describe(routine);
  SmallVector<SymExpr> dims = {
      launch.kind, getRoutineDtype(cast<RankedTensorType>(routine.getInputs()[0].getType()).getElementType())};
  for (size_t i = 0; i < 2; ++i)
    dims.push_back(i < routine.getParams().size() ? routine.getParams()[i] : 0);
  llvm::append_range(dims, launch.extents);
  auto text = [&](const SymExpr &size) { return builder.getStringAttr(size.str()); };
  SmallVector<Attribute> sizes = llvm::map_to_vector(dims, [&](const SymExpr &dim) -> Attribute { return text(dim); });

  // The group's operands are in the order of first use; the routine names each of its own.
  auto outer = [&](Value argument) { return group.getInputs()[cast<BlockArgument>(argument).getArgNumber()]; };
  SmallVector<Value> reads =
      llvm::map_to_vector(routine.getInputs(), [&](Value argument) { return bufferOf(outer(argument)); });
  SmallVector<Attribute> failures;
  if (routine.getKind() == RoutineKind::Scatter)
    failures.push_back(builder.getStringAttr("index out of range in node '" +
                                             (labels.nodes.empty() ? "" : labels.nodes.front().str()) + "'"));
  rt::LaunchOp::create(
      builder, group.getLoc(), FlatSymbolRefAttr::get(builder.getContext(), kFunction), reads,
      ValueRange{bufferOf(group.getResult(0))}, builder.getArrayAttr(sizes), text(launch.tasks), text(launch.cost),
      builder.getArrayAttr(failures), builder.getI64IntegerAttr(0), builder.getStringAttr(labels.name),
      rt::KernelKindAttr::get(builder.getContext(), rt::KernelKind::Memory), builder.getStrArrayAttr(labels.nodes));
}

} // namespace tao
