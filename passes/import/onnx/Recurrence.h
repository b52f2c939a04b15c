// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What LSTM, GRU and RNN nodes have in common: directions, layout, activations, sequence lengths, and the loop over
// time.
#ifndef TAO_PASSES_IMPORT_ONNX_RECURRENCE_H
#define TAO_PASSES_IMPORT_ONNX_RECURRENCE_H

#include "passes/import/NodeImport.h"

namespace tao {

/// An activation function with its parameters.
struct Gate {
  mlir::Value (*formula)(TensorBuilder &, mlir::Value, double alpha, double beta) = nullptr;
  double alpha = 0, beta = 0;
};

/// One direction of a node: its weights without the leading dim, in f32 where the model has halves.
struct Direction {
  bool isReverse;
  mlir::Value weights, recurrence;       // [gates * hidden, input], [gates * hidden, hidden]
  mlir::Value inputBias, recurrentBias;  // [gates * hidden]; null when there are none
  mlir::Value peepholes;                 // [3 * hidden] or null
  llvm::SmallVector<mlir::Value> states; // initial ones, [batch, hidden]
  llvm::SmallVector<Gate> activations;
};

class Recurrence {
public:
  /// Reads what is common to the operators. `numGates` blocks of hidden rows are stacked in the weights; there are
  /// `numStates` states from input 5 on, and as many activations per direction as `defaults` names.
  Recurrence(NodeImport &n, int64_t numGates, size_t numStates, llvm::ArrayRef<llvm::StringRef> defaults);
  bool isValid() const { return !n.hasError(); }

  /// The cell at one time step: from the projected input [batch, gates * hidden] and the states to the next states, of
  /// which the first is the output.
  using Cell = llvm::function_ref<llvm::SmallVector<mlir::Value>(const Direction &, mlir::Value projected,
                                                                 llvm::ArrayRef<mlir::Value> states)>;
  /// What is added to the projected input of all steps at once: bias of the input and, unless the cell does it, of the
  /// recurrence. Null for none.
  using Bias = llvm::function_ref<mlir::Value(const Direction &)>;
  /// Runs all directions and sets the node's results: outputs of all steps, then the last states.
  void run(Bias bias, Cell cell);

  /// states[batch, hidden] x recurrence rows [rows of the weights, hidden] -> [batch, rows].
  mlir::Value product(mlir::Value state, mlir::Value recurrence);
  /// Gates [first, first + count) of a tensor whose last dim, or only one, is gates * hidden.
  mlir::Value gates(mlir::Value all, int64_t first, int64_t count = 1);
  /// The activation, after clipping if the node asks for it.
  mlir::Value activate(const Gate &gate, mlir::Value x);

  NodeImport &n;
  SymExpr steps, batch, hidden;
  int64_t numGates;

private:
  void readActivations(llvm::ArrayRef<llvm::StringRef> defaults);
  void readTensors(size_t numStates);
  /// Entry `d` of a tensor's leading dim, which disappears.
  mlir::Value entry(mlir::Value all, int64_t d);
  llvm::SmallVector<mlir::Value> runDirection(const Direction &direction, Bias bias, Cell cell);

  mlir::Value input;   // [steps, batch, features]
  mlir::Value lengths; // [batch] or null
  bool batchFirst = false;
  std::optional<double> clip;
  llvm::SmallVector<Direction> directions;
};

} // namespace tao
#endif
