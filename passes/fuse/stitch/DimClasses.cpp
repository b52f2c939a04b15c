// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Classes as a union-find whose members may be split; see DimClasses.h. What each op demands of them is in
// LinkDims.cpp.
#include "passes/fuse/stitch/DimClasses.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tao {

DimClasses::DimClasses(ArrayRef<Operation *> ops) : ops(ops.begin(), ops.end()) {
  for (Operation *op : ops)
    link(op);
  for (auto &[operand, list] : pinned) {
    Factors classes;
    for (Class c : list)
      expand(c, classes);
    llvm::sort(classes);
    classes.erase(llvm::unique(classes), classes.end());
    list = classes;
  }
}

unsigned DimClasses::number(Value value) {
  auto [it, inserted] = numbers.try_emplace(value, values.size());
  if (!inserted)
    return it->second;
  unsigned self = it->second;
  values.push_back(value);
  std::vector<Class> list;
  for (const SymExpr &extent : getDims(value))
    list.push_back(extent.isConstant(1) ? kNone : addNode(extent, {self}));
  dims.push_back(std::move(list));
  return self;
}

DimClasses::Class DimClasses::addNode(SymExpr extent, std::vector<unsigned> of) {
  Class c = nodes.size();
  nodes.push_back({std::move(extent), c, kNone, kNone, std::move(of)});
  return c;
}

DimClasses::Class DimClasses::find(Class c) const {
  while (nodes[c].parent != c)
    c = nodes[c].parent;
  return c;
}

void DimClasses::expand(Class c, Factors &out) const {
  if (c == kNone)
    return;
  c = find(c);
  if (nodes[c].outer == kNone) {
    out.push_back(c);
    return;
  }
  expand(nodes[c].outer, out);
  expand(nodes[c].inner, out);
}

std::pair<DimClasses::Class, DimClasses::Class> DimClasses::split(Class c, const SymExpr &outer, const SymExpr &inner) {
  Class first = addNode(outer, nodes[c].values), second = addNode(inner, nodes[c].values);
  nodes[c].outer = first;
  nodes[c].inner = second;
  nodes[c].values.clear();
  return {first, second};
}

bool DimClasses::canMerge(Class a, Class b) const {
  // One value must not have a class twice: its two dims would be one index.
  const std::vector<unsigned> &x = nodes[a].values, &y = nodes[b].values;
  for (size_t i = 0, j = 0; i < x.size() && j < y.size();) {
    if (x[i] == y[j])
      return false;
    x[i] < y[j] ? ++i : ++j;
  }
  return true;
}

void DimClasses::merge(Class a, Class b) {
  auto [root, child] = std::minmax(a, b);
  std::vector<unsigned> all;
  std::set_union(nodes[root].values.begin(), nodes[root].values.end(), nodes[child].values.begin(),
                 nodes[child].values.end(), std::back_inserter(all));
  nodes[root].values = std::move(all);
  nodes[child].values.clear();
  nodes[child].parent = root;
}

bool DimClasses::unify(ArrayRef<Class> a, ArrayRef<Class> b) {
  // Both runs are walked from the outermost factor. A factor that is larger than the one opposite is split; a common
  // refinement exists exactly when one of the two divides the other at every step.
  Factors left, right;
  for (Class c : a)
    expand(c, left);
  for (Class c : b)
    expand(c, right);
  std::vector<std::pair<Class, Class>> pairs;
  size_t i = 0, j = 0;
  while (i < left.size() && j < right.size()) {
    const SymExpr x = nodes[left[i]].extent, y = nodes[right[j]].extent;
    if (x == y) {
      pairs.emplace_back(left[i++], right[j++]);
    } else if (auto rest = x.exactDiv(y)) {
      auto [outer, inner] = split(left[i], y, *rest);
      left[i] = outer;
      left.insert(left.begin() + i + 1, inner);
    } else if (auto rest = y.exactDiv(x)) {
      auto [outer, inner] = split(right[j], x, *rest);
      right[j] = outer;
      right.insert(right.begin() + j + 1, inner);
    } else {
      return false;
    }
  }
  if (i != left.size() || j != right.size())
    return false;
  for (auto [x, y] : pairs)
    if (x != y && !canMerge(x, y))
      return false;
  for (auto [x, y] : pairs)
    if (x != y)
      merge(x, y);
  return true;
}

DimClasses::Factors DimClasses::getFactors(Value value, int64_t dim) const {
  Factors result;
  auto it = numbers.find(value);
  if (it != numbers.end())
    expand(dims[it->second][dim], result);
  return result;
}

DimClasses::Factors DimClasses::getFactors(Value value) const {
  Factors result;
  auto it = numbers.find(value);
  if (it != numbers.end())
    for (Class c : dims[it->second])
      expand(c, result);
  return result;
}

DimClasses::Factors DimClasses::getReduced(Operation *op) const {
  Factors result;
  auto add = [&](int64_t dim) { llvm::append_range(result, getFactors(op->getOperand(0), dim)); };
  if (auto reduce = dyn_cast<ReduceOp>(op))
    llvm::for_each(reduce.getDims(), add);
  else if (auto reduce = dyn_cast<ArgReduceOp>(op))
    add(reduce.getDim());
  return result;
}

DimClasses::Factors DimClasses::getIterationSpace(Operation *op) const {
  Factors space = getFactors(op->getResult(0));
  llvm::append_range(space, getReduced(op));
  return space;
}

SmallVector<DimClasses::Class> DimClasses::getClasses() const {
  SmallVector<Class> classes;
  for (Class c = 0; c < nodes.size(); ++c)
    if (nodes[c].parent == c && nodes[c].outer == kNone)
      classes.push_back(c);
  return classes;
}

void DimClasses::print(llvm::raw_ostream &os) const {
  auto printFactors = [&](const Factors &factors) {
    llvm::interleave(factors, os, [&](Class c) { os << "c" << c; }, "*");
  };
  for (auto [value, list] : llvm::zip(values, dims)) {
    os << "[";
    for (size_t d = 0; d < list.size(); ++d) {
      os << (d ? ", " : "");
      list[d] == kNone ? void(os << "1") : printFactors(getFactors(value, d));
    }
    os << "]";
    Operation *op = value.getDefiningOp();
    if (!op || !llvm::is_contained(ops, op)) {
      os << " read\n";
      continue;
    }
    os << " " << op->getName();
    if (Factors reduced = getReduced(op); !reduced.empty()) {
      os << " reduces ";
      printFactors(reduced);
    }
    for (OpOperand &operand : op->getOpOperands())
      if (Factors classes = getPinned(operand); !classes.empty()) {
        os << " pins ";
        printFactors(classes);
      }
    os << "\n";
  }
  for (Class c : getClasses())
    os << "c" << c << " = " << getExtent(c).str() << "\n";
}

} // namespace tao
