// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Einsum of one or two operands. Labels of only one operand that the result lacks are summed first; the rest is one
// tao.contract, or a transposition.
#include "llvm/ADT/StringExtras.h"
#include "passes/import/OpTable.h"

using namespace mlir;

namespace tao {

void addEinsumOps(OpTable &table);

namespace {
/// Dims behind "..." get negative labels, counted from the last one: -1, -2...
using Labels = SmallVector<int64_t>;

struct Equation {
  SmallVector<Labels> inputs;
  Labels output;
};

/// "ij,jk->ik" with ellipses; without "->" the result has the labels that occur once, sorted.
std::optional<Equation> parseEquation(NodeImport &n, StringRef text) {
  std::string compact;
  llvm::copy_if(text, std::back_inserter(compact), [](char c) { return c != ' '; });
  auto [left, right] = StringRef(compact).split("->");
  bool isExplicit = left.size() != compact.size();
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != n.numInputs()) {
    (void)n.badNode("the equation '" + text + "' has " + llvm::Twine(terms.size()) + " terms for " +
                    llvm::Twine(n.numInputs()) + " inputs");
    return std::nullopt;
  }
  auto bad = [&]() {
    (void)n.badNode("the equation '" + text + "' does not fit the inputs");
    return std::nullopt;
  };
  auto parseTerm = [&](StringRef term, int64_t ellipsisRank, Labels &labels) {
    auto [before, after] = term.split("...");
    bool hasEllipsis = before.size() != term.size();
    for (char c : before)
      labels.push_back(c);
    for (int64_t i = hasEllipsis ? ellipsisRank : 0; i > 0; --i)
      labels.push_back(-i);
    for (char c : after)
      labels.push_back(c);
    return llvm::all_of(before, llvm::isAlpha) && llvm::all_of(after, llvm::isAlpha);
  };

  Equation equation;
  int64_t widest = 0;
  std::map<int64_t, int> uses;
  for (auto [index, term] : llvm::enumerate(terms)) {
    bool hasEllipsis = term.contains("...");
    int64_t named = term.size() - (hasEllipsis ? 3 : 0), hidden = n.rank(index) - named;
    Labels labels;
    if (hidden < 0 || (hidden > 0 && !hasEllipsis) || !parseTerm(term, hidden, labels))
      return bad();
    widest = std::max(widest, hidden);
    for (int64_t label : labels)
      ++uses[label];
    equation.inputs.push_back(std::move(labels));
  }
  if (isExplicit) {
    if (!parseTerm(right, widest, equation.output))
      return bad();
  } else {
    for (int64_t i = widest; i > 0; --i)
      equation.output.push_back(-i);
    for (auto [label, count] : uses)
      if (label > 0 && count == 1)
        equation.output.push_back(label);
  }
  for (int64_t label : equation.output)
    if (!uses.count(label) || llvm::count(equation.output, label) > 1)
      return bad();
  return equation;
}

/// Sums the dims whose labels nobody else has, and drops dims that repeat in the other operand.
Value reduceOwn(NodeImport &n, Value x, Labels &labels, const Labels &output, const Labels &other,
                const std::map<int64_t, SymExpr> &extents) {
  SmallVector<int64_t> axes;
  Labels summed;
  for (auto [dim, label] : llvm::enumerate(labels)) {
    bool own = !llvm::is_contained(output, label) && !llvm::is_contained(other, label);
    if (own)
      axes.push_back(dim);
    else
      summed.push_back(label);
  }
  x = n.sum(x, axes, /*keep=*/false);
  Dims dims = n.dimsOf(x), kept;
  labels.clear();
  for (auto [label, dim] : llvm::zip(summed, dims)) {
    if (dim.isConstant(1) && !extents.at(label).isConstant(1))
      continue;
    labels.push_back(label);
    kept.push_back(extents.at(label));
  }
  return n.reshape(x, kept);
}

LogicalResult importEinsum(NodeImport &n) {
  n.requireAttr("equation");
  if (n.numInputs() > 2)
    return n.unsupported("more than two operands");
  if (n.numInputs() == 2 && failed(n.expectSameType({0, 1})))
    return failure();
  if (n.elementType(0).isInteger(1))
    return n.unsupported("element type bool");
  std::optional<Equation> equation = parseEquation(n, n.stringAttr("equation", ""));
  if (!equation || n.hasError())
    return failure();
  std::map<int64_t, SymExpr> extents;
  for (auto [index, labels] : llvm::enumerate(equation->inputs))
    for (auto [dim, label] : llvm::zip(n.dims(index), labels)) {
      if (llvm::count(labels, label) > 1)
        return n.unsupported("a label that repeats within an operand");
      auto [place, isNew] = extents.try_emplace(label, dim);
      if (isNew || dim.isConstant(1))
        continue;
      place->second = place->second.isConstant(1) ? dim : n.unify(place->second, dim, "extents of one label");
    }
  Dims result;
  for (int64_t label : equation->output)
    result.push_back(extents.at(label));
  if (n.hasError() || failed(n.checkDims(result)))
    return failure();

  // Sums of half types are kept in f32 until the end.
  Type type = n.elementType(0);
  if (n.numInputs() == 1) {
    Labels &labels = equation->inputs[0];
    Value x = reduceOwn(n, n.widen(n.value(0)), labels, equation->output, {}, extents);
    SmallVector<int64_t> perm;
    for (int64_t label : equation->output)
      perm.push_back(llvm::find(labels, label) - labels.begin());
    n.setResult(0, n.cast(n.transpose(x, perm), type));
    return success();
  }
  Labels lhs = equation->inputs[0], rhs = equation->inputs[1];
  Value a = reduceOwn(n, n.value(0), lhs, equation->output, equation->inputs[1], extents);
  Value b = reduceOwn(n, n.value(1), rhs, equation->output, equation->inputs[0], extents);
  // A label that one operand dropped because it repeats, and that is not in the result, multiplies the sum.
  for (auto [value, own, other] : {std::tuple(&a, &lhs, &rhs), std::tuple(&b, &rhs, &lhs)})
    *value = reduceOwn(n, *value, *own, equation->output, *other, extents);

  n.setResult(0, n.contract(a, b, lhs, rhs, equation->output));
  return success();
}
} // namespace

void addEinsumOps(OpTable &table) {
  table.on("Einsum", {12, 28}, importEinsum, "one or two operands, no label twice in one of them");
}

} // namespace tao
