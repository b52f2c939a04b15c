// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cells of LSTM, GRU and RNN; Recurrence.h has what is around them.
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Recurrence.h"

using namespace mlir;

namespace tao {

namespace {
using Values = SmallVector<Value>;

Value sumOfBiases(NodeImport &n, const Direction &direction) {
  return direction.inputBias ? n.add(direction.inputBias, direction.recurrentBias) : Value();
}

/// Gates in the order input, output, forget, cell.
LogicalResult importLstm(NodeImport &n) {
  int64_t coupled = n.intAttr("input_forget", 0);
  if (coupled != 0 && coupled != 1)
    return n.badNode("attribute 'input_forget' must be 0 or 1, is " + llvm::Twine(coupled));
  Recurrence recurrence(n, 4, 2, {"Sigmoid", "Tanh", "Tanh"});
  if (!recurrence.isValid())
    return failure();
  auto cell = [&](const Direction &direction, Value projected, ArrayRef<Value> states) -> Values {
    Value state = states[1];
    const Gate &f = direction.activations[0], &g = direction.activations[1], &h = direction.activations[2];
    Value all = n.add(recurrence.product(states[0], direction.recurrence), projected);
    // Gate `index`, with a look at the cell's state.
    auto gate = [&](int64_t index, int64_t peephole, Value look) {
      Value own = recurrence.gates(all, index);
      if (direction.peepholes)
        own = n.add(own, n.mul(look, recurrence.gates(direction.peepholes, peephole)));
      return recurrence.activate(f, own);
    };
    Value into = gate(0, 0, state);
    Value forget = coupled ? n.sub(1.0, into) : gate(2, 2, state);
    Value update = recurrence.activate(g, recurrence.gates(all, 3));
    Value next = n.add(n.mul(forget, state), n.mul(into, update));
    // The state is not clipped: clipping is for the sums that enter the gates, as runtimes have it.
    Value out = gate(1, 1, next);
    return {n.mul(out, h.formula(n, next, h.alpha, h.beta)), next};
  };
  recurrence.run([&](const Direction &direction) { return sumOfBiases(n, direction); }, cell);
  return success();
}

/// Gates in the order update, reset, hidden.
LogicalResult importGru(NodeImport &n) {
  int64_t resetsLast = n.intAttr("linear_before_reset", 0);
  Recurrence recurrence(n, 3, 1, {"Sigmoid", "Tanh"});
  if (!recurrence.isValid())
    return failure();
  // The hidden gate's recurrent bias is scaled by the reset gate, so it cannot be added beforehand.
  auto bias = [&](const Direction &direction) -> Value {
    if (!direction.inputBias || !resetsLast)
      return sumOfBiases(n, direction);
    Value zero = n.broadcast(n.scalar(0.0, n.typeOf(direction.inputBias)), {recurrence.hidden});
    return n.add(direction.inputBias, n.concat({recurrence.gates(direction.recurrentBias, 0, 2), zero}, 0));
  };
  auto rows = [&](Value weights, int64_t first, int64_t count) {
    return n.sliceAxis(weights, 0, recurrence.hidden * first, recurrence.hidden * count);
  };
  auto cell = [&](const Direction &direction, Value projected, ArrayRef<Value> states) -> Values {
    const Gate &f = direction.activations[0], &g = direction.activations[1];
    Value state = states[0], update, candidate;
    if (resetsLast) {
      Value product = recurrence.product(state, direction.recurrence);
      auto gate = [&](int64_t index) {
        return recurrence.activate(f, n.add(recurrence.gates(product, index), recurrence.gates(projected, index)));
      };
      update = gate(0);
      Value hidden = recurrence.gates(product, 2);
      if (direction.recurrentBias)
        hidden = n.add(hidden, recurrence.gates(direction.recurrentBias, 2));
      candidate = n.add(n.mul(gate(1), hidden), recurrence.gates(projected, 2));
    } else {
      Value both =
          n.add(recurrence.product(state, rows(direction.recurrence, 0, 2)), recurrence.gates(projected, 0, 2));
      update = recurrence.activate(f, recurrence.gates(both, 0));
      Value reset = n.mul(recurrence.activate(f, recurrence.gates(both, 1)), state);
      candidate = n.add(recurrence.product(reset, rows(direction.recurrence, 2, 1)), recurrence.gates(projected, 2));
    }
    candidate = recurrence.activate(g, candidate);
    return {n.add(n.mul(n.sub(1.0, update), candidate), n.mul(update, state))};
  };
  recurrence.run(bias, cell);
  return success();
}

LogicalResult importRnn(NodeImport &n) {
  Recurrence recurrence(n, 1, 1, {"Tanh"});
  if (!recurrence.isValid())
    return failure();
  auto cell = [&](const Direction &direction, Value projected, ArrayRef<Value> states) -> Values {
    Value sum = n.add(recurrence.product(states[0], direction.recurrence), projected);
    return {recurrence.activate(direction.activations[0], sum)};
  };
  recurrence.run([&](const Direction &direction) { return sumOfBiases(n, direction); }, cell);
  return success();
}
} // namespace

void addRecurrentOps(OpTable &table) {
  table.on("LSTM", {1, 7, 14, 22}, importLstm);
  table.on("GRU", {1, 3, 7, 14, 22}, importGru);
  table.on("RNN", {1, 7, 14, 22}, importRnn);
}

} // namespace tao
