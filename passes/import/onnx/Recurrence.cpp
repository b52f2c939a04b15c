// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Recurrence.h. The input is projected for all steps in one contraction; the loop over time then holds the
// recurrent product and elementwise ops. A direction is a loop of its own.
#include "passes/import/onnx/Recurrence.h"
#include "passes/import/LoopBuilder.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tao {

namespace {
struct ActivationRow {
  StringRef name;
  size_t numParameters; // alpha, or alpha and beta
  double alpha, beta;   // defaults
  Value (*formula)(TensorBuilder &, Value, double alpha, double beta);
};

/// The functions that the standard lists for recurrent operators; names are compared without case.
constexpr ActivationRow kActivations[] = {
    {"relu", 0, 0, 0, [](TensorBuilder &b, Value x, double, double) { return b.max(x, 0.0); }},
    {"tanh", 0, 0, 0, [](TensorBuilder &b, Value x, double, double) { return b.tanh(x); }},
    {"sigmoid", 0, 0, 0, [](TensorBuilder &b, Value x, double, double) { return b.logistic(x); }},
    {"softsign", 0, 0, 0, [](TensorBuilder &b, Value x, double, double) { return b.div(x, b.add(1.0, b.abs(x))); }},
    {"softplus", 0, 0, 0,
     [](TensorBuilder &b, Value x, double, double) { return b.add(b.max(x, 0.0), b.log1p(b.exp(b.neg(b.abs(x))))); }},
    {"affine", 2, 1, 0,
     [](TensorBuilder &b, Value x, double alpha, double beta) { return b.add(b.mul(x, alpha), beta); }},
    {"scaledtanh", 2, 1, 1,
     [](TensorBuilder &b, Value x, double alpha, double beta) { return b.mul(b.tanh(b.mul(x, beta)), alpha); }},
    {"hardsigmoid", 2, 0.2, 0.5,
     [](TensorBuilder &b, Value x, double alpha, double beta) {
       return b.min(b.max(b.add(b.mul(x, alpha), beta), 0.0), 1.0);
     }},
    {"leakyrelu", 1, 0.01, 0,
     [](TensorBuilder &b, Value x, double alpha, double) {
       return b.select(b.compare(CmpPredicate::Lt, x, 0.0), b.mul(x, alpha), x);
     }},
    {"thresholdedrelu", 1, 1, 0,
     [](TensorBuilder &b, Value x, double alpha, double) {
       return b.select(b.compare(CmpPredicate::Gt, x, alpha), x, 0.0);
     }},
    {"elu", 1, 1, 0,
     [](TensorBuilder &b, Value x, double alpha, double) {
       return b.select(b.compare(CmpPredicate::Lt, x, 0.0), b.mul(b.expm1(b.min(x, 0.0)), alpha), x);
     }},
};

/// The next number of a list that runs along the activations which take one; the default once it is used up.
double takeNext(ArrayRef<double> list, size_t &next, double otherwise) {
  return next < list.size() ? list[next++] : otherwise;
}
} // namespace

Recurrence::Recurrence(NodeImport &n, int64_t numGates, size_t numStates, ArrayRef<StringRef> defaults)
    : n(n), numGates(numGates) {
  n.ignoreAttr("output_sequence"); // of version 1: an output that nobody takes need not be named
  std::string direction = n.stringAttr("direction", "forward");
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
    (void)n.badNode("attribute 'direction' must be forward, reverse or bidirectional, is '" + direction + "'");
  directions.resize(direction == "bidirectional" ? 2 : 1);
  for (auto [d, each] : llvm::enumerate(directions))
    each.isReverse = d == 1 || direction == "reverse";
  int64_t layout = n.intAttr("layout", 0);
  if (layout != 0 && layout != 1)
    (void)n.badNode("attribute 'layout' must be 0 or 1, is " + llvm::Twine(layout));
  batchFirst = layout == 1;
  if (n.hasAttr("clip")) {
    clip = n.floatAttr("clip", 0);
    if (!(*clip > 0))
      (void)n.badNode("attribute 'clip' must be positive");
  }
  readActivations(defaults);
  if (isValid())
    readTensors(numStates);
}

void Recurrence::readActivations(ArrayRef<StringRef> defaults) {
  SmallVector<std::string> names = n.stringsAttr("activations");
  SmallVector<double> alphas = n.floatsAttr("activation_alpha"), betas = n.floatsAttr("activation_beta");
  size_t count = directions.size() * defaults.size(), nextAlpha = 0, nextBeta = 0;
  if (names.empty())
    for (size_t i = 0; i < count; ++i)
      names.push_back(defaults[i % defaults.size()].str());
  if (names.size() != count) {
    (void)n.badNode("attribute 'activations' has " + llvm::Twine(names.size()) + " entries, expected " +
                    llvm::Twine(count));
    return;
  }
  for (auto [i, name] : llvm::enumerate(names)) {
    auto row =
        llvm::find_if(kActivations, [&](const ActivationRow &each) { return each.name.equals_insensitive(name); });
    if (row == std::end(kActivations)) {
      (void)n.badNode("attribute 'activations' names '" + name + "', which is no activation function");
      return;
    }
    Gate gate{row->formula, row->alpha, row->beta};
    if (row->numParameters > 0)
      gate.alpha = takeNext(alphas, nextAlpha, row->alpha);
    if (row->numParameters > 1)
      gate.beta = takeNext(betas, nextBeta, row->beta);
    directions[i / defaults.size()].activations.push_back(gate);
  }
  if (nextAlpha < alphas.size() || nextBeta < betas.size())
    (void)n.badNode("attributes 'activation_alpha' and 'activation_beta' have more entries than the activations take");
}

Value Recurrence::entry(Value all, int64_t d) {
  Dims dims = n.dimsOf(all);
  Value one = n.sliceAxis(all, 0, d, 1);
  return n.reshape(one, ArrayRef(dims).drop_front());
}

void Recurrence::readTensors(size_t numStates) {
  constexpr size_t X = 0, W = 1, R = 2, B = 3, Lengths = 4, FirstState = 5;
  size_t peepholeInput = FirstState + numStates; // LSTM only
  SmallVector<size_t> floats{X, W, R, B};
  for (size_t i = FirstState; i <= peepholeInput; ++i)
    floats.push_back(i);
  if (failed(n.expectFloat(X)) || failed(n.expectSameType(floats)))
    return;
  for (size_t index : {X, W, R})
    if (failed(n.expectRank(index, 3, 3)))
      return;
  auto count = static_cast<int64_t>(directions.size());
  steps = n.dims(X)[batchFirst ? 1 : 0];
  batch = n.dims(X)[batchFirst ? 0 : 1];
  SymExpr features = n.dims(X)[2];
  hidden = n.dims(R)[2];
  if (n.hasAttr("hidden_size"))
    hidden = n.unify(n.intAttr("hidden_size", 0), hidden, "columns of the recurrence weights and hidden_size");

  /// The input with this shape, or null with an error.
  auto take = [&](size_t index, Dims shape, StringRef what) -> Value {
    if (!n.hasInput(index) || n.hasError())
      return nullptr;
    if (n.rank(index) != static_cast<int64_t>(shape.size())) {
      (void)n.mismatch(what + " must have rank " + llvm::Twine(shape.size()));
      return nullptr;
    }
    for (auto [own, expected] : llvm::zip(n.dims(index), shape))
      n.unify(expected, own, ("extents of " + what).str());
    return n.hasError() ? Value() : n.widen(n.retype(n.value(index), shape));
  };
  SymExpr rows = hidden * numGates;
  Dims inputShape = batchFirst ? Dims{batch, steps, features} : Dims{steps, batch, features};
  Dims stateShape = batchFirst ? Dims{batch, count, hidden} : Dims{count, batch, hidden};
  input = take(X, inputShape, "the input");
  Value weights = take(W, {count, rows, features}, "the weights");
  Value recurrence = take(R, {count, rows, hidden}, "the recurrence weights");
  Value bias = take(B, {count, rows * 2}, "the bias");
  Value peepholes = numStates > 1 ? take(peepholeInput, {count, hidden * 3}, "the peepholes") : Value();
  lengths = take(Lengths, {batch}, "the sequence lengths");
  if (lengths && !isa<IntegerType>(n.typeOf(lengths)))
    (void)n.mismatch("the sequence lengths must be integers");
  SmallVector<Value> initial;
  for (size_t i = 0; i < numStates; ++i)
    initial.push_back(take(FirstState + i, stateShape, "an initial state"));
  if (n.hasError())
    return;
  if (batchFirst)
    input = n.transpose(input, {1, 0, 2});
  for (auto [d, direction] : llvm::enumerate(directions)) {
    direction.weights = entry(weights, d);
    direction.recurrence = entry(recurrence, d);
    if (bias) {
      Value both = entry(bias, d);
      direction.inputBias = n.sliceAxis(both, 0, 0, rows);
      direction.recurrentBias = n.sliceAxis(both, 0, rows, rows);
    }
    if (peepholes)
      direction.peepholes = entry(peepholes, d);
    for (Value state : initial) {
      if (!state)
        state = n.broadcast(n.scalar(0.0, n.typeOf(input)), {batch, hidden});
      else
        state = entry(batchFirst ? n.transpose(state, {1, 0, 2}) : state, d);
      direction.states.push_back(state);
    }
  }
}

Value Recurrence::product(Value state, Value recurrence) {
  return n.contract(state, recurrence, {0, 2}, {1, 2}, {0, 1});
}

Value Recurrence::gates(Value all, int64_t first, int64_t count) {
  return n.sliceAxis(all, n.rankOf(all) - 1, hidden * first, hidden * count);
}

Value Recurrence::activate(const Gate &gate, Value x) {
  if (clip)
    x = n.min(n.max(x, -*clip), *clip);
  return gate.formula(n, x, gate.alpha, gate.beta);
}

/// The last states, then the outputs of all steps if they are wanted.
SmallVector<Value> Recurrence::runDirection(const Direction &direction, Bias bias, Cell cell) {
  Value projected = n.contract(input, direction.weights, {0, 1, 3}, {2, 3}, {0, 1, 2});
  if (Value addend = bias(direction))
    projected = n.add(projected, addend);
  LoopBuilder::Rows slices{{projected}, {direction.isReverse}};
  if (lengths) {
    slices.values.push_back(n.iota({steps}, 0, n.typeOf(lengths)));
    slices.reversed.push_back(direction.isReverse);
  }
  LoopBuilder loop = LoopBuilder::over(n, slices.values, direction.states);
  SmallVector<Value> states;
  for (size_t i = 0; i < direction.states.size(); ++i)
    states.push_back(loop.carried(i));
  SmallVector<Value> next = cell(direction, loop.row(0), states);
  Value output = next[0];
  if (lengths) {
    // Past the end of a sequence its states stay and its outputs are zero. Running backwards, a sequence begins at its
    // own end.
    Value valid = n.compare(CmpPredicate::Lt, loop.row(1), lengths);
    valid = n.broadcast(valid, {batch, hidden}, {0});
    output = n.select(valid, output, 0.0);
    for (auto [each, state] : llvm::zip(next, states))
      each = n.select(valid, each, state);
  }
  LoopBuilder::Rows rows;
  if (n.wantsResult(0))
    rows = {{output}, {direction.isReverse}};
  return loop.finish(steps, slices, direction.states, next, rows);
}

void Recurrence::run(Bias bias, Cell cell) {
  size_t numStates = directions[0].states.size();
  SmallVector<SmallVector<Value>> results;
  for (const Direction &direction : directions)
    results.push_back(runDirection(direction, bias, cell));
  Type elementType = n.elementType(0);
  // Result 0 is [steps, directions, batch, hidden], the others [directions, batch, hidden].
  auto join = [&](size_t index, Dims shape, int64_t axis) {
    SmallVector<Value> parts;
    for (SmallVector<Value> &each : results)
      parts.push_back(n.reshape(each[index], shape));
    return n.cast(n.concat(parts, axis), elementType);
  };
  if (n.wantsResult(0)) {
    Value all = join(numStates, {steps, 1, batch, hidden}, 1);
    n.setResult(0, batchFirst ? n.transpose(all, {2, 0, 1, 3}) : all);
  }
  for (size_t i = 0; i < numStates; ++i)
    if (n.wantsResult(1 + i)) {
      Value last = join(i, {1, batch, hidden}, 0);
      n.setResult(1 + i, batchFirst ? n.transpose(last, {1, 0, 2}) : last);
    }
}

} // namespace tao
