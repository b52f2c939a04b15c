// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Schedule IR of one part of a plan: the loops of its nests, and within them its regions.
#ifndef TAO_PASSES_SCHEDULE_STITCH_PARTEMITTER_H
#define TAO_PASSES_SCHEDULE_STITCH_PARTEMITTER_H

#include "passes/schedule/KernelSignature.h"
#include "passes/schedule/stitch/PartLayout.h"
#include "passes/schedule/stitch/PlanSums.h"

namespace tao {

class PartEmitter {
public:
  PartEmitter(PartLayout &layout, const KernelSignature &signature, Emitter &emitter, mlir::Location loc)
      : layout(layout), view(layout.view), signature(signature), emitter(emitter), loc(loc) {}

  /// The part's block number `block`.
  void emit(mlir::OpBuilder b, mlir::Value block);

private:
  using Body = llvm::function_ref<void(mlir::OpBuilder &)>;
  using Values = llvm::SmallVector<mlir::Value>;
  using Sum = PlanSum;

  // PartEmitter.cpp: the loops around regions.
  void findRanges(mlir::OpBuilder &b, mlir::Value block);
  void createStages(mlir::OpBuilder &b);
  void emitFlat(mlir::OpBuilder &b);
  void emitNest(mlir::OpBuilder &b, Nest &nest);
  void emitPlain(mlir::OpBuilder &b, Nest &nest);
  void emitLoops(mlir::OpBuilder &b, Nest &nest, llvm::ArrayRef<int64_t> order, size_t depth);
  void emitLanes(mlir::OpBuilder &b, Nest &nest, llvm::ArrayRef<int64_t> order, size_t depth);
  void emitRegionsAt(mlir::OpBuilder &b, Nest &nest, size_t depth);
  void findDepths(const Nest &nest, llvm::ArrayRef<int64_t> order);
  /// A loop over the indices of a class that the task has: those of its block, or all.
  void loopOver(mlir::OpBuilder &b, stitch::Level level, int64_t c, int64_t width, Body body);
  void loop(mlir::OpBuilder &b, stitch::Level level, mlir::Value lower, mlir::Value upper, int64_t width,
            llvm::function_ref<void(mlir::OpBuilder &, mlir::Value)> body);
  mlir::Value beginOf(int64_t c);
  mlir::Value endOf(int64_t c);
  mlir::Value countOf(mlir::OpBuilder &b, int64_t c);

  // EmitRegion.cpp: the loops of a region.
  void emitRegion(mlir::OpBuilder &b, Nest &nest, int64_t region);
  void emitPoints(mlir::OpBuilder &b, Nest &nest, llvm::ArrayRef<int64_t> dominants);
  void emitSums(mlir::OpBuilder &b, Nest &nest, llvm::ArrayRef<int64_t> reductions, llvm::ArrayRef<int64_t> dominants,
                llvm::ArrayRef<int64_t> inner);
  void loopOverAll(mlir::OpBuilder &b, llvm::ArrayRef<int64_t> classes, int64_t laneClass, int64_t registers,
                   Body body);
  int64_t countRegisters(int64_t laneClass) const;
  std::vector<int64_t> findCuts(int64_t c) const;
  std::optional<size_t> choosePiece(ConcatOp concat, mlir::Value position) const;
  int64_t chooseLane(llvm::ArrayRef<int64_t> inner) const;
  /// What a reduction takes up at the current point: the element, and with an arg-reduction its index.
  Values contribution(mlir::OpBuilder &b, const Sum &sum);
  /// The nest of loops that reduces over the classes, lanes innermost where `laneClass` is among them.
  Values reduceOver(mlir::OpBuilder &b, llvm::ArrayRef<int64_t> classes, int64_t laneClass, llvm::ArrayRef<Sum> sums,
                    llvm::function_ref<void(mlir::OpBuilder &, Values &)> body);
  /// The results of sums where their loops are behind them.
  void finishSums(mlir::OpBuilder &b, Nest &nest, llvm::ArrayRef<Sum> sums, mlir::ValueRange raw);
  void keep(mlir::OpBuilder &b, int64_t op, mlir::Value value);
  void store(mlir::OpBuilder &b, int64_t op, mlir::Value value);
  Values indicesOf(mlir::OpBuilder &b, int64_t op, size_t first, size_t count);

  // Sums.cpp: memory of values and sums.
  mlir::Value read(mlir::OpBuilder &b, mlir::Value value, llvm::ArrayRef<mlir::Value> indices);
  mlir::Value getElement(mlir::OpBuilder &b, const Stage &stage, llvm::ArrayRef<mlir::Value> indices,
                         stitch::StageScope scope = stitch::StageScope::Thread);
  void putElement(mlir::OpBuilder &b, mlir::Value scalar, const Stage &stage, llvm::ArrayRef<mlir::Value> indices);
  Values placeOf(mlir::OpBuilder &b, const Accumulator &sum, llvm::ArrayRef<int64_t> classes);
  Accumulator *findAccumulator(Nest &nest, int64_t op);
  void accumulate(mlir::OpBuilder &b, const Accumulator &accumulator, const Sum &sum, mlir::ValueRange raw);
  void clear(mlir::OpBuilder &b, const Accumulator &accumulator);
  void flush(mlir::OpBuilder &b, const Accumulator &accumulator);
  void deliver(mlir::OpBuilder &b, const Accumulator &accumulator, const Sum &sum, mlir::ValueRange raw);

  PartLayout &layout;
  const PlanView &view;
  const KernelSignature &signature;
  Emitter &emitter;
  mlir::Location loc;

  mlir::Value block;
  llvm::DenseMap<int64_t, mlir::Value> digits, begins, ends; // of the block, along each loop
  llvm::DenseMap<int64_t, mlir::Value> coordinates;          // current index of each class
  llvm::DenseMap<int64_t, size_t> depths;                    // of the nest's regions
  llvm::DenseMap<int64_t, mlir::Value> scalars;              // values that have no loops of their own
  mlir::Value flatIndex;                                     // of a flat part
  mlir::Value laneNumber;                                    // within the step, where memory is addressed with it
  llvm::SmallVector<int64_t> activeRegions;                  // whose ops the next loops compute
  mlir::Value lanePiece;                                     // index of a lane loop over one piece,
  int64_t laneBegin = 0;                                     // which begins here
  bool inLanes = false;                                      // inside of a loop over lanes around regions
  bool isPlain = false;                                      // in a plain nest
  bool doesStore = false;                                    // the region stores under these loops
  int64_t region = 0, lastRegion = -1;
};

} // namespace tao
#endif
