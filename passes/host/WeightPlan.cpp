// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See WeightPlan.h.
#include "passes/host/WeightPlan.h"
#include "dialects/Tao/ConstantData.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace tao {

WeightPlan WeightPlan::get(ModuleOp module) {
  WeightPlan plan;
  auto list = module->getAttrOfType<ArrayAttr>("tao.weights");
  if (!list)
    return plan;
  for (DictionaryAttr entry : list.getAsRange<DictionaryAttr>()) {
    auto value = entry.getAs<ElementsAttr>("value");
    auto offset = entry.getAs<IntegerAttr>("offset");
    if (value && offset)
      plan.entries.push_back({value, offset.getInt()});
  }
  if (auto bytes = module->getAttrOfType<IntegerAttr>("tao.weight_bytes"))
    plan.bytes = bytes.getInt();
  return plan;
}

void WeightPlan::set(ModuleOp module) const {
  Builder b(module.getContext());
  SmallVector<Attribute> list;
  for (const Entry &entry : entries)
    list.push_back(b.getDictionaryAttr(
        {b.getNamedAttr("offset", b.getI64IntegerAttr(entry.offset)), b.getNamedAttr("value", entry.value)}));
  module->setAttr("tao.weights", b.getArrayAttr(list));
  module->setAttr("tao.weight_bytes", b.getI64IntegerAttr(bytes));
}

bool WeightPlan::forEachPiece(function_ref<bool(ArrayRef<char>)> write) const {
  static constexpr char zeros[kWeightAlignment] = {};
  int64_t position = 0;
  for (const Entry &entry : entries) {
    if (entry.offset > position && !write(ArrayRef(zeros, entry.offset - position)))
      return false;
    ConstantBytes bytes = getConstantBytes(entry.value);
    if (!write(bytes.get()))
      return false;
    position = entry.offset + static_cast<int64_t>(bytes.get().size());
  }
  return position >= bytes || write(ArrayRef(zeros, bytes - position));
}

} // namespace tao
