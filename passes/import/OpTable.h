// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which operators tao imports, in which of their versions, and how. Adding one is an on(...) row and its function in onnx/.
#ifndef TAO_PASSES_IMPORT_OPTABLE_H
#define TAO_PASSES_IMPORT_OPTABLE_H

#include "passes/import/NodeImport.h"
#include <map>

namespace tao {

/// An operator of ONNX's own domain, as OnnxOperators.def has it.
struct OnnxOperator {
  struct Version {
    int64_t since = 0;
    std::string inputs, outputs; // letters as in OnnxOperators.def
    bool removed = false;
  };
  std::vector<Version> versions;
  /// The version that an opset selects; null when the operator is younger.
  const Version *select(int64_t opset) const;
};

class OpTable {
public:
  using Function = mlir::LogicalResult (*)(NodeImport &);
  struct Row {
    llvm::SmallVector<int64_t> since;
    Function import = nullptr;
    std::string remarks;
  };

  static const OpTable &get();

  /// Declares that `import` handles these versions of an operator. `remarks` says what of it is not supported.
  void on(llvm::StringRef name, std::initializer_list<int64_t> since, Function import, llvm::StringRef remarks = "");

  const Row *find(llvm::StringRef name) const;
  const OnnxOperator *findOperator(llvm::StringRef name) const;
  /// The operator whose name is closest to a misspelt one; empty when none is close.
  llvm::StringRef suggest(llvm::StringRef name) const;
  /// The newest operator set version known.
  int64_t newestOpset() const { return newest; }
  const std::map<std::string, Row> &getRows() const { return rows; }

private:
  OpTable();
  std::map<std::string, Row> rows;
  std::map<std::string, OnnxOperator> operators;
  int64_t newest = 0;
};

// One function per file of onnx/, which adds the file's rows.
void addElementwiseOps(OpTable &table);
void addTrigonometryOps(OpTable &table);
void addActivationOps(OpTable &table);
void addLogicOps(OpTable &table);
void addShapeOps(OpTable &table);
void addConstantOps(OpTable &table);
void addMovementOps(OpTable &table);
void addSliceOps(OpTable &table);
void addPadOps(OpTable &table);
void addIndexingOps(OpTable &table);
void addReductionOps(OpTable &table);
void addNormalizationOps(OpTable &table);
void addContractionOps(OpTable &table);
void addConvolutionOps(OpTable &table);
void addPoolingOps(OpTable &table);
void addResizeOps(OpTable &table);
void addRoutineOps(OpTable &table);
void addLossOps(OpTable &table);
void addQuantizationOps(OpTable &table);
void addAttentionOps(OpTable &table);
void addControlFlowOps(OpTable &table);
void addRecurrentOps(OpTable &table);

} // namespace tao
#endif
