// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tables of operators: those that exist, from OnnxOperators.def, and those that tao imports, from onnx/.
#include "passes/import/OpTable.h"
#include "passes/import/Passes.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tao {

const OnnxOperator::Version *OnnxOperator::select(int64_t opset) const {
  const Version *best = nullptr;
  for (const Version &version : versions)
    if (version.since <= opset)
      best = &version;
  return best;
}

/// "1 r:r, 10 rrroo:r, 12 removed".
static OnnxOperator parseOperator(StringRef text) {
  OnnxOperator result;
  SmallVector<StringRef> parts;
  text.split(parts, ", ");
  for (StringRef part : parts) {
    OnnxOperator::Version version;
    auto [since, signature] = part.split(' ');
    since.getAsInteger(10, version.since);
    version.removed = signature == "removed";
    auto [inputs, outputs] = signature.split(':');
    version.inputs = inputs == "-" ? "" : inputs.str();
    version.outputs = outputs.str();
    result.versions.push_back(std::move(version));
  }
  return result;
}

OpTable::OpTable() {
#define ONNX_OPERATOR(Name, versions) operators[#Name] = parseOperator(versions);
#include "passes/import/OnnxOperators.def"
  for (const auto &[name, each] : operators)
    newest = std::max(newest, each.versions.back().since);

  addElementwiseOps(*this);
  addTrigonometryOps(*this);
  addActivationOps(*this);
  addLogicOps(*this);
  addShapeOps(*this);
  addConstantOps(*this);
  addMovementOps(*this);
  addSliceOps(*this);
  addPadOps(*this);
  addIndexingOps(*this);
  addReductionOps(*this);
  addNormalizationOps(*this);
  addContractionOps(*this);
  addConvolutionOps(*this);
  addPoolingOps(*this);
  addResizeOps(*this);
  addRoutineOps(*this);
  addLossOps(*this);
  addQuantizationOps(*this);
  addAttentionOps(*this);
  addControlFlowOps(*this);
  addRecurrentOps(*this);
}

const OpTable &OpTable::get() {
  static const OpTable table;
  return table;
}

void OpTable::on(StringRef name, std::initializer_list<int64_t> since, Function import, StringRef remarks) {
  assert(operators.count(name.str()) && "an operator that ONNX does not have");
  rows[name.str()] = Row{SmallVector<int64_t>(since), import, remarks.str()};
}

const OpTable::Row *OpTable::find(StringRef name) const {
  auto it = rows.find(name.str());
  return it == rows.end() ? nullptr : &it->second;
}

const OnnxOperator *OpTable::findOperator(StringRef name) const {
  auto it = operators.find(name.str());
  return it == operators.end() ? nullptr : &it->second;
}

StringRef OpTable::suggest(StringRef name) const {
  StringRef best;
  unsigned bestDistance = std::max<size_t>(1, name.size() / 4) + 1;
  for (const auto &[candidate, each] : operators) {
    unsigned distance = name.edit_distance_insensitive(candidate, /*AllowReplacements=*/true, bestDistance);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

void listOps(llvm::raw_ostream &os) {
  for (const auto &[name, row] : OpTable::get().getRows()) {
    os << "onnx." << name << " ";
    llvm::interleave(row.since, os, ",");
    os << (row.remarks.empty() ? "" : "  # ") << row.remarks << "\n";
  }
}

} // namespace tao
