// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a group op by op: what any plan of it must compute.
#ifndef TAO_TESTS_FUSE_UNFUSEDRUN_H
#define TAO_TESTS_FUSE_UNFUSEDRUN_H

#include "GroupRun.h"
#include "passes/interp/Evaluate.h"

namespace tao {

class UnfusedRun : GroupRun {
public:
  using GroupRun::GroupRun;
  std::vector<HostTensor> run() {
    for (size_t op = 0; op < ops.size(); ++op)
      runOp(op);
    std::vector<HostTensor> outputs;
    for (mlir::Value value : body.getTerminator()->getOperands())
      outputs.push_back(toTensor(numbers.lookup(value.getDefiningOp()), values[numbers.lookup(value.getDefiningOp())]));
    return outputs;
  }

private:
  Number read(int64_t op, unsigned k, llvm::ArrayRef<int64_t> index) {
    mlir::Value value = ops[op]->getOperand(k);
    if (std::optional<Number> number = readOutside(value, index))
      return *number;
    int64_t producer = numbers.lookup(value.getDefiningOp());
    return values[producer].at(linearize(index, shapes[producer]));
  }
  void runOp(int64_t op) {
    Index shape = shapes[op];
    if (auto reduce = llvm::dyn_cast<ReduceOp>(ops[op])) {
      for (int64_t d : reduce.getDims())
        shape.push_back(eval.shapeOf(reduce.getInput())[d]);
    } else if (auto reduce = llvm::dyn_cast<ArgReduceOp>(ops[op])) {
      shape.push_back(eval.shapeOf(reduce.getInput())[reduce.getDim()]);
    }
    if (isReduction(op) && !llvm::isa<ArgReduceOp>(ops[op]))
      for (int64_t at = 0; at < countOf(shapes[op]); ++at)
        values[op][at] = eval.identity(ops[op]);
    if (countOf(shape) == 0)
      return;
    Index index(shape.size(), 0);
    do {
      int64_t at = linearize(llvm::ArrayRef(index).take_front(shapes[op].size()), shapes[op]);
      if (!isReduction(op)) {
        values[op][at] =
            eval.evaluate(ops[op], index, [&](unsigned k, llvm::ArrayRef<int64_t> from) { return read(op, k, from); });
        continue;
      }
      auto it = values[op].find(at);
      values[op][at] = accumulate(ops[op], it == values[op].end() ? nullptr : &it->second,
                                  read(op, 0, operandIndex(ops[op], index)), index.back());
    } while (interp::nextIndex(index, shape));
    if (llvm::isa<ArgReduceOp>(ops[op]))
      for (auto &[at, number] : values[op])
        number.real = 0;
  }
  std::map<int64_t, Elements> values;
};

} // namespace tao
#endif
