// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators with subgraphs. Their nodes are imported where the body of the tao op is being built; what they capture is
// in sight there.
//
// Shapes are computed once per body, so a carried value keeps its shape. How often a Loop runs must be known as a size
// when it has scan outputs, for their extent is part of a type; otherwise its condition may depend on data.
#include "passes/import/LoopBuilder.h"
#include "passes/import/OpTable.h"
#include "passes/import/onnx/Content.h"

using namespace mlir;

namespace tao {

namespace {
using Values = SmallVector<Value>;
using Tensors = std::vector<Tensor>;

/// The one element of a truth value or number where it is known.
std::optional<SymExpr> getScalar(NodeImport &n, Tensor &tensor) {
  const std::vector<SymExpr> *elements = n.context.getContent(tensor);
  return elements && elements->size() == 1 ? std::optional(n.context.sizes.simplify(elements->front())) : std::nullopt;
}
Tensor makeTruth(NodeImport &n) {
  Tensor tensor;
  tensor.elementType = n.builder().getI1Type();
  tensor.content = {1};
  return tensor;
}

/// The tensor as a value of exactly this type, or null with an error; `what` names both.
Value matchType(NodeImport &n, Tensor tensor, RankedTensorType type, const llvm::Twine &what) {
  if (tensor.elementType != type.getElementType()) {
    (void)n.badNode(what + " changes from " + typeText(type.getElementType()) + " to " + typeText(tensor.elementType));
    return nullptr;
  }
  SmallVector<SymExpr> expected = getDims(type);
  bool fits = expected.size() == tensor.dims.size();
  for (size_t i = 0; fits && i < expected.size(); ++i)
    fits = !n.context.sizes.areDifferent(expected[i], tensor.dims[i]);
  if (!fits) {
    (void)n.unsupported(what + " that changes its shape, from " + shapeText(expected) + " to " +
                        shapeText(tensor.dims));
    return nullptr;
  }
  for (auto [a, b] : llvm::zip(expected, tensor.dims))
    n.unify(a, b, (what + " must keep its shape").str());
  return n.retype(n.context.getValue(tensor, n.location), expected);
}

/// Next carried values, from the first outputs of a body.
std::optional<Values> matchCarried(NodeImport &n, ArrayRef<Tensor> outputs, ArrayRef<Value> carried) {
  Values next;
  for (auto [index, value] : llvm::enumerate(carried)) {
    Value each =
        matchType(n, outputs[index], cast<RankedTensorType>(value.getType()), "carried value " + llvm::Twine(index));
    if (!each)
      return std::nullopt;
    next.push_back(each);
  }
  return next;
}

LogicalResult expectOutputs(NodeImport &n, Block &graph, size_t least, StringRef name) {
  size_t count = graph.getTerminator()->getNumOperands();
  if (count < least)
    return n.badNode("graph '" + name + "' has " + llvm::Twine(count) + " outputs; at least " + llvm::Twine(least) +
                     " are needed");
  return success();
}
LogicalResult expectResults(NodeImport &n, size_t most) {
  if (n.numResults() <= most)
    return success();
  return n.badNode("the node takes " + llvm::Twine(n.numResults()) + " outputs; its graph gives " + llvm::Twine(most));
}

/// Moves dim `from` of a value to the front, or dim 0 to `from` when `back`.
Value moveDim(NodeImport &n, Value value, int64_t from, bool back) {
  SmallVector<int64_t> perm = llvm::to_vector(llvm::seq<int64_t>(0, n.rankOf(value)));
  if (back)
    std::rotate(perm.begin(), perm.begin() + 1, perm.begin() + from + 1);
  else
    std::rotate(perm.begin(), perm.begin() + from, perm.begin() + from + 1);
  return n.transpose(value, perm);
}

//===-- Scan ------------------------------------------------------------------------------------------------------===//

struct ScanParts {
  Block *graph = nullptr;
  size_t numOutputs = 0; // scan outputs
  SmallVector<bool> backwards, outputBackwards;
};

/// 0 or 1 for each of `count` inputs or outputs.
SmallVector<bool> directions(NodeImport &n, StringRef name, size_t count) {
  SmallVector<bool> result;
  for (int64_t each : n.intsAttr(name)) {
    if (each != 0 && each != 1)
      (void)n.badNode("attribute '" + name + "' holds " + llvm::Twine(each) + "; 0 and 1 are directions");
    result.push_back(each == 1);
  }
  if (result.empty())
    result.assign(count, false);
  if (result.size() != count)
    (void)n.badNode("attribute '" + name + "' has " + llvm::Twine(result.size()) + " entries, expected " +
                    llvm::Twine(count));
  return result;
}

/// The loop over rows of `slices`: last states, then stacked outputs.
std::optional<Values> buildScan(NodeImport &n, const ScanParts &parts, const SymExpr &trips, ArrayRef<Value> states,
                                ArrayRef<Value> slices) {
  LoopBuilder loop = LoopBuilder::over(n, slices, states);
  Tensors inputs;
  for (size_t i = 0; i < states.size(); ++i)
    inputs.push_back(ImportContext::fromValue(loop.carried(i)));
  for (size_t i = 0; i < slices.size(); ++i)
    inputs.push_back(ImportContext::fromValue(loop.row(i)));
  std::optional<Tensors> outputs = n.importGraph(*parts.graph, inputs);
  std::optional<Values> next = outputs ? matchCarried(n, *outputs, states) : std::nullopt;
  if (!next)
    return std::nullopt;
  LoopBuilder::Rows rows;
  for (Tensor &output : MutableArrayRef(*outputs).drop_front(states.size()))
    rows.values.push_back(n.context.getValue(output, n.location));
  rows.reversed = parts.outputBackwards;
  return loop.finish(trips, {Values(slices), parts.backwards}, states, *next, rows);
}

/// Extents that all scan inputs must share.
SymExpr commonExtent(NodeImport &n, std::optional<SymExpr> known, const SymExpr &extent, StringRef what) {
  return known ? n.unify(*known, extent, what) : extent;
}

LogicalResult importScan(NodeImport &n) {
  n.requireAttr("num_scan_inputs");
  size_t first = n.since < 9 ? 1 : 0, count = n.numInputs() - first;
  int64_t numScans = n.intAttr("num_scan_inputs", 1);
  if (numScans < 1 || numScans > static_cast<int64_t>(count))
    return n.badNode("attribute 'num_scan_inputs' is " + llvm::Twine(numScans) + "; the node gives " +
                     llvm::Twine(count) + " inputs");
  size_t numStates = count - numScans;
  ScanParts parts;
  parts.graph = n.graphAttr("body", count);
  if (!parts.graph || failed(expectOutputs(n, *parts.graph, numStates, "body")))
    return failure();
  size_t total = parts.graph->getTerminator()->getNumOperands();
  if (failed(expectResults(n, total)))
    return failure();
  parts.numOutputs = total - numStates;

  // Version 8 has a batch dim in front of everything, which is a loop around the scan.
  bool batched = n.since < 9;
  if (batched && n.hasInput(0))
    return n.unsupported("sequence lengths per batch entry");
  parts.backwards = directions(n, batched ? "directions" : "scan_input_directions", numScans);
  SmallVector<int64_t> inputAxes(numScans, 0), outputAxes(parts.numOutputs, 0);
  parts.outputBackwards.assign(parts.numOutputs, false);
  if (!batched) {
    parts.outputBackwards = directions(n, "scan_output_directions", parts.numOutputs);
    for (auto [name, axes] : {std::pair("scan_input_axes", &inputAxes), std::pair("scan_output_axes", &outputAxes)}) {
      SmallVector<int64_t> given = n.intsAttr(name);
      if (!given.empty() && given.size() != axes->size())
        return n.badNode("attribute '" + llvm::Twine(name) + "' has " + llvm::Twine(given.size()) +
                         " entries, expected " + llvm::Twine(axes->size()));
      if (!given.empty())
        *axes = given;
    }
  }
  if (n.hasError())
    return failure();

  Values states, slices;
  std::optional<SymExpr> trips, batch;
  for (size_t i = 0; i < count; ++i) {
    size_t index = first + i;
    bool isScan = i >= numStates;
    if (failed(n.expectRank(index, batched + isScan, n.context.options.maxRank)))
      return failure();
    if (batched)
      batch = commonExtent(n, batch, n.dims(index)[0], "extents of the batch");
    if (!isScan) {
      states.push_back(n.value(index));
      continue;
    }
    int64_t axis = batched ? 1 : n.axis(inputAxes[i - numStates], n.rank(index));
    trips = commonExtent(n, trips, n.dims(index)[axis], "lengths of the scan inputs");
    slices.push_back(batched ? n.value(index) : moveDim(n, n.value(index), axis, /*back=*/false));
  }
  if (n.hasError())
    return failure();
  // One spelling of the extents that are equal by assumption.
  for (Value &slice : slices) {
    Dims dims = n.dimsOf(slice);
    dims[batched] = *trips;
    if (batched)
      dims[0] = *batch;
    slice = n.retype(slice, dims);
  }

  std::optional<Values> results;
  if (!batched) {
    results = buildScan(n, parts, *trips, states, slices);
  } else {
    for (Value &state : states) {
      Dims dims = n.dimsOf(state);
      dims[0] = *batch;
      state = n.retype(state, dims);
    }
    Values all(states);
    llvm::append_range(all, slices);
    LoopBuilder loop = LoopBuilder::over(n, all, {});
    Values inner;
    for (size_t i = 0; i < all.size(); ++i)
      inner.push_back(loop.row(i));
    std::optional<Values> rows =
        buildScan(n, parts, *trips, ArrayRef(inner).take_front(numStates), ArrayRef(inner).drop_front(numStates));
    if (rows)
      results = loop.finish(*batch, {all, SmallVector<bool>(all.size(), false)}, {}, {},
                            {*rows, SmallVector<bool>(rows->size(), false)});
  }
  if (!results)
    return failure();
  for (auto [i, result] : llvm::enumerate(*results)) {
    Value value = result;
    if (i >= numStates && !batched) {
      int64_t axis = n.axis(outputAxes[i - numStates], n.rankOf(value));
      value = moveDim(n, value, axis, /*back=*/true);
    }
    n.setResult(i, value);
  }
  return success();
}

//===-- Loop ------------------------------------------------------------------------------------------------------===//

Value asScalar(NodeImport &n, Value value) { return n.reshape(value, {}); }

/// Rejects a count or condition that is not one number.
LogicalResult expectOne(NodeImport &n, size_t index, StringRef what) {
  if (getNumElements(n.dims(index)).isConstant(1))
    return success();
  return n.mismatch(what + " must be one element");
}

LogicalResult importLoop(NodeImport &n) {
  size_t numCarried = n.numInputs() > 2 ? n.numInputs() - 2 : 0;
  Block *graph = n.graphAttr("body", 2 + numCarried);
  if (!graph || failed(expectOutputs(n, *graph, 1 + numCarried, "body")))
    return failure();
  size_t numScans = graph->getTerminator()->getNumOperands() - 1 - numCarried;
  if (failed(expectResults(n, numCarried + numScans)))
    return failure();
  if ((n.hasInput(0) && failed(expectOne(n, 0, "the number of iterations"))) ||
      (n.hasInput(1) && failed(expectOne(n, 1, "the condition"))))
    return failure();

  // Values are taken before the body is imported, which moves the records of tensors.
  std::optional<SymExpr> most = n.hasInput(0) ? getScalar(n, n.input(0)) : std::nullopt;
  std::optional<SymExpr> runs = n.hasInput(1) ? getScalar(n, n.input(1)) : SymExpr(1);
  Values initial;
  for (size_t i = 0; i < numCarried; ++i)
    initial.push_back(n.value(2 + i));
  Type i64 = n.builder().getI64Type(), i1 = n.builder().getI1Type();
  auto number = RankedTensorType::get({}, i64), truth = RankedTensorType::get({}, i1);
  Value limit = n.hasInput(0) && !most ? n.cast(asScalar(n, n.value(0)), i64) : Value();
  Value condition = n.hasInput(1) && !runs ? n.cast(asScalar(n, n.value(1)), i1) : Value();

  LoopBuilder loop(n, {number}, initial);
  Tensors inputs{ImportContext::fromValue(loop.row(0)), makeTruth(n)}; // the body runs only while the condition holds
  for (size_t i = 0; i < numCarried; ++i)
    inputs.push_back(ImportContext::fromValue(loop.carried(i)));
  std::optional<Tensors> outputs = n.importGraph(*graph, inputs);
  if (!outputs)
    return failure();
  Tensor last = outputs->front();
  std::optional<Values> next = matchCarried(n, ArrayRef(*outputs).drop_front(), initial);
  if (!next)
    return failure();
  std::optional<SymExpr> goesOn = getScalar(n, last);
  if (last.elementType != i1 || !getNumElements(last.dims).isConstant(1))
    return n.badNode("the first output of graph 'body' must be one truth value");

  // Known trips: the count is a size, and the condition never ends the loop, or ends it before it begins.
  std::optional<SymExpr> trips;
  if (runs && runs->isConstant() && goesOn && goesOn->isConstant() && (most || !n.hasInput(0))) {
    bool stops = goesOn->isConstant(0);
    if (!stops && !most)
      return n.unsupported("a loop that nothing ends");
    trips = most && n.context.sizes.isAtLeast(*most, 0) ? most : most ? SymExpr::max(*most, 0) : SymExpr(1);
    if (stops)
      trips = SymExpr::min(*trips, 1);
  }
  if (runs && runs->isConstant(0))
    trips = 0;
  if (trips) {
    LoopBuilder::Rows rows;
    for (Tensor &output : MutableArrayRef(*outputs).drop_front(1 + numCarried)) {
      rows.values.push_back(n.context.getValue(output, n.location));
      rows.reversed.push_back(false);
    }
    // The counter is a slice of 0, 1, 2...; it comes before the loop.
    OpBuilder::InsertPoint inside = n.builder().saveInsertionPoint();
    n.builder().setInsertionPoint(loop.body().getParentOp());
    Value counter = n.iota({*trips}, 0, i64);
    n.builder().restoreInsertionPoint(inside);
    Values results = loop.finish(*trips, {{counter}, {false}}, initial, *next, rows);
    for (auto [i, result] : llvm::enumerate(results))
      n.setResult(i, result);
    return success();
  }
  if (numScans)
    return n.unsupported("scan outputs of a loop whose number of iterations depends on data");

  // The condition and the counter are carried like other values.
  Value counter = loop.row(0);
  loop.body().insertArgument(0u, truth, n.location);
  Value following = n.add(counter, 1.0);
  Value goes = n.cast(asScalar(n, n.context.getValue(last, n.location)), i1);
  auto countIn = [&](Value truthValue, Value count) {
    if (!n.hasInput(0))
      return truthValue;
    Value bound = limit ? limit : n.size(*most, i64);
    Value below = n.compare(CmpPredicate::Lt, count, bound);
    return n.binary<AndOp>(truthValue, below);
  };
  Values carriedNext{countIn(goes, following), following};
  llvm::append_range(carriedNext, *next);
  OpBuilder::InsertPoint inside = n.builder().saveInsertionPoint();
  n.builder().setInsertionPoint(loop.body().getParentOp());
  Value zero = n.scalar(0.0, i64);
  Value begins = condition ? condition : n.size(*runs, i1);
  Values carried{countIn(begins, zero), zero};
  n.builder().restoreInsertionPoint(inside);
  llvm::append_range(carried, initial);
  Values results = loop.finish(std::nullopt, {}, carried, carriedNext, {});
  for (size_t i = 0; i < numCarried; ++i)
    n.setResult(i, results[2 + i]);
  return success();
}

//===-- If --------------------------------------------------------------------------------------------------------===//

LogicalResult importIf(NodeImport &n) {
  Block *branches[] = {n.graphAttr("then_branch", 0), n.graphAttr("else_branch", 0)};
  if (!branches[0] || !branches[1])
    return failure();
  size_t count = branches[0]->getTerminator()->getNumOperands();
  if (branches[1]->getTerminator()->getNumOperands() != count)
    return n.badNode("graphs 'then_branch' and 'else_branch' have " + llvm::Twine(count) + " and " +
                     llvm::Twine(branches[1]->getTerminator()->getNumOperands()) + " outputs");
  if (n.numResults() != count)
    return n.badNode("the node takes " + llvm::Twine(n.numResults()) + " outputs; its graphs give " +
                     llvm::Twine(count));
  if (!n.elementType(0).isInteger(1))
    return n.mismatch("the condition must be bool");
  if (failed(expectOne(n, 0, "the condition")))
    return failure();
  if (std::optional<SymExpr> known = getScalar(n, n.input(0)); known && known->isConstant()) {
    std::optional<Tensors> outputs = n.importGraph(*branches[known->isConstant(0)], {});
    if (!outputs)
      return failure();
    for (auto [i, output] : llvm::enumerate(*outputs))
      n.setResult(i, output);
    return success();
  }

  OpBuilder &builder = n.builder();
  Value condition = asScalar(n, n.value(0));
  // Holds both bodies until the types of the results are known.
  auto placeholder = IfOp::create(builder, n.location, TypeRange(), condition);
  Region *bodies[] = {&placeholder.getThenBody(), &placeholder.getElseBody()};
  Tensors outputs[2];
  for (unsigned i : {0u, 1u}) {
    builder.createBlock(bodies[i]);
    std::optional<Tensors> imported = n.importGraph(*branches[i], {});
    if (!imported)
      return failure();
    outputs[i] = std::move(*imported);
  }
  SmallVector<Type> types;
  for (Tensor &output : outputs[0])
    types.push_back(getTensorType(output.dims, output.elementType));
  for (unsigned i : {0u, 1u}) {
    builder.setInsertionPointToEnd(&bodies[i]->front());
    Values values;
    for (auto [index, output] : llvm::enumerate(outputs[i])) {
      values.push_back(matchType(n, output, cast<RankedTensorType>(types[index]),
                                 "output " + llvm::Twine(index) + " of the branches"));
      if (!values.back())
        return failure();
    }
    YieldOp::create(builder, n.location, values);
  }
  builder.setInsertionPoint(placeholder);
  auto branch = IfOp::create(builder, n.location, types, condition);
  branch.getThenBody().takeBody(placeholder.getThenBody());
  branch.getElseBody().takeBody(placeholder.getElseBody());
  placeholder.erase();
  builder.setInsertionPointAfter(branch);
  for (auto [i, result] : llvm::enumerate(branch.getResults()))
    n.setResult(i, result);
  return success();
}
} // namespace

void addControlFlowOps(OpTable &table) {
  table.on("Scan", {8, 9, 11, 16, 19, 21, 23, 24, 25}, importScan,
           "carried values keep their shapes; no sequence_lens (since 8)");
  table.on("Loop", {1, 11, 13, 16, 19, 21, 23, 24, 25}, importLoop,
           "carried values keep their shapes; scan outputs need a trip count that is a size");
  table.on("If", {1, 11, 13, 16, 19, 21, 23, 24, 25}, importIf,
           "where the condition depends on data, both branches give the same shapes");
}

} // namespace tao
