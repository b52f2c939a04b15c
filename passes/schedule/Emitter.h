// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Turns the tensor ops of a group into scalar code at given indices. Producers are inlined into their readers; a value
// asked for twice at the same indices is computed once.
#ifndef TAO_PASSES_SCHEDULE_EMITTER_H
#define TAO_PASSES_SCHEDULE_EMITTER_H

#include "dialects/Stitch/StitchDialect.h"
#include "mlir/IR/Builders.h"
#include <functional>
#include <map>

namespace tao {

class Emitter {
public:
  /// Where a group argument's elements come from: a kernel buffer, or a splat constant.
  struct Leaf {
    mlir::Value buffer;
    mlir::Attribute immediate;
  };

  /// `entry` is the kernel's body: sizes and constants are created at its start. `sizes` maps symbols to kernel
  /// arguments.
  Emitter(mlir::Block *entry, llvm::StringMap<mlir::Value> sizes) : entry(entry), sizes(std::move(sizes)) {}

  void bindLeaf(mlir::Value groupArgument, Leaf leaf) { leaves[groupArgument] = leaf; }

  /// Asked for each value before it is computed: elements that lie ready somewhere, or null.
  using Source = std::function<mlir::Value(mlir::OpBuilder &, mlir::Value value, llvm::ArrayRef<mlir::Value> indices)>;
  void setSource(Source newSource) { source = std::move(newSource); }

  /// Asked at each concatenation: the operand that holds the position along its axis, where loops are such that it is
  /// the same for all lanes and iterations.
  using PieceChooser = std::function<std::optional<size_t>(ConcatOp op, mlir::Value position)>;
  void setPieceChooser(PieceChooser newChooser) { choosePiece = std::move(newChooser); }

  /// One digit of an index in mixed radix.
  struct Digit {
    mlir::Value index;
    SymExpr extent;
  };
  using Digits = llvm::SmallVector<Digit, 2>;
  /// The index that the digits make, outermost first. Reshapes take it apart again without a division.
  mlir::Value compose(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<Digit> digits);
  /// The digits of an index below `extent`, of these extents: the ones it was made of, or divisions.
  llvm::SmallVector<mlir::Value> takeApart(mlir::OpBuilder &b, mlir::Location loc, mlir::Value index,
                                           const SymExpr &extent, llvm::ArrayRef<SymExpr> extents);

  /// The element of `value` at `indices`, in its compute type.
  mlir::Value emit(mlir::OpBuilder &b, mlir::Value value, llvm::ArrayRef<mlir::Value> indices);

  /// Converts a computed element to the type it has in memory.
  static mlir::Value toStorage(mlir::OpBuilder &b, mlir::Location loc, mlir::Value scalar, mlir::Type elementType);

  mlir::Value size(const SymExpr &expr);
  mlir::Value index(int64_t value) { return size(SymExpr(value)); }

  /// Values computed inside a loop body must not be reused outside it.
  class Scope {
  public:
    explicit Scope(Emitter &emitter) : emitter(emitter) { emitter.memo.emplace_back(); }
    ~Scope() { emitter.memo.pop_back(); }

  private:
    Emitter &emitter;
  };

  /// A nest of reductions over `extents`, the last one at `lastLevel`; `body` gives the values to reduce at the
  /// indices.
  llvm::SmallVector<mlir::Value>
  reduceNest(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<mlir::Value> extents, stitch::Level lastLevel,
             int64_t width, mlir::TypeRange types, llvm::ArrayRef<stitch::Monoid> monoids,
             llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::OpBuilder &, llvm::ArrayRef<mlir::Value>)> body);

  /// How a tensor reduction runs on scalars: the type to accumulate in, and conversions to and from the compute type.
  struct ReduceInfo {
    stitch::Monoid monoid;
    mlir::Type type;
    bool extendUnsigned = false; // accumulate in a wider signed type
    bool flipSign = false;       // 64-bit unsigned: order as signed after flipping the top bit
  };
  static ReduceInfo getReduceInfo(ReduceKind kind, mlir::Type elementType);
  /// Of a tao.reduce or tao.arg_reduce.
  static ReduceInfo getReduceInfo(mlir::Operation *reduction);
  mlir::Value toAccumulator(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, const ReduceInfo &info);
  mlir::Value fromAccumulator(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, const ReduceInfo &info,
                              mlir::Type elementType);

  /// Messages of the checks emitted so far, without node names; and the ops they stand for.
  llvm::ArrayRef<std::string> getFailures() const { return failures; }
  llvm::ArrayRef<mlir::Operation *> getFailingOps() const { return failingOps; }

  // Index arithmetic with the obvious foldings.
  mlir::Value add(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y);
  mlir::Value sub(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y);
  mlir::Value div(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y);
  mlir::Value rem(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Value y);

private:
  mlir::Value emitLeaf(mlir::OpBuilder &b, mlir::Value value, const Leaf &leaf, llvm::ArrayRef<mlir::Value> indices);
  mlir::Value emitOp(mlir::OpBuilder &b, mlir::Operation *op, llvm::ArrayRef<mlir::Value> indices);
  mlir::Value emitReshape(mlir::OpBuilder &b, ReshapeOp op, llvm::ArrayRef<mlir::Value> indices);
  mlir::Value emitPad(mlir::OpBuilder &b, PadOp op, llvm::ArrayRef<mlir::Value> indices);
  mlir::Value emitConcat(mlir::OpBuilder &b, ConcatOp op, llvm::ArrayRef<mlir::Value> indices);
  mlir::Value emitGather(mlir::OpBuilder &b, GatherOp op, llvm::ArrayRef<mlir::Value> indices);
  mlir::Value emitGatherElements(mlir::OpBuilder &b, GatherElementsOp op, llvm::ArrayRef<mlir::Value> indices);
  mlir::Value emitGatherNd(mlir::OpBuilder &b, GatherNdOp op, llvm::ArrayRef<mlir::Value> indices);
  mlir::Value emitReduce(mlir::OpBuilder &b, ReduceOp op, llvm::ArrayRef<mlir::Value> indices);
  mlir::Value emitArgReduce(mlir::OpBuilder &b, ArgReduceOp op, llvm::ArrayRef<mlir::Value> indices);
  mlir::Value emitReduceWindow(mlir::OpBuilder &b, ReduceWindowOp op, llvm::ArrayRef<mlir::Value> indices);
  /// A data-dependent index: checked against [0, extent), then clamped so that the access stays inside.
  mlir::Value checkedIndex(mlir::OpBuilder &b, mlir::Operation *op, mlir::Value index, const SymExpr &extent);
  mlir::Value clamp(mlir::OpBuilder &b, mlir::Location loc, mlir::Value index, const SymExpr &extent);
  bool isVarying(mlir::Value index);
  Digits digitsOf(mlir::Value index, const SymExpr &extent);
  /// Moves the last digits that make up `extent` from the end of the list; nullopt when they do not.
  std::optional<Digits> takeLast(mlir::OpBuilder &b, mlir::Location loc, Digits &from, const SymExpr &extent);
  /// The piece that a position in equal pieces lies in, and the index there, when that is a matter of digits.
  std::optional<std::pair<mlir::Value, mlir::Value>> findPiece(mlir::OpBuilder &b, ConcatOp op, mlir::Value position);
  llvm::SmallVector<SymExpr> dims(mlir::Value value) { return tao::getDims(value); }

  mlir::Block *entry;
  llvm::StringMap<mlir::Value> sizes;
  std::map<std::string, mlir::Value> sizeCache;
  mlir::Operation *lastSize = nullptr;
  llvm::DenseMap<mlir::Value, Leaf> leaves;
  using Key = std::pair<void *, std::vector<void *>>;
  std::vector<std::map<Key, mlir::Value>> memo;
  llvm::DenseMap<mlir::Value, Digits> composed;
  Source source;
  PieceChooser choosePiece;
  std::vector<std::string> failures;
  std::vector<mlir::Operation *> failingOps;
};

} // namespace tao
#endif
