// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random functions of tao ops, the same for the same seed: elementwise ops of one and several readers, reductions of
// any dims, broadcasts, transposes, slices, concatenations, reshapes that split and merge, and matrix products with
// epilogues.
#ifndef TAO_TESTS_FUSE_RANDOMGRAPH_H
#define TAO_TESTS_FUSE_RANDOMGRAPH_H

#include "dialects/Tao/TaoDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include <random>

namespace tao {

class RandomGraph {
public:
  /// What extents the inputs have. `Large` ones do not fit on the chip.
  enum class Extents { Small, Prime, One, Empty, Large };

  RandomGraph(mlir::MLIRContext &context, uint32_t seed, Extents extents = Extents::Small)
      : builder(&context), random(seed), extents(extents) {}

  /// A module with one function @main of about `ops` ops and static shapes.
  mlir::OwningOpRef<mlir::ModuleOp> build(int ops);

private:
  using Shape = llvm::SmallVector<int64_t>;
  uint32_t pick(uint32_t count) { return random() % count; }
  mlir::Value pickValue();
  static Shape shapeOf(mlir::Value value);
  mlir::RankedTensorType typeOf(llvm::ArrayRef<int64_t> shape);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value withShape(llvm::ArrayRef<int64_t> shape);
  mlir::Value splat(double number, llvm::ArrayRef<int64_t> shape);
  Shape randomSplit(int64_t elements);

  mlir::Value unary(mlir::Value value);
  mlir::Value binary(mlir::Value value);
  mlir::Value reduce(mlir::Value value);
  mlir::Value broadcast(mlir::Value value);
  mlir::Value transpose(mlir::Value value);
  mlir::Value slice(mlir::Value value);
  mlir::Value concat(mlir::Value value);
  mlir::Value window(mlir::Value value);
  mlir::Value gelu(mlir::Value value);
  mlir::Value contract(mlir::Value value);

  std::vector<Shape> inputShapes() const;
  int64_t maxElements() const { return extents == Extents::Large ? 20000 : 200; }

  mlir::OpBuilder builder;
  std::mt19937 random; // its sequence, unlike the standard distributions', is the same everywhere
  Extents extents;
  std::vector<mlir::Value> values;
};

/// Moves ops of the function's body to other places that respect dominance.
void shuffleOps(mlir::func::FuncOp func, uint32_t seed);

/// Puts ops that change nothing behind some of the function's: reshapes to the same shape, products with 1, and pairs
/// of transposes.
void insertIdentities(mlir::func::FuncOp func, uint32_t seed);

} // namespace tao
#endif
