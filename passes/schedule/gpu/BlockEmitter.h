// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Schedule IR of one part of a plan, as what one thread of a block does (docs/cuda.md). Everything that differs between
// threads follows from two numbers, warp and lane; barriers and exchanges between lanes stand outside of all branches
// on them.
#ifndef TAO_PASSES_SCHEDULE_GPU_BLOCKEMITTER_H
#define TAO_PASSES_SCHEDULE_GPU_BLOCKEMITTER_H

#include "passes/schedule/KernelSignature.h"
#include "passes/schedule/gpu/BlockLayout.h"
#include "passes/schedule/stitch/PlanSums.h"

namespace tao {

class BlockEmitter {
public:
  BlockEmitter(BlockLayout &layout, const KernelSignature &signature, Emitter &emitter, mlir::Location loc,
               int64_t threads)
      : layout(layout), view(layout.view), signature(signature), emitter(emitter), loc(loc), threads(threads) {}

  /// The part's block number `block`.
  void emit(mlir::OpBuilder b, mlir::Value block);

private:
  using Body = llvm::function_ref<void(mlir::OpBuilder &)>;
  using Values = llvm::SmallVector<mlir::Value>;
  using Sum = PlanSum;
  /// What is emitted while it lives is of this op, as far as reports are concerned.
  class AtOp {
  public:
    AtOp(BlockEmitter &emitter, int64_t op) : emitter(emitter), outer(emitter.loc) {
      emitter.loc = emitter.view.ops[op]->getLoc();
    }
    ~AtOp() { emitter.loc = outer; }
    AtOp(const AtOp &) = delete;

  private:
    BlockEmitter &emitter;
    mlir::Location outer;
  };
  /// A position in the vector of each class that has one.
  using Combo = llvm::SmallVector<std::pair<int64_t, int64_t>, 2>; // class, position

  // BlockEmitter.cpp: the loops around regions, and where a thread is in each class.
  void findBlock(mlir::OpBuilder &b, mlir::Value number);
  void createStages(mlir::OpBuilder &b);
  void emitOuter(mlir::OpBuilder &b, size_t depth);
  void enterRegion(mlir::OpBuilder &b, int64_t number);
  void emitRegion(mlir::OpBuilder &b, int64_t number);
  /// Loops over the classes, in order, around `body`.
  void loopOver(mlir::OpBuilder &b, llvm::ArrayRef<int64_t> classes, Body body);
  llvm::SmallVector<int64_t> loopsOf(llvm::function_ref<bool(int64_t)> isWanted) const;
  std::vector<Combo> combosOf(llvm::function_ref<bool(int64_t)> isWanted) const;
  void setVectors(const Combo &combo);
  /// Finds the thread's indices along a class, once its iteration is known.
  void setIteration(mlir::OpBuilder &b, int64_t c, mlir::Value iteration);
  mlir::Value coordinate(int64_t c) const { return coordinates.lookup({c, vec.lookup(c)}); }
  mlir::Value laneDigit(mlir::OpBuilder &b, int64_t c);
  mlir::Value warpDigit(mlir::OpBuilder &b, int64_t c);
  mlir::Value within(mlir::OpBuilder &b, llvm::ArrayRef<int64_t> classes, bool isPerVector);
  mlir::Value both(mlir::OpBuilder &b, mlir::Value x, mlir::Value y);
  mlir::Value isZero(mlir::OpBuilder &b, mlir::Value x);
  mlir::Value isOwner(mlir::OpBuilder &b, int64_t op, bool ofGrid);
  void when(mlir::OpBuilder &b, mlir::Value condition, Body body);

  // EmitPoints.cpp: values at points, and where they go.
  void emitPoints(mlir::OpBuilder &b, llvm::ArrayRef<int64_t> dominants);
  /// Contributions to the sums at all positions of vectors, masked; and dominants there.
  Values evaluate(mlir::OpBuilder &b, llvm::ArrayRef<Combo> combos, llvm::ArrayRef<Sum> sums,
                  llvm::ArrayRef<int64_t> dominants);
  Values evaluateAll(mlir::OpBuilder &b, llvm::ArrayRef<Combo> combos, llvm::ArrayRef<Sum> sums,
                     llvm::ArrayRef<int64_t> dominants);
  void keep(mlir::OpBuilder &b, int64_t op, mlir::Value value);
  void store(mlir::OpBuilder &b, int64_t op, mlir::Value value);
  mlir::Value read(mlir::OpBuilder &b, mlir::Value value, llvm::ArrayRef<mlir::Value> indices);
  Values indicesOf(mlir::OpBuilder &b, int64_t op, size_t first, size_t count);
  Values placeOf(mlir::OpBuilder &b, const BlockStage &stage);
  mlir::Value getElement(mlir::OpBuilder &b, const BlockStage &stage, Values place, stitch::StageScope scope);
  void putElement(mlir::OpBuilder &b, mlir::Value scalar, const BlockStage &stage, Values place);

  // EmitSums.cpp: reductions.
  void emitSums(mlir::OpBuilder &b, llvm::ArrayRef<int64_t> reductions, llvm::ArrayRef<int64_t> points);
  Values sumOfThread(mlir::OpBuilder &b, llvm::ArrayRef<int64_t> loops, llvm::ArrayRef<Combo> kept,
                     llvm::ArrayRef<Sum> sums, llvm::ArrayRef<int64_t> points);
  Values sumAt(mlir::OpBuilder &b, llvm::ArrayRef<Combo> kept, llvm::ArrayRef<Sum> sums,
               llvm::ArrayRef<int64_t> points);
  Values identities(mlir::OpBuilder &b, llvm::ArrayRef<Sum> sums, size_t times);
  Values combineAll(mlir::OpBuilder &b, llvm::ArrayRef<Sum> sums, mlir::ValueRange old, mlir::ValueRange more);
  Values acrossLanes(mlir::OpBuilder &b, const Sum &sum, Values raw);
  void putPartial(mlir::OpBuilder &b, const Sum &sum, mlir::ValueRange raw);
  Values sumOfWarps(mlir::OpBuilder &b, const Sum &sum);
  void deliver(mlir::OpBuilder &b, const Sum &sum, mlir::ValueRange raw);
  void carry(mlir::OpBuilder &b, const Sum &sum, mlir::ValueRange raw);
  void clear(mlir::OpBuilder &b, int64_t op);
  void flush(mlir::OpBuilder &b, int64_t op);
  Values contribution(mlir::OpBuilder &b, const Sum &sum);

  BlockLayout &layout;
  const PlanView &view;
  const KernelSignature &signature;
  Emitter &emitter;
  mlir::Location loc;
  int64_t threads;

  mlir::Value block, warp, lane;
  llvm::DenseMap<int64_t, mlir::Value> gridDigits, outerSeq; // of each outer class
  llvm::DenseMap<int64_t, mlir::Value> seq;                  // of each class of the region: the current iteration
  llvm::DenseMap<int64_t, int64_t> vec;                      // the current position
  llvm::DenseMap<std::pair<int64_t, int64_t>, mlir::Value> coordinates; // index of a class at a position
  int64_t region = -1;
};

} // namespace tao
#endif
