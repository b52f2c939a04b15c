// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Assignment of storages to the tensors of functions, and their steps. One ProgramBuilder stands for the program; every
// function, that is @main and each body of control flow, has a FunctionLowering.
#ifndef TAO_PASSES_HOST_FUNCTIONLOWERING_H
#define TAO_PASSES_HOST_FUNCTIONLOWERING_H

#include "dialects/Rt/RtDialect.h"
#include "dialects/Stitch/StitchDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tao {

/// The storages of a program.
class ProgramBuilder {
public:
  explicit ProgramBuilder(rt::ProgramOp program)
      : program(program), builder(mlir::OpBuilder::atBlockBegin(&program.getBody().front())) {}

  mlir::Value createInput(mlir::Location loc, unsigned index) { return create<rt::InputOp>(loc, number(index)); }
  mlir::Value createOutput(mlir::Location loc, unsigned index) { return create<rt::OutputOp>(loc, number(index)); }
  /// One storage per constant, however many functions read it.
  mlir::Value getWeight(ConstantOp constant);
  mlir::Value createArena(mlir::Value like);
  /// Rows of the tensor `stack`, which lies in `base`.
  mlir::Value createView(mlir::Value base, mlir::Value stack);
  /// A storage for the carried value `like` that begins as `start` and then follows a row.
  mlir::Value createFollower(mlir::Value start, mlir::Value like);

  rt::ProgramOp program;
  int64_t numInPlace = 0, numCopies = 0;

private:
  /// Creates a storage op behind the others, before all steps.
  template <typename Op, typename... Args> mlir::Value create(mlir::Location loc, Args &&...args) {
    if (last)
      builder.setInsertionPointAfter(last);
    else
      builder.setInsertionPointToStart(&program.getBody().front());
    last = Op::create(builder, loc, rt::BufferType::get(builder.getContext()), std::forward<Args>(args)...);
    return last->getResult(0);
  }
  mlir::IntegerAttr number(unsigned index) { return builder.getI64IntegerAttr(index); }

  mlir::OpBuilder builder;
  mlir::Operation *last = nullptr;
  llvm::DenseMap<mlir::Attribute, mlir::Value> weights;
};

/// Never a last use: of inputs, weights, outputs, and whatever else a step must not overwrite.
inline constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

/// A run of memory while it is being assigned.
struct Storage {
  mlir::Value buffer;
  int64_t lastUse = -1;      // step that reads it last, or kForever
  mlir::Value replacement{}; // when set, only this value may replace what the storage holds
  bool isConstant = false;
  bool isFollower = false; // its memory is that of other storages
};

class FunctionLowering {
public:
  FunctionLowering(ProgramBuilder &program, mlir::func::FuncOp function, mlir::OpBuilder steps);

  void bind(mlir::Value root, const Storage &storage) {
    numbers[root] = all.size();
    all.push_back(storage);
  }
  /// True when the value that the function returns at `index` can be written where the caller wants it: a step makes
  /// it, and it is not in the memory of a carried value.
  bool isDirect(unsigned index);
  /// Has the value returned at `index` written to `buffer`: by its own step if that is possible, by a copy at the end
  /// otherwise.
  void setTarget(unsigned index, mlir::Value buffer, bool mayBeDirect, llvm::StringRef copyName);
  /// Appends all steps, and the copies that targets need.
  mlir::LogicalResult run();

  /// The tensor whose memory a value is: reshapes are views.
  static mlir::Value getRoot(mlir::Value value);
  mlir::Value getReturned(unsigned index) { return function.front().getTerminator()->getOperand(index); }
  /// The last step that reads a value, or -1. Returning it is no step.
  int64_t getLastRead(mlir::Value root) const;
  int64_t getStep(mlir::Operation *op) const { return stepOf.lookup(op); }
  /// How many operands of a step fulfil a predicate.
  size_t countReads(int64_t step, llvm::function_ref<bool(mlir::Value)> isWanted) const;
  Storage &storageOf(mlir::Value value) { return all[numbers.lookup(getRoot(value))]; }
  void createCopy(mlir::Value from, mlir::Value to, mlir::Value like, mlir::Location loc, llvm::StringRef name);

private:
  void assignResults(mlir::Operation *op, int64_t step);
  mlir::Value chooseStorage(mlir::OpResult result);
  std::optional<size_t> findInPlace(mlir::Operation *op, size_t result, int64_t step);
  mlir::LogicalResult createStep(mlir::Operation *op);
  /// One step of calls that share a `pack`.
  mlir::LogicalResult createPack(llvm::ArrayRef<mlir::Operation *> calls);
  mlir::LogicalResult createLoop(RunLoopOp loop, int64_t step);
  mlir::LogicalResult createIf(RunIfOp branch, int64_t step);
  void bindCaptures(FunctionLowering &body, mlir::ValueRange captures, size_t first);
  mlir::Value takeInitial(RunLoopOp loop, mlir::Value initial, int64_t step);
  /// The stacked result of which the next value of carried value `index` is a row that its step writes itself.
  std::optional<unsigned> findRow(unsigned index, size_t numCarried);
  /// At the end of a body: has the loop exchange each carried value's storage with that of the next value.
  void exchange(rt::LoopOp loop, llvm::ArrayRef<mlir::Value> current);
  int64_t lifeOf(mlir::OpResult result, int64_t step) const;
  mlir::func::FuncOp lookup(mlir::FlatSymbolRefAttr name);
  bool isReturned(mlir::Value root);

  struct Copy {
    unsigned index;
    mlir::Value target;
    std::string name;
  };
  ProgramBuilder &program;
  mlir::func::FuncOp function;
  mlir::OpBuilder steps;
  llvm::DenseMap<mlir::Operation *, int64_t> stepOf;
  std::vector<llvm::SmallVector<mlir::Operation *>> opsOf; // of each step: one, or the calls of a pack
  llvm::DenseMap<mlir::Value, int64_t> lastReads;
  llvm::DenseMap<mlir::Value, mlir::Value> direct; // roots written straight to a target
  llvm::SmallVector<Copy> copies;
  std::vector<Storage> all;
  llvm::DenseMap<mlir::Value, size_t> numbers; // root -> storage
};

} // namespace tao
#endif
