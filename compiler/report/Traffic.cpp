// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Traffic.h.
#include "compiler/report/Traffic.h"
#include "passes/fuse/GroupBuilder.h"
#include "passes/fuse/KernelGraph.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tao {

namespace {
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
bool isSplat(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  return constant && isa<SplatElementsAttr>(constant.getValue());
}
} // namespace

int64_t addSaturated(int64_t a, int64_t b) { return a > kMax - b ? kMax : a + b; }
int64_t mulSaturated(int64_t a, int64_t b) {
  int64_t product;
  return llvm::MulOverflow(a, b, product) ? kMax : product;
}

KernelCost &KernelCost::operator+=(const KernelCost &other) {
  readBytes = addSaturated(readBytes, other.readBytes);
  writeBytes = addSaturated(writeBytes, other.writeBytes);
  flops = addSaturated(flops, other.flops);
  return *this;
}

KernelCost &KernelCost::operator*=(int64_t times) {
  readBytes = mulSaturated(readBytes, times);
  writeBytes = mulSaturated(writeBytes, times);
  flops = mulSaturated(flops, times);
  return *this;
}

bool isMathGroup(stitch::GroupOp group) {
  return stitch::getPlanKind(group) != stitch::PlanKind::Memory && !getRoutine(group);
}

int64_t Counter::product(ArrayRef<SymExpr> dims) const {
  int64_t count = 1;
  for (const SymExpr &dim : dims) {
    auto extent = dim.evaluate([&](StringRef name) -> std::optional<int64_t> {
      auto it = values.find(name.str());
      return it == values.end() ? kDefaultSymbolValue : it->second;
    });
    count = mulSaturated(count, extent ? std::max<int64_t>(*extent, 0) : kMax);
  }
  return count;
}
int64_t Counter::value(const SymExpr &expr) const { return product(expr); }
int64_t Counter::value(StringRef expr) const { return product(*SymExpr::parse(expr)); }
int64_t Counter::elements(Value value) const { return product(getDims(value)); }

int64_t Counter::bytes(Value value) const {
  return mulSaturated(elements(value), getElementBytes(cast<RankedTensorType>(value.getType()).getElementType()));
}

int64_t Counter::readBytes(OpOperand &use) const {
  // These read no more elements than they give.
  Operation *op = use.getOwner();
  bool picks = isa<SliceOp>(op) || (isa<GatherOp, GatherElementsOp, GatherNdOp>(op) && use.getOperandNumber() == 0);
  return bytes(picks ? op->getResult(0) : use.get());
}

SmallVector<int64_t> Counter::readBytes(stitch::GroupOp group) const {
  SmallVector<int64_t> list;
  for (auto [argument, operand] : llvm::zip(group.getBody().getArguments(), group.getInputs())) {
    if (argument.use_empty() || isSplat(operand)) {
      list.push_back(0);
      continue;
    }
    int64_t whole = bytes(operand), touched = 0;
    for (OpOperand &use : argument.getUses())
      touched = addSaturated(touched, readBytes(use));
    list.push_back(std::min(whole, touched));
  }
  return list;
}

int64_t Counter::flops(Operation &op) const {
  auto interface = dyn_cast<IndexMapOpInterface>(op);
  if (!interface)
    return 0;
  int64_t results = elements(op.getResult(0));
  switch (interface.getOpClass()) {
  case OpClass::Light:
  case OpClass::Heavy:
    return isElementwise(&op) ? results : 0;
  case OpClass::Reduction: {
    auto window = dyn_cast<ReduceWindowOp>(op);
    if (!window)
      return elements(op.getOperand(0));
    int64_t count = results;
    for (int64_t extent : window.getWindow())
      count = mulSaturated(count, extent);
    return count;
  }
  case OpClass::Contraction: {
    // A product and a sum per result element and summed index.
    int64_t summed = 1;
    if (auto conv = dyn_cast<ConvOp>(op)) {
      int64_t channels = std::max<int64_t>(1, cast<RankedTensorType>(conv.getWeights().getType()).getDimSize(0));
      summed = elements(conv.getWeights()) / channels;
    } else {
      auto contract = cast<ContractOp>(op);
      SmallVector<AffineMap> maps = llvm::to_vector(contract.getMaps().getAsValueRange<AffineMapAttr>());
      auto type = cast<RankedTensorType>(contract.getLhs().getType());
      SmallVector<SymExpr> dims = tao::getDims(type), gone; // the summed ones
      for (auto [expr, dim] : llvm::zip(maps[0].getResults(), dims))
        if (!maps[2].isFunctionOfDim(cast<AffineDimExpr>(expr).getPosition()))
          gone.push_back(dim);
      summed = product(gone);
    }
    return mulSaturated(2, mulSaturated(results, summed));
  }
  default:
    return 0;
  }
}

KernelCost Counter::cost(stitch::GroupOp group) const {
  KernelCost cost;
  // Two operands may be views of one buffer.
  llvm::MapVector<Value, int64_t> read;
  for (auto [operand, bytesRead] : llvm::zip(group.getInputs(), readBytes(group))) {
    int64_t &sum = read[getStorage(operand)];
    sum = std::min(bytes(operand), addSaturated(sum, bytesRead));
  }
  for (auto &[value, sum] : read)
    cost.readBytes = addSaturated(cost.readBytes, sum);
  for (Value result : group.getResults())
    cost.writeBytes = addSaturated(cost.writeBytes, bytes(result));
  for (Operation &op : group.getBody().front())
    cost.flops = addSaturated(cost.flops, flops(op));
  return cost;
}

} // namespace tao
