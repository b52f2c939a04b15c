// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What both ways of running a group share, that by its plan and that op by op: its ops by their numbers, shapes,
// inputs, and how reductions put elements together.
#ifndef TAO_TESTS_FUSE_GROUPRUN_H
#define TAO_TESTS_FUSE_GROUPRUN_H

#include "ElementEval.h"
#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/AffineMap.h"
#include <map>

namespace tao {

using Index = ElementEval::Index;
using Elements = std::map<int64_t, Number>; // by row-major number

/// Thrown through the recursion of expressions; caught at the interpreter's border.
struct Fault {
  std::string text;
};
[[noreturn]] inline void fault(const llvm::Twine &text) { throw Fault{text.str()}; }

inline int64_t linearize(llvm::ArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape) {
  int64_t at = 0;
  for (auto [i, extent] : llvm::zip_equal(index, shape))
    at = at * extent + i;
  return at;
}
inline int64_t countOf(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

/// What both ways of running a group share.
class GroupRun {
public:
  GroupRun(stitch::GroupOp group, llvm::ArrayRef<HostTensor> inputs, int64_t prime)
      : body(group.getBody().front()), inputs(inputs), eval(sizes, prime) {
    std::string error;
    for (auto [argument, input] : llvm::zip(body.getArguments(), inputs))
      if (mlir::failed(sizes.bind(llvm::cast<mlir::RankedTensorType>(argument.getType()), input.shape, error)))
        fault(error);
    for (mlir::Operation &op : body.without_terminator())
      if (auto constant = llvm::dyn_cast<ConstantOp>(op)) {
        constants[&op] = HostTensor::fromAttribute(constant.getValue());
      } else {
        numbers[&op] = ops.size();
        ops.push_back(&op);
        shapes.push_back(eval.shapeOf(op.getResult(0)));
      }
  }

  int64_t evaluate(const SymExpr &expr) const {
    std::optional<int64_t> value = sizes.evaluate(expr);
    if (!value)
      fault("the size " + expr.str() + " has no value");
    return *value;
  }
  /// An argument's or a constant's element.
  std::optional<Number> readOutside(mlir::Value value, llvm::ArrayRef<int64_t> index) const {
    if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(value))
      return eval.elementOf(inputs[argument.getArgNumber()], index);
    auto it = constants.find(value.getDefiningOp());
    return it == constants.end() ? std::nullopt : std::optional(eval.elementOf(it->second, index));
  }
  HostTensor toTensor(int64_t op, const Elements &elements) const {
    auto type = llvm::cast<mlir::RankedTensorType>(ops[op]->getResult(0).getType()).getElementType();
    HostTensor tensor(type, shapes[op]);
    if (static_cast<int64_t>(elements.size()) != tensor.size())
      fault("op " + llvm::Twine(op) + " stores " + llvm::Twine(elements.size()) + " of " + llvm::Twine(tensor.size()) +
            " elements");
    for (const auto &[at, number] : elements)
      tensor.isFloat() ? void(tensor.reals[at] = number.real) : void(tensor.integers[at] = number.integer);
    return tensor;
  }
  /// Index of the reduction's operand that belongs to an index of its result and of the reduced dims.
  Index operandIndex(mlir::Operation *op, llvm::ArrayRef<int64_t> loop) const {
    mlir::AffineMap map = llvm::cast<IndexMapOpInterface>(op).getIndexMaps()[0];
    Index index;
    for (mlir::AffineExpr expr : map.getResults())
      index.push_back(loop[llvm::cast<mlir::AffineDimExpr>(expr).getPosition()]);
    return index;
  }
  /// Joins one more element to what a reduction has.
  Number accumulate(mlir::Operation *op, const Number *sum, Number element, int64_t at) const {
    if (!llvm::isa<ArgReduceOp>(op))
      return eval.combine(op, sum ? *sum : eval.identity(op), element);
    // mlir::Value and index in one number: groups of the tests reduce floats this way.
    Number candidate{element.real, at};
    return sum ? better(op, *sum, candidate) : candidate;
  }
  Number join(mlir::Operation *op, Number a, Number b) const {
    return llvm::isa<ArgReduceOp>(op) ? better(op, a, b) : eval.combine(op, a, b);
  }
  bool isReduction(int64_t op) const { return llvm::isa<ReduceOp, ArgReduceOp>(ops[op]); }

  mlir::Block &body;
  llvm::ArrayRef<HostTensor> inputs;
  Sizes sizes;
  ElementEval eval;
  std::vector<mlir::Operation *> ops;
  std::vector<Index> shapes;
  llvm::DenseMap<mlir::Operation *, int64_t> numbers;
  llvm::DenseMap<mlir::Operation *, HostTensor> constants;

private:
  static Number better(mlir::Operation *op, Number a, Number b) {
    auto arg = llvm::cast<ArgReduceOp>(op);
    if (a.real == b.real)
      return (a.integer < b.integer) != arg.getSelectLast() ? a : b;
    return (a.real > b.real) == (arg.getKind() == ReduceKind::Max) ? a : b;
  }
};

} // namespace tao
#endif
